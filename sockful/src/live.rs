//! Live: who is told of which change.
//!
//! `live/router.rs` says which groups a change concerns, and how; `live/index.rs` by which condition a group is found. Both do
//! no I/O, and wait for nothing.

mod index;
mod router;
