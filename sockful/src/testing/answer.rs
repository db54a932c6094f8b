//! What a client in the same process is answered.

use serde_json::Value;

/// The answer to one request: what a client's acknowledgement gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    arguments: Vec<Value>,
}

impl Answer {
    pub(super) fn new(arguments: Vec<Value>) -> Self {
        Self { arguments }
    }

    /// The result.
    ///
    /// # Panics
    /// If the request failed; the message holds the error.
    #[track_caller]
    pub fn result(&self) -> &Value {
        match self.parts() {
            Ok((result, _)) => result,
            Err(error) => panic!("the request failed: {error}"),
        }
    }

    /// What is told about the result.
    ///
    /// # Panics
    /// If the request failed; the message holds the error.
    #[must_use]
    #[track_caller]
    pub fn meta(&self) -> &Value {
        match self.parts() {
            Ok((_, meta)) => meta,
            Err(error) => panic!("the request failed: {error}"),
        }
    }

    /// The error.
    ///
    /// # Panics
    /// If the request succeeded; the message holds the result.
    #[must_use]
    #[track_caller]
    pub fn error(&self) -> &Value {
        match self.parts() {
            Ok((result, _)) => panic!("the request succeeded: {result}"),
            Err(error) => error,
        }
    }

    /// Whether the request succeeded.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.parts().is_ok()
    }

    /// Whether the ledger has told it before: `meta.replayed`, beside a result or an error.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        let meta = match &self.arguments[..] {
            [_, _, meta] => meta,
            [one] => &one["meta"],
            _ => &Value::Null,
        };
        meta["replayed"] == true
    }

    /// The arguments of the acknowledgement as the client gets them: error, result, meta; or the one
    /// argument of a client that asked for [one](super::TestClient::ack_one).
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Array(self.arguments.clone())
    }

    /// Result and meta, or the error.
    fn parts(&self) -> Result<(&Value, &Value), &Value> {
        match &self.arguments[..] {
            [Value::Null, result, meta] => Ok((result, meta)),
            [error, Value::Null, _] => Err(error),
            [one] => match one.get("error") {
                Some(error) => Err(error),
                None => Ok((&one["result"], &one["meta"])),
            },
            other => panic!("no acknowledgement has these arguments: {other:?}"),
        }
    }
}
