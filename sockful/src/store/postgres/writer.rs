//! The one connection that writes. Commits that wait together share one transaction of the database, and so one
//! sync of the disk.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::batch::{self, Answers, Uncommitted};
use super::commit::Proof;
use super::connection::{Link, PATIENCE, Role, Target};
use super::error::{copy, unreachable};
use super::life::Life;
use super::tables::Tables;
use super::upkeep::DUE;
use crate::store::{Committed, StoreError, Transaction};

/// At most so many commits, and about so many bytes, share a transaction: the first of them waits for the last.
const MOST: usize = 256;
const MOST_BYTES: usize = 4 << 20;

/// Between two attempts to make sure of the epoch.
const PAUSE: Duration = Duration::from_secs(1);

/// A transaction, and who waits for it.
pub(super) struct Commit {
    pub(super) transaction: Transaction,
    pub(super) reply: Reply,
}

type Reply = oneshot::Sender<Result<Committed, StoreError>>;

/// What has been written.
#[derive(Default)]
pub(super) struct Written {
    pub(super) commits: AtomicU64,
    pub(super) transactions: AtomicU64,
    /// Told after every so many commits.
    pub(super) due: Notify,
}

/// The task's own.
pub(super) struct Writer {
    pub(super) target: Target,
    pub(super) tables: Arc<Tables>,
    /// The key of the lock that one node has at a time.
    pub(super) lock: i64,
    pub(super) link: Link,
    pub(super) queue: mpsc::Receiver<Commit>,
    pub(super) written: Arc<Written>,
}

/// A batch of which it is not known whether it was committed, and who waits for it.
struct Unknown {
    proof: Proof,
    answers: Answers,
    replies: Vec<Reply>,
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        loop {
            let first = tokio::select! {
                biased;
                first = self.queue.recv() => match first {
                    Some(first) => Some(first),
                    None => return,
                },
                () = self.link.ended() => None,
            };
            let unknown = match first {
                Some(first) => self.batch(first).await,
                None => None,
            };
            if (unknown.is_some() || self.link.is_gone()) && !self.reconnect(unknown).await {
                return;
            }
        }
    }

    /// Does a commit and those that wait behind it, then answers all of them in their order.
    async fn batch(&mut self, first: Commit) -> Option<Unknown> {
        let (mut transactions, mut replies) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(Commit { transaction, reply }) = next {
            bytes += size(&transaction);
            transactions.push(transaction);
            replies.push(reply);
            let more = transactions.len() < MOST && bytes < MOST_BYTES;
            next = if more {
                self.queue.try_recv().ok()
            } else {
                None
            };
        }
        match self.commit(&mut transactions).await {
            Ok(answers) => reply(replies, answers),
            Err(Uncommitted::Refused(_)) if replies.len() > 1 => {
                // Alone each of them is told about itself.
                let deadline = Instant::now() + PATIENCE;
                let mut commits = transactions.iter_mut().zip(replies);
                while let Some((transaction, one)) = commits.next() {
                    if Instant::now() > deadline {
                        // What each of them waits for is held by others, and more wait behind it.
                        refuse([one], &held_up());
                        continue;
                    }
                    match self.commit(std::slice::from_mut(transaction)).await {
                        Ok(answers) => reply([one], answers),
                        Err(Uncommitted::Unknown(proof, answers)) => {
                            refuse(commits.map(|(_, reply)| reply), &unreachable());
                            let replies = vec![one];
                            return Some(Unknown {
                                proof,
                                answers,
                                replies,
                            });
                        }
                        Err(uncommitted) => refuse([one], &uncommitted.error()),
                    }
                }
            }
            Err(Uncommitted::Unknown(proof, answers)) => {
                return Some(Unknown {
                    proof,
                    answers,
                    replies,
                });
            }
            Err(uncommitted) => refuse(replies, &uncommitted.error()),
        }
        None
    }

    async fn commit(&self, transactions: &mut [Transaction]) -> Result<Answers, Uncommitted> {
        let mut done = batch::commit(&self.link, &self.tables, self.lock, transactions).await;
        if let Err(Uncommitted::Outdated(_)) = done {
            self.link.forget();
            done = batch::commit(&self.link, &self.tables, self.lock, transactions).await;
        } else if let Err(Uncommitted::Refused(StoreError::Failed(_) | StoreError::Dangling(_))) =
            done
            && transactions.len() == 1
        {
            // Another program may have come between the two trips: then it is seen now.
            done = batch::commit(&self.link, &self.tables, self.lock, transactions).await;
        }
        if let Ok(answers) = &done {
            self.wrote(answers);
        }
        done
    }

    fn wrote(&self, answers: &Answers) {
        let commits = answers.iter().filter(|answer| answer.is_ok()).count() as u64;
        if commits == 0 {
            return;
        }
        let Written {
            commits: all,
            transactions,
            due,
        } = &*self.written;
        transactions.fetch_add(1, Ordering::Relaxed);
        let before = all.fetch_add(commits, Ordering::Relaxed);
        if before / DUE != (before + commits) / DUE {
            due.notify_one();
        }
    }

    /// Makes the connection again; until then whoever comes is refused at once. Answers whether there is more to do.
    async fn reconnect(&mut self, mut unknown: Option<Unknown>) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.queue.is_closed() && unknown.is_none() {
                return false;
            }
            let (target, lock) = (self.target.clone(), self.lock);
            let mut link = pin!(connected(&target, lock));
            let link = loop {
                tokio::select! {
                    link = &mut link => break link,
                    commit = self.queue.recv(), if !self.queue.is_closed() => {
                        refuse(commit.map(|commit| commit.reply), &unreachable());
                    }
                    () = sleep_until(deadline), if unknown.is_some() => give_up(unknown.take()),
                }
                if self.queue.is_closed() && unknown.is_none() {
                    return false;
                }
            };
            self.link = link;
            let Some(Unknown { proof, .. }) = &unknown else {
                return true;
            };
            let committed = batch::was_committed(&self.link, self.lock, proof);
            match timeout_at(deadline, committed).await {
                Ok(Ok(committed)) => {
                    if let Some(Unknown {
                        answers, replies, ..
                    }) = unknown
                    {
                        if committed {
                            self.wrote(&answers);
                            reply(replies, answers);
                        } else {
                            refuse(replies, &unreachable());
                        }
                    }
                    return true;
                }
                Ok(Err(error)) => tracing::warn!(%error, "it is not known yet what was committed"),
                Err(_) => give_up(unknown.take()),
            }
        }
    }
}

