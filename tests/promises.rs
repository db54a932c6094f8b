//! What sockful promises, a file for each subject, a test for each promise.

mod support;

mod actions;
mod app;
mod bad_input;
mod errors;
mod hostile;
mod malformed;
mod methods;
mod order;
mod privacy;
mod protocol;
mod remote;
mod shapes;
mod sqlite;
mod stores;
mod testing;
mod transactions;
