//! The races: what is asked, of whom, and what the ratio must be.

use crate::load::{Action, Report};
use crate::server::Side;
use crate::table::Budget;

/// One kind of load, and the figures it is judged by.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) action: Action,
    pub(crate) sockets: usize,
    pub(crate) in_flight: usize,
    pub(crate) figures: Vec<Figure>,
}

/// A figure of ours over the peer's.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) peer: Side,
    pub(crate) of: fn(&Report) -> f64,
    pub(crate) budget: Budget,
}

/// Every race, the budgets as the design states them.
pub(crate) fn all() -> impl Iterator<Item = Row> {
    use Budget::{AtLeast, AtMost, Free};
    use Side::{Feathers, Socketioxide};

    let rate = |peer, budget| Figure {
        name: "requests/s",
        peer,
        of: |seen| seen.rate,
        budget,
    };
    let p50 = |budget| Figure {
        name: "p50 µs",
        peer: Socketioxide,
        of: |seen| seen.p50,
        budget,
    };
    let p99 = |budget| Figure {
        name: "p99 µs",
        peer: Socketioxide,
        of: |seen| seen.p99,
        budget,
    };
    let cpu = |peer| Figure {
        name: "server CPU µs/request",
        peer,
        of: |seen| seen.server_cpu,
        budget: Free,
    };
    let row = |name, action, sockets, in_flight, figures| Row {
        name,
        action,
        sockets,
        in_flight,
        figures,
    };
    [
        row(
            "get, 16 sockets × 16",
            Action::Get,
            16,
            16,
            vec![
                rate(Socketioxide, AtLeast(1.5)),
                cpu(Socketioxide),
                rate(Feathers, AtLeast(8.0)),
                cpu(Feathers),
            ],
        ),
        row(
            "get, 1 socket × 64",
            Action::Get,
            1,
            64,
            vec![rate(Socketioxide, AtLeast(2.0)), cpu(Socketioxide)],
        ),
        row(
            "get, 100 sockets × 4",
            Action::Get,
            100,
            4,
            vec![
                rate(Socketioxide, AtLeast(1.15)),
                p99(AtMost(0.3)),
                cpu(Socketioxide),
            ],
        ),
        row(
            "create, 16 sockets × 16",
            Action::Create,
            16,
            16,
            vec![rate(Socketioxide, AtLeast(1.0)), cpu(Socketioxide)],
        ),
        row(
            "update, 16 sockets × 16",
            Action::Update,
            16,
            16,
            vec![rate(Socketioxide, AtLeast(1.0)), cpu(Socketioxide)],
        ),
        row(
            "feed, 16 sockets × 16",
            Action::Feed,
            16,
            16,
            vec![rate(Socketioxide, AtLeast(1.0)), cpu(Socketioxide)],
        ),
        row(
            "get, one at a time",
            Action::Get,
            1,
            1,
            vec![p50(AtMost(1.1)), p99(AtMost(1.1)), cpu(Socketioxide)],
        ),
    ]
    .into_iter()
}
