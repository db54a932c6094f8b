//! What the closures of updates may return.

use crate::error::{Error, Result};

/// What the closure of [`Cx::update`](crate::Cx::update) may return.
pub trait Edited {
    /// Whether the change stands.
    ///
    /// # Errors
    /// The closure's own.
    fn edited(self) -> Result<()>;
}

impl Edited for () {
    fn edited(self) -> Result<()> {
        Ok(())
    }
}

impl<E: Into<Error>> Edited for Result<(), E> {
    fn edited(self) -> Result<()> {
        self.map_err(Into::into)
    }
}
