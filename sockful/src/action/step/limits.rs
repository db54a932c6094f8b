//! Is this request of a size and shape that we are willing to read?

use crate::app::Config;
use crate::error::{Error, FieldError, Result};
use crate::row::{self, Value};
use crate::schema::Schema;

/// Checks a payload before anything reads it.
///
/// # Errors
/// BadRequest `payload_too_large` or `too_deep`; Unprocessable for an integer that JavaScript cannot hold.
pub(crate) fn limits(payload: Option<&str>, config: &Config) -> Result<()> {
    let Some(text) = payload else { return Ok(()) };
    if text.len() > config.max_payload {
        let message = format!("a payload may have {} bytes", config.max_payload);
        return Err(Error::bad_request(message).reason("payload_too_large"));
    }
    let scan = row::scan(text);
    if scan.depth > config.max_depth {
        let message = format!("a payload may be nested {} levels deep", config.max_depth);
        return Err(Error::bad_request(message).reason("too_deep"));
    }
    match scan.unsafe_integer {
        Some(offset) => Err(Error::invalid(vec![FieldError::new(
            row::path_at(text, offset),
            "unsafe_integer",
            "is an integer beyond ±(2^53−1), which JSON numbers do not carry safely",
        )])),
        None => Ok(()),
    }
}

/// Checks the id of a record.
///
/// # Errors
/// Unprocessable, if it is empty or too long.
pub(crate) fn check_id(id: &Value, schema: &Schema, config: &Config) -> Result<()> {
    let Some(text) = id.as_text() else {
        return Ok(());
    };
    let name = schema.id_field().name;
    if text.is_empty() {
        return Err(Error::invalid(vec![FieldError::new(
            name,
            "required",
            "must not be empty",
        )]));
    }
    if text.len() > config.max_id {
        let message = format!("may have at most {} bytes", config.max_id);
        let mut error = FieldError::new(name, "too_long", message);
        error.params = Some(serde_json::json!({ "max": config.max_id }));
        return Err(Error::invalid(vec![error]));
    }
    Ok(())
}
