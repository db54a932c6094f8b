//! Serving: the listener that protects the process from its peers, and a server that ends in bounded time.
//!
//! - [`Listener`] caps connections and cuts peers that stop reading. It works below any axum server.
//! - [`serve`](serve()) is axum's server on such a listener, with a bounded shutdown: it tells every session
//!   through a [`Drain`] and waits for them, but never longer than the grace.
//! - Each request below [`serve`](serve()) carries `ConnectInfo<SocketAddr>` and a [`Peer`].

mod deadline;
mod drain;
mod gate;
mod head;
mod line;
mod linger;
mod listener;
mod parting;
mod peer;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::time::timeout;

pub(crate) use drain::Drain;
pub(crate) use line::Line;
pub use listener::{Connection, Listener};
pub(crate) use peer::Peer;

use peer::Peers;

/// How long a server that is done waits for connections on their way out.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Serves `router` on `listener` until the process is told to end, by SIGTERM or Ctrl-C.
///
/// Then no connection is accepted any more, every session is told, and the future completes as soon as all
/// sessions and requests have ended and what they were told last has left, or when the grace is over, whichever
/// comes first. The router's requests carry `axum::extract::ConnectInfo<SocketAddr>`.
///
/// The end of a server is the end of every [`App`](crate::App) whose clients it has: all their sessions end, also
/// those that another server of the same app carries. Serve an app once, or end all its servers together.
///
/// A [`tokio::net::TcpListener`] is given the default limits; make a [`Listener`] for others.
///
/// ```no_run
/// # async fn example(app: axum::Router) -> std::io::Result<()> {
/// let listener = sockful::Listener::bind("127.0.0.1:3000").await?;
/// sockful::serve(listener, app).await
/// # }
/// ```
///
/// # Errors
///
/// The future's error is for failures of the server itself; today there is none: what goes wrong with one
/// connection ends only that connection, and a failing accept is logged and tried again.
pub fn serve(listener: impl Into<Listener>, router: Router) -> Serve {
    let listener = listener.into();
    Serve {
        grace: listener.grace(),
        listener,
        router,
        signal: None,
    }
}

/// A server to be; made by [`serve`](serve()), runs when awaited.
#[must_use = "a server does nothing unless awaited"]
pub struct Serve {
    listener: Listener,
    router: Router,
    signal: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    grace: Duration,
}

impl Serve {
    /// Begins the shutdown when `signal` completes, instead of on SIGTERM and Ctrl-C.
    pub fn with_shutdown(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.signal = Some(Box::pin(signal));
        self
    }

    /// The longest the shutdown may take, counted from the signal; by default the
    /// [`shutdown_grace`](crate::Config::shutdown_grace) of the listener's config, 10 s.
    ///
    /// Calls have most of it. The last fifth, at most a second, is for telling clients of those that are cut off.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// What the operating system reports.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        axum::serve::Listener::local_addr(&self.listener)
    }

    async fn run(self) -> io::Result<()> {
        let drain = Drain::new(self.grace);
        let gate = Arc::clone(self.listener.gate());
        // Ends the sessions also when this future is dropped before any signal.
        let _stop = drain.token.clone().drop_guard();
        let peers = Peers {
            router: self.router.with_state(()),
            drain: drain.clone(),
        };
        let server = axum::serve(self.listener, peers)
            .with_graceful_shutdown(drain.token.clone().cancelled_owned());
        let mut server = pin!(server.into_future());

        let signal = self.signal.unwrap_or_else(|| Box::pin(told_to_end()));
        tokio::select! {
            result = &mut server => return result,
            () = signal => {}
        }
        tracing::info!(sessions = drain.live(), grace = ?self.grace, "shutting down");
        drain.begin();

        // In this order: once the server has ended, no request is left that could begin a session.
        let ended = async {
            let result = server.await;
            drain.ended().await;
            // What is open now is either on its way out, or somebody else's and not waited for.
            let _ = timeout(LAST_WORDS, gate.emptied()).await;
            result
        };
        timeout(drain.left(), ended).await.unwrap_or_else(|_| {
            tracing::warn!(
                sessions = drain.live(),
                "the grace is over; leaving what still runs"
            );
            Ok(())
        })
    }
}

impl IntoFuture for Serve {
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve")
            .field("listener", &self.listener)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

/// Completes when the process is told to end: Ctrl-C, and on Unix SIGTERM.
async fn told_to_end() {
    let interrupt = async {
        match tokio::signal::ctrl_c().await {
            Ok(()) => {}
            Err(error) => never("Ctrl-C", &error).await,
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => _ = signal.recv().await,
            Err(error) => never("SIGTERM", &error).await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

/// A signal that cannot be listened to must not look like one that came.
async fn never(signal: &str, error: &io::Error) {
    tracing::error!(%error, "cannot listen for {signal}; it will not shut the server down gracefully");
    std::future::pending::<()>().await;
}
