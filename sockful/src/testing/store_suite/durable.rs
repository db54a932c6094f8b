//! What is still there when a store is opened again.

use super::resources::{account, accounted, every_kind, int, sample, sampled, text};
use super::subject::{
    Open, Subject, assert_all_same, create, destroy, key, not_promised, operation, same_or_none,
    schemas, transaction,
};
use crate::query::Query;
use crate::store::StoreError;

pub(super) async fn what_was_acknowledged_is_there_after_reopening(subject: &Subject) {
    let Some(open) = lasting(subject).await else {
        return;
    };
    let mut rows = every_kind();
    let first = open.create_all(&sample(), &rows).await.pos;
    let second = open
        .create(&account(), &accounted(1, [("number", int(1))]))
        .await;
    open.commit([destroy(&sample(), &rows[0][0], first)]).await;
    rows.remove(0);
    rows.sort_by(|a, b| a[0].cmp(&b[0]));

    let mut open = open;
    for _ in 0..2 {
        open = subject.reopen(open).await;
        assert_all_same(&open.all(&sample()).await, &rows);
        let listing = open.list(&sample(), &Query::default()).await;
        assert!(listing.rows.iter().all(|stored| stored.rev == first));
        assert_eq!(open.get(&account(), 1).await.expect("the row").rev, second);
    }
}

pub(super) async fn positions_go_on_after_reopening(subject: &Subject) {
    let Some(mut open) = lasting(subject).await else {
        return;
    };
    let mut last = 0;
    for _ in 0..3 {
        let created = open.create(&sample(), &sampled("a", [])).await;
        assert!(last < created, "{created} after {last}");
        // The record that had the last position is gone; the position is not.
        last = open.commit([destroy(&sample(), "a", created)]).await.pos;
        open = subject.reopen(open).await;
        assert_eq!(open.pos().await, last);
    }
}

pub(super) async fn epoch_and_secret_stay_after_reopening(subject: &Subject) {
    let Some(mut open) = lasting(subject).await else {
        return;
    };
    let first = open.opened.clone();
    for _ in 0..2 {
        open = subject.reopen(open).await;
        assert_eq!(open.opened.epoch, first.epoch);
        assert_eq!(open.opened.secret, first.secret);
    }
}

pub(super) async fn unique_values_stay_taken_after_reopening(subject: &Subject) {
    let Some(open) = lasting(subject).await else {
        return;
    };
    let mailed = |id| accounted(id, [("email", text("a@x"))]);
    let rev = open.create(&account(), &mailed(1)).await;
    let open = subject.reopen(open).await;
    let refused = open.try_commit([create(&account(), &mailed(2))]).await;
    assert!(
        matches!(refused, Err(StoreError::Unique { write: 0, .. })),
        "{refused:?}"
    );
    open.commit([destroy(&account(), 1, rev)]).await;
    let open = subject.reopen(open).await;
    open.create(&account(), &mailed(2)).await;
}

pub(super) async fn the_log_is_there_after_reopening(subject: &Subject) {
    let Some(open) = lasting(subject).await else {
        return;
    };
    if !open.caps.log {
        return not_promised("log");
    }
    let start = open.pos().await;
    let rows = every_kind();
    let created = open.create_all(&sample(), &rows).await.pos;
    let open = subject.reopen(open).await;
    let gone = rows.iter().map(|row| destroy(&sample(), &row[0], created));
    let gone = open.commit(gone.collect::<Vec<_>>()).await.pos;
    let open = subject.reopen(open).await;

    let entries = open.store.since(start, 10).await.expect("the log");
    assert!(
        entries.iter().map(|entry| entry.pos).eq([created, gone]),
        "{entries:?}"
    );
    assert_eq!(open.store.log().await.expect("a range").to, gone);
    for (at, row) in rows.iter().enumerate() {
        let [created, gone] = [0, 1].map(|entry: usize| &entries[entry].changes[at]);
        assert!(same_or_none(created.new.as_ref(), Some(row)), "{created:?}");
        assert!(same_or_none(gone.old.as_ref(), Some(row)), "{gone:?}");
    }
}

pub(super) async fn the_ledger_is_there_after_reopening(subject: &Subject) {
    let Some(open) = lasting(subject).await else {
        return;
    };
    if !open.caps.ledger {
        return not_promised("ledger");
    }
    let key = key("ann", "op-1");
    let commit = || {
        let mut transaction = transaction([create(&sample(), &sampled("a", []))]);
        transaction.operation = Some(operation(&key, "done"));
        transaction
    };
    open.store.commit(commit()).await.expect("a commit");
    let open = subject.reopen(open).await;
    let answered = open.store.answered(&key).await.expect("a ledger");
    assert_eq!(&*answered.expect("an answer").answer, "done");
    let again = open.store.commit(commit()).await;
    assert!(matches!(again, Err(StoreError::Answered(_))), "{again:?}");
}

pub(super) async fn reopening_needs_no_plan(subject: &Subject) {
    let Some(open) = lasting(subject).await else {
        return;
    };
    open.create(&sample(), &sampled("a", [])).await;
    let store = subject.remake(open).await;
    let plan = store.plan(&schemas()).await.expect("a plan");
    assert!(plan.is_empty(), "{plan:?}");
}

async fn lasting(subject: &Subject) -> Option<Open> {
    let open = subject.open().await;
    if open.caps.durable.is_none() {
        not_promised("durability");
        return None;
    }
    Some(open)
}
