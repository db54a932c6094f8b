//! Instructions of one call within one process, over records in SQLite: our app, our store alone, and the same by
//! hand. What the kernel does is not among them.

use std::process::Command;
use std::time::Duration;

use super::collected;
use crate::Outcome;
use crate::load::Action;
use crate::side::Side;
use crate::stores::{Database, Folder, Plan, Sync};
use crate::table::{Budget, Line, Table, number};

const ACTIONS: [Action; 4] = [Action::Create, Action::Update, Action::Get, Action::List];

/// Calls of the short and of the long run: each has its share of what a store tidies up after every thousand.
const RUNS: [usize; 2] = [1_100, 3_100];
const IN_FLIGHT: usize = 64;

/// Counts every action on each side.
///
/// # Errors
/// When a run fails.
pub(super) fn measure(table: &mut Table) -> Outcome {
    let folder = Folder::new()?;
    let database = |side: Side| Database::Sqlite(folder.path().join(side.name()));
    for side in [Side::App, Side::Store, Side::Rusqlite] {
        let filled = Command::new(std::env::current_exe()?)
            .args(["fill", &serde_json::to_string(&database(side))?])
            .status()?;
        if !filled.success() {
            return Err("a database could not be filled".into());
        }
    }
    for action in ACTIONS {
        let of = |side| per_call(side, &database(side), action);
        let peer = of(Side::Rusqlite)?;
        for side in [Side::App, Side::Store] {
            let ours = of(side)?;
            table.push(Line {
                what: format!("{} in SQLite, {IN_FLIGHT} in flight", action.name()),
                figure: "instructions".to_owned(),
                ours: format!("{} ({})", number(ours), side.name()),
                peer: format!("{} ({})", number(peer), Side::Rusqlite.name()),
                judged: ours / peer,
                shown: number(ours / peer),
                budget: Budget::Free,
                budget_text: String::new(),
            });
        }
    }
    Ok(())
}

fn per_call(side: Side, database: &Database, action: Action) -> Outcome<f64> {
    let run = |mut command: Command, answers| -> Outcome<String> {
        let plan = Plan {
            side,
            database: database.clone(),
            sync: Sync::Full,
            action,
            in_flight: IN_FLIGHT,
            warm_up: Duration::ZERO,
            measured: Duration::ZERO,
            answers: Some(answers),
        };
        command.args(["store", &serde_json::to_string(&plan)?]);
        let run = command.output()?;
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        if run.status.success() {
            Ok(told)
        } else {
            Err(told.into())
        }
    };
    let own = std::env::current_exe()?;
    let [short, long] = RUNS;
    // What a store does once, such as to find out how long its log is, does not count.
    run(Command::new(&own), short)?;
    let counted = |answers| -> Outcome<f64> {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        command.arg(&own);
        collected(&run(command, answers)?)
    };
    Ok((counted(long)? - counted(short)?) / (long - short) as f64)
}
