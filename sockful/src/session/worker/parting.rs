//! What a session leaves when it ends.

use std::mem;

use futures_util::stream::StreamExt;
use tokio::sync::oneshot;

use super::Worker;
use crate::session::outbox::{Closing, Ended};
use crate::session::visit::Left;

impl Worker {
    /// Leaves what is to be done when the session has ended.
    pub(in crate::session) fn part(&mut self, left: Option<oneshot::Sender<Left>>, ended: Ended) {
        let caller = self.standing.caller().clone();
        let seat = mem::take(&mut self.seat);
        let unfinished = match ended {
            // A server that shuts down has waited for what it waits for, and of who is revoked nothing is done any more.
            Ended::By(Closing::Shutdown | Closing::Revoked | Closing::Broken) => None,
            Ended::By(Closing::Overloaded | Closing::SlowConsumer) | Ended::Gone => {
                self.unfinished()
            }
        };
        let last = move |seat| {
            if let Some(left) = left {
                // The app may be cut off, and its hooks with it.
                let _ = left.send(Left { caller, seat });
            }
        };
        match unfinished {
            Some(unfinished) => self.app.spawn(async move {
                unfinished.await;
                last(seat);
            }),
            None => last(seat),
        }
    }

    /// What has begun to change something, which is done to its end although nobody waits for the answer any more: so also what
    /// follows a change. `None` if nothing has.
    fn unfinished(&mut self) -> Option<impl Future<Output = ()> + Send + use<>> {
        let blind = self.blind.then(|| mem::take(&mut self.overlapping));
        let mut blind = blind.unwrap_or_default();
        let mutation = self.mutation.take();
        if blind.is_empty() && mutation.is_none() {
            return None;
        }
        Some(async move {
            while let Some(done) = blind.next().await {
                drop(done);
            }
            if let Some(mutation) = mutation {
                drop(mutation.await);
            }
        })
    }
}
