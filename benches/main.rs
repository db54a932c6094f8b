//! Measures sockful beside its peers and prints one table: see README.md.
//!
//! One program plays every part but Feathers. It starts itself again as each server and as the load, so that all
//! are built alike and each has a process of its own.

mod albums;
mod compile;
mod creature;
mod instructions;
mod live;
mod load;
mod memory;
mod ours;
mod owned;
mod peers;
mod process;
mod race;
mod rows;
mod server;
mod side;
mod stores;
mod table;
mod window;

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;

use tokio::net::TcpListener;

use self::rows::Part;
use self::table::Table;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const USAGE: &str = "\
usage: cargo run --release -p sockful-benches [-- WORD...]

  (no word)     every row
  quick         races, stores, live and instructions, with fewer and shorter rounds
  races         only servers that keep everything in memory
  stores        only what lasts: stores, and servers on top of them
  live          only changes that many are told of
  get, 100, …   only the rows of these whose name contains one of the words
  instructions  only the instruction counts
  memory        only the memory of a process over a million records; not among the rows of no word: it takes minutes
  check-cost    only `cargo check` of 1, 10 and 50 resources
  build-time    only the fresh debug build of the creatures example
";

fn main() -> Outcome {
    process::raise_file_limit();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", "sockful"] => serve(ours::memory),
        ["serve", "sqlite", database] => {
            serve(async |listener| ours::sqlite(listener, Path::new(database)).await)
        }
        ["serve", "albums", database] => {
            serve(async |listener| ours::albums(listener, Path::new(database)).await)
        }
        ["serve", "live"] => serve(ours::live),
        ["serve", "rooms"] => serve(peers::socketioxide::rooms::serve),
        ["serve", "socketioxide"] => serve(peers::socketioxide::serve),
        ["load", plan] => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let report = runtime.block_on(load::run(serde_json::from_str(plan)?))?;
            say(&serde_json::to_string(&report)?)
        }
        ["watch", plan] => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let report = runtime.block_on(live::run(serde_json::from_str(plan)?))?;
            say(&serde_json::to_string(&report)?)
        }
        ["store", plan] => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()?;
            let report = runtime.block_on(stores::run(serde_json::from_str(plan)?))?;
            say(&serde_json::to_string(&report)?)
        }
        ["fill", database] => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()?;
            runtime.block_on(stores::fill(&serde_json::from_str(database)?))
        }
        ["calls", who, action, count] => instructions::run(who, action, count.parse()?),
        ["help" | "--help" | "-h"] => say(USAGE),
        _ => measure(&words),
    }
}

/// Serves on a free port and tells it.
fn serve(server: impl AsyncFnOnce(TcpListener) -> io::Result<()>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        say(&format!("listening on {}", listener.local_addr()?))?;
        server(listener).await?;
        Ok(())
    })
}

fn measure(words: &[&str]) -> Outcome {
    let quick = words.contains(&"quick");
    let words: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| *word != "quick")
        .collect();
    let wanted = |part: &str| words.contains(&part);
    let filters: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !PARTS.contains(word))
        .collect();
    let everything = words.is_empty();

    let mut table = Table::default();
    let pace = if quick {
        race::Pace::QUICK
    } else {
        race::Pace::FULL
    };
    let mut postgres = None;
    let parts = [
        (Part::Races, "races"),
        (Part::Stores, "stores"),
        (Part::Live, "live"),
    ];
    let named = parts.iter().any(|(_, word)| wanted(word));
    for row in rows::all() {
        let part = parts
            .iter()
            .any(|(part, word)| *part == row.part && wanted(word));
        let asked = if named {
            part
        } else {
            everything || !filters.is_empty()
        };
        if asked && (filters.is_empty() || filters.iter().any(|filter| row.name.contains(filter))) {
            race::run(&row, pace, &mut postgres, &mut table)?;
        }
    }
    if everything || wanted("instructions") {
        instructions::measure(&mut table)?;
    }
    if wanted("memory") {
        memory::measure(quick, &mut table)?;
    }
    if (everything && !quick) || wanted("check-cost") {
        compile::check_cost(quick, &mut table)?;
    }
    if (everything && !quick) || wanted("build-time") {
        compile::build_time(&mut table)?;
    }
    say(&table.to_string())
}

/// Words that are no filters.
const PARTS: [&str; 7] = [
    "races",
    "stores",
    "live",
    "instructions",
    "memory",
    "check-cost",
    "build-time",
];

fn say(text: &str) -> Outcome {
    let mut out = io::stdout();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

/// Tells what is being measured, beside the table.
fn note(text: &str) {
    // Nobody listens when this fails, and the table is what counts.
    let _ = writeln!(io::stderr(), "{text}");
}
