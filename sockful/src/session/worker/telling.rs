//! What a session tells its client without being asked.

use std::sync::Arc;

use super::Worker;
use crate::live::{Join, Read, Subscriber, Told};
use crate::session::outbox::{Closing, Ended, Flushed, Outgoing};

impl Worker {
    /// What is told to the client without being asked.
    pub(in crate::session) fn subscriber(&self) -> &Arc<Subscriber> {
        &self.subscriber
    }

    /// Tells the client what is to be told; `true` if the session's task has to see to what is left.
    pub(in crate::session) fn tell(&mut self) -> bool {
        self.guard(|worker| worker.deliver().map(drop));
        self.ended.is_some() || !self.outbox.is_empty()
    }

    /// Tells the client what waits, as far as it is taken; `true` if anything was told.
    pub(super) fn deliver(&mut self) -> Result<bool, Ended> {
        let mut any = false;
        while self.outbox.is_empty()
            && let Some(told) = self.subscriber.next()
        {
            any = true;
            self.outbox.push(Outgoing::Told(told))?;
        }
        self.is_slow().map(|()| any)
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

    /// Tells the client, once it is answered, what follows of what it has read, and of more from now on.
    pub(super) fn follow(&mut self, read: Option<Read>, joins: Vec<Join>) -> Flushed {
        if let Some(read) = read {
            self.subscriber.has_read(read);
        }
        for join in joins {
            self.subscriber.join(join);
            // What it has missed need not wait beside what others have.
            self.deliver()?;
        }
        Ok(())
    }

    /// Ends the session of a client that does not keep up.
    fn is_slow(&self) -> Flushed {
        if self.subscriber.is_slow() {
            return Err(Ended::By(Closing::SlowConsumer));
        }
        Ok(())
    }
}
