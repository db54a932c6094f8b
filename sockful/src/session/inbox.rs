//! The requests of one connection that wait for their turn: bounded in number and in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// One request as it came.
#[derive(Debug)]
pub(crate) struct Job {
    /// The arguments of the event as JSON text, its name first.
    pub(crate) text: Box<str>,
    /// The acknowledgement asked for.
    pub(crate) ack: Option<i64>,
    /// Whether binary attachments came with it.
    pub(crate) binary: bool,
}

/// Why an inbox takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The client has sent more than a connection may have waiting.
    Full,
    /// The session has ended.
    Closed,
}

/// Where requests go in, in the order they came.
#[derive(Clone, Debug)]
pub(super) struct Inbox {
    jobs: mpsc::Sender<Job>,
    bytes: Arc<AtomicUsize>,
    max_bytes: usize,
    overflown: CancellationToken,
}

/// Where the worker takes them out.
#[derive(Debug)]
pub(super) struct Jobs {
    jobs: mpsc::Receiver<Job>,
    bytes: Arc<AtomicUsize>,
}

/// An empty inbox.
pub(super) fn inbox(app: &App) -> (Inbox, Jobs) {
    let config = app.config();
    let (sender, receiver) = mpsc::channel(config.inbox_requests);
    let bytes = Arc::new(AtomicUsize::new(0));
    let inbox = Inbox {
        jobs: sender,
        bytes: Arc::clone(&bytes),
        max_bytes: config.inbox_bytes,
        overflown: CancellationToken::new(),
    };
    let jobs = Jobs {
        jobs: receiver,
        bytes,
    };
    (inbox, jobs)
}

impl Inbox {
    /// Takes a request in, without waiting. Once one was refused no other is taken, even if there is room
    /// again: the answers would have a hole.
    pub(super) fn push(&self, job: Job) -> Result<(), Refused> {
        if self.overflown.is_cancelled() {
            return Err(Refused::Full);
        }
        let taken = self.take(job);
        if taken == Err(Refused::Full) {
            self.overflown.cancel();
        }
        taken
    }

    /// Whether a request was refused because too many wait.
    pub(super) fn is_overflown(&self) -> bool {
        self.overflown.is_cancelled()
    }

    /// Until a request is refused because too many wait.
    pub(super) async fn overflown(&self) {
        self.overflown.cancelled().await;
    }

    fn take(&self, job: Job) -> Result<(), Refused> {
        let size = job.text.len();
        // A request alone is always taken, however large: its size is for another limit.
        let before = self.bytes.fetch_add(size, Ordering::Relaxed);
        if before > 0 && before + size > self.max_bytes {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            return Err(Refused::Full);
        }
        self.jobs.try_send(job).map_err(|error| {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => Refused::Full,
                TrySendError::Closed(_) => Refused::Closed,
            }
        })
    }
}

impl Jobs {
    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// The next request; `None` once no more can come.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Job>> {
        let next = self.jobs.poll_recv(cx);
        if let Poll::Ready(Some(job)) = &next {
            self.bytes.fetch_sub(job.text.len(), Ordering::Relaxed);
        }
        next
    }
}
