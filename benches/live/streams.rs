//! Streams of changes within one process: what a change costs that one of them is told of, and what it costs to drop them.

use std::future::Future as _;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use sockful::{App, Memory, Pushed, Resource as _, Watched, filter};

use super::Plan;
use crate::creature::Creature;
use crate::window::{Report, Window};

/// At least so many drops are measured.
const DROPS: usize = 20_000;

/// Creates one record after the other. Each is what one of the streams asks for, by a name, another one each time.
pub(super) async fn route(plan: &Plan) -> io::Result<Report> {
    let app = app().await?;
    let count = plan.side.streams();
    let mut streams = Vec::with_capacity(count);
    for index in 0..count {
        streams.push(watch(&app, &name(index)).await?);
    }
    let window = window(plan);
    let mut turn = 0;
    let mut next = async || {
        turn += 1;
        // Far from each other.
        let index = turn * 7_919 % count;
        let mut creature = Creature::new(format!("r{turn}"));
        creature.name = name(index);
        let began = Instant::now();
        let created = app
            .system()
            .create(creature)
            .await
            .map_err(io::Error::other)?;
        let Some(Ok(Pushed::Enter(told))) = streams[index].next().await else {
            return Err(io::Error::other("a stream was told something else"));
        };
        let latency = began.elapsed();
        if told.id != created.id {
            return Err(io::Error::other("a stream was told of another record"));
        }
        Ok(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX))
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
    let seen = window.since(&mark)?;
    if !streams.iter_mut().all(waits) {
        return Err(io::Error::other("a stream was told too much"));
    }
    seen.report(&mut latencies, 1)
}

/// Drops streams of one query one after the other, all that there are, and begins anew until it has dropped enough.
pub(super) async fn drop_all(plan: &Plan) -> io::Result<Report> {
    let app = app().await?;
    let count = plan.side.streams();
    let mut latencies = Vec::new();
    let mut seconds = 0.0;
    while latencies.len() < DROPS {
        let mut streams = Vec::with_capacity(count);
        for _ in 0..count {
            streams.push(watch(&app, &name(0)).await?);
        }
        for stream in streams {
            let began = Instant::now();
            drop(stream);
            let latency = began.elapsed();
            seconds += latency.as_secs_f64();
            latencies.push(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
        }
    }
    let mark = window(plan).mark()?;
    let seen = window(plan).since(&mark)?.report(&mut latencies, 1)?;
    Ok(Report {
        rate: latencies.len() as f64 / seconds,
        cpu: seconds * 1e6 / latencies.len() as f64,
        other_cpu: 0.0,
        ..seen
    })
}

async fn app() -> io::Result<App> {
    let app = App::builder().store(Memory::new()).resource::<Creature>();
    app.build().await.map_err(io::Error::other)
}

async fn watch(app: &App, name: &str) -> io::Result<Watched<Creature>> {
    let query = Creature::query().filter(filter!(|c: Creature| c.name == name));
    app.watch(query).await.map_err(io::Error::other)
}

/// Whether it has nothing to tell.
fn waits(stream: &mut Watched<Creature>) -> bool {
    let next = pin!(stream.next());
    matches!(
        next.poll(&mut Context::from_waker(Waker::noop())),
        Poll::Pending
    )
}

fn name(index: usize) -> String {
    format!("n{index}")
}

fn window(plan: &Plan) -> Window {
    Window {
        process: std::process::id(),
        database: None,
        warm_up: plan.warm_up,
        measured: plan.measured,
    }
}
