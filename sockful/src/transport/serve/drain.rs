//! How a server tells its sessions that it shuts down, and learns that they have ended.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// The shutdown of one server, as its sessions see it. Clones are of the same server.
///
/// A session holds what [`track`](Self::track) gave it. When [`token`](Self::token) is cancelled it answers
/// what runs, takes nothing new, disconnects, and drops it.
#[derive(Clone, Debug)]
pub(crate) struct Drain {
    /// Cancelled when the shutdown begins.
    pub(crate) token: CancellationToken,
    grace: Duration,
    begun: Arc<OnceLock<Instant>>,
    live: watch::Sender<usize>,
    /// Those that follow; one or two.
    apps: Arc<Mutex<Vec<App>>>,
}

impl Drain {
    /// A shutdown that will take no longer than `grace`.
    pub(super) fn new(grace: Duration) -> Self {
        Self {
            token: CancellationToken::new(),
            grace,
            begun: Arc::default(),
            live: watch::Sender::new(0),
            apps: Arc::default(),
        }
    }

    /// Begins the shutdown.
    pub(super) fn begin(&self) {
        self.left();
        self.token.cancel();
    }

    /// How much of the grace is left, once the shutdown has begun.
    pub(crate) fn left(&self) -> Duration {
        // Where it was not begun, but the server dropped, it begins for whoever asks first.
        let begun = self.begun.get_or_init(Instant::now);
        self.grace.saturating_sub(begun.elapsed())
    }

    /// Makes the shutdown wait until the guard is dropped, within its grace.
    #[must_use]
    pub(crate) fn track(&self) -> Tracked {
        self.live.send_modify(|live| *live += 1);
        Tracked(self.live.clone())
    }

    /// The same for an app as a whole: `None` after the first time.
    pub(crate) fn track_once(&self, app: &App) -> Option<Tracked> {
        let mut apps = self.apps.lock().unwrap_or_else(PoisonError::into_inner);
        if apps.iter().any(|known| known.is(app)) {
            return None;
        }
        apps.push(app.clone());
        Some(self.track())
    }

    /// How many guards there are.
    pub(super) fn live(&self) -> usize {
        *self.live.borrow()
    }

    /// Completes when there is no guard.
    pub(super) async fn ended(&self) {
        // Fails only when every sender is gone, and `self` is one.
        _ = self.live.subscribe().wait_for(|live| *live == 0).await;
    }
}

/// What the shutdown waits for; see [`Drain::track`].
#[derive(Debug)]
pub(crate) struct Tracked(watch::Sender<usize>);

impl Drop for Tracked {
    fn drop(&mut self) {
        self.0.send_modify(|live| *live -= 1);
    }
}
