//! Fields that hold the revision of their record.

use super::resources::{int, note, row, text, with};
use super::subject::{Open, Subject, create, destroy, not_promised, replace};
use crate::query::{Filter, Path, Query, SortKey, Test};
use crate::row::{Row, Value};
use crate::store::FilterCap;

pub(super) async fn a_field_of_revisions_holds_the_revision(subject: &Subject) {
    let open = subject.open().await;
    let mut revs = Vec::new();
    // Whatever the row that is written holds there.
    for (id, held) in [("a", 0), ("b", 7), ("c", i64::MAX)] {
        revs.push(open.create(&note(), &noted(id, held)).await);
    }
    revs[0] = open
        .commit([replace(&note(), &noted("a", 1), revs[0])])
        .await
        .pos;
    holds(&open, &revs).await;
    if open.caps.durable.is_some() {
        holds(&subject.reopen(open).await, &revs).await;
    }
}

pub(super) async fn a_change_tells_the_revisions_that_rows_held(subject: &Subject) {
    let open = subject.open().await;
    let created = open.create_all(&note(), &[noted("a", 5)]).await;
    let replaced = open
        .commit([replace(&note(), &noted("a", 6), created.pos)])
        .await;
    let destroyed = open.commit([destroy(&note(), "a", replaced.pos)]).await;
    let (first, second) = (Some(created.pos), Some(replaced.pos));
    let told = [
        (&created, None, first),
        (&replaced, first, second),
        (&destroyed, second, None),
    ];
    for (committed, old, new) in told {
        let change = &committed.changes[0];
        assert_eq!(change.old.as_ref().map(version), old, "{change:?}");
        assert_eq!(change.new.as_ref().map(version), new, "{change:?}");
    }
    if !open.caps.log {
        return not_promised("log");
    }
    let entries = open
        .store
        .since(created.pos - 1, 10)
        .await
        .expect("the log");
    for (entry, (_, old, new)) in entries.iter().zip(told) {
        let change = &entry.changes[0];
        assert_eq!(change.old.as_ref().map(version), old, "{change:?}");
        assert_eq!(change.new.as_ref().map(version), new, "{change:?}");
    }
    assert_eq!(entries.len(), told.len());
}

pub(super) async fn revisions_are_asked_for_as_any_field(subject: &Subject) {
    let open = subject.open().await;
    if open.caps.filter != FilterCap::Exact {
        return not_promised("filter");
    }
    open.create(&note(), &noted("z", 0)).await;
    let second = open.create(&note(), &noted("a", 0)).await;
    let latest = Query {
        filter: Filter::Test(Path::field(1), Test::AtLeast(rev(second))),
        ..Query::default()
    };
    assert_eq!(open.ids(&note(), &latest).await, [text("a")]);
    let newest = Query {
        sort: vec![SortKey {
            field: 1,
            descending: true,
        }],
        ..Query::default()
    };
    assert_eq!(open.ids(&note(), &newest).await, [text("a"), text("z")]);
    let after = open.commit([create(&note(), &noted("m", 0))]).await.pos;
    let next = Query {
        after: Some(newest.place(
            &note(),
            &with(&noted("m", 0), &note(), [("version", rev(after))]),
        )),
        ..newest
    };
    assert_eq!(open.ids(&note(), &next).await, [text("a"), text("z")]);
}

fn noted(id: &str, version: i64) -> Row {
    row(&note(), [("id", text(id)), ("version", int(version))])
}

fn version(row: &Row) -> u64 {
    match row[1] {
        Value::Int(version) => version.cast_unsigned(),
        ref other => panic!("{other:?} is no revision"),
    }
}

fn rev(rev: u64) -> Value {
    int(rev.cast_signed())
}

/// The notes `a`, `b` and `c` have these revisions.
async fn holds(open: &Open, revs: &[u64]) {
    let ids = ["a", "b", "c"].map(text);
    let found = open.store.get_many(&note(), &ids).await.expect("rows");
    let listed = open.list(&note(), &Query::default()).await.rows;
    let mut got = Vec::new();
    for id in &ids {
        got.push(open.get(&note(), id).await.expect("the row"));
    }
    let found: Vec<_> = found.into_iter().flatten().collect();
    for rows in [found, listed, got] {
        assert!(
            rows.iter()
                .map(|stored| stored.rev)
                .eq(revs.iter().copied()),
            "{rows:?}"
        );
        assert!(
            rows.iter().all(|stored| version(&stored.row) == stored.rev),
            "{rows:?}"
        );
    }
}
