//! Races: the sides of a row by turns, round after round, so that what slows the machine slows them all.

use std::time::Duration;

use crate::Outcome;
use crate::live::{self, Task};
use crate::load;
use crate::rows::{Figure, Load, Row};
use crate::server::{self, Server};
use crate::side::Side;
use crate::stores::{self, Place, Postgres};
use crate::table::{Budget, Line, Table, median, number};
use crate::window::Report;

/// A share of one core: when other processes took more, the figures say little.
const DISTURBED: f64 = 0.05;

/// What takes so many microseconds is not done again.
const TOO_LONG: f64 = 10e6;

/// How long a race takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    rounds: usize,
    warm_up: Duration,
    measured: Duration,
}

impl Pace {
    pub(crate) const FULL: Self = Self {
        rounds: 15,
        warm_up: Duration::from_millis(300),
        measured: Duration::from_millis(1_000),
    };
    pub(crate) const QUICK: Self = Self {
        rounds: 3,
        warm_up: Duration::from_millis(200),
        measured: Duration::from_millis(800),
    };
}

/// Runs one row on each of its sides and adds its figures to the table.
///
/// # Errors
/// When a side of our own does not start, or an answer is no success. Feathers is left out, with a note, where
/// there is no Node, and a row on PostgreSQL where that cannot be started.
pub(crate) fn run(
    row: &Row,
    pace: Pace,
    postgres: &mut Option<Postgres>,
    table: &mut Table,
) -> Outcome {
    let mut sides = Vec::new();
    for figure in &row.figures {
        for side in [figure.ours, figure.peer] {
            if !sides.contains(&side) {
                sides.push(side);
            }
        }
    }
    sides.retain(|side| {
        let started = if side.is_node() {
            Server::start(*side).map(drop)
        } else {
            Ok(())
        };
        if let Err(error) = &started {
            crate::note(&format!("without {}: {error}", side.name()));
        }
        started.is_ok()
    });
    let place = match row.load {
        Load::Sockets { .. } | Load::Live(_) => None,
        Load::Calls { engine, .. } => match Place::new(engine, &sides, postgres) {
            Ok(place) => Some(place),
            Err(error) => {
                crate::note(&format!("without {}: {error}", row.name));
                return Ok(());
            }
        },
    };

    // So many disturbed measurements are made again.
    let mut spare = pace.rounds * sides.len();
    let mut rounds: Vec<Vec<Report>> = vec![Vec::new(); sides.len()];
    for round in 0..pace.rounds {
        // Forwards and backwards by turns: a slow drift favours nobody.
        let mut order: Vec<usize> = (0..sides.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for index in order {
            let side = sides[index];
            let report = undisturbed(row, side, pace, place.as_ref(), &mut spare)?;
            let unit = row.load.unit();
            table.disturbed += usize::from(report.other_cpu > DISTURBED);
            crate::note(&format!(
                "{}, {}: {} {unit}/s, p50 {} µs, p99 {} µs, CPU {} µs/{unit}, of the database {}, {} KiB each, load {:.0} % of a core, others {:.0} %",
                row.name,
                side.name(),
                number(report.rate),
                number(report.p50),
                number(report.p99),
                number(report.cpu),
                number(report.database_cpu),
                number(report.memory),
                report.load_cpu * 100.0,
                report.other_cpu * 100.0,
            ));
            rounds[index].push(report);
        }
    }
    let seen = |side| {
        sides
            .iter()
            .position(|known| *known == side)
            .map(|index| &rounds[index])
    };
    for figure in &row.figures {
        if let (Some(ours), Some(peer)) = (seen(figure.ours), seen(figure.peer)) {
            table.push(line(row, figure, ours, peer));
        }
    }
    Ok(())
}

/// The first measurement that nothing else disturbs, or the least disturbed of some.
fn undisturbed(
    row: &Row,
    side: Side,
    pace: Pace,
    place: Option<&Place<'_>>,
    spare: &mut usize,
) -> Outcome<Report> {
    let mut best = once(row, side, pace, place)?;
    while best.other_cpu > DISTURBED && best.p50 < TOO_LONG && *spare > 0 {
        *spare -= 1;
        let next = once(row, side, pace, place)?;
        if next.other_cpu < best.other_cpu {
            best = next;
        }
    }
    Ok(best)
}

/// One process, fresh, with one load.
fn once(row: &Row, side: Side, pace: Pace, place: Option<&Place<'_>>) -> Outcome<Report> {
    let (warm_up, measured) = (pace.warm_up, pace.measured);
    match row.load {
        Load::Sockets {
            action,
            sockets,
            in_flight,
        } => {
            let server = Server::start(side)?;
            server::load(&load::Plan {
                server: server.address,
                process: server.process(),
                dialect: side.dialect(),
                action,
                sockets,
                in_flight,
                // Node compiles what is hot; give it the time to.
                warm_up: if side.is_node() {
                    warm_up.max(Duration::from_secs(1))
                } else {
                    warm_up
                },
                measured,
                answers: None,
            })
        }
        Load::Live(task) => {
            let server = match side.streams() {
                0 => Some(Server::start(side)?),
                _ => None,
            };
            server::watch(&live::Plan {
                side,
                task,
                server: server.as_ref().map(|it| (it.address, it.process())),
                // As above, but for what takes Node longer than any warm-up.
                warm_up: match task {
                    Task::Batch { .. } if side.is_node() => Duration::ZERO,
                    _ if side.is_node() => warm_up.max(Duration::from_secs(1)),
                    _ => warm_up,
                },
                measured,
            })
        }
        Load::Calls {
            engine: _,
            action,
            sync,
            in_flight,
        } => server::calls(&stores::Plan {
            side,
            database: place
                .ok_or("there is no place for databases")?
                .database(side),
            sync,
            action,
            in_flight,
            warm_up,
            measured,
            answers: None,
        }),
    }
}

/// The median of the rounds on each side, and the median of their ratios, round by round.
fn line(row: &Row, figure: &Figure, ours: &[Report], peer: &[Report]) -> Line {
    let all = |side: &[Report]| side.iter().map(figure.of).collect::<Vec<_>>();
    let (ours, theirs) = (all(ours), all(peer));
    let ratios = || ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs);
    let ratio = median(ratios());
    let least = ratios().fold(f64::INFINITY, f64::min);
    let most = ratios().fold(0.0, f64::max);
    Line {
        what: row.name.clone(),
        figure: figure.name.to_owned(),
        ours: format!(
            "{} ({})",
            number(median(ours.iter().copied())),
            figure.ours.name()
        ),
        peer: format!(
            "{} ({})",
            number(median(theirs.iter().copied())),
            figure.peer.name()
        ),
        judged: ratio,
        shown: format!("{} ({}–{})", number(ratio), number(least), number(most)),
        budget: figure.budget,
        budget_text: match figure.budget {
            Budget::AtLeast(bound) => format!("≥ {bound} ×"),
            Budget::AtMost(bound) => format!("≤ {bound} ×"),
            Budget::Free => String::new(),
        },
    }
}
