//! A deadline for what a connection owes: the head of its next request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::line::Line;

/// What ends the head of an HTTP/1 request: an empty line, whether lines end in CRLF or in LF alone.
const LINE: u8 = b'\n';

/// Watches the reads of a connection while the head of a request is due.
///
/// A peer that says nothing, or a byte now and then, would otherwise hold its place among the connections for
/// ever, without ever asking for anything. The first head is recognised here; when another is due is known
/// from the [`Line`], where the server tells of its requests.
#[derive(Debug)]
pub(super) struct HeadDeadline {
    deadline: Duration,
    /// The first head, until it is complete.
    first: Option<FirstHead>,
    due: Option<Due>,
    /// Whether the peer is slow to take what is written to it, which has a deadline of its own.
    stalled: bool,
}

/// A head that is due.
#[derive(Debug)]
struct Due {
    timer: Pin<Box<Sleep>>,
    /// How many requests came before it.
    after: usize,
}

impl HeadDeadline {
    /// Expects the first head within `deadline` from now, and each later one within so long after what was
    /// written before it.
    pub(super) fn within(deadline: Duration) -> Self {
        Self {
            deadline,
            first: Some(FirstHead::default()),
            due: Some(Due {
                timer: Box::pin(sleep(deadline)),
                after: 0,
            }),
            stalled: false,
        }
    }

    /// Reads from `io`.
    pub(super) fn poll_read(
        &mut self,
        io: Pin<&mut impl AsyncRead>,
        line: &Line,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = io.poll_read(cx, buf);
        if let Some(first) = &mut self.first
            && first.ends_in(&buf.filled()[before..])
        {
            (self.first, self.due) = (None, None);
        }
        if self.is_late(line, cx) {
            let message = "the peer did not send a request in time";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, message)));
        }
        polled
    }

    /// Something was written, or could not be.
    pub(super) fn wrote(&mut self, stalled: bool) {
        self.stalled = stalled;
        if self.first.is_none()
            && let Some(due) = &mut self.due
        {
            due.timer.as_mut().reset(Instant::now() + self.deadline);
        }
    }

    fn is_late(&mut self, line: &Line, cx: &mut Context<'_>) -> bool {
        let after = match self.first {
            Some(_) => Some(0),
            None => line.due(),
        };
        let Some(after) = after else {
            self.due = None;
            return false;
        };
        let deadline = self.deadline;
        let due = match &mut self.due {
            Some(due) if due.after == after => due,
            other => other.insert(Due {
                timer: Box::pin(sleep(deadline)),
                after,
            }),
        };
        while due.timer.as_mut().poll(cx).is_ready() {
            if !self.stalled {
                return true;
            }
            due.timer.as_mut().reset(Instant::now() + deadline);
        }
        false
    }
}

/// The head of a first request, as far as it has been read.
#[derive(Debug, Default)]
struct FirstHead {
    /// Whether the line that is being read is empty so far.
    empty: bool,
}

impl FirstHead {
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
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(10);
    const HEAD: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    struct Stream {
        io: DuplexStream,
        head: HeadDeadline,
        line: Arc<Line>,
    }

    impl AsyncRead for Stream {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let Self { io, head, line } = &mut *self;
            let polled = head.poll_read(Pin::new(io), line, cx, buf);
            if polled.is_pending() {
                line.wake(cx.waker());
            }
            polled
        }
    }

    impl Stream {
        async fn reads(&mut self, bytes: &[u8]) {
            let mut read = vec![0; bytes.len()];
            self.read_exact(&mut read).await.unwrap();
            assert_eq!(read, bytes);
        }

        async fn is_cut(&mut self) {
            let read = timeout(DEADLINE * 2, self.read_to_end(&mut Vec::new())).await;
            let error = read.expect("it is cut").unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        }

        async fn may_be_silent(&mut self) {
            let silent = timeout(DEADLINE * 100, self.read_u8()).await;
            assert!(
                silent.is_err(),
                "nothing was sent, so nothing may be read: {silent:?}"
            );
        }
    }

    fn stream() -> (DuplexStream, Stream) {
        let (peer, io) = duplex(1024);
        let (head, line) = (HeadDeadline::within(DEADLINE), Arc::default());
        (peer, Stream { io, head, line })
    }

    /// A stream whose first request has been answered.
    async fn answered() -> (DuplexStream, Stream) {
        let (mut peer, mut stream) = stream();
        stream.line.will_tell();
        peer.write_all(HEAD).await.unwrap();
        stream.reads(HEAD).await;
        drop(stream.line.request());
        stream.head.wrote(false);
        (peer, stream)
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
        stream.is_cut().await;
        slow.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn where_requests_are_not_told_a_peer_may_be_silent_after_the_first_head() {
        for parts in [
            &["GET / HTTP/1.1\r", "\n\r", "\n"][..],
            &["GET / HTTP/1.1\nx: y\n", "\n"],
        ] {
            let (mut peer, mut stream) = stream();
            for part in parts {
                peer.write_all(part.as_bytes()).await.unwrap();
                stream.reads(part.as_bytes()).await;
            }
            stream.may_be_silent().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_asks_no_more_after_its_answer_is_cut() {
        let (_peer, mut stream) = answered().await;
        stream.is_cut().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_finishes_its_second_head_is_cut() {
        let (mut peer, mut stream) = answered().await;
        let slow = tokio::spawn(async move {
            for byte in b"GET / HTTP/1.1\r\nx: " {
                peer.write_all(&[*byte]).await.unwrap();
                sleep(DEADLINE / 10).await;
            }
            peer
        });
        stream.is_cut().await;
        slow.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_may_be_silent_while_its_request_runs_and_is_due_again_after_it() {
        let (mut peer, mut stream) = answered().await;
        peer.write_all(HEAD).await.unwrap();
        stream.reads(HEAD).await;
        let running = stream.line.request();
        stream.may_be_silent().await;
        // The answer ends while somebody waits for something to read.
        tokio::spawn(async move {
            sleep(DEADLINE).await;
            drop(running);
        });
        stream.is_cut().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_asks_again_and_again_is_not_cut() {
        let (mut peer, mut stream) = answered().await;
        for _ in 0..10 {
            sleep(DEADLINE * 9 / 10).await;
            peer.write_all(HEAD).await.unwrap();
            stream.reads(HEAD).await;
            drop(stream.line.request());
        }
        stream.is_cut().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_still_takes_its_answer_is_not_cut() {
        let (_peer, mut stream) = answered().await;
        for stalled in [false, true, false] {
            stream.head.wrote(stalled);
            let waited = timeout(DEADLINE * 9 / 10, stream.read_u8()).await;
            assert!(waited.is_err(), "{waited:?}");
        }
        stream.head.wrote(true);
        stream.may_be_silent().await;
        stream.head.wrote(false);
        stream.is_cut().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_has_left_http_may_be_silent() {
        let (_peer, mut stream) = answered().await;
        stream.line.upgraded();
        stream.may_be_silent().await;
    }
}
