//! Answers as the ledger keeps them: the three arguments of the acknowledgement, as one JSON array.

use serde_json::value::RawValue;

use super::{Ack, AckStyle, Reply};
use crate::action::{Meta, Outcome, Output};
use crate::error::{Error, Result};
use crate::schema::Schema;

/// The record of what was done.
pub(crate) fn record(schema: &Schema, outcome: Outcome) -> Box<str> {
    written(&Reply::of(schema, outcome))
}

/// The record of a refusal.
pub(crate) fn record_refusal(error: &Error) -> Box<str> {
    written(&Reply::failed(error))
}

/// What was recorded, marked as replayed: it is sent in the very same bytes.
///
/// # Errors
/// The recorded error; Internal for text that is no record.
pub(crate) fn replay(text: &str) -> Result<Outcome> {
    let arguments: (Option<&RawValue>, &RawValue, Option<Meta>) =
        serde_json::from_str(text).map_err(unreadable)?;
    match arguments {
        (None, result, Some(meta)) => Ok(Outcome {
            output: Output::Text(result.get().to_owned()),
            meta: Meta {
                replayed: true,
                ..meta
            },
        }),
        (Some(error), ..) => Err(Error::replayed(error.get()).unwrap_or_else(unreadable)),
        (None, _, None) => Err(unreadable("it has no meta")),
    }
}

fn written(reply: &Reply) -> Box<str> {
    // Strings, numbers and text that is JSON already: nothing in it makes serde_json fail.
    let text = serde_json::to_string(&Ack(reply, AckStyle::Three));
    text.unwrap_or_default().into()
}

fn unreadable(why: impl std::fmt::Display) -> Error {
    Error::internal(format!("an answer of the ledger cannot be read: {why}"))
}
