//! A stream that fails for good when its peer stops taking what is written.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Fails with [`io::ErrorKind::TimedOut`] when a write or flush makes no progress for the deadline.
///
/// The failure is *sticky*: every later write, flush and read fails the same way, at once. A writer that
/// answers an error by trying its next packet would otherwise wait the deadline once per packet, and a
/// reader on another task would never learn that the connection is over.
///
/// No timer exists while writes go through.
#[derive(Debug)]
pub(super) struct WriteDeadline<S> {
    io: S,
    deadline: Duration,
    /// Set from the first attempt that could not go on until the next that does.
    stalled: Option<Pin<Box<Sleep>>>,
    cut: bool,
    /// Whoever waits for something to read; nothing else would wake it when the writer fails.
    reader: Option<Waker>,
}

impl<S> WriteDeadline<S> {
    pub(super) fn new(io: S, deadline: Duration) -> Self {
        Self {
            io,
            deadline,
            stalled: None,
            cut: false,
            reader: None,
        }
    }

    #[cfg(test)]
    pub(super) fn get_ref(&self) -> &S {
        &self.io
    }

    pub(super) fn get_mut(&mut self) -> &mut S {
        &mut self.io
    }

    /// Whether the deadline has passed.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    fn check(&self) -> io::Result<()> {
        if self.cut { Err(timed_out()) } else { Ok(()) }
    }
}

fn timed_out() -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        "the peer does not read what is written to it",
    )
}

impl<S: AsyncWrite + Unpin> WriteDeadline<S> {
    fn poll_out<T>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        self.check()?;
        // Before the timer: a peer that moved in time is not cut because we were late to look.
        if let Poll::Ready(result) = attempt(Pin::new(&mut self.io), cx) {
            self.stalled = None;
            return Poll::Ready(result);
        }
        let deadline = self.deadline;
        ready!(
            self.stalled
                .get_or_insert_with(|| Box::pin(sleep(deadline)))
                .as_mut()
                .poll(cx)
        );
        self.stalled = None;
        self.cut = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Err(timed_out()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteDeadline<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_out(cx, |io, cx| io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_out(cx, |io, cx| io.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_out(cx, |io, cx| io.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_out(cx, |io, cx| io.poll_shutdown(cx))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteDeadline<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check()?;
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        if polled.is_pending() {
            match &mut self.reader {
                Some(reader) => reader.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex, split};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_stalled_write_fails_once_and_for_all_and_wakes_the_reader() {
        let (io, _peer) = duplex(8);
        let (mut reader, mut writer) = split(WriteDeadline::new(io, DEADLINE));
        let reading = tokio::spawn(async move { reader.read_u8().await.unwrap_err().kind() });

        let begin = tokio::time::Instant::now();
        let failed = writer.write_all(&[0; 9]).await.unwrap_err();
        assert_eq!(failed.kind(), io::ErrorKind::TimedOut);
        assert!(begin.elapsed() >= DEADLINE);
        let reading = tokio::time::timeout(DEADLINE, reading)
            .await
            .expect("nothing wakes the reader");
        assert_eq!(reading.unwrap(), io::ErrorKind::TimedOut);

        let cut = tokio::time::Instant::now();
        for _ in 0..128 {
            assert_eq!(
                writer.write(&[0]).await.unwrap_err().kind(),
                io::ErrorKind::TimedOut
            );
            assert_eq!(
                writer.flush().await.unwrap_err().kind(),
                io::ErrorKind::TimedOut
            );
        }
        assert_eq!(cut.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_takes_a_byte_now_and_then_is_not_cut() {
        let (io, mut peer) = duplex(8);
        let mut stream = WriteDeadline::new(io, DEADLINE);
        let reading = tokio::spawn(async move {
            for _ in 0..64 {
                sleep(DEADLINE * 9 / 10).await;
                peer.read_u8().await.unwrap();
            }
        });
        stream.write_all(&[0; 64]).await.unwrap();
        reading.await.unwrap();
        assert!(!stream.is_cut());
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_no_timer_while_writes_go_through() {
        let (io, mut peer) = duplex(8);
        let mut stream = WriteDeadline::new(io, DEADLINE);
        stream.write_all(&[0; 8]).await.unwrap();
        assert!(stream.stalled.is_none());

        let blocked = std::future::poll_fn(|cx| {
            let polled = Pin::new(&mut stream).poll_write(cx, &[0]);
            Poll::Ready(polled.is_pending())
        });
        assert!(blocked.await);
        assert!(stream.stalled.is_some());

        peer.read_exact(&mut [0; 8]).await.unwrap();
        stream.write_u8(0).await.unwrap();
        assert!(stream.stalled.is_none());
    }
}
