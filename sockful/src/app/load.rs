//! What an app is busy with.

use std::sync::Arc;

use crate::session::Gauge;

/// What an app counts while it works.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    pub(crate) sessions: Arc<Gauge>,
    pub(crate) calls: Gauge,
    pub(crate) following: Arc<Gauge>,
}

/// What an app is busy with. All of it is zero again when every client is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Clients that connect or send a new token, and whose authenticator runs.
    pub handshakes: usize,
    /// Users with a session, a call or a context on their behalf.
    pub users: usize,
    /// Connected clients.
    pub sessions: usize,
    /// Requests that are being answered.
    pub calls: usize,
    /// Calls that have their turn at a record they change; others wait for theirs, or go on without one.
    pub records: usize,
    /// Operations, by their ids, that run or wait for a duplicate that runs.
    pub operations: usize,
    /// Calls that are answered, and whose hooks still run, and sessions whose hooks run.
    pub following: usize,
    /// Views of records that somebody is told of; those who see the same share one.
    pub groups: usize,
    /// How often somebody is told of one of them: a client with three watches counts three times.
    pub members: usize,
}
