//! What somebody has missed: from the last transactions that are kept here, and from the log before them.
//!
//! It is found out by whoever wants to know, apart from those who are told of what happens meanwhile.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::task;

use super::follow::{Past, concerns};
use super::progress::Progress;
use super::push::{Item, Push};
use super::ring::Ring;
use super::router::View;
use super::subscriber::Reason;
use super::ticket::Ticket;
use crate::action::Since;
use crate::app::App;
use crate::store::{Committed, Entry, StoreError};

/// So many transactions are looked at before others have their turn.
const SLICE: usize = 256;
/// So many entries of the log are read at once.
const PAGE: usize = 1_000;

/// What a group was told behind a position.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    pub(crate) pushes: Arc<Pushes>,
    /// The position that they lead to.
    pub(crate) pos: u64,
}

impl Replay {
    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        self.pushes.iter().map(|push| push.size()).sum()
    }
}

/// What a group was last told anew, as long as anybody is being told: those who come back after an interruption come together.
#[derive(Debug, Default)]
pub(super) struct Memo(Mutex<Option<(Span, Weak<Pushes>)>>);

type Pushes = [Arc<Push>];

/// What was asked: in which life of the log, behind which position, what comes before the first push, and up to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    life: u64,
    behind: u64,
    last: u64,
    pos: u64,
}

impl Memo {
    fn find(&self, span: Span) -> Option<Arc<Pushes>> {
        let memo = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, pushes) = memo.as_ref()?;
        pushes.upgrade().filter(|_| *known == span)
    }

    fn keep(&self, span: Span, pushes: &Arc<Pushes>) {
        let mut memo = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *memo = Some((span, Arc::downgrade(pushes)));
    }
}

impl Since {
    /// What a client has missed that has this view again; `None` where it must read anew.
    pub(crate) async fn replay(&self, app: &App, ticket: &Ticket) -> Option<Replay> {
        if self.view != ticket.view().seal(app.opened()) {
            return None;
        }
        let replay = missed(app, ticket, self.pos, self.pos).await.ok()?;
        (replay.size() <= self.room).then_some(replay)
    }
}

/// What the group of a ticket was told behind a position, to one who was last told something at `last`.
///
/// # Errors
/// Why that cannot be told.
pub(super) async fn missed(
    app: &App,
    ticket: &Ticket,
    behind: u64,
    last: u64,
) -> Result<Replay, Reason> {
    let view = ticket.view();
    let life = ticket.life();
    let (entries, pos) = since(app, view, life, behind).await?;
    let span = Span {
        life,
        behind,
        last,
        pos,
    };
    if let Some(pushes) = ticket.memo().find(span) {
        return Ok(Replay { pushes, pos });
    }
    let asks = view.filter.asks_about_parents();
    let mut prev = last;
    let mut pushes = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let items = if asks {
            Past::of(app, entry).judge(view).await?
        } else {
            judge(view, entry)
        };
        if items.len() > app.config().max_push {
            return Err(Reason::TooLarge);
        }
        if !items.is_empty() {
            pushes.push(Arc::new(Push::new(view, entry.pos, prev, items)));
            prev = entry.pos;
        }
        if place % SLICE == SLICE - 1 {
            task::yield_now().await;
        }
    }
    let pushes: Arc<Pushes> = pushes.into();
    ticket.memo().keep(span, &pushes);
    Ok(Replay { pushes, pos })
}

/// What a transaction is to a view that asks about no parents.
fn judge(view: &View, entry: &Committed) -> Vec<Item> {
    let changes = entry.changes.iter();
    changes
        .filter_map(|change| Some(Item::of(change, view.event(change, &|_, _| None)?)))
        .collect()
}

/// The transactions behind a position that may concern a view, and the position up to which these are all.
async fn since(
    app: &App,
    view: &View,
    life: u64,
    behind: u64,
) -> Result<(Vec<Arc<Committed>>, u64), Reason> {
    let progress = &app.live().progress;
    let mut found = Vec::new();
    let mut at = behind;
    loop {
        let next = match &*progress.ring() {
            None => Next::Wait,
            Some(ring) if ring.life() != life => return Err(Reason::Log),
            Some(ring) if at >= ring.upto() => return Ok((found, at)),
            Some(ring) => match ring.since(at) {
                Some(entries) => {
                    for entry in entries.take(SLICE) {
                        at = entry.pos;
                        if concerns(view, entry) {
                            found.push(Arc::clone(entry));
                        }
                    }
                    Next::Go
                }
                None if ring.could_reach(at) && app.store().caps().log => Next::Fetch,
                None => return Err(Reason::Log),
            },
        };
        match next {
            Next::Wait => progress.known().await?,
            Next::Fetch => fetch(app, progress, at).await?,
            Next::Go => task::yield_now().await,
        }
    }
}

/// How to go on.
enum Next {
    /// Once it is known where the log stands.
    Wait,
    /// Once more is kept here.
    Fetch,
    Go,
}

/// Has what lies behind this position kept here too; those who come together have it read once.
async fn fetch(app: &App, progress: &Progress, pos: u64) -> Result<(), Reason> {
    let _alone = progress.fetching().await;
    let begins = |ring: &Ring| (ring.life(), ring.from());
    let Some((life, upto)) = progress.ring().as_ref().map(begins) else {
        return Ok(());
    };
    if upto <= pos {
        return Ok(());
    }
    let entries = between(app, pos, upto).await.map_err(|error| match error {
        StoreError::Pruned { .. } => Reason::Log,
        _ => Reason::Unavailable,
    })?;
    let mut ring = progress.ring();
    if let Some(ring) = ring.as_mut().filter(|it| begins(it) == (life, upto)) {
        ring.prepend(pos, entries);
    }
    Ok(())
}

/// What was committed behind a position, up to another: from the log where it is not kept here.
pub(super) async fn between(
    app: &App,
    from: u64,
    upto: u64,
) -> Result<Vec<Arc<Committed>>, StoreError> {
    let mut all: Vec<Arc<Committed>> = Vec::new();
    if let Some(ring) = &*app.live().progress.ring()
        && ring.upto() >= upto
        && let Some(entries) = ring.since(from)
    {
        all.extend(entries.take_while(|it| it.pos <= upto).cloned());
        return Ok(all);
    }
    loop {
        let after = all.last().map_or(from, |last| last.pos);
        let page = page(app, after).await?;
        let is_last = page.len() < PAGE;
        let wanted = page.into_iter().take_while(|entry| entry.pos <= upto);
        let before = all.len();
        all.extend(wanted);
        if is_last || all.len() - before < PAGE {
            return Ok(all);
        }
        if all.len() > app.config().max_replay {
            return Err(StoreError::Pruned { from: upto });
        }
    }
}

/// What the log holds behind a position, as much as is read at once.
///
/// # Errors
/// Those of the store.
pub(super) async fn page(app: &App, after: u64) -> Result<Vec<Arc<Committed>>, StoreError> {
    let entries = app.store().since(after, PAGE).await?;
    Ok(entries.into_iter().map(committed).collect())
}

fn committed(entry: Entry) -> Arc<Committed> {
    Arc::new(Committed {
        pos: entry.pos,
        changes: entry.changes,
    })
}
