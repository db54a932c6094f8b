//! What the hub has to know of the store: read in tasks of their own, and told to it as commands.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{self, Instant};

use super::follow::{self, Asked};
use super::hub::{Command, Filled, Replay};
use super::router::View;
use super::subscriber::{Reason, Subscriber};
use super::{Live, Push, Ticket};
use crate::app::App;
use crate::store::{Committed, Entry, StoreError};

/// What the hub asks for.
pub(super) enum Work {
    /// Where does the log stand?
    Head,
    /// Look after the log as long as anybody watches.
    Watch,
    /// What comes behind a position, at least up to another?
    Fill { after: u64, upto: u64 },
    /// What lies between two positions?
    Fetch { from: u64, upto: u64 },
    /// What is a transaction to groups that ask about parents?
    Follow { entry: Arc<Committed>, asked: Asked },
    /// What were these transactions to such a group, for one who joins it?
    Rejoin {
        ticket: Arc<Ticket>,
        subscriber: Arc<Subscriber>,
        from: u64,
        entries: Vec<Arc<Committed>>,
    },
    /// The same for one who only asks.
    Look {
        view: Arc<View>,
        from: u64,
        pos: u64,
        entries: Vec<Arc<Committed>>,
        reply: oneshot::Sender<Option<Replay>>,
    },
}

/// Transactions that other callers are about to tell of are waited for so long before the log is read.
const ABOUT_TO_COME: Duration = Duration::from_millis(2);
/// How often the log is looked at, for what nobody tells of: a caller that has gone, another program.
const POLL: Duration = Duration::from_millis(250);
/// How long after the last has gone the hub stays awake, for those who come back.
const STAY_AWAKE: Duration = Duration::from_secs(300);
/// So many entries are read at once.
const PAGE: usize = 1_000;

impl Work {
    pub(super) fn begin(self, app: &App) {
        if let Self::Watch = self {
            let (live, weak, drain) = (Arc::clone(app.live()), app.downgrade(), app.drain());
            app.spawn(async move {
                let mut watching = Watching::new();
                while drain.run_until_cancelled(time::sleep(POLL)).await.is_some() {
                    // An app that nobody has any more needs no watching.
                    let Some(app) = weak.upgrade().filter(|_| live.is_awake()) else {
                        return;
                    };
                    watching.look(&app, &live).await;
                }
            });
            return;
        }
        let of = app.clone();
        app.spawn(async move {
            let live = Arc::clone(of.live());
            if let Some(command) = self.done(&of, &live).await {
                live.submit(command);
            }
        });
    }

    async fn done(self, app: &App, live: &Arc<Live>) -> Option<Command> {
        Some(match self {
            Self::Watch => return None,
            Self::Head => {
                let log = app.store().log().await;
                if log.is_err() {
                    time::sleep(POLL).await;
                }
                Command::Head(log.ok().map(|log| log.to))
            }
            Self::Fill { after, upto } => {
                time::sleep(ABOUT_TO_COME).await;
                if !app.store().caps().log {
                    // Nobody can tell whether there is anything in between.
                    Command::Filled(Filled::Upto(upto, Vec::new()))
                } else if live.position() > after {
                    let known = live.position();
                    Command::Filled(Filled::Upto(known, Vec::new()))
                } else {
                    Command::Filled(fill(app, after).await)
                }
            }
            Self::Fetch { from, upto } => {
                let entries = between(app, from, upto).await.ok();
                Command::Fetched { from, entries }
            }
            Self::Follow { entry, asked } => {
                let (pos, told) = (entry.pos, follow::judge_all(app, &entry, asked).await);
                Command::Followed { pos, told }
            }
            Self::Rejoin {
                ticket,
                subscriber,
                from,
                entries,
            } => {
                let view = ticket.view();
                let last = entries.last().map_or(from, |entry| entry.pos);
                match replay(app, view, from, &entries).await {
                    Ok(pushes) => {
                        let member = ticket.member();
                        pushes.iter().for_each(|it| subscriber.catch_up(member, it));
                    }
                    // What goes on nevertheless goes on behind it.
                    Err(reason) => subscriber.reset(view, reason, last),
                }
                Command::Join {
                    ticket,
                    subscriber,
                    from: last,
                }
            }
            Self::Look {
                view,
                from,
                pos,
                entries,
                reply,
            } => {
                let pushes = replay(app, &view, from, &entries).await.ok();
                // Nobody may wait for it any more.
                let _ = reply.send(pushes.map(|pushes| Replay {
                    pushes: pushes.into(),
                    pos,
                }));
                return None;
            }
        })
    }
}

