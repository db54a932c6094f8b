//! Servers that keep their records in memory.

use super::{Figure, Load, Part, Row};
use crate::load::Action;
use crate::side::Side;
use crate::table::Budget;

pub(super) fn rows() -> Vec<Row> {
    use Budget::{AtLeast, AtMost};
    use Side::{Feathers, Socketioxide, Sockful};

    let rate = |peer, budget| Figure::rate(Sockful, peer, budget);
    let p50 = |budget| Figure::p50(Sockful, Socketioxide, budget);
    let p99 = |budget| Figure::p99(Sockful, Socketioxide, budget);
    let cpu = |peer| Figure::cpu(Sockful, peer);
    let row = |name: &str, action, sockets, in_flight, figures| Row {
        name: name.to_owned(),
        part: Part::Races,
        load: Load::Sockets {
            action,
            sockets,
            in_flight,
        },
        figures,
    };
    vec![
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
}
