//! Errors read back from what a client was told.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{Error, ErrorKind, FieldError};

/// An error as the wire has it.
#[derive(Deserialize)]
struct Wire {
    name: String,
    reason: String,
    message: String,
    #[serde(default)]
    errors: BTreeMap<String, Vec<WireField>>,
    item: Option<usize>,
    retry_after_ms: Option<u64>,
}

#[derive(Deserialize)]
struct WireField {
    code: String,
    message: String,
    params: Option<serde_json::Value>,
}

impl Error {
    /// The error of this text, which tells the client that it was recorded before. It is written again in the
    /// very same bytes.
    ///
    /// # Errors
    /// If this is not the text of an error.
    pub(crate) fn replayed(text: &str) -> serde_json::Result<Self> {
        let wire: Wire = serde_json::from_str(text)?;
        let kind = ErrorKind::ALL
            .into_iter()
            .find(|kind| kind.name() == wire.name)
            .ok_or_else(|| serde::de::Error::custom("an unknown kind of error"))?;
        let mut error = Self::new(kind, wire.message).reason(wire.reason);
        for (path, fields) in wire.errors {
            let read = |field: WireField| FieldError {
                path: path.clone(),
                code: field.code.into(),
                message: field.message,
                params: field.params,
            };
            error = error.with_fields(fields.into_iter().map(read));
        }
        error.0.retry_after = wire.retry_after_ms.map(Duration::from_millis);
        error.0.item = wire.item;
        error.0.replayed = true;
        Ok(error)
    }

    /// Whether the client was told this before.
    pub(crate) fn is_replayed(&self) -> bool {
        self.0.replayed
    }

    /// Whether a retry of the same operation would be refused in the same way: it is no trouble of the server
    /// or of the moment, and not about who the caller is.
    pub(crate) fn is_lasting(&self) -> bool {
        let passes = matches!(
            self.kind(),
            ErrorKind::Internal | ErrorKind::TooManyRequests | ErrorKind::NotAuthenticated
        );
        !passes && !self.is_temporary()
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, ErrorKind, FieldError};

    #[test]
    fn a_recorded_error_is_written_as_it_was() {
        let mut field = FieldError::new("tags[2]", "too_long", "may have at most 9 bytes");
        field.params = Some(serde_json::json!({ "max": 9, "among": [1.5, null] }));
        let error = Error::invalid(vec![field, FieldError::required("name")]);
        let errors = ErrorKind::ALL.map(|kind| Error::new(kind, "no \"é\"").reason("own"));
        for error in errors.into_iter().chain([error]) {
            let text = serde_json::to_string(&error).expect("an error is JSON");
            let again = Error::replayed(&text).expect("its text is an error");
            assert_eq!(serde_json::to_string(&again).expect("JSON"), text);
            assert!(again.is_replayed() && !error.is_replayed());
        }
    }
}
