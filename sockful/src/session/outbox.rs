//! The answers of one connection that its carrier has not taken yet.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::{self, Instant};

use crate::error::Error;
use crate::protocol::Reply;

/// Where answers leave: what carries the session.
pub(crate) trait Outlet: Send + 'static {
    /// Hands an answer over, without waiting.
    fn send(&mut self, answer: &Outgoing) -> Result<(), Blocked>;

    /// Tells the client why its connection ends, where it still can, and ends it.
    fn close(&mut self, reason: Closing);
}

/// Why an outlet takes no answer.
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
            Self::Shutdown => 1_000,
            Self::Overloaded | Self::SlowConsumer | Self::Broken => 5_000,
        }
    }
}

/// An answer on its way out.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// The acknowledgement asked for.
    pub(crate) ack: i64,
    pub(crate) reply: Reply,
}

/// Answers in the order they leave.
#[derive(Debug)]
pub(crate) struct Outbox {
    answers: VecDeque<Outgoing>,
    bytes: usize,
    max_bytes: usize,
    blocked: Option<Wait>,
    deadline: Duration,
}

/// How long the outlet has taken nothing, and when to ask again.
#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Instant,
    pause: Duration,
}

/// Why a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The server ends it.
    By(Closing),
    /// The connection is gone.
    Gone,
}

/// What became of an attempt to empty the outbox. `Ok` if nothing is left, or the outlet takes no more for now.
pub(crate) type Flushed = Result<(), Ended>;

// The carrier does not say when it can take more, so it is asked again, at growing intervals.
const FIRST_PAUSE: Duration = Duration::from_micros(200);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

impl Outbox {
    /// An empty outbox, which may hold `max_bytes`, and whose outlet may take nothing for `deadline`.
    pub(crate) fn new(max_bytes: usize, deadline: Duration) -> Self {
        Self {
            answers: VecDeque::new(),
            bytes: 0,
            max_bytes,
            blocked: None,
            deadline,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Sends an answer, or keeps it behind the others.
    pub(crate) fn push(&mut self, answer: Outgoing, outlet: &mut impl Outlet) -> Flushed {
        self.bytes += answer.reply.len();
        self.answers.push_back(answer);
        if self.blocked.is_none() {
            self.flush(outlet)
        } else if self.bytes > self.max_bytes {
            Err(Ended::By(Closing::SlowConsumer))
        } else {
            // Behind others it has to wait for the next attempt anyway.
            Ok(())
        }
    }

    /// Sends what the outlet takes.
    pub(crate) fn flush(&mut self, outlet: &mut impl Outlet) -> Flushed {
        while let Some(answer) = self.answers.front() {
            match outlet.send(answer) {
                Ok(()) => {
                    self.bytes -= answer.reply.len();
                    self.answers.pop_front();
                    self.blocked = None;
                }
                Err(Blocked::Gone) => return Err(Ended::Gone),
                Err(Blocked::Full) => return self.wait(),
            }
        }
        Ok(())
    }

    fn wait(&mut self) -> Flushed {
        let wait = match self.blocked {
            Some(Wait { since, pause }) => Wait {
                since,
                pause: (pause * 2).min(LONGEST_PAUSE),
            },
            None => Wait {
                since: Instant::now(),
                pause: FIRST_PAUSE,
            },
        };
        self.blocked = Some(wait);
        if wait.since.elapsed() >= self.deadline {
            Err(Ended::By(Closing::SlowConsumer))
        } else {
            Ok(())
        }
    }

    /// Until the outlet is worth another attempt.
    pub(crate) async fn pause(&self) {
        if let Some(wait) = self.blocked {
            time::sleep(wait.pause).await;
        }
    }
}
