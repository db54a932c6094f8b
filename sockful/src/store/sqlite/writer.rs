//! The one thread that writes. Commits that wait together share one transaction of the database, and so one
//! sync of the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::commit::{Done, Grown, judge, write};
use super::error::copy;
use super::job::Work;
use super::log;
use super::mark::{self, Mark};
use super::queue::{Next, Queue};
use super::upkeep::Upkeep;
use crate::store::sql::{Tables, panicked};
use crate::store::{Committed, StoreError, Transaction};

/// At most so many commits, and about so many bytes of the log and the ledger, share a transaction: the first of
/// them waits for the last.
const MOST: usize = 256;
const MOST_BYTES: u64 = 4 << 20;

/// How long the thread waits for work before it sees whether anything is to be tidied up.
const QUIET: Duration = Duration::from_secs(60);

/// Something to write.
pub(super) enum Job {
    Commit(Commit),
    /// Anything that is not a commit, in a transaction of its own or in none.
    Work(Work),
}

/// A transaction, and who waits for it.
pub(super) struct Commit {
    pub(super) transaction: Transaction,
    pub(super) tables: Arc<Tables>,
    pub(super) reply: Reply,
}

type Reply = oneshot::Sender<Result<Committed, StoreError>>;

/// What commits that share a transaction are to be answered.
type Batch = Vec<(Reply, Result<Committed, StoreError>)>;

/// What has been written.
#[derive(Default)]
pub(super) struct Written {
    pub(super) commits: AtomicU64,
    pub(super) transactions: AtomicU64,
}

