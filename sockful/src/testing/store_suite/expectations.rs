//! What a transaction expects to find, and that nothing happens where it does not.

use super::resources::{account, accounted, int, sample, sampled, text};
use super::subject::{
    Open, Subject, assert_same, create, destroy, missed, read, replace, transaction,
};
use crate::store::{Read, StoreError, Write};

pub(super) async fn a_commit_happens_as_a_whole_or_not_at_all(subject: &Subject) {
    let open = subject.open().await;
    let taken = accounted(9, [("number", int(9))]);
    let rev = open
        .commit([
            create(&sample(), &sampled("a", [])),
            create(&sample(), &sampled("b", [])),
            create(&account(), &taken),
        ])
        .await
        .pos;
    // Each begins with writes that could happen.
    let fine = || {
        [
            create(&sample(), &sampled("new", [])),
            replace(&sample(), &sampled("a", [("age", int(1))]), rev),
            destroy(&sample(), "b", rev),
        ]
    };
    let wrong = [
        create(&account(), &taken),
        create(&account(), &accounted(1, [("number", int(9))])),
        replace(&account(), &taken, rev + 1),
        destroy(&account(), 1, rev),
    ];
    for wrong in wrong {
        let writes: Vec<_> = fine().into_iter().chain([wrong]).collect();
        let refused = open.try_commit(writes).await;
        assert!(refused.is_err(), "{refused:?}");
        assert!(open.get(&sample(), "new").await.is_none());
        for id in ["a", "b"] {
            let stored = open.get(&sample(), id).await.expect("the row");
            assert_same(&stored.row, &sampled(id, []));
            assert_eq!(stored.rev, rev);
        }
        assert_eq!(open.pos().await, rev, "a failed commit took a position");
    }
    // None of them stands in the way of what comes later.
    open.commit(fine()).await;
}

pub(super) async fn creating_what_exists_tells_which_write(subject: &Subject) {
    let open = subject.open().await;
    let row = sampled("a", [("age", int(1))]);
    open.create(&sample(), &row).await;
    let again = sampled("a", [("age", int(2))]);
    let writes = [
        create(&sample(), &sampled("b", [])),
        create(&sample(), &again),
    ];
    let refused = open.try_commit(writes).await;
    assert!(
        matches!(refused, Err(StoreError::Exists { write: 1 })),
        "{refused:?}"
    );
    let stored = open.get(&sample(), "a").await.expect("the row");
    assert_same(&stored.row, &row);
}

pub(super) async fn a_revision_that_has_passed_is_stale(subject: &Subject) {
    let open = subject.open().await;
    let first = open.create(&sample(), &sampled("a", [])).await;
    let row = sampled("a", [("age", int(1))]);
    let second = open.commit([replace(&sample(), &row, first)]).await.pos;
    for rev in [0, first, second + 1] {
        stale(&open, replace(&sample(), &sampled("a", []), rev)).await;
        stale(&open, destroy(&sample(), "a", rev)).await;
    }
    let stored = open.get(&sample(), "a").await.expect("the row");
    assert_same(&stored.row, &row);
    assert_eq!(stored.rev, second);
}

pub(super) async fn what_is_gone_is_stale(subject: &Subject) {
    let open = subject.open().await;
    stale(&open, replace(&sample(), &sampled("never", []), 1)).await;
    stale(&open, destroy(&sample(), "never", 1)).await;
    let rev = open.create(&sample(), &sampled("a", [])).await;
    let gone = open.commit([destroy(&sample(), "a", rev)]).await.pos;
    for rev in [rev, gone] {
        stale(&open, replace(&sample(), &sampled("a", []), rev)).await;
        stale(&open, destroy(&sample(), "a", rev)).await;
    }
    assert!(open.all(&sample()).await.is_empty());
}

