//! The log of changes.

use std::time::{Duration, SystemTime};

use super::resources::{account, accounted, every_kind, int, sample, sampled, text, with};
use super::subject::{
    Open, Subject, assert_same, create, destroy, not_promised, replace, same_or_none, transaction,
};
use crate::store::{Entry, StoreError};

pub(super) async fn every_commit_has_one_entry(subject: &Subject) {
    let Some(open) = logging(subject).await else {
        return;
    };
    let start = open.pos().await;
    let writes = [
        create(&sample(), &sampled("a", [])),
        create(&account(), &accounted(1, [])),
    ];
    let both = open.commit(writes).await.pos;
    let one = open.commit([destroy(&account(), 1, both)]).await.pos;
    let entries = since(&open, start, 10).await;
    assert!(
        entries.iter().map(|entry| entry.pos).eq([both, one]),
        "{entries:?}"
    );
    let names = entries[0].changes.iter().map(|change| change.schema.name);
    assert!(
        names.eq(["sample", "account"]),
        "in the order of the writes"
    );
    let range = open.store.log().await.expect("a range");
    assert_eq!(range.to, one);
    assert!(
        range.from <= start,
        "{range:?} does not reach back to {start}"
    );
}

pub(super) async fn an_entry_tells_whole_rows(subject: &Subject) {
    let Some(open) = logging(subject).await else {
        return;
    };
    let start = open.pos().await;
    let first = sampled("a", [("age", int(1)), ("nick", text("al"))]);
    let second = with(&first, &sample(), [("age", int(2))]);
    let mut committed = vec![
        open.create_all(&sample(), std::slice::from_ref(&first))
            .await,
    ];
    let rev = committed[0].pos;
    committed.push(open.commit([replace(&sample(), &second, rev)]).await);
    // A write that changes no value is a change all the same.
    committed.push(
        open.commit([replace(&sample(), &second, committed[1].pos)])
            .await,
    );
    committed.push(
        open.commit([destroy(&sample(), "a", committed[2].pos)])
            .await,
    );

    let entries = since(&open, start, 10).await;
    assert_eq!(entries.len(), committed.len());
    let rows = [
        (None, Some(&first)),
        (Some(&first), Some(&second)),
        (Some(&second), Some(&second)),
        (Some(&second), None),
    ];
    for ((entry, committed), (old, new)) in entries.iter().zip(&committed).zip(rows) {
        assert_eq!(entry.pos, committed.pos);
        let [change] = &entry.changes[..] else {
            panic!("one change expected: {entry:?}");
        };
        assert_eq!((change.rev, &change.id), (committed.pos, &text("a")));
        assert!(
            same_or_none(change.old.as_ref(), old),
            "old row: {change:?}"
        );
        assert!(
            same_or_none(change.new.as_ref(), new),
            "new row: {change:?}"
        );
        assert!(same_or_none(committed.changes[0].old.as_ref(), old));
        assert!(same_or_none(committed.changes[0].new.as_ref(), new));
    }
}

pub(super) async fn an_entry_keeps_every_kind_of_value(subject: &Subject) {
    let Some(open) = logging(subject).await else {
        return;
    };
    let start = open.pos().await;
    let rows = every_kind();
    let created = open.create_all(&sample(), &rows).await.pos;
    let plain = rows.iter().map(|row| {
        let id = row[0].as_text().expect("a text");
        replace(&sample(), &sampled(id, []), created)
    });
    let replaced = open.commit(plain.collect::<Vec<_>>()).await.pos;
    let back = rows.iter().map(|row| replace(&sample(), row, replaced));
    let back = open.commit(back.collect::<Vec<_>>()).await.pos;
    let gone = rows.iter().map(|row| destroy(&sample(), &row[0], back));
    open.commit(gone.collect::<Vec<_>>()).await;

    let entries = since(&open, start, 10).await;
    let [created, replaced, back, gone] = &entries[..] else {
        panic!("four entries expected: {entries:?}");
    };
    for (at, row) in rows.iter().enumerate() {
        for told in [
            &created.changes[at].new,
            &replaced.changes[at].old,
            &back.changes[at].new,
            &gone.changes[at].old,
        ] {
            assert_same(told.as_ref().expect("a row"), row);
        }
    }
}

