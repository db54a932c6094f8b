//! What a commit does and answers, and the positions it takes.

use std::collections::HashSet;

use super::resources::{account, accounted, int, sample, sampled, text, with};
use super::subject::{
    Subject, assert_same, create, destroy, read, replace, same_or_none, schemas, transaction,
};
use crate::query::Query;
use crate::store::Transaction;

pub(super) async fn a_commit_answers_what_it_changed(subject: &Subject) {
    let open = subject.open().await;
    let kept = sampled("kept", [("age", int(1))]);
    let gone = sampled("gone", [("age", int(2))]);
    let rev = open
        .create_all(&sample(), &[kept.clone(), gone.clone()])
        .await
        .pos;

    let new = sampled("new", [("age", int(3))]);
    let older = with(&kept, &sample(), [("age", int(10))]);
    let committed = open
        .commit([
            destroy(&sample(), "gone", rev),
            create(&sample(), &new),
            replace(&sample(), &older, rev),
        ])
        .await;
    let expected = [
        ("gone", Some(&gone), None),
        ("new", None, Some(&new)),
        ("kept", Some(&kept), Some(&older)),
    ];
    assert_eq!(committed.changes.len(), expected.len());
    for (change, (id, old, new)) in committed.changes.iter().zip(expected) {
        assert_eq!(change.schema.name, "sample");
        assert_eq!(change.id, text(id));
        assert_eq!(change.rev, committed.pos, "the revision of {id}");
        assert!(
            same_or_none(change.old.as_ref(), old),
            "old row: {change:?}"
        );
        assert!(
            same_or_none(change.new.as_ref(), new),
            "new row: {change:?}"
        );
    }
}

pub(super) async fn a_row_is_replaced_as_a_whole(subject: &Subject) {
    let open = subject.open().await;
    let row = sampled("a", [("nick", text("al")), ("rank", int(3))]);
    let rev = open.create(&sample(), &row).await;
    let other = sampled("a", [("name", text("Alice"))]);
    let rev = open.commit([replace(&sample(), &other, rev)]).await.pos;
    let stored = open.get(&sample(), "a").await.expect("the row");
    assert_same(&stored.row, &other);
    assert_eq!(stored.rev, rev);
}

pub(super) async fn what_is_destroyed_is_gone(subject: &Subject) {
    let open = subject.open().await;
    let rows = ["a", "b"].map(|id| sampled(id, []));
    let rev = open.create_all(&sample(), &rows).await.pos;
    open.commit([destroy(&sample(), "a", rev)]).await;
    assert!(open.get(&sample(), "a").await.is_none());
    assert_eq!(open.ids(&sample(), &Query::default()).await, [text("b")]);
}

pub(super) async fn a_commit_is_visible_to_every_later_read(subject: &Subject) {
    let open = subject.open().await;
    let mut rev = open.create(&sample(), &sampled("a", [])).await;
    // Often, so that a reader of another thread has its chance to be late.
    for age in 1..=50 {
        let row = sampled("a", [("age", int(age))]);
        rev = open.commit([replace(&sample(), &row, rev)]).await.pos;
        let stored = open.get(&sample(), "a").await.expect("the row");
        assert_same(&stored.row, &row);
        let listing = open.list(&sample(), &Query::default()).await;
        assert_same(&listing.rows[0].row, &row);
        assert_eq!(
            (stored.rev, listing.rows[0].rev, listing.pos),
            (rev, rev, rev)
        );
    }
}

pub(super) async fn a_commit_reaches_several_resources(subject: &Subject) {
    let open = subject.open().await;
    let committed = open
        .commit([
            create(&account(), &accounted(1, [("owner", text("a"))])),
            create(&sample(), &sampled("a", [])),
        ])
        .await;
    let names = committed.changes.iter().map(|change| change.schema.name);
    assert!(
        names.eq(["account", "sample"]),
        "in the order of the writes"
    );
    let account = open.get(&account(), 1).await.expect("the account");
    let sample = open.get(&sample(), "a").await.expect("the sample");
    assert_eq!((account.rev, sample.rev), (committed.pos, committed.pos));
}

