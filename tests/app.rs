//! The app as a whole: how it is built, mounted and limited.

mod answers;
mod build;
mod limits;
mod mounted;
mod promises;
