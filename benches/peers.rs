//! The same resource, written by hand for other libraries.

pub(crate) mod rusqlite;
pub(crate) mod socketioxide;
