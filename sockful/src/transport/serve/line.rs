//! What a server and one of its connections tell each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::Waker;

use futures_util::task::AtomicWaker;

/// One connection, as those see it who answer its requests.
#[derive(Debug, Default)]
pub(crate) struct Line {
    hung_up: AtomicBool,
    /// Whether the server tells of every request.
    told: AtomicBool,
    /// Whether the connection has left HTTP.
    upgraded: AtomicBool,
    running: AtomicUsize,
    begun: AtomicUsize,
    /// Whoever waits for something to read.
    reader: AtomicWaker,
}

impl Line {
    /// Ends the connection: what comes is thrown away, and what waits to be sent still leaves.
    pub(crate) fn hang_up(&self) {
        self.hung_up.store(true, Ordering::SeqCst);
        self.reader.wake();
    }

    /// From now on every request is told by [`request`](Self::request).
    pub(super) fn will_tell(&self) {
        self.told.store(true, Ordering::SeqCst);
    }

    /// A request has begun, and runs until this is dropped.
    pub(super) fn request(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
        Running(Arc::clone(self))
    }

    /// The connection has left HTTP: no request is due any more.
    pub(super) fn upgraded(&self) {
        self.upgraded.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_hung_up(&self) -> bool {
        self.hung_up.load(Ordering::SeqCst)
    }

    /// Whether a request is due, and if so, how many came before it.
    pub(super) fn due(&self) -> Option<usize> {
        let due = self.told.load(Ordering::SeqCst)
            && !self.upgraded.load(Ordering::SeqCst)
            && self.running.load(Ordering::SeqCst) == 0;
        due.then(|| self.begun.load(Ordering::SeqCst))
    }

    /// Wakes whoever reads when there is something to learn here.
    pub(super) fn wake(&self, reader: &Waker) {
        self.reader.register(reader);
    }
}

/// One request, from its head to the end of its answer.
#[derive(Debug)]
pub(super) struct Running(Arc<Line>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
        // The next is due from now on, also if nobody would have read again before it comes.
        self.0.reader.wake();
    }
}
