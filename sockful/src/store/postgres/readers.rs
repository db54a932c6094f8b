//! The connections that read. Each of them takes many questions at once, which the database answers in order.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::connection::{Link, Role, Target};
use super::error::{busy, ended, unreachable};
use crate::store::StoreError;

/// So many reads are sent on each connection before the first of them is answered: enough that it is never idle.
const SENT: usize = 16;

/// Several connections, each made again whenever it ends.
pub(super) struct Readers {
    links: Vec<watch::Receiver<Option<Arc<Link>>>>,
    /// So many reads may wait at once.
    places: Arc<Semaphore>,
    most: usize,
    /// So many of them may be with the database, on all connections together.
    sent: Arc<Semaphore>,
}

impl Readers {
    /// Makes so many connections, which end with `closing`.
    ///
    /// # Errors
    /// If one of them cannot be made.
    pub(super) async fn open(
        target: &Target,
        count: usize,
        most: usize,
        closing: &CancellationToken,
    ) -> Result<Self, StoreError> {
        let mut links = Vec::with_capacity(count);
        for _ in 0..count {
            let link = Arc::new(target.connect(Role::Reads).await?);
            let (sender, receiver) = watch::channel(Some(link));
            links.push(receiver);
            let keep = keep(target.clone(), sender);
            let closing = closing.clone();
            tokio::spawn(async move { closing.run_until_cancelled(keep).await });
        }
        let most = most.min(Semaphore::MAX_PERMITS);
        Ok(Self {
            links,
            places: Arc::new(Semaphore::new(most)),
            most,
            sent: Arc::new(Semaphore::new(count * SENT)),
        })
    }

    /// How many reads wait, with those the database still has although nobody waits for them any more.
    pub(super) fn waiting(&self) -> usize {
        self.most - self.places.available_permits()
    }

    /// Does `work` on a connection, as a task of its own: whoever is slow to take an answer would otherwise hold up
    /// all who share the connection.
    ///
    /// What is dropped before it was sent is gone. What was sent counts until it is answered: the database answers it
    /// whether or not anybody waits.
    pub(super) async fn read<T, F>(
        &self,
        work: impl FnOnce(Arc<Link>) -> F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| busy())?;
        if self.link().is_none() {
            return Err(unreachable());
        }
        let sent = self.sent.clone().acquire_owned().await;
        let sent = sent.map_err(|_| ended())?;
        // Boxed, because what is spawned is moved some times.
        let work = Box::pin(work(self.link().ok_or_else(unreachable)?));
        // Not aborted when nobody waits any more: the places are held as long as the database is busy with it.
        let task = tokio::spawn(async move {
            let _held = (place, sent);
            work.await
        });
        match task.await {
            Ok(answer) => answer,
            Err(error) if error.is_panic() => Err(StoreError::Failed(error.into())),
            Err(_) => Err(ended()),
        }
    }

    /// The connection with the least to do, if there is any.
    fn link(&self) -> Option<Arc<Link>> {
        let links = self.links.iter();
        let links = links.filter_map(|link| link.borrow().clone().filter(|it| !it.is_gone()));
        // Whoever asks holds the connection, so with a place for [`SENT`] on each, one of them has a place.
        links.min_by_key(Arc::strong_count)
    }
}

/// Makes the connection again whenever it ends.
async fn keep(target: Target, sender: watch::Sender<Option<Arc<Link>>>) {
    loop {
        let link = sender.borrow().clone();
        if let Some(link) = link {
            link.ended().await;
        }
        sender.send_replace(None);
        let link = target.reconnect(Role::Reads).await;
        sender.send_replace(Some(Arc::new(link)));
    }
}
