//! A stream that fails when its peer does not finish the head of its first request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What ends the head of an HTTP/1 request: an empty line, whether lines end in CRLF or in LF alone.
const LINE: u8 = b'\n';

/// Watches the reads of a connection until the head of its first request is complete.
///
/// A peer that sends a byte now and then would otherwise hold its place among the connections for ever, without
/// ever asking for anything. The timer is gone with the first head.
#[derive(Debug)]
pub(super) struct FirstHead(Option<Waiting>);

#[derive(Debug)]
struct Waiting {
    timer: Pin<Box<Sleep>>,
    /// Whether the line that is being read is empty so far.
    empty: bool,
}

impl FirstHead {
    /// Expects the head within `deadline` from now.
    pub(super) fn within(deadline: Duration) -> Self {
        Self(Some(Waiting {
            timer: Box::pin(sleep(deadline)),
            empty: false,
        }))
    }

    /// Reads from `io`.
    pub(super) fn poll_read(
        &mut self,
        io: Pin<&mut impl AsyncRead>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = io.poll_read(cx, buf);
        let Some(waiting) = &mut self.0 else {
            return polled;
        };
        if waiting.ends_in(&buf.filled()[before..]) {
            self.0 = None;
        } else if waiting.timer.as_mut().poll(cx).is_ready() {
            let message = "the peer did not finish its first request in time";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)));
        }
        polled
    }
}

impl Waiting {
    fn ends_in(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().any(|byte| {
            let ends = *byte == LINE && self.empty;
            self.empty = *byte == LINE || (self.empty && *byte == b'\r');
            ends
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(10);

    struct Stream(DuplexStream, FirstHead);

    impl AsyncRead for Stream {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let Self(io, head) = &mut *self;
            head.poll_read(Pin::new(io), cx, buf)
        }
    }

    fn stream() -> (DuplexStream, Stream) {
        let (peer, io) = duplex(1024);
        (peer, Stream(io, FirstHead::within(DEADLINE)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_finishes_its_first_head_is_cut() {
        let (mut peer, mut stream) = stream();
        let slow = tokio::spawn(async move {
            for byte in b"GET / HTTP/1.1\r\nx: " {
                peer.write_all(&[*byte]).await.unwrap();
                sleep(DEADLINE / 10).await;
            }
            peer
        });
        let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        slow.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_first_head_a_peer_may_be_silent() {
        silent_after(&["GET / HTTP/1.1\r", "\n\r", "\n"]).await;
        silent_after(&["GET / HTTP/1.1\nx: y\n", "\n"]).await;
    }

    async fn silent_after(parts: &[&str]) {
        let (mut peer, mut stream) = stream();
        for part in parts {
            peer.write_all(part.as_bytes()).await.unwrap();
            let mut read = vec![0; part.len()];
            stream.read_exact(&mut read).await.unwrap();
        }
        let mut byte = [0];
        let silent = tokio::time::timeout(DEADLINE * 100, stream.read(&mut byte)).await;
        assert!(
            silent.is_err(),
            "nothing was sent, so nothing may be read: {silent:?}"
        );
    }
}
