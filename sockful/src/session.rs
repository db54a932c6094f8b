//! One connected client, whatever carries it: requests come in order through an [`Inbox`], a worker
//! answers them in order, an [`Outlet`] takes the answers.

mod inbox;
mod outbox;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use inbox::{Inbox, Job, Refused};
pub(crate) use outbox::{Blocked, Closing, Outgoing, Outlet};

use crate::app::App;
use crate::identity::Caller;

/// What a session is opened with.
pub(crate) struct Opening {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    /// Tells the session that its server is shutting down.
    pub(crate) drain: CancellationToken,
    /// Ends the session, whatever it is doing.
    pub(crate) cut: CancellationToken,
}

/// The outside of a session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Where requests go in.
    pub(crate) inbox: Inbox,
    /// Ends the session; it is also cancelled when the session ends by itself.
    pub(crate) closed: CancellationToken,
}

impl Session {
    /// Opens a session: from now on a worker answers what its inbox takes.
    pub(crate) fn open(opening: Opening, outlet: impl Outlet, tasks: &TaskTracker) -> Self {
        let (inbox, jobs) = inbox::inbox(&opening.app);
        let closed = CancellationToken::new();
        let session = Self {
            inbox,
            closed: closed.clone(),
        };
        tasks.spawn(worker::run(opening, jobs, outlet, closed));
        session
    }
}

/// Counts something that comes and goes.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicUsize);

/// One, or so many, that a [`Gauge`] counts until this is dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    gauge: Arc<Gauge>,
    amount: usize,
}

impl Gauge {
    pub(crate) fn add(self: &Arc<Self>, amount: usize) -> Counted {
        self.0.fetch_add(amount, Ordering::Relaxed);
        Counted {
            gauge: Arc::clone(self),
            amount,
        }
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.gauge.0.fetch_sub(self.amount, Ordering::Relaxed);
    }
}
