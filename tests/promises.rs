//! What sockful promises, a file for each subject, a test for each promise.

mod support;

mod actions;
mod app;
mod bad_input;
mod errors;
mod malformed;
mod protocol;
mod remote;
mod shapes;
mod transactions;