pub(super) async fn the_first_expectation_that_does_not_hold_is_told(subject: &Subject) {
    let open = subject.open().await;
    let rows = ["a", "b"].map(|id| sampled(id, []));
    let rev = open.create_all(&sample(), &rows).await.pos;
    let fine = || create(&sample(), &sampled("c", []));
    let exists = |id: &str| create(&sample(), &sampled(id, []));
    let passed = |id: &str| destroy(&sample(), id, rev + 1);

    let refused = open.try_commit([fine(), exists("a"), exists("b")]).await;
    assert!(
        matches!(refused, Err(StoreError::Exists { write: 1 })),
        "{refused:?}"
    );
    let refused = open.try_commit([exists("a"), passed("b")]).await;
    assert!(
        matches!(refused, Err(StoreError::Exists { write: 0 })),
        "{refused:?}"
    );
    let refused = open.try_commit([passed("b"), exists("a")]).await;
    assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
}

pub(super) async fn a_read_that_still_holds_lets_the_writes_happen(subject: &Subject) {
    let open = subject.open().await;
    let rev = open.create(&account(), &accounted(1, [])).await;
    let other = open.create(&sample(), &sampled("other", [])).await;
    let reads = vec![read(&account(), 1, rev), read(&sample(), "other", other)];
    let done = reading(&open, reads, [create(&sample(), &sampled("a", []))]).await;
    assert!(done.is_ok(), "{done:?}");
    assert!(open.get(&sample(), "a").await.is_some());
}

pub(super) async fn a_read_that_does_not_hold_stops_everything(subject: &Subject) {
    let open = subject.open().await;
    let rev = open.create(&account(), &accounted(1, [])).await;
    let row = accounted(1, [("owner", text("ann"))]);
    let now = open.commit([replace(&account(), &row, rev)]).await.pos;
    let holds = || read(&account(), 1, now);
    for broken in [
        read(&account(), 1, rev),
        read(&account(), 2, now),
        read(&sample(), "1", now),
    ] {
        let refused = reading(
            &open,
            vec![holds(), broken],
            [create(&sample(), &sampled("a", []))],
        )
        .await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
        assert!(open.get(&sample(), "a").await.is_none());
    }
}

pub(super) async fn a_read_that_found_nothing_holds_while_nothing_is_there(subject: &Subject) {
    let open = subject.open().await;
    let missed = || vec![missed(&account(), 1)];
    let done = reading(&open, missed(), [create(&sample(), &sampled("a", []))]).await;
    assert!(done.is_ok(), "{done:?}");
    let rev = open.create(&account(), &accounted(1, [])).await;
    let broken = reading(&open, missed(), [create(&sample(), &sampled("b", []))]).await;
    assert!(matches!(broken, Err(StoreError::Stale)), "{broken:?}");
    assert!(open.get(&sample(), "b").await.is_none());
    open.commit([destroy(&account(), 1, rev)]).await;
    let done = reading(&open, missed(), []).await;
    assert!(done.is_ok(), "{done:?}");
}

pub(super) async fn reads_are_checked_without_writes_too(subject: &Subject) {
    let open = subject.open().await;
    let rev = open.create(&account(), &accounted(1, [])).await;
    let holds = reading(&open, vec![read(&account(), 1, rev)], []).await;
    assert!(holds.is_ok(), "{holds:?}");
    let broken = reading(&open, vec![read(&account(), 1, rev + 1)], []).await;
    assert!(matches!(broken, Err(StoreError::Stale)), "{broken:?}");
}

async fn reading<const N: usize>(
    open: &Open,
    reads: Vec<Read>,
    writes: [Write; N],
) -> Result<(), StoreError> {
    let mut transaction = transaction(writes);
    transaction.reads = reads;
    open.store.commit(transaction).await.map(drop)
}

async fn stale(open: &Open, write: Write) {
    let refused = open.try_commit([write.clone()]).await;
    assert!(
        matches!(refused, Err(StoreError::Stale)),
        "{write:?}: {refused:?}"
    );
}
