//! Parents that go, and that nobody may name any more.

use super::resources::{account, accounted, int, member, membered, sample, sampled, with};
use super::subject::{Open, Subject, create, destroy, replace};
use crate::store::{Childless, Committed, StoreError, Transaction, Write};

/// Accounts 1 and 2, with members a and b of the first and c of the second; the revision of all.
async fn populated(subject: &Subject) -> (Open, u64) {
    let open = subject.open().await;
    let committed = open
        .commit([
            create(&account(), &accounted(1, [])),
            create(&account(), &accounted(2, [])),
            create(&member(), &membered("a", 1)),
            create(&member(), &membered("b", 1)),
            create(&member(), &membered("c", 2)),
        ])
        .await;
    (open, committed.pos)
}

/// Does these writes, if then nobody is a member of the first account.
async fn leave_childless(
    open: &Open,
    writes: impl Into<Vec<Write>>,
) -> Result<Committed, StoreError> {
    let field = member().position("account_id").expect("a field");
    let transaction = Transaction {
        writes: writes.into(),
        childless: vec![Childless {
            schema: member(),
            field,
            parent: int(1),
        }],
        ..Transaction::default()
    };
    open.store.commit(transaction).await
}

pub(super) async fn nothing_happens_while_somebody_names_the_parent_that_goes(subject: &Subject) {
    let (open, rev) = populated(subject).await;
    for writes in [
        vec![destroy(&account(), 1, rev)],
        vec![destroy(&account(), 1, rev), destroy(&member(), "a", rev)],
        vec![create(&sample(), &sampled("new", []))],
        vec![],
    ] {
        let refused = leave_childless(&open, writes).await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    }
    assert!(open.get(&account(), 1).await.is_some());
    assert!(open.get(&member(), "a").await.is_some());
    assert!(open.get(&sample(), "new").await.is_none());
}

pub(super) async fn children_that_go_or_move_with_the_commit_are_none_any_more(subject: &Subject) {
    let (open, rev) = populated(subject).await;
    let moved = with(&membered("b", 1), &member(), [("account_id", int(2))]);
    let done = leave_childless(
        &open,
        [
            destroy(&member(), "a", rev),
            replace(&member(), &moved, rev),
            destroy(&account(), 1, rev),
        ],
    )
    .await;
    assert!(done.is_ok(), "{done:?}");
    // Of a parent whom nobody has named all the time as well.
    let done = leave_childless(&open, [create(&sample(), &sampled("new", []))]).await;
    assert!(done.is_ok(), "{done:?}");
}

pub(super) async fn children_that_come_with_the_commit_count(subject: &Subject) {
    let (open, rev) = populated(subject).await;
    let moved = with(&membered("c", 2), &member(), [("account_id", int(1))]);
    for coming in [
        create(&member(), &membered("d", 1)),
        replace(&member(), &moved, rev),
    ] {
        let refused = leave_childless(
            &open,
            [
                destroy(&member(), "a", rev),
                destroy(&member(), "b", rev),
                coming,
            ],
        )
        .await;
        assert!(matches!(refused, Err(StoreError::Stale)), "{refused:?}");
    }
    assert!(open.get(&member(), "a").await.is_some());
}

pub(super) async fn of_a_child_that_comes_and_a_parent_that_goes_the_first_wins(subject: &Subject) {
    let (open, rev) = populated(subject).await;
    let gone = [
        destroy(&member(), "a", rev),
        destroy(&member(), "b", rev),
        destroy(&account(), 1, rev),
    ];
    let new = create(&member(), &membered("d", 1));
    let (child, parent) = futures_util::join!(open.try_commit([new]), leave_childless(&open, gone));
    assert!(child.is_ok(), "{child:?}");
    assert!(matches!(parent, Err(StoreError::Stale)), "{parent:?}");
}
