//! What a remote method answers: any `Serialize` value, or a `Result` of one.

use serde::Serialize;

use crate::error::{Error, Result};

/// The answer of a remote method, already JSON text.
#[derive(Debug)]
pub struct Reply(pub(crate) String);

impl Reply {
    fn of<T: Serialize>(value: &T) -> Result<Self> {
        serde_json::to_string(value)
            .map(Self)
            .map_err(|error| Error::internal(error).reason("unserialisable_result"))
    }
}

/// What a method returned. `answer` on a `Result` is the inherent method below; on anything else
/// method resolution goes on to [`Plain`].
#[derive(Debug)]
pub struct Returned<T>(pub T);

impl<T, E> Returned<std::result::Result<T, E>> {
    /// The value of `Ok`, or the error as the client will see it.
    ///
    /// # Errors
    /// The method's own error, or `unserialisable_result`.
    pub fn answer(self) -> Result<Reply>
    where
        T: Serialize,
        E: Into<Error>,
    {
        self.0
            .map_err(Into::into)
            .and_then(|value| Reply::of(&value))
    }
}

/// What a method that returns no `Result` answers.
pub trait Plain {
    /// What it returned.
    type Value;

    /// The value itself.
    ///
    /// # Errors
    /// `unserialisable_result`.
    fn answer(self) -> Result<Reply>
    where
        Self::Value: Serialize;
}

/// For every type: the bound on `answer` then names the type that lacks `Serialize`.
impl<T> Plain for Returned<T> {
    type Value = T;

    fn answer(self) -> Result<Reply>
    where
        T: Serialize,
    {
        Reply::of(&self.0)
    }
}
