//! How a connection ends that the server hangs up.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long nothing is written until it counts as certain that nothing waits to be written.
///
/// Whoever reads and whoever writes are two tasks. The reader's end is the writer's, and nobody tells how much the
/// writer has left to do: it may just have been busy elsewhere.
const QUIET: Duration = Duration::from_millis(200);

/// The reads of a connection that is hung up, which fail as soon as nothing is written any more.
#[derive(Debug, Default)]
pub(super) struct Parting {
    quiet: Option<Pin<Box<Sleep>>>,
    /// Whether the peer is slow to take what is written to it, which has a deadline of its own.
    stalled: bool,
}

impl Parting {
    /// Something was written, or could not be.
    pub(super) fn wrote(&mut self, stalled: bool) {
        self.stalled = stalled;
        if let Some(quiet) = &mut self.quiet {
            quiet.as_mut().reset(Instant::now() + QUIET);
        }
    }

    /// Reads from `io` what nobody will see, until the end.
    ///
    /// A peer that sends all it has before it reads would otherwise wait for us while we wait for it.
    pub(super) fn poll_read(
        &mut self,
        mut io: Pin<&mut impl AsyncRead>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let mut rest = [0; 4096];
        loop {
            let mut buf = ReadBuf::new(&mut rest);
            match io.as_mut().poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {}
                Poll::Ready(ended) => return Poll::Ready(ended),
                Poll::Pending => break,
            }
        }
        let quiet = self.quiet.get_or_insert_with(|| Box::pin(sleep(QUIET)));
        loop {
            ready!(quiet.as_mut().poll(cx));
            if !self.stalled {
                // Not the end of the stream: a WebSocket that reads it writes no more.
                let message = "the server has ended the connection";
                let ended = io::Error::new(io::ErrorKind::ConnectionAborted, message);
                return Poll::Ready(Err(ended));
            }
            quiet.as_mut().reset(Instant::now() + QUIET);
        }
    }
}
