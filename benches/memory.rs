//! The memory of a process while a million records pass through it: it must not depend on how many there are.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::process;
use crate::side::Side;
use crate::stores::{Database, Folder, Keeper, PAGE, Sync, id};
use crate::table::{Budget, Line, Table, number};

/// How many records there are in the end, and a tenth of it where there is little time.
const RECORDS: usize = 1_000_000;

/// Calls that are in flight.
const CALLERS: usize = 64;

/// How often each thing is done to the records that are there.
const TIMES: usize = 10_000;

/// What is done to a record.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Create,
    /// A page that begins with it.
    List,
    Get,
    /// With this hunger.
    Update(u8),
}

/// Fills a database in quarters. After each it lists, gets and updates all over what is there, and tells the memory in use, which is
/// judged by what it was after the first: by then each connection holds as many pages as it may.
///
/// # Errors
/// When a call fails, or is answered with something else than what was asked.
pub(crate) fn measure(quick: bool, table: &mut Table) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let records = if quick { RECORDS / 10 } else { RECORDS };
    runtime.block_on(fill(records, table))
}

async fn fill(records: usize, table: &mut Table) -> Outcome {
    let folder = Folder::new()?;
    let database = Database::Sqlite(folder.path().join("creatures.db"));
    let keeper = Keeper::open(Side::App, &database, Sync::Full).await?;
    let keeper = Arc::new(keeper);
    crate::note(&format!(
        "empty: {} MiB",
        number(process::resident(std::process::id())?)
    ));

    let quarter = records / 4;
    let mut first = None;
    for part in 1..=4 {
        let there = part * quarter;
        all(&keeper, Deed::Create, there - quarter..there, 1).await?;
        let written = process::resident(std::process::id())?;
        let (most, step) = (there - PAGE, there / TIMES);
        for deed in [Deed::List, Deed::Get, Deed::Update(part as u8)] {
            all(&keeper, deed, 0..most, step).await?;
        }
        let now = process::resident(std::process::id())?;
        crate::note(&format!(
            "{}: {} MiB when created, {} MiB when read and updated",
            number(there as f64),
            number(written),
            number(now)
        ));
        let first = *first.get_or_insert(now);
        table.push(Line {
            what: format!("{} records in SQLite", number(there as f64)),
            figure: "memory MiB".to_owned(),
            ours: number(now),
            peer: format!("{} (a quarter of them)", number(first)),
            judged: now / first,
            shown: number(now / first),
            budget: Budget::AtMost(1.1),
            budget_text: "≤ 1.1 ×".to_owned(),
        });
    }
    Ok(())
}

/// Does one thing to every so many of these records, many at a time.
async fn all(
    keeper: &Arc<Keeper>,
    deed: Deed,
    records: std::ops::Range<usize>,
    step: usize,
) -> Outcome {
    let next = Arc::new(AtomicUsize::new(records.start));
    let mut callers: JoinSet<io::Result<()>> = JoinSet::new();
    for _ in 0..CALLERS {
        let (keeper, next) = (Arc::clone(keeper), Arc::clone(&next));
        callers.spawn(async move {
            loop {
                let turn = next.fetch_add(step, Ordering::Relaxed);
                if turn >= records.end {
                    return Ok(());
                }
                match deed {
                    Deed::Create => keeper.create(id(turn)).await?,
                    Deed::List => keeper.list(id(turn)).await?,
                    Deed::Get => keeper.get(id(turn)).await?,
                    Deed::Update(hunger) => keeper.update(id(turn), hunger).await?,
                }
            }
        });
    }
    for ended in callers.join_all().await {
        ended?;
    }
    Ok(())
}