/// What looks after the log.
struct Watching {
    /// Where everybody was, when the log was further.
    behind: Option<u64>,
    beaten: Instant,
    used: Instant,
}

impl Watching {
    fn new() -> Self {
        Self {
            behind: None,
            beaten: Instant::now(),
            used: Instant::now(),
        }
    }

    async fn look(&mut self, app: &App, live: &Arc<Live>) {
        if self.beaten.elapsed() >= app.config().position_interval {
            self.beaten = Instant::now();
            live.submit(Command::Beat);
        }
        let (groups, _) = live.len();
        if groups > 0 {
            self.used = Instant::now();
        } else if self.used.elapsed() >= STAY_AWAKE && !live.is_always_awake() {
            live.submit(Command::Sleep);
        }
        if !app.store().caps().log {
            return;
        }
        if let Ok(Some(epoch)) = app.store().epoch().await
            && live.begins_epoch(&epoch)
        {
            live.submit(Command::Filled(Filled::Gone));
            return;
        }
        let Ok(log) = app.store().log().await else {
            return;
        };
        let pos = live.position();
        // Whoever has just committed will tell of it: only what is told of by nobody is looked for.
        let still = self.behind.replace(pos) == Some(pos);
        if log.to <= pos {
            self.behind = None;
        } else if still {
            live.submit(Command::Filled(fill(app, pos).await));
        }
    }
}

/// What the log holds behind a position.
async fn fill(app: &App, after: u64) -> Filled {
    match app.store().since(after, PAGE).await {
        Ok(entries) => match entries.last() {
            Some(last) => {
                // Whoever has committed them may not have come to that yet.
                let identity = app.identity();
                entries.iter().for_each(|it| identity.seen(&it.changes));
                Filled::Upto(last.pos, entries.into_iter().map(committed).collect())
            }
            None => Filled::Later,
        },
        Err(StoreError::Pruned { .. }) => Filled::Gone,
        Err(error) => {
            tracing::warn!(%error, "the log cannot be read");
            time::sleep(POLL).await;
            Filled::Later
        }
    }
}

/// What the log holds behind a position, up to another.
pub(super) async fn between(
    app: &App,
    from: u64,
    upto: u64,
) -> Result<Vec<Arc<Committed>>, StoreError> {
    let mut all: Vec<Arc<Committed>> = Vec::new();
    loop {
        let after = all.last().map_or(from, |last| last.pos);
        let page = app.store().since(after, PAGE).await?;
        let is_last = page.len() < PAGE;
        let wanted = page.into_iter().take_while(|entry| entry.pos <= upto);
        let before = all.len();
        all.extend(wanted.map(committed));
        if is_last || all.len() - before < PAGE {
            return Ok(all);
        }
        if all.len() > app.config().max_replay {
            return Err(StoreError::Pruned { from: upto });
        }
    }
}

fn committed(entry: Entry) -> Arc<Committed> {
    Arc::new(Committed {
        pos: entry.pos,
        changes: entry.changes,
    })
}

/// What these transactions were to a view that asks about parents.
async fn replay(
    app: &App,
    view: &Arc<View>,
    from: u64,
    entries: &[Arc<Committed>],
) -> Result<Vec<Arc<Push>>, Reason> {
    let mut prev = from;
    let mut pushes = Vec::new();
    for entry in entries {
        let items = follow::judge(app, view, entry).await?;
        if !items.is_empty() {
            pushes.push(Arc::new(Push::new(view, entry.pos, prev, items)));
            prev = entry.pos;
        }
    }
    Ok(pushes)
}