/// The thread's own.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) queue: Arc<Queue<Job>>,
    pub(super) upkeep: Upkeep,
    pub(super) written: Arc<Written>,
    pub(super) mark: Option<Mark>,
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        // Whatever ends this thread, nobody shall wait for it.
        let _guard = Abandon(self.queue.clone());
        loop {
            let patience = if self.upkeep.is_behind() {
                Duration::ZERO
            } else {
                QUIET
            };
            let quiet = match self.queue.pop(patience) {
                Next::Job(Job::Commit(first)) => {
                    self.batch(first);
                    false
                }
                Next::Job(Job::Work(work)) => {
                    work(&mut self.connection);
                    false
                }
                Next::Quiet => true,
                Next::Closed => return self.end(),
            };
            if (quiet || self.upkeep.is_due())
                && let Err(error) = self.upkeep.step(&mut self.connection)
            {
                tracing::warn!(%error, "the log of the store could not be shortened");
            }
        }
    }

    fn end(&mut self) {
        if let Some(mark) = &self.mark
            && let Err(error) = mark::end(&mut self.connection, mark)
        {
            tracing::warn!(%error, "the database could not be closed: its next start takes it for one that has crashed");
        }
    }

    /// Does a commit and those that wait behind it, then answers all of them in their order.
    fn batch(&mut self, first: Commit) {
        if let Err(error) = self.begin() {
            self.undo();
            return self.refuse(first, &error);
        }
        let mut batch = Batch::new();
        let ended = self.fill(first, &mut batch).and_then(|grown| {
            let commits = self.end_batch(&mut batch)?;
            if commits > 0 {
                self.written.transactions.fetch_add(1, Ordering::Relaxed);
                self.written
                    .commits
                    .fetch_add(commits as u64, Ordering::Relaxed);
                self.upkeep.wrote(commits, grown);
            }
            Ok(())
        });
        if let Err(error) = ended {
            // What was judged by a commit that is undone must be judged again.
            for (_, result) in &mut batch {
                *result = Err(copy(&error));
            }
            self.undo();
        }
        for (reply, result) in batch {
            // Who no longer waits will not be told.
            let _ = reply.send(result);
        }
    }

    /// Commits what of a batch was done, and answers how many that are.
    ///
    /// # Errors
    /// If the whole batch is lost.
    fn end_batch(&self, batch: &mut Batch) -> Result<usize, StoreError> {
        let done = batch.iter().filter(|(_, result)| result.is_ok()).count();
        if done == 0 {
            self.execute("ROLLBACK")?;
            return Ok(0);
        }
        match self.execute("COMMIT").map_err(StoreError::from) {
            Ok(()) => Ok(done),
            // Foreign keys of the last commit were deferred, and of no other: the transaction goes on without it.
            Err(error @ StoreError::Dangling(_)) if !self.connection.is_autocommit() => {
                self.execute("ROLLBACK TO one")?;
                if let Some((_, last)) = batch.last_mut() {
                    *last = Err(error);
                }
                self.execute(if done > 1 { "COMMIT" } else { "ROLLBACK" })?;
                Ok(done - 1)
            }
            Err(error) => Err(error),
        }
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        self.execute("BEGIN IMMEDIATE")?;
        let Some(mark) = self.mark.clone() else {
            return Ok(());
        };
        // A store that was opened meanwhile has taken it away.
        while !mark::stands(&self.connection, &mark)? {
            self.execute("ROLLBACK")?;
            mark::renew(&mut self.connection, &mark)?;
            self.execute("BEGIN IMMEDIATE")?;
        }
        Ok(())
    }

    /// Does commits until none waits. Answers what they have added to the log and the ledger.
    ///
    /// # Errors
    /// If the whole batch is lost.
    fn fill(&self, first: Commit, batch: &mut Batch) -> Result<Grown, StoreError> {
        // Looked up each time: another process may have written as well.
        let last = log::last(&self.connection);
        let mut last = match last {
            Ok(last) => last,
            Err(error) => {
                batch.push((first.reply, Err(copy(&error))));
                return Err(error);
            }
        };
        let mut grown = Grown::default();
        let mut next = Some(first);
        while let Some(job) = next {
            let done = self.one(job.transaction, &job.tables, last);
            let mut full = false;
            let broken = match &done {
                Ok(Ok(done)) => {
                    // Nobody may join it now, whose own foreign keys would be deferred too.
                    full = done.deferred_keys;
                    last = done.committed.pos;
                    grown += done.grown;
                    None
                }
                Ok(Err(_)) => None,
                Err(error) => Some(copy(error)),
            };
            let result = done.and_then(|done| done.map(|done| done.committed));
            batch.push((job.reply, result));
            if let Some(error) = broken {
                return Err(error);
            }
            full |= batch.len() >= MOST || grown.both() >= MOST_BYTES;
            next = if full { None } else { self.next_commit() };
        }
        Ok(grown)
    }

    /// Does one commit, or nothing. Where its foreign keys were deferred its savepoint `one` is left.
    ///
    /// # Errors
    /// If the transaction that it shares is lost.
    fn one(
        &self,
        transaction: Transaction,
        tables: &Tables,
        last: u64,
    ) -> Result<Result<Done, StoreError>, StoreError> {
        // SQLite copies every page that a savepoint may have to bring back. A single write is checked before, and the
        // statement that fails nevertheless changes nothing: it needs none.
        let apart = transaction.writes.len() > 1 || transaction.operation.is_some();
        if apart {
            self.execute("SAVEPOINT one")?;
        }
        let before = self.connection.total_changes();
        let mut deferred = false;
        let done = catch_unwind(AssertUnwindSafe(|| {
            let judged = judge(&self.connection, tables, transaction)?;
            deferred = judged.needs_deferred_keys;
            if deferred {
                self.execute("PRAGMA defer_foreign_keys = ON")?;
            }
            write(&self.connection, tables, judged, last)
        }));
        let done = done.unwrap_or_else(|panic| Err(panicked(&*panic)));
        if let Err(error) = done {
            if self.connection.is_autocommit() {
                // SQLite itself has undone everything, as it does when there is no room.
                return Err(error);
            }
            if apart {
                self.execute("ROLLBACK TO one")?;
                self.execute("RELEASE one")?;
            } else if self.connection.total_changes() != before {
                // A row without its entry in the log: only all of it can be undone.
                return Err(error);
            }
            if deferred {
                self.execute("PRAGMA defer_foreign_keys = OFF")?;
            }
            return Ok(Err(error));
        }
        if apart && !deferred {
            self.execute("RELEASE one")?;
        }
        Ok(done)
    }

    fn next_commit(&self) -> Option<Commit> {
        match self.queue.pop_if(|job| matches!(job, Job::Commit(_)))? {
            Job::Commit(commit) => Some(commit),
            Job::Work(_) => None,
        }
    }

    /// Tells all who wait: each of them would only wait as long again.
    fn refuse(&self, first: Commit, error: &StoreError) {
        let waiting = self.queue.len();
        let _ = first.reply.send(Err(copy(error)));
        for commit in std::iter::from_fn(|| self.next_commit()).take(waiting) {
            let _ = commit.reply.send(Err(copy(error)));
        }
    }

    fn undo(&self) {
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.execute("ROLLBACK") {
            tracing::error!(%error, "a transaction of the store could not be undone");
        }
    }

    fn execute(&self, text: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(text)?.raw_execute()?;
        Ok(())
    }
}

/// Lets go of whoever waits for a thread that ends.
pub(super) struct Abandon<T>(pub(super) Arc<Queue<T>>);

impl<T> Drop for Abandon<T> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
