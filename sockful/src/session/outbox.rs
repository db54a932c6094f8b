//! The answers of one connection that its carrier has not taken yet.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::{self, Instant, Sleep};

use crate::error::Error;
use crate::live::Told;
use crate::protocol::{Notice, Reply};

/// Where answers and notices leave: what carries the session.
pub(crate) trait Outlet: Send + 'static {
    /// Hands something over, without waiting.
    fn send(&mut self, outgoing: &Outgoing) -> Result<(), Blocked>;

    /// Tells the client why its connection ends, where it still can, and ends it.
    fn close(&mut self, reason: Closing);
}

/// Why an outlet takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// The client reads slower than it asks.
    Full,
    /// The connection has ended.
    Gone,
}

/// Why the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    /// The server stops.
    Shutdown,
    /// More requests wait than a connection may have waiting.
    Overloaded,
    /// The client does not read its answers.
    SlowConsumer,
    /// The login was revoked: the client may log in anew.
    Revoked,
    /// The server failed.
    Broken,
}

impl Closing {
    /// The reason on the wire.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Shutdown => "shutdown",
            Self::Overloaded => "overloaded",
            Self::SlowConsumer => "slow_consumer",
            Self::Revoked => "revoked",
            Self::Broken => "internal",
        }
    }

    /// What a client is told that is refused because the server stops.
    pub(crate) fn error() -> Error {
        Error::unavailable("the server is shutting down").reason("closing")
    }

    /// When the client may come back.
    pub(crate) fn retry_after_ms(self) -> u64 {
        match self {
            Self::Revoked => 0,
            Self::Shutdown => 1_000,
            Self::Overloaded | Self::SlowConsumer | Self::Broken => 5_000,
        }
    }
}

/// Something on its way out.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// The answer to a request.
    Answer {
        /// The acknowledgement asked for.
        ack: i64,
        reply: Reply,
    },
    /// What nobody asked for.
    Notice(Notice),
    /// A change, or something else that somebody is told about what they watch.
    Told(Told),
}

impl Outgoing {
    /// How many bytes it takes.
    fn len(&self) -> usize {
        match self {
            Self::Answer { reply, .. } => reply.len(),
            Self::Notice(notice) => notice.len(),
            Self::Told(told) => told.size(),
        }
    }
}

/// Answers and notices in the order they leave.
pub(super) struct Outbox {
    outlet: Box<dyn Outlet>,
    waiting: VecDeque<Outgoing>,
    bytes: usize,
    max_bytes: usize,
    blocked: Option<Wait>,
    deadline: Duration,
}

/// How long the outlet has taken nothing, and when to ask again.
struct Wait {
    since: Instant,
    pause: Duration,
    over: Pin<Box<Sleep>>,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The server ends it.
    By(Closing),
    /// The connection is gone.
    Gone,
}

/// What became of an attempt to send. `Ok` if nothing is left, or the outlet takes no more for now.
pub(super) type Flushed = Result<(), Ended>;

// The carrier does not say when it can take more, so it is asked again, at growing intervals.
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

impl Outbox {
    /// An empty outbox, which may hold `max_bytes`, and whose outlet may take nothing for `deadline`.
    pub(super) fn new(outlet: Box<dyn Outlet>, max_bytes: usize, deadline: Duration) -> Self {
        Self {
            outlet,
            waiting: VecDeque::new(),
            bytes: 0,
            max_bytes,
            blocked: None,
            deadline,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends something, or keeps it behind the others.
    pub(super) fn push(&mut self, outgoing: Outgoing) -> Flushed {
        self.bytes += outgoing.len();
        self.waiting.push_back(outgoing);
        if self.blocked.is_none() {
            self.flush()
        } else if self.bytes > self.max_bytes {
            Err(Ended::By(Closing::SlowConsumer))
        } else {
            // Behind others it has to wait for the next attempt anyway.
            Ok(())
        }
    }

    /// Sends what the outlet takes, if it is worth another attempt.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Flushed {
        while let Some(wait) = &mut self.blocked {
            if wait.over.as_mut().poll(cx).is_pending() {
                return Ok(());
            }
            self.flush()?;
        }
        Ok(())
    }

    /// Tells the client why its connection ends, and ends it.
    pub(super) fn close(&mut self, reason: Closing) {
        self.outlet.close(reason);
    }

    fn flush(&mut self) -> Flushed {
        while let Some(outgoing) = self.waiting.front() {
            match self.outlet.send(outgoing) {
                Ok(()) => {
                    self.bytes -= outgoing.len();
                    self.waiting.pop_front();
                    self.blocked = None;
                }
                Err(Blocked::Gone) => return Err(Ended::Gone),
                Err(Blocked::Full) => return self.wait(),
            }
        }
        Ok(())
    }

    fn wait(&mut self) -> Flushed {
        let (since, pause) = match &self.blocked {
            Some(wait) => (wait.since, (wait.pause * 2).min(LONGEST_PAUSE)),
            None => (Instant::now(), FIRST_PAUSE),
        };
        self.blocked = Some(Wait {
            since,
            pause,
            over: Box::pin(time::sleep(pause)),
        });
        if since.elapsed() >= self.deadline {
            Err(Ended::By(Closing::SlowConsumer))
        } else {
            Ok(())
        }
    }
}
