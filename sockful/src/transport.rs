//! What carries sessions: Socket.IO over a listener that protects the process from its peers.

mod admit;
mod head;
mod origin;
mod polling;
mod serve;
mod socket;

pub(crate) use serve::Peer;
pub use serve::{Connection, Listener, Serve, serve};
pub(crate) use socket::Carrier;
