//! What sockful promises, a file for each subject, a test for each promise.

mod support;

mod actions;
mod app;
mod errors;
mod protocol;
mod remote;
mod shapes;
mod transactions;
