//! A database whose calls block, for a store that must not.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::{StoreError, StoreFuture};

/// Calls a database that blocks on threads that may wait, as the contract of a [`Store`](super::Store) asks: reads
/// side by side, writes one after the other, in the order in which their futures were first polled.
///
/// A call that has begun goes on when its future is dropped; one that waits for its turn does not happen then. One that
/// panics is [`StoreError::Failed`]. What the futures of reads and writes answer is what their closures do: to
/// write all or nothing is for the database.
///
/// ```
/// # use sockful::store::{Blocking, StoreError};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// let folder = Blocking::new(std::env::temp_dir(), 256);
/// let entries = folder.read(|path| path.read_dir().map_err(StoreError::failed));
/// assert!(entries.await.is_ok());
/// # Ok(())
/// # }
/// ```
pub struct Blocking<D> {
    database: Arc<D>,
    reads: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    /// It is for one write at a time. This lock is fair: whoever asks first is first.
    turn: Arc<Mutex<()>>,
}

impl<D: Send + Sync + 'static> Blocking<D> {
    /// For this database. So many reads and as many writes may wait or run; of more the store says
    /// [`StoreError::Unavailable`].
    pub fn new(database: D, most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self {
            database: Arc::new(database),
            reads: Arc::new(Semaphore::new(most)),
            writes: Arc::new(Semaphore::new(most)),
            turn: Arc::default(),
        }
    }

    /// Reads, beside whatever else is read and written. To be polled within a tokio runtime.
    pub fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&D) -> Result<T, StoreError> + Send + 'static,
    ) -> StoreFuture<'_, T> {
        Box::pin(async {
            let room = room(&self.reads)?;
            self.call(room, read).await
        })
    }

    /// Writes, when it is its turn. To be polled within a tokio runtime.
    pub fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&D) -> Result<T, StoreError> + Send + 'static,
    ) -> StoreFuture<'_, T> {
        Box::pin(async {
            let room = room(&self.writes)?;
            let turn = Arc::clone(&self.turn).lock_owned().await;
            self.call((room, turn), write).await
        })
    }

    /// Calls on a thread of its own, which has `held` until it is done, whatever becomes of this future.
    async fn call<T: Send + 'static>(
        &self,
        held: impl Send + 'static,
        call: impl FnOnce(&D) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.database);
        let called = spawn_blocking(move || {
            let _held = held;
            call(&database)
        });
        called.await.map_err(StoreError::failed)?
    }
}

fn room(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StoreError> {
    let full = |_| StoreError::unavailable("too much waits for the database");
    Arc::clone(of).try_acquire_owned().map_err(full)
}

impl<D> fmt::Debug for Blocking<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::future::join_all;

    use super::*;

    type Done = std::sync::Mutex<Vec<usize>>;

    fn done(database: &Done) -> Vec<usize> {
        database.lock().unwrap().clone()
    }

    /// A database in which something is being written until the sender is dropped.
    async fn busy(most: usize) -> (Arc<Blocking<Done>>, mpsc::Sender<()>) {
        let blocking = Arc::new(Blocking::new(Done::default(), most));
        let (hold, held) = mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let first = Arc::clone(&blocking);
        tokio::spawn(async move {
            let written = first.write(move |database| {
                begin.send(()).unwrap();
                let _ = held.recv();
                database.lock().unwrap().push(0);
                Ok(())
            });
            written.await
        });
        begun.await.unwrap();
        (blocking, hold)
    }

    fn push(blocking: &Blocking<Done>, it: usize) -> StoreFuture<'_, ()> {
        blocking.write(move |database| {
            database.lock().unwrap().push(it);
            Ok(())
        })
    }

    #[tokio::test]
    async fn writes_happen_in_the_order_in_which_they_were_first_polled() {
        let (blocking, hold) = busy(100).await;
        let writes: Vec<_> = (1..20).map(|it| push(&blocking, it)).collect();
        let mut writes = Box::pin(join_all(writes));
        assert!(futures_util::poll!(&mut writes).is_pending());
        drop(hold);
        assert!(writes.await.iter().all(Result::is_ok));
        let done = blocking.read(|database| Ok(done(database))).await.unwrap();
        assert_eq!(done, (0..20).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn reads_do_not_wait_for_writes() {
        let (blocking, _hold) = busy(1).await;
        let read = blocking.read(|database| Ok(done(database))).await;
        assert!(read.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_there_is_no_room_for_is_told_so() {
        let (blocking, hold) = busy(2).await;
        let mut second = push(&blocking, 1);
        assert!(futures_util::poll!(&mut second).is_pending());
        let third = push(&blocking, 2).await;
        assert!(
            matches!(third, Err(StoreError::Unavailable(_))),
            "{third:?}"
        );
        drop(hold);
        second.await.unwrap();
        push(&blocking, 3).await.unwrap();
        let done = blocking.read(|database| Ok(done(database))).await.unwrap();
        assert_eq!(done, [0, 1, 3]);
    }

    #[tokio::test]
    async fn what_has_begun_goes_on_without_its_future_and_keeps_its_room() {
        let blocking = Blocking::new(Done::default(), 1);
        let (hold, held) = mpsc::channel::<()>();
        let mut write = blocking.write(move |database: &Done| {
            let _ = held.recv();
            database.lock().unwrap().push(1);
            Ok(())
        });
        assert!(futures_util::poll!(&mut write).is_pending());
        drop(write);
        let full = push(&blocking, 2).await;
        assert!(matches!(full, Err(StoreError::Unavailable(_))), "{full:?}");
        drop(hold);
        // Its turn has ended once another may have one.
        drop(blocking.turn.lock().await);
        let done = blocking.read(|database| Ok(done(database))).await.unwrap();
        assert_eq!(done, [1]);
    }

    #[tokio::test]
    async fn a_panic_fails_its_own_call_alone() {
        let blocking = Blocking::new(Done::default(), 1);
        let failed = blocking.write(|_| -> Result<(), _> { panic!("of a test") });
        let failed = failed.await;
        assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
        push(&blocking, 1).await.unwrap();
    }
}
