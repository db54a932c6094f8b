//! What a remote method answers: any `Serialize` value, or a `Result` of one.

use std::fmt::Display;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::row;

/// What a remote method returned, as JSON text.
#[derive(Debug)]
pub struct JsonText(pub(crate) String);

impl JsonText {
    fn of<T: Serialize>(value: &T) -> Result<Self> {
        let mut text = Vec::with_capacity(128);
        let watched =
            row::write_watched(value, &mut text).map_err(|error| unserialisable(&error))?;
        let text = String::from_utf8(text).map_err(|error| unserialisable(&error))?;
        if watched.unsafe_integer {
            return Err(unserialisable(
                &"an integer beyond ±(2^53−1): return it as text",
            ));
        }
        // serde_json writes a NaN as null, which the type of the answer does not announce.
        if watched.null
            && let Some(path) = row::find_not_finite(value)
        {
            return Err(unserialisable(&format!("not a finite number at `{path}`")));
        }
        Ok(Self(text))
    }
}

fn unserialisable(why: &dyn Display) -> Error {
    Error::internal(format!("a method's result cannot be sent: {why}"))
}

/// What a method returned. `answer` on a `Result` is the inherent method below; on anything else
/// method resolution goes on to [`Plain`].
#[derive(Debug)]
pub struct Returned<T>(pub T);

impl<T, E> Returned<std::result::Result<T, E>> {
    /// The value of `Ok`, or the error as the client will see it.
    ///
    /// # Errors
    /// The method's own error, or Internal for a value that JSON cannot hold.
    pub fn answer(self) -> Result<JsonText>
    where
        T: Answerable,
        E: Into<Error>,
    {
        self.0
            .map_err(Into::into)
            .and_then(|value| JsonText::of(&value))
    }
}

/// What a method that returns no `Result` answers.
pub trait Plain {
    /// What it returned.
    type Value;

    /// The value itself.
    ///
    /// # Errors
    /// Internal, if JSON cannot hold it.
    fn answer(self) -> Result<JsonText>
    where
        Self::Value: Answerable;
}

/// For every type: the bound on `answer` then names the type that serde does not write.
impl<T> Plain for Returned<T> {
    type Value = T;

    fn answer(self) -> Result<JsonText>
    where
        T: Answerable,
    {
        JsonText::of(&self.0)
    }
}

/// What a remote method can answer: anything that serde writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the answer of a remote method: serde does not write it",
    label = "clients cannot receive this",
    note = "add `#[derive(serde::Serialize)]` to the type, or answer one that has it"
)]
pub trait Answerable: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> Answerable for T {}