/// A connection that was made again, on which it was seen to that the epoch is the right one.
async fn connected(target: &Target, lock: i64) -> Link {
    loop {
        let link = target.reconnect(Role::Writes).await;
        let noted = async { Life::of(&link, target).await?.note_again(&link, lock).await };
        match noted.await {
            Ok(()) => return link,
            Err(error) => tracing::warn!(%error, "the epoch of the log is not known yet"),
        }
        sleep(PAUSE).await;
    }
}

impl Uncommitted {
    fn error(self) -> StoreError {
        match self {
            Self::Refused(error) | Self::Undone(error) => error,
            // The tables change again and again.
            Self::Outdated(error) => StoreError::Unavailable(error.to_string().into()),
            Self::Unknown(..) => unknown_end(),
        }
    }
}

fn unknown_end() -> StoreError {
    StoreError::Unavailable("it is not known whether this was committed".into())
}

fn held_up() -> StoreError {
    StoreError::Unavailable("another transaction holds the database".into())
}

fn give_up(unknown: Option<Unknown>) {
    if let Some(unknown) = unknown {
        refuse(unknown.replies, &unknown_end());
    }
}

fn reply(replies: impl IntoIterator<Item = Reply>, answers: Answers) {
    for (reply, answer) in replies.into_iter().zip(answers) {
        // Who no longer waits will not be told.
        let _ = reply.send(answer);
    }
}

fn refuse(replies: impl IntoIterator<Item = Reply>, error: &StoreError) {
    for reply in replies {
        let _ = reply.send(Err(copy(error)));
    }
}

/// About how many bytes a transaction writes.
fn size(transaction: &Transaction) -> usize {
    let rows = transaction.writes.iter().filter_map(|it| it.row.as_ref());
    rows.map(crate::row::Row::size).sum()
}