pub(super) async fn an_entry_stays_as_it_was(subject: &Subject) {
    let Some(open) = logging(subject).await else {
        return;
    };
    let start = open.pos().await;
    let mut rev = open
        .create(&sample(), &sampled("a", [("age", int(0))]))
        .await;
    for age in 1..=20 {
        let row = sampled("a", [("age", int(age))]);
        rev = open.commit([replace(&sample(), &row, rev)]).await.pos;
    }
    let entries = since(&open, start, 100).await;
    let told = entries.iter().map(|entry| entry.changes[0].new.clone());
    for (age, told) in told.enumerate() {
        let age = i64::try_from(age).expect("a small number");
        assert_same(&told.expect("a row"), &sampled("a", [("age", int(age))]));
    }
    assert_eq!(entries.len(), 21);
}

pub(super) async fn the_log_is_read_from_any_position(subject: &Subject) {
    let Some(open) = logging(subject).await else {
        return;
    };
    let start = open.pos().await;
    let mut positions = Vec::new();
    for id in 0..10 {
        positions.push(open.create(&account(), &accounted(id, [])).await);
    }
    for (at, from) in [start].iter().chain(&positions).enumerate() {
        let entries = since(&open, *from, 100).await;
        assert!(
            entries.iter().map(|entry| &entry.pos).eq(&positions[at..]),
            "from {from}"
        );
    }
    let range = open.store.log().await.expect("a range");
    if let Some(before) = range.from.checked_sub(1) {
        let pruned = open.store.since(before, 1).await;
        let from = range.from;
        assert!(matches!(pruned, Err(StoreError::Pruned { from: it }) if it == from));
    }
}

pub(super) async fn the_log_is_read_in_parts(subject: &Subject) {
    let Some(open) = logging(subject).await else {
        return;
    };
    let start = open.pos().await;
    let mut positions = Vec::new();
    for id in 0..10 {
        let pair = [accounted(id * 2, []), accounted(id * 2 + 1, [])];
        positions.push(open.create_all(&account(), &pair).await.pos);
    }
    for limit in [1, 3, 10, 11] {
        let (mut from, mut joined) = (start, Vec::new());
        loop {
            let entries = since(&open, from, limit).await;
            assert!(entries.len() <= limit, "a limit counts commits");
            let Some(last) = entries.last() else { break };
            from = last.pos;
            // A commit is told as a whole, whatever the limit.
            assert!(entries.iter().all(|entry| entry.changes.len() == 2));
            joined.extend(entries.iter().map(|entry| entry.pos));
        }
        assert_eq!(joined, positions, "{limit} at a time");
    }
    assert!(since(&open, start, 0).await.is_empty());
}

pub(super) async fn what_does_not_happen_is_not_in_the_log(subject: &Subject) {
    let Some(open) = logging(subject).await else {
        return;
    };
    let start = open.pos().await;
    let row = accounted(1, [("number", int(1))]);
    let first = open.create(&account(), &row).await;
    let taken = accounted(2, [("number", int(1))]);
    let fine = create(&sample(), &sampled("a", []));
    for refused in [
        create(&account(), &row),
        create(&account(), &taken),
        destroy(&account(), 1, first + 1),
    ] {
        let refused = open.try_commit([fine.clone(), refused]).await;
        assert!(refused.is_err(), "{refused:?}");
    }
    open.store.commit(transaction([])).await.expect("a commit");
    let second = open.create(&sample(), &sampled("b", [])).await;
    let entries = since(&open, start, 10).await;
    assert!(
        entries.iter().map(|entry| entry.pos).eq([first, second]),
        "{entries:?}"
    );
}

pub(super) async fn an_entry_tells_its_time(subject: &Subject) {
    let Some(open) = logging(subject).await else {
        return;
    };
    let start = open.pos().await;
    open.create(&sample(), &sampled("a", [])).await;
    let entries = since(&open, start, 10).await;
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("a time after 1970");
    let at = u64::try_from(entries[0].at).expect("a time after 1970");
    // Clocks of two computers may differ; years, or another unit, they do not.
    let apart = now.abs_diff(Duration::from_micros(at));
    assert!(
        apart < Duration::from_secs(24 * 3_600),
        "{at} µs is {apart:?} from now"
    );
}

async fn logging(subject: &Subject) -> Option<Open> {
    let open = subject.open().await;
    if !open.caps.log {
        not_promised("log");
        return None;
    }
    Some(open)
}

async fn since(open: &Open, pos: u64, limit: usize) -> Vec<Entry> {
    let entries = open.store.since(pos, limit).await;
    entries.unwrap_or_else(|error| panic!("the log after {pos}: {error}"))
}
