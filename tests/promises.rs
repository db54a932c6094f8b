//! What sockful promises, a file for each subject, a test for each promise.

mod support;

mod actions;
mod app;
mod bad_input;
mod changesets;
mod errors;
mod fields;
mod hooks;
mod hostile;
mod identity;
mod ledger;
mod limits;
mod live;
mod malformed;
mod methods;
mod observability;
mod order;
mod policy;
mod postgres;
mod privacy;
mod protocol;
mod query;
mod relations;
mod remote;
mod revisions;
mod shapes;
mod sqlite;
mod stores;
mod testing;
mod transactions;
mod validation;