pub(super) async fn many_records_change_in_one_commit(subject: &Subject) {
    const MANY: i64 = 1_000;
    let open = subject.open().await;
    let rows: Vec<_> = (0..MANY)
        .map(|id| accounted(id, [("number", int(id))]))
        .collect();
    let created = open.create_all(&account(), &rows).await;
    let rev = created.pos;
    assert!(created.changes.iter().all(|change| change.rev == rev));

    // Everyone takes the number of their neighbour.
    let moved = rows.iter().enumerate().map(|(at, row)| {
        let number = rows[(at + 1) % rows.len()][2].clone();
        replace(
            &account(),
            &with(row, &account(), [("number", number)]),
            rev,
        )
    });
    let moved = open.commit(moved.collect::<Vec<_>>()).await;
    let ids = moved.changes.iter().map(|change| change.id.clone());
    assert!(ids.eq((0..MANY).map(int)), "in the order of the writes");

    let gone = (0..MANY).map(|id| destroy(&account(), id, moved.pos));
    let gone = open.commit(gone.collect::<Vec<_>>()).await;
    assert_eq!(gone.changes.len(), rows.len());
    assert!(open.all(&account()).await.is_empty());
}

pub(super) async fn positions_grow_with_every_commit_that_changes_anything(subject: &Subject) {
    let open = subject.open().await;
    let mut last = open.pos().await;
    for at in 0..20 {
        let row = sampled(&format!("a{at}"), []);
        let created = open.create(&sample(), &row).await;
        let replaced = open.commit([replace(&sample(), &row, created)]).await.pos;
        let id = row[0].clone();
        let destroyed = open.commit([destroy(&sample(), &id, replaced)]).await.pos;
        assert!(last < created && created < replaced && replaced < destroyed);
        last = destroyed;
        assert_eq!(open.pos().await, last);
    }
    assert!(last < 1 << 53);
}

pub(super) async fn a_commit_without_writes_takes_no_position(subject: &Subject) {
    let open = subject.open().await;
    let rev = open.create(&sample(), &sampled("a", [])).await;
    for reads in [vec![], vec![read(&sample(), "a", rev)]] {
        let transaction = Transaction {
            reads,
            ..Transaction::default()
        };
        let committed = open.store.commit(transaction).await.expect("a commit");
        assert_eq!(committed.pos, rev);
        assert!(committed.changes.is_empty());
        assert_eq!(open.pos().await, rev);
    }
}

pub(super) async fn the_revision_of_a_record_is_the_position_of_its_commit(subject: &Subject) {
    let open = subject.open().await;
    let a = open.create(&sample(), &sampled("a", [])).await;
    let b = open.create(&sample(), &sampled("b", [])).await;
    let a2 = open
        .commit([replace(&sample(), &sampled("a", []), a)])
        .await
        .pos;
    let listing = open.list(&sample(), &Query::default()).await;
    let revs = listing.rows.iter().map(|stored| stored.rev);
    assert!(revs.eq([a2, b]), "{listing:?}");
    let stored = open.get(&sample(), "a").await.expect("the row");
    assert_eq!((stored.rev, listing.pos), (a2, a2));
}

pub(super) async fn no_id_has_a_revision_twice(subject: &Subject) {
    let open = subject.open().await;
    let mut seen = HashSet::new();
    for _ in 0..10 {
        let created = open.create(&sample(), &sampled("a", [])).await;
        let destroyed = open.commit([destroy(&sample(), "a", created)]).await;
        assert!(seen.insert(created), "{created} came twice");
        assert_eq!(destroyed.changes[0].rev, destroyed.pos);
        assert!(seen.insert(destroyed.pos), "{} came twice", destroyed.pos);
        let stale = open.try_commit([replace(&sample(), &sampled("a", []), created)]);
        assert!(stale.await.is_err(), "a record that is gone was replaced");
    }
}

pub(super) async fn no_two_lives_share_epoch_or_secret(subject: &Subject) {
    let (one, other) = (subject.open().await, subject.open().await);
    assert_ne!(one.opened.epoch, other.opened.epoch);
    assert_ne!(one.opened.secret, other.opened.secret);
    assert!(!one.opened.epoch.is_empty());
}

pub(super) async fn the_epoch_is_that_of_the_start(subject: &Subject) {
    let open = subject.open().await;
    open.create(&sample(), &sampled("a", [])).await;
    let epoch = open.store.epoch().await.expect("an epoch");
    assert!(
        epoch.is_none_or(|epoch| epoch == open.opened.epoch),
        "nothing was lost"
    );
}

pub(super) async fn what_is_open_needs_no_plan(subject: &Subject) {
    let open = subject.open().await;
    let plan = open.store.plan(&schemas()).await.expect("a plan");
    assert!(plan.is_empty(), "{plan:?}");
    let committed = open.store.commit(transaction([])).await;
    assert!(committed.is_ok(), "asking for a plan did something");
}
