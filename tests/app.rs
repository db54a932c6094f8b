//! The app as a whole: how it is built, mounted and limited.

mod build;
mod limits;
mod mounted;
