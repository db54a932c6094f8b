//! What those who run a server see of it.

mod addresses;
mod metrics;
mod traces;
