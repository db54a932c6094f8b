//! The requests of one connection that wait for their turn: bounded in number and in bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
pub(crate) struct Inbox {
    jobs: mpsc::Sender<Job>,
    bytes: Arc<AtomicUsize>,
    max_bytes: usize,
    overflown: CancellationToken,
}

/// Where the worker takes them out.
#[derive(Debug)]
pub(crate) struct Jobs {
    jobs: mpsc::Receiver<Job>,
    bytes: Arc<AtomicUsize>,
    overflown: CancellationToken,
}

/// An empty inbox.
pub(crate) fn inbox(app: &App) -> (Inbox, Jobs) {
    let config = app.config();
    let (sender, receiver) = mpsc::channel(config.inbox_requests);
    let bytes = Arc::new(AtomicUsize::new(0));
    let inbox = Inbox {
        jobs: sender,
        bytes: Arc::clone(&bytes),
        max_bytes: config.inbox_bytes,
        overflown: CancellationToken::new(),
    };
    let overflown = inbox.overflown.clone();
    (
        inbox,
        Jobs {
            jobs: receiver,
            bytes,
            overflown,
        },
    )
}

impl Inbox {
    /// Takes a request in, without waiting. Once one was refused no other is taken, even if there is room
    /// again: the answers would have a hole.
    pub(crate) fn push(&self, job: Job) -> Result<(), Refused> {
        if self.overflown.is_cancelled() {
            return Err(Refused::Full);
        }
        let taken = self.take(job);
        if taken == Err(Refused::Full) {
            self.overflown.cancel();
        }
        taken
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
    /// Cancelled when the client has sent more than may wait.
    pub(crate) fn overflown(&self) -> CancellationToken {
        self.overflown.clone()
    }

    /// The next request; `None` once no more can come.
    pub(crate) async fn next(&mut self) -> Option<Job> {
        let job = self.jobs.recv().await?;
        self.bytes.fetch_sub(job.text.len(), Ordering::Relaxed);
        Some(job)
    }

    /// The next request, if one waits.
    pub(crate) fn try_next(&mut self) -> Option<Job> {
        let job = self.jobs.try_recv().ok()?;
        self.bytes.fetch_sub(job.text.len(), Ordering::Relaxed);
        Some(job)
    }
}
