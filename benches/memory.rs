//! The memory of a process while a million records pass through it: it must not depend on how many there are.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::process;
use crate::side::Side;
use crate::stores::{Folder, Keeper, PAGE, Sync, id};
use crate::table::{Budget, Line, Table, number};

/// How many records there are in the end, and a tenth of it where there is little time.
const RECORDS: usize = 1_000_000;

/// Calls that are in flight.
const CALLERS: usize = 64;

/// What is done to the records once they are there, and how often.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Create,
    List,
    Get,
    Update,
}

/// Fills a database in quarters, then reads and changes what it holds; after each the table is told the memory in use. It is
/// judged by what it was after the first quarter.
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
    let database = folder.path().join("creatures.db");
    let keeper = Keeper::open(Side::App, &database, Sync::Full).await?;
    let keeper = Arc::new(keeper);
    crate::note(&format!("empty: {} MiB", number(process::resident()?)));

    let quarter = records / 4;
    let mut first = None;
    let mut tell = |what: String| -> Outcome {
        let now = process::resident()?;
        let first = *first.get_or_insert(now);
        table.push(Line {
            what,
            figure: "memory MiB".to_owned(),
            ours: number(now),
            peer: format!("{} (after the first quarter)", number(first)),
            judged: now / first,
            shown: number(now / first),
            budget: Budget::AtMost(1.25),
            budget_text: "≤ 1.25 ×".to_owned(),
        });
        Ok(())
    };
    for part in 0..4 {
        let ids = part * quarter..(part + 1) * quarter;
        all(&keeper, Deed::Create, ids, 1).await?;
        tell(format!(
            "{} records created",
            number(((part + 1) * quarter) as f64)
        ))?;
    }
    let (most, step) = (records - PAGE, records / 10_000);
    for (deed, what) in [
        (Deed::List, "lists of 50"),
        (Deed::Get, "gets"),
        (Deed::Update, "updates"),
    ] {
        all(&keeper, deed, 0..most, step).await?;
        let count = most.div_ceil(step);
        tell(format!("{} {what} all over them", number(count as f64)))?;
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
                    Deed::Update => keeper.update(id(turn), 200).await?,
                }
            }
        });
    }
    for ended in callers.join_all().await {
        ended?;
    }
    Ok(())
}
