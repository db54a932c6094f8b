//! Changes, and those who are told of them.

use super::{Figure, Load, Part, Row};
use crate::live::Task;
use crate::side::Side;
use crate::table::Budget;
use crate::window::Report;

pub(super) fn rows() -> Vec<Row> {
    use Budget::{AtLeast, AtMost, Free};
    use Side::{Channels, Rooms, SockfulLive, Streams1k, Streams20k, Streams100k};

    let row = |name: &str, task, figures| Row {
        name: name.to_owned(),
        part: Part::Live,
        load: Load::Live(task),
        figures,
    };
    let pushes = |peer, budget| figure("pushes/s", SockfulLive, peer, |seen| seen.rate, budget);
    let cpu = |peer, budget| figure("CPU µs/push", SockfulLive, peer, |seen| seen.cpu, budget);
    let told = |peer| {
        figure(
            "ms until all are told",
            SockfulLive,
            peer,
            |seen| seen.p50 / 1e3,
            Free,
        )
    };
    let memory = |budget| {
        figure(
            "KiB/connection",
            SockfulLive,
            Rooms,
            |seen| seen.memory,
            budget,
        )
    };
    let idle = |name, watches, budget| {
        let task = Task::Idle {
            sockets: 1_000,
            watches,
        };
        row(name, task, vec![memory(budget)])
    };
    vec![
        row(
            "one change, 3,000 watch one query",
            Task::Updates {
                watchers: 3_000,
                queries: 1,
            },
            vec![
                pushes(Rooms, AtLeast(0.9)),
                cpu(Rooms, AtMost(1.11)),
                told(Rooms),
                pushes(Channels, Free),
                cpu(Channels, Free),
                told(Channels),
            ],
        ),
        row(
            "one change, 8,000 watch 10 queries",
            Task::Updates {
                watchers: 8_000,
                queries: 10,
            },
            vec![
                pushes(Rooms, AtLeast(0.9)),
                cpu(Rooms, AtMost(1.11)),
                told(Rooms),
                pushes(Channels, Free),
                cpu(Channels, Free),
            ],
        ),
        row(
            "400 records in one transaction, 500 watch",
            Task::Batch {
                watchers: 500,
                records: 400,
            },
            vec![told(Channels), cpu(Channels, Free)],
        ),
        row(
            "one change, one watches",
            Task::Updates {
                watchers: 1,
                queries: 1,
            },
            vec![
                figure("p50 µs", SockfulLive, Rooms, |seen| seen.p50, Free),
                figure("p99 µs", SockfulLive, Rooms, |seen| seen.p99, Free),
                cpu(Rooms, Free),
            ],
        ),
        row(
            "routing a create among streams",
            Task::Routing,
            vec![
                figure(
                    "CPU µs/create",
                    Streams100k,
                    Streams1k,
                    |seen| seen.cpu,
                    AtMost(2.0),
                ),
                figure("p50 µs", Streams100k, Streams1k, |seen| seen.p50, Free),
            ],
        ),
        row(
            "dropping a stream",
            Task::Dropping,
            vec![
                figure("p50 µs", Streams20k, Streams1k, |seen| seen.p50, Free),
                figure("p99 µs", Streams20k, Streams1k, |seen| seen.p99, Free),
            ],
        ),
        idle("an idle connection that watches nothing", 0, Free),
        idle("an idle connection with 1 watch", 1, AtMost(1.3)),
        idle("an idle connection with 100 watches", 100, Free),
    ]
}

fn figure(
    name: &'static str,
    ours: Side,
    peer: Side,
    of: fn(&Report) -> f64,
    budget: Budget,
) -> Figure {
    Figure {
        name,
        ours,
        peer,
        of,
        budget,
    }
}
