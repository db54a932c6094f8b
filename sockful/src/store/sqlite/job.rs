//! Work for a thread of the store, and the answer that somebody waits for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::error::ended;
use crate::store::StoreError;
use crate::store::sql::panicked;

/// Work on a connection. It answers for itself, and catches its own panics.
pub(super) type Work = Box<dyn FnOnce(&mut Connection) + Send>;

/// An answer on its way, and a sign that nobody waits for it when it is dropped.
pub(super) struct Answer<T> {
    answer: oneshot::Receiver<Result<T, StoreError>>,
    _gone: Gone,
}

struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<T> Answer<T> {
    pub(super) async fn get(self) -> Result<T, StoreError> {
        self.answer.await.map_err(|_| ended())?
    }
}

/// So many steps of SQLite's machine lie between two looks at whether anybody still waits.
const STEPS: i32 = 10_000;

/// Wraps what is to be done on a connection: it is left alone if nobody waits any more.
pub(super) fn job<T: Send + 'static>(
    work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
) -> (Work, Answer<T>) {
    let (reply, answer) = oneshot::channel();
    let gone = Gone(Arc::default());
    let watched = gone.0.clone();
    let job = move |connection: &mut Connection| {
        if watched.load(Ordering::Relaxed) {
            return;
        }
        let watch = move || watched.load(Ordering::Relaxed);
        // Whether or not it can be watched, it is done.
        let _ = connection.progress_handler(STEPS, Some(watch));
        let done = catch_unwind(AssertUnwindSafe(|| work(connection)));
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
        let _ = reply.send(done.unwrap_or_else(|panic| Err(panicked(&*panic))));
    };
    let answer = Answer {
        answer,
        _gone: gone,
    };
    (Box::new(job), answer)
}
