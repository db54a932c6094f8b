//! What sockful promises, a file for each subject, a test for each promise.

mod support;

mod actions;
mod protocol;
