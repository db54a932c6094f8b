//! A stream that closes so that its peer still gets what was written last.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::gate::Place;

/// One connection. Dropped, it ends its own side, and throws away what still comes until the peer has ended
/// the other one.
///
/// A connection that is closed while its peer sends is reset, and with a reset the peer loses what it has
/// not read: the very message that says why it is thrown out. It keeps its place until it is closed.
#[derive(Debug)]
pub(super) struct Linger {
    /// `None` only while it is dropped.
    open: Option<(TcpStream, Place)>,
    /// How long the peer may take to read to the end and end its side.
    patience: Duration,
    /// Whether the peer has ended its side, so that nothing it sends can be in the way.
    ended: bool,
}

impl Linger {
    pub(super) fn new(tcp: TcpStream, place: Place, patience: Duration) -> Self {
        Self {
            open: Some((tcp, place)),
            patience,
            ended: false,
        }
    }

    /// Closes the connection at once when it is dropped, and lets the kernel forget what is unsent.
    pub(super) fn reset(&mut self) {
        self.ended = true;
        if let Some((tcp, _)) = &self.open {
            _ = tcp.set_zero_linger();
        }
    }

    #[cfg(test)]
    pub(super) fn tcp(&self) -> &TcpStream {
        &self.open.as_ref().expect("it is open").0
    }

    fn poll<T>(
        &mut self,
        attempt: impl FnOnce(Pin<&mut TcpStream>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let Some((tcp, _)) = &mut self.open else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let polled = attempt(Pin::new(tcp));
        self.ended |= matches!(polled, Poll::Ready(Err(_)));
        polled
    }
}

impl Drop for Linger {
    fn drop(&mut self) {
        let Some(open) = self.open.take().filter(|_| !self.ended) else {
            return;
        };
        // Without a runtime it is just closed.
        if let Ok(runtime) = Handle::try_current() {
            let patience = self.patience;
            runtime.spawn(async move {
                let (mut tcp, _place) = open;
                // Whether the peer has ended its side in time or not, nothing is left to do.
                let _ = timeout(patience, read_to_the_end(&mut tcp)).await;
            });
        }
    }
}

async fn read_to_the_end(tcp: &mut TcpStream) -> io::Result<()> {
    let mut rest = vec![0; 4096];
    tcp.shutdown().await?;
    while tcp.read(&mut rest).await? > 0 {}
    Ok(())
}

impl AsyncRead for Linger {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = self.poll(|tcp| tcp.poll_read(cx, buf));
        self.ended |= polled.is_ready() && buf.remaining() > 0 && buf.filled().len() == before;
        polled
    }
}

impl AsyncWrite for Linger {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(|tcp| tcp.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll(|tcp| tcp.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|tcp| tcp.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(|tcp| tcp.poll_shutdown(cx))
    }
}
