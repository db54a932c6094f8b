//! Fields that clients cannot change once the record is there, and those that they set without ever seeing them.

use crate::error::{Error, FieldError, Result};
use crate::row::{self, Row, Value};
use crate::schema::Schema;

/// The row that a client's payload has made of a stored one, where nothing that is fixed has changed. Who sends back what
/// they have read may name it. What clients never read they may not name: whether it is refused would tell whether they
/// have guessed it.
///
/// # Errors
/// Unprocessable, with every such field that the payload would change.
pub(crate) fn keep_fixed(
    schema: &Schema,
    payload: &str,
    stored: &Row,
    mut row: Row,
) -> Result<Row> {
    let mut errors = Vec::new();
    for &place in &schema.fixed {
        let (field, before) = (&schema.fields[place], &stored[place]);
        let hidden = field.words.is_hidden();
        if row[place].says_what(before) && !hidden {
            continue;
        }
        match given(payload, field.name) {
            Some(text) if hidden || !Value::Json(text.into()).says_what(before) => errors.push(
                // What the server keeps and what the client has chosen differ in the word alone.
                if field.words.is_kept() {
                    FieldError::kept(field.name)
                } else {
                    FieldError::new(field.name, "immutable", "cannot be changed")
                },
            ),
            // A type may write the same value in another way each time.
            _ => row = row.with(place, before.clone()),
        }
    }
    if errors.is_empty() {
        Ok(row)
    } else {
        errors.truncate(FieldError::MOST);
        Err(Error::invalid(errors))
    }
}

/// Whether a payload names a field that clients set and never see.
pub(crate) fn names_hidden(schema: &Schema, payload: &str) -> bool {
    let mut hidden = schema.fields.iter().filter(|it| it.words.write_only);
    hidden.any(|field| given(payload, field.name).is_some())
}

/// What the payload says of this field, the last time if it does more than once.
fn given<'a>(payload: &'a str, name: &str) -> Option<&'a str> {
    let named = |given| row::unescaped(given).is_some_and(|given| given == name);
    let given = row::fields(payload).filter(|(given, _)| named(given));
    given.last().map(|(_, text)| text)
}
