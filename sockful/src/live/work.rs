//! What the hub has to know of the store: read in tasks of their own, and told to it as commands.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time;

use super::follow::{Asked, judge_all};
use super::hub::{Command, Filled, Known};
use super::missed::page;
use super::subscriber::Subscriber;
use super::{Live, Ticket};
use crate::app::App;
use crate::error::Error;
use crate::store::{Committed, StoreError};

/// What is to be done apart from the hub.
pub(super) enum Work {
    /// It asks something, in this life of the log.
    Ask { life: u64, ask: Ask },
    /// Somebody is to be told what it has missed.
    CatchUp {
        ticket: Arc<Ticket>,
        subscriber: Arc<Subscriber>,
    },
    /// What could not be done at once.
    Drain,
}

/// What the hub asks.
pub(super) enum Ask {
    /// Where does the log stand?
    Head,
    /// What comes behind a position?
    Fill { after: u64 },
    /// What is a transaction to groups that ask about parents?
    Follow { entry: Arc<Committed>, asked: Asked },
}

/// Transactions that other callers are about to tell of are waited for so long before the log is read.
const ABOUT_TO_COME: Duration = Duration::from_millis(2);
/// And so long where there is none.
const LATE: Duration = Duration::from_millis(100);
/// What has failed is tried again after so long.
const AGAIN: Duration = Duration::from_millis(250);

impl Work {
    pub(super) fn begin(self, app: &App) {
        let of = app.clone();
        app.spawn(async move {
            let live = Arc::clone(of.live());
            match self {
                Self::Ask { life, ask } => {
                    let failed = ask.failed();
                    let answered = AssertUnwindSafe(ask.answered(&of, &live));
                    let known = match answered.catch_unwind().await {
                        Ok(known) => known,
                        Err(panic) => {
                            let error = Error::panicked(&*panic);
                            tracing::error!(?error, "what live has to know cannot be found out");
                            time::sleep(AGAIN).await;
                            failed
                        }
                    };
                    live.submit(Command::Known(life, known));
                }
                Self::CatchUp { ticket, subscriber } => subscriber.catch_up(&of, &ticket).await,
                Self::Drain => live.drain(),
            }
        });
    }
}

impl Ask {
    /// What is known where it cannot be answered.
    fn failed(&self) -> Known {
        match self {
            Self::Head => Known::Head(None),
            Self::Fill { .. } => Known::Filled(Filled::Later),
            Self::Follow { entry, asked } => Known::Followed {
                pos: entry.pos,
                told: asked.unavailable(),
            },
        }
    }

    async fn answered(self, app: &App, live: &Live) -> Known {
        match self {
            Self::Head => {
                let log = app.store().log().await;
                if log.is_err() {
                    time::sleep(AGAIN).await;
                }
                Known::Head(log.ok().map(|log| log.to))
            }
            Self::Fill { after } if !app.store().caps().log => {
                time::sleep(LATE).await;
                Known::Filled(Filled::Passed { after })
            }
            Self::Fill { after } => {
                time::sleep(ABOUT_TO_COME).await;
                Known::Filled(match live.position() {
                    Some(pos) if pos > after => Filled::Upto(pos, Vec::new()),
                    _ => fill(app, live, after).await,
                })
            }
            Self::Follow { entry, asked } => Known::Followed {
                pos: entry.pos,
                told: judge_all(app, &entry, asked).await,
            },
        }
    }
}

/// What the log holds behind a position.
async fn fill(app: &App, live: &Live, after: u64) -> Filled {
    match page(app, after).await {
        Ok(entries) => match entries.last() {
            Some(last) => {
                // Whoever has committed them may not have come to that yet.
                for entry in entries.iter().filter(|entry| live.progress.sees(entry.pos)) {
                    app.identity().seen(&entry.changes);
                }
                Filled::Upto(last.pos, entries)
            }
            None => Filled::Later,
        },
        Err(StoreError::Pruned { .. }) => Filled::Gone,
        Err(error) => {
            tracing::warn!(%error, "the log cannot be read");
            time::sleep(AGAIN).await;
            Filled::Later
        }
    }
}
