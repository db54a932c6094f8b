//! Sockets that watch, all in one thread, and one that makes changes: each when everybody has been told of the one before.
//!
//! Everybody who watches a query is told the same, so that a push is looked at once and then compared.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::task::{JoinSet, LocalSet};

use super::Plan;
use super::words::{Change, Words};
use crate::load::{Wire, Work};
use crate::window::{Report, Window};

/// Room for the bytes of a socket that watches, which grows where a push is larger.
const ROOM: usize = 4 * 1024;

/// Longer than any change takes any side: after it somebody has not been told.
const LOST: Duration = Duration::from_secs(120);

/// Updates one record after the other, of each query in turn.
pub(super) async fn updates(plan: &Plan, watchers: usize, queries: usize) -> io::Result<Report> {
    let each = watchers / queries;
    run(plan, watchers, queries, each, |turn| Change::Update {
        query: turn % queries,
        turn,
    })
    .await
}

/// Creates many records at once, again and again.
pub(super) async fn batches(plan: &Plan, watchers: usize, records: usize) -> io::Result<Report> {
    let each = watchers * records;
    run(plan, watchers, 1, each, |turn| Change::Batch {
        records,
        turn,
    })
    .await
}

/// `each` change is told so often.
async fn run(
    plan: &Plan,
    watchers: usize,
    queries: usize,
    each: usize,
    change: impl Fn(usize) -> Change,
) -> io::Result<Report> {
    let words = Words::new(plan.side, queries);
    let crowd = Rc::new(Crowd::new(words, watchers));
    let mut sockets = JoinSet::new();
    let local = LocalSet::new();
    let work = async {
        let (server, process) = plan.server()?;
        let probe = Work::probe(plan.side.dialect());
        let mut seeder = Wire::connect(server).await?;
        seeder.await_handlers(&probe).await?;
        for query in 0..queries {
            ask(&mut seeder, &words.seed(query)).await?;
        }
        drop(seeder);
        for index in 0..watchers {
            let mut wire = Wire::with_room(server, ROOM).await?;
            wire.await_handlers_soon(&probe).await?;
            ask(&mut wire, &words.watch(index % queries)).await?;
            sockets.spawn_local(listen(wire, index, Rc::clone(&crowd)));
        }
        // Last, because nobody answers its heartbeats while others connect.
        let mut changer = Wire::connect(server).await?;
        changer.await_handlers(&probe).await?;
        let window = Window {
            process,
            database: None,
            warm_up: plan.warm_up,
            measured: plan.measured,
        };
        let seen = repeat(&mut changer, &crowd, &window, each, change).await;
        // Whoever has failed says better what is wrong.
        if let Some(ended) = sockets.try_join_next() {
            ended?.map(|never| match never {})?;
        }
        crowd.check(queries)?;
        seen
    };
    local.run_until(work).await
}

/// Makes changes until enough is known.
async fn repeat(
    changer: &mut Wire,
    crowd: &Crowd,
    window: &Window,
    each: usize,
    change: impl Fn(usize) -> Change,
) -> io::Result<Report> {
    let mut turn = 0;
    let mut next = async || {
        turn += 1;
        let change = change(turn);
        let text = crowd.words.change(change);
        crowd.begin(change, each);
        let sent = Instant::now();
        ask(changer, &text).await?;
        crowd.end().await?;
        let latency = crowd.told_all.get().unwrap_or(sent) - sent;
        Ok::<_, io::Error>(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX))
    };
    let began = Instant::now();
    while began.elapsed() < window.warm_up {
        next().await?;
    }
    let mut latencies = Vec::new();
    let mark = window.mark()?;
    while mark.elapsed() < window.measured {
        latencies.push(next().await?);
    }
    window.since(&mark)?.report(&mut latencies, each)
}

/// A request that must succeed.
async fn ask(wire: &mut Wire, request: &str) -> io::Result<()> {
    let answer = wire.call(request).await?;
    if answer.starts_with("[null") {
        Ok(())
    } else {
        let text = format!("{request} was answered with {answer}");
        Err(io::Error::other(text))
    }
}

/// Those who watch, and what they are told.
struct Crowd {
    words: Words,
    /// What they are to be told of.
    change: Cell<Option<Change>>,
    /// The last push that was looked at, and of how many records it tells.
    known: RefCell<(Vec<u8>, usize)>,
    /// How often the change is still to be told.
    left: Cell<usize>,
    /// Of how many records each has been told.
    told: RefCell<Vec<usize>>,
    told_all: Cell<Option<Instant>>,
    done: Notify,
}

impl Crowd {
    fn new(words: Words, watchers: usize) -> Self {
        Self {
            words,
            change: Cell::new(None),
            known: RefCell::default(),
            left: Cell::new(0),
            told: RefCell::new(vec![0; watchers]),
            told_all: Cell::new(None),
            done: Notify::new(),
        }
    }

    fn begin(&self, change: Change, each: usize) {
        self.change.set(Some(change));
        self.left.set(each);
    }

    /// Until all have been told.
    async fn end(&self) -> io::Result<()> {
        match tokio::time::timeout(LOST, self.done.notified()).await {
            Ok(()) => Ok(()),
            Err(_) => Err(io::Error::other(format!(
                "{} pushes have not come",
                self.left.get()
            ))),
        }
    }

    /// This socket is told something.
    fn tell(&self, index: usize, event: &[u8]) -> io::Result<()> {
        let mut known = self.known.borrow_mut();
        if known.0 != event {
            let change = self.change.get();
            let change = change.ok_or_else(|| io::Error::other("a push before any change"))?;
            known.1 = self.words.told(event, change)?;
            known.0.clear();
            known.0.extend_from_slice(event);
        }
        let left = self.left.get().checked_sub(known.1);
        let left = left.ok_or_else(|| io::Error::other("a change was told twice"))?;
        self.left.set(left);
        self.told.borrow_mut()[index] += known.1;
        if left == 0 {
            self.told_all.set(Some(Instant::now()));
            self.done.notify_one();
        }
        Ok(())
    }

    /// Everybody who watches the same has been told the same.
    fn check(&self, queries: usize) -> io::Result<()> {
        let told = self.told.borrow();
        let uneven = (queries..told.len()).find(|index| told[*index] != told[index - queries]);
        match uneven {
            Some(index) => {
                let text = format!("socket {index} was not told as often as others");
                Err(io::Error::other(text))
            }
            None => Ok(()),
        }
    }
}

enum Never {}

/// Hears what one socket is told.
async fn listen(mut wire: Wire, index: usize, crowd: Rc<Crowd>) -> io::Result<Never> {
    loop {
        while let Some(event) = wire.event()? {
            if let Err(error) = crowd.tell(index, event) {
                // The change is never told to all now.
                crowd.done.notify_one();
                return Err(error);
            }
        }
        wire.flush().await?;
        wire.fill().await?;
    }
}
