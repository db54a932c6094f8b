//! Is this request of a size and shape that we are willing to read?

use crate::app::Config;
use crate::error::{Error, FieldError, Result};
use crate::row::{self, Value};
use crate::schema::Schema;

/// Checks a payload before anything reads it, and tells whether it holds an integer that not every client
/// can hold: what that means depends on where it stands.
///
/// # Errors
/// BadRequest `payload_too_large` or `too_deep`.
pub(crate) fn limits(payload: Option<&str>, config: &Config) -> Result<bool> {
    let Some(text) = payload else {
        return Ok(false);
    };
    if text.len() > config.max_payload {
        let message = format!("a payload may have {} bytes", config.max_payload);
        return Err(Error::bad_request(message).reason("payload_too_large"));
    }
    let scan = row::scan(text);
    if scan.depth > config.max_depth {
        let message = format!("a payload may be nested {} levels deep", config.max_depth);
        return Err(Error::bad_request(message).reason("too_deep"));
    }
    Ok(scan.unsafe_integer.is_some())
}

/// Checks the id of a record.
///
/// # Errors
/// Unprocessable, if it is empty, too long, text with U+0000, or an integer that clients cannot hold.
pub(crate) fn check_id(id: &Value, schema: &Schema, config: &Config) -> Result<()> {
    let field = schema.id_field();
    let name = field.name;
    if let Value::Int(id) = id {
        let safe = field.words.bigint || row::is_safe(*id);
        let error = || Error::invalid(vec![FieldError::unsafe_integer(name)]);
        return if safe { Ok(()) } else { Err(error()) };
    }
    let Some(text) = id.as_text() else {
        return Ok(());
    };
    if text.is_empty() {
        return Err(Error::invalid(vec![FieldError::new(
            name,
            "required",
            "must not be empty",
        )]));
    }
    if text.contains('\0') {
        return Err(Error::invalid(vec![FieldError::zero(name)]));
    }
    if text.len() > config.max_id {
        return Err(Error::invalid(vec![FieldError::too_long(
            name,
            config.max_id,
        )]));
    }
    Ok(())
}
