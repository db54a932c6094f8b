//! The listener and its connections.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::time::Instant;

use super::deadline::WriteDeadline;
use super::gate::{Full, Gate, Place};
use super::head::HeadDeadline;
use super::line::Line;
use super::linger::Linger;
use super::parting::Parting;
use crate::Config;
use crate::meters;

/// How much of what was written the kernel may hold before it is sent, in bytes.
///
/// Left alone, the kernel holds up to 4 MB for each peer that stops reading, and lets a writer go on only
/// once a third of that is free: a peer that reads 300 KB/s would then look stalled for seconds. With this
/// a peer counts as moving when it takes half of it per deadline.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT: u32 = 128 * 1024;
/// How long nothing is accepted after an error that is not the fault of one connection.
const RETRY_ACCEPT: Duration = Duration::from_secs(1);
/// At most one line in the log per this time, however many connections are refused.
const TELL_REFUSALS: Duration = Duration::from_secs(10);

/// A TCP listener whose connections cannot hurt the process: there are only so many of them, in total and
/// from one address, and a peer that stops reading is cut.
///
/// For [`serve`](crate::serve()), and for any other server on [`axum::serve()`]:
///
/// ```no_run
/// # async fn example(router: axum::Router) -> std::io::Result<()> {
/// use std::net::SocketAddr;
/// use axum::serve::ListenerExt;
///
/// let listener = sockful::Listener::bind("127.0.0.1:3000").await?;
/// // `tap_io` only because axum tells the address of a peer of foreign listeners when wrapped so.
/// let service = router.into_make_service_with_connect_info::<SocketAddr>();
/// axum::serve(listener.tap_io(|_| {}), service).await
/// # }
/// ```
///
/// The limits are those of a [`Config`]: `write_deadline`, `connect_timeout`, `max_connections`,
/// `max_connections_per_address`. Every connection sends small packets at once (`TCP_NODELAY`).
#[derive(Debug)]
pub struct Listener {
    tcp: TcpListener,
    gate: Arc<Gate>,
    write_deadline: Duration,
    head_deadline: Duration,
    grace: Duration,
    refusals: Refusals,
}

impl Listener {
    /// Listens on `addr` with the default limits. Port 0 lets the operating system choose.
    ///
    /// # Errors
    ///
    /// What the operating system reports: the address is in use, not ours, or not allowed.
    pub async fn bind(addr: impl ToSocketAddrs) -> io::Result<Self> {
        TcpListener::bind(addr).await.map(Self::new)
    }

    /// Takes over a bound listener, with the default limits.
    #[must_use]
    pub fn new(tcp: TcpListener) -> Self {
        Self::with_config(tcp, &Config::default())
    }

    /// Takes over a bound listener, with the limits of `config`.
    #[must_use]
    pub fn with_config(tcp: TcpListener, config: &Config) -> Self {
        Self {
            tcp,
            gate: Gate::new(config.max_connections, config.max_connections_per_address),
            write_deadline: config.write_deadline,
            head_deadline: config.connect_timeout,
            grace: config.shutdown_grace,
            refusals: Refusals::default(),
        }
    }

    /// The address it listens on.
    ///
    /// # Errors
    ///
    /// What the operating system reports.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    pub(super) fn grace(&self) -> Duration {
        self.grace
    }

    pub(super) fn gate(&self) -> &Arc<Gate> {
        &self.gate
    }
}

impl From<TcpListener> for Listener {
    fn from(tcp: TcpListener) -> Self {
        Self::new(tcp)
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let (tcp, addr) = match self.tcp.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    after_error(&error).await;
                    continue;
                }
            };
            // A refused connection is closed here, by dropping it.
            match self.gate.enter(addr.ip()) {
                Ok(place) => {
                    let head = HeadDeadline::within(self.head_deadline);
                    return (Connection::new(tcp, place, self.write_deadline, head), addr);
                }
                Err(full) => self.refusals.tell(full, addr),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// Waits as long as accepting again would be useless.
async fn after_error(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return; // of the one connection that would have been accepted
    }
    // Most likely out of file descriptors: at once again, it would fail again, and spin.
    tracing::error!(%error, "cannot accept connections; trying again in {RETRY_ACCEPT:?}");
    tokio::time::sleep(RETRY_ACCEPT).await;
}

/// Tells the log of refused connections, without letting whoever makes them fill it.
#[derive(Debug, Default)]
struct Refusals {
    told: Option<Instant>,
    since: u64,
}

impl Refusals {
    fn tell(&mut self, full: Full, addr: SocketAddr) {
        let limit = match full {
            Full::Total => "max_connections",
            Full::Address => "max_connections_per_address",
        };
        meters::refusals(limit).increment(1);
        self.since += 1;
        if self.told.is_some_and(|told| told.elapsed() < TELL_REFUSALS) {
            return;
        }
        tracing::warn!(%addr, limit, refused = self.since, "too many connections; refused");
        *self = Self {
            told: Some(Instant::now()),
            since: 0,
        };
    }
}

/// One accepted connection of a [`Listener`]: a byte stream that fails for good, in both directions, when
/// the peer takes nothing for the write deadline, or does not finish the head of its first request in time.
/// Below [`serve`](crate::serve()) later requests have the same deadline, from the end of the answer before.
#[derive(Debug)]
pub struct Connection {
    io: WriteDeadline<Linger>,
    head: HeadDeadline,
    line: Arc<Line>,
    parting: Parting,
}

impl Connection {
    fn new(tcp: TcpStream, place: Place, write_deadline: Duration, head: HeadDeadline) -> Self {
        // Without these a connection is slower, or found dead later; no reason to refuse it.
        if let Err(error) = set_options(&tcp, write_deadline) {
            tracing::debug!(%error, "cannot set the options of a connection");
        }
        Self {
            io: WriteDeadline::new(Linger::new(tcp, place, write_deadline), write_deadline),
            head,
            line: Arc::default(),
            parting: Parting::default(),
        }
    }

    /// The connection, as those see it who answer its requests.
    pub(super) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    fn wrote<T>(&mut self, polled: Poll<T>) -> Poll<T> {
        self.head.wrote(polled.is_pending());
        self.parting.wrote(polled.is_pending());
        polled
    }

    #[cfg(test)]
    pub(super) fn tcp(&self) -> &TcpStream {
        self.io.get_ref().tcp()
    }
}

fn set_options(tcp: &TcpStream, write_deadline: Duration) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let socket = socket2::SockRef::from(tcp);
        // The kernel ends a connection whose peer is gone also where nobody is about to write. Zero would
        // mean its own default, of many minutes.
        socket.set_tcp_user_timeout(Some(write_deadline.max(Duration::from_millis(1))))?;
        socket.set_tcp_notsent_lowat(UNSENT)?;
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = write_deadline;
    Ok(())
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.io.is_cut() {
            // Reset rather than close: the kernel would keep what the peer does not read, and try on.
            self.io.get_mut().reset();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self {
            io,
            head,
            line,
            parting,
        } = &mut *self;
        let mut io = Pin::new(io);
        if !line.is_hung_up() {
            let polled = head.poll_read(io.as_mut(), line, cx, buf);
            if polled.is_ready() {
                return polled;
            }
            line.wake(cx.waker());
            // It may have been hung up just before.
            if !line.is_hung_up() {
                return Poll::Pending;
            }
        }
        parting.poll_read(io, cx)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        self.wrote(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.wrote(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
