//! Whole worlds by a seed: a server and its clients on a simulated network with a simulated clock. Connections are cut, messages held
//! back and lost, the server crashes and comes back, people change records and what they may read. At every quiet moment what each
//! client has, made of nothing but answers and pushes, is what the server finds to the same question.
//!
//! Network and clock are simulated with every store. What a store does is simulated in memory alone: SQLite and PostgreSQL do it
//! as always, in real time and for real, on a disk or in another process, while the clock of the world stands still. So nothing
//! happens between the beginning of a commit and its end, and what is cut off is cut off before or behind it.
//!
//! A push may also come twice: it is handed to the client again, at once or later. TCP does not do that; the rule of clients
//! does not rely on it.
//!
//! Clients follow by being told, or, where `SOCKFUL_SIM_FOLLOW` is `poll`, by asking again at every quiet moment.
//!
//! `SOCKFUL_SIM_SEEDS` says how many worlds, `SOCKFUL_SIM_SEED` is the one to see again. A seed draws what people want, what goes
//! wrong and how long messages take. Ids of sessions and the order of maps are not drawn by it: a run is alike when it is
//! repeated, not the same.

mod client;
mod kept;
mod plan;
mod run;
mod server;
mod socket;
mod stage;
mod world;

use std::env;
use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread;

use self::kept::Kind;
use self::stage::Sum;

/// How a client comes by what it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follow {
    /// It asks once, and is told.
    Watch,
    /// It asks again at every quiet moment.
    Poll,
}

/// What is the same in all runs.
#[derive(Clone, Copy, Debug)]
struct Manner {
    kind: Kind,
    follow: Follow,
}

#[test]
fn every_copy_is_what_the_server_has_whatever_goes_wrong() {
    check(Kind::Memory, 1_000);
}

#[test]
fn every_copy_is_what_a_server_with_sqlite_has_whatever_goes_wrong() {
    check(Kind::Sqlite, 60);
}

#[test]
fn every_copy_is_what_a_server_with_postgres_has_whatever_goes_wrong() {
    check(Kind::Postgres, 30);
}

/// Runs as many seeds as are wanted.
fn check(kind: Kind, seeds: u64) {
    let follow = match env::var("SOCKFUL_SIM_FOLLOW").as_deref() {
        Ok("poll") => Follow::Poll,
        Err(_) | Ok("watch") => Follow::Watch,
        Ok(other) => panic!("SOCKFUL_SIM_FOLLOW is `{other}`: nobody follows so"),
    };
    let seeds = match setting("SOCKFUL_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("SOCKFUL_SIM_SEEDS").unwrap_or(seeds),
    };
    let sum = run_all(seeds, Manner { kind, follow });
    eprintln!("{kind:?}: {sum}");
    // One run may be about nothing, many are not.
    assert!(
        sum.runs < 20 || sum.cuts > sum.runs && sum.records > sum.runs,
        "nothing happened: {sum}"
    );
    let of_pushes = [sum.held, sum.replayed, sum.reset, sum.twice, sum.told];
    assert!(
        sum.runs < 20 || follow == Follow::Poll || of_pushes.iter().all(|it| *it > sum.runs / 10),
        "nobody was told anything: {sum}"
    );
}

/// Runs all of these, a thread for each processor, up to the first that fails.
fn run_all(seeds: Range<u64>, manner: Manner) -> Sum {
    let next = AtomicU64::new(seeds.start);
    let failed = AtomicBool::new(false);
    let worker = || {
        let _failing = Failing(&failed);
        let mut sum = Sum::default();
        while !failed.load(Relaxed) {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= seeds.end {
                break;
            }
            run::run(seed, manner, &mut sum);
        }
        sum
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let sums = workers.into_iter().map(|worker| worker.join());
        let sums = sums.map(|sum| sum.unwrap_or_else(|panic| resume_unwind(panic)));
        sums.fold(Sum::default(), Sum::and)
    })
}

/// Tells the others of a panic.
struct Failing<'a>(&'a AtomicBool);

impl Drop for Failing<'_> {
    fn drop(&mut self) {
        self.0.fetch_or(thread::panicking(), Relaxed);
    }
}

fn setting(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}
