//! What a session tells its client without being asked.

use std::sync::Arc;

use super::Worker;
use crate::live::{Subscriber, Told};
use crate::session::outbox::{Closing, Ended, Flushed, Outgoing};

impl Worker {
    /// What is told to the client without being asked.
    pub(in crate::session) fn subscriber(&self) -> &Arc<Subscriber> {
        &self.subscriber
    }

    /// Tells the client what is to be told; `true` if the session's task has to see to what is left.
    pub(in crate::session) fn tell(&mut self) -> bool {
        self.guard(Self::deliver);
        self.ended.is_some() || !self.outbox.is_empty()
    }

    /// Tells the client what waits, as far as it is taken.
    pub(super) fn deliver(&mut self) -> Flushed {
        while self.outbox.is_empty()
            && let Some(told) = self.subscriber.next()
        {
            self.outbox.push(Outgoing::Told(told))?;
        }
        self.is_slow()
    }

    /// Hands over all of what waits.
    pub(super) fn deliver_all(&mut self) -> Flushed {
        while let Some(told) = self.subscriber.next() {
            let is_late = matches!(told, Told::Tell(_)) && !self.outbox.is_empty();
            if !is_late {
                self.outbox.push(Outgoing::Told(told))?;
            }
        }
        self.is_slow()
    }

    /// Ends the session of a client that does not keep up.
    fn is_slow(&self) -> Flushed {
        if self.subscriber.is_slow() {
            return Err(Ended::By(Closing::SlowConsumer));
        }
        Ok(())
    }
}
