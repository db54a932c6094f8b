//! Where a test holds things up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::raw::GUARD;

/// Holds up whoever passes, once it is closed.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<Inner>);

#[derive(Default)]
struct Inner {
    closed: AtomicBool,
    waiting: AtomicUsize,
    open: Option<Semaphore>,
}

impl Gate {
    /// An open one.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            open: Some(Semaphore::new(0)),
            ..Inner::default()
        }))
    }

    /// Waits while it is closed.
    pub(crate) async fn pass(&self) {
        if self.0.closed.load(Ordering::SeqCst) {
            self.0.waiting.fetch_add(1, Ordering::SeqCst);
            let open = self.0.open.as_ref().expect("a gate");
            open.acquire().await.expect("it opens").forget();
        }
    }

    /// Holds up whoever comes from now on.
    pub(crate) fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
    }

    /// Lets in whoever waits, and whoever comes.
    pub(crate) fn open(&self) {
        self.0.closed.store(false, Ordering::SeqCst);
        self.0.open.as_ref().expect("a gate").add_permits(100);
    }

    /// Until somebody waits.
    pub(crate) async fn is_reached(&self) {
        let reached = async {
            while self.0.waiting.load(Ordering::SeqCst) == 0 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(GUARD, reached).await.expect("somebody waits");
    }
}
