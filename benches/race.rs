//! Races: the sides of a row by turns, round after round, so that what slows the machine slows them all.

use std::time::Duration;

use crate::Outcome;
use crate::load::{Plan, Report};
use crate::rows::{Figure, Row};
use crate::server::{self, Server, Side};
use crate::table::{Budget, Line, Table, median, number};

/// A share of one core: when other processes took more, the figures say little.
const DISTURBED: f64 = 0.05;

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
/// there is no Node.
pub(crate) fn run(row: &Row, pace: Pace, table: &mut Table) -> Outcome {
    let mut sides = vec![Side::Sockful];
    for figure in &row.figures {
        if !sides.contains(&figure.peer) {
            sides.push(figure.peer);
        }
    }
    if sides.contains(&Side::Feathers)
        && let Err(error) = Server::start(Side::Feathers)
    {
        crate::note(&format!("without Feathers: {error}"));
        sides.retain(|side| *side != Side::Feathers);
    }

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
            let report = undisturbed(row, side, pace, &mut spare)?;
            table.disturbed += usize::from(report.other_cpu > DISTURBED);
            crate::note(&format!(
                "{}, {}: {} requests/s, p50 {} µs, p99 {} µs, server {} µs/request, load {:.0} % of a core, others {:.0} %",
                row.name,
                side.name(),
                number(report.rate),
                number(report.p50),
                number(report.p99),
                number(report.server_cpu),
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
        if let (Some(ours), Some(peer)) = (seen(Side::Sockful), seen(figure.peer)) {
            table.push(line(row, figure, ours, peer));
        }
    }
    Ok(())
}

/// The first measurement that nothing else disturbs, or the least disturbed of some.
fn undisturbed(row: &Row, side: Side, pace: Pace, spare: &mut usize) -> Outcome<Report> {
    let mut best = once(row, side, pace)?;
    while best.other_cpu > DISTURBED && *spare > 0 {
        *spare -= 1;
        let next = once(row, side, pace)?;
        if next.other_cpu < best.other_cpu {
            best = next;
        }
    }
    Ok(best)
}

/// One server, fresh, under one load.
fn once(row: &Row, side: Side, pace: Pace) -> Outcome<Report> {
    let server = Server::start(side)?;
    let plan = Plan {
        server: server.address,
        process: server.process(),
        dialect: side.dialect(),
        action: row.action,
        sockets: row.sockets,
        in_flight: row.in_flight,
        // Node compiles what is hot; give it the time to.
        warm_up: if side == Side::Feathers {
            pace.warm_up.max(Duration::from_secs(1))
        } else {
            pace.warm_up
        },
        measured: pace.measured,
        answers: None,
    };
    server::load(&plan)
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
        what: row.name.to_owned(),
        figure: figure.name.to_owned(),
        ours: number(median(ours.iter().copied())),
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
