//! What sockful promises, a file for each subject, a test for each promise.

mod support;

mod actions;
mod bad_input;
mod malformed;
mod protocol;
mod remote;
mod transactions;
