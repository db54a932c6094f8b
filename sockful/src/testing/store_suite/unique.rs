//! The values of `unique` fields.

use super::resources::{account, accounted, int, place, sample, sampled, text, with};
use super::subject::{Open, Subject, create, destroy, replace};
use crate::row::{Row, Value};
use crate::store::{StoreError, Write};

pub(super) async fn a_unique_value_is_held_once(subject: &Subject) {
    let open = subject.open().await;
    open.create(&account(), &mailed(1, "a@x")).await;
    let other = mailed(2, "b@x");
    let rev = open.create(&account(), &other).await;
    let first = create(&sample(), &sampled("first", []));

    let refused = open.try_commit([first.clone(), create(&account(), &mailed(3, "a@x"))]);
    taken(&refused.await, 1, "email");
    let moved = replace(&account(), &mailed(2, "a@x"), rev);
    taken(&open.try_commit([first, moved]).await, 1, "email");

    let numbered = |id, number| accounted(id, [("number", int(number))]);
    open.create(&account(), &numbered(4, 7)).await;
    let refused = open.try_commit([create(&account(), &numbered(5, 7))]).await;
    taken(&refused, 0, "number");
    assert_eq!(open.all(&account()).await.len(), 3);
}

pub(super) async fn a_record_keeps_its_own_unique_value(subject: &Subject) {
    let open = subject.open().await;
    let rev = open.create(&account(), &mailed(1, "a@x")).await;
    let owned = with(&mailed(1, "a@x"), &account(), [("owner", text("ann"))]);
    let rev = open.commit([replace(&account(), &owned, rev)]).await.pos;
    open.commit([replace(&account(), &owned, rev)]).await;
    let refused = open
        .try_commit([create(&account(), &mailed(2, "a@x"))])
        .await;
    taken(&refused, 0, "email");
}

pub(super) async fn two_writes_of_one_commit_cannot_share_a_unique_value(subject: &Subject) {
    let open = subject.open().await;
    let writes = [1, 2].map(|id| create(&account(), &mailed(id, "a@x")));
    let refused = open.try_commit(writes).await;
    // Either is right.
    let email = place(&account(), "email");
    assert!(
        matches!(&refused, Err(StoreError::Unique { write: 0 | 1, field }) if *field == email),
        "{refused:?}"
    );
    assert!(open.all(&account()).await.is_empty());
}

pub(super) async fn null_is_held_by_many(subject: &Subject) {
    let open = subject.open().await;
    let rows = [1, 2, 3].map(|id| accounted(id, []));
    open.create_all(&account(), &rows).await;
    let rev = open.create(&account(), &mailed(4, "a@x")).await;
    open.commit([replace(&account(), &accounted(4, []), rev)])
        .await;
    assert_eq!(open.all(&account()).await.len(), 4);
}

pub(super) async fn a_unique_value_is_free_once_its_holder_lets_go(subject: &Subject) {
    let open = subject.open().await;
    let rev = open.create(&account(), &mailed(1, "a@x")).await;
    let rev = open
        .commit([replace(&account(), &mailed(1, "b@x"), rev)])
        .await
        .pos;
    open.create(&account(), &mailed(2, "a@x")).await;
    open.commit([destroy(&account(), 1, rev)]).await;
    open.create(&account(), &mailed(3, "b@x")).await;
}

pub(super) async fn records_swap_unique_values_in_one_commit(subject: &Subject) {
    let open = subject.open().await;
    let rows = [mailed(1, "a@x"), mailed(2, "b@x"), mailed(3, "c@x")];
    let mut rev = open.create_all(&account(), &rows).await.pos;
    // Once each way around, and back again.
    for turn in [
        ["b@x", "c@x", "a@x"],
        ["a@x", "b@x", "c@x"],
        ["c@x", "b@x", "a@x"],
    ] {
        let writes: Vec<Write> = (1..)
            .zip(turn)
            .map(|(id, email)| replace(&account(), &mailed(id, email), rev))
            .collect();
        rev = open.commit(writes).await.pos;
        assert_eq!(emails(&open).await, turn.map(text));
        let refused = open
            .try_commit([create(&account(), &mailed(4, "a@x"))])
            .await;
        taken(&refused, 0, "email");
    }
}

pub(super) async fn a_unique_value_is_inherited_in_one_commit(subject: &Subject) {
    let open = subject.open().await;
    let rev = open.create(&account(), &mailed(1, "a@x")).await;
    let heir = create(&account(), &mailed(2, "a@x"));
    let rev = open.commit([destroy(&account(), 1, rev), heir]).await.pos;
    // The other way around as well: the order of the writes does not matter.
    let heir = create(&account(), &mailed(3, "a@x"));
    open.commit([heir, destroy(&account(), 2, rev)]).await;
    assert_eq!(emails(&open).await, [text("a@x")]);
    let refused = open
        .try_commit([create(&account(), &mailed(4, "a@x"))])
        .await;
    taken(&refused, 0, "email");
}

pub(super) async fn unique_text_is_told_apart_by_code_point(subject: &Subject) {
    let open = subject.open().await;
    let texts = ["a", "A", "a ", "\u{e4}", "a\u{308}", ""];
    for (id, email) in (1..).zip(texts) {
        open.create(&account(), &mailed(id, email)).await;
    }
    for email in texts {
        let refused = open
            .try_commit([create(&account(), &mailed(99, email))])
            .await;
        taken(&refused, 0, "email");
    }
}

fn mailed(id: i64, email: &str) -> Row {
    accounted(id, [("email", text(email))])
}

async fn emails(open: &Open) -> Vec<Value> {
    let email = place(&account(), "email");
    let rows = open.all(&account()).await;
    rows.into_iter().map(|row| row[email].clone()).collect()
}

#[track_caller]
fn taken<T: std::fmt::Debug>(refused: &Result<T, StoreError>, at: usize, of: &str) {
    let of = place(&account(), of);
    assert!(
        matches!(refused, Err(StoreError::Unique { write, field }) if (*write, *field) == (at, of)),
        "write {at}, field {of} expected: {refused:?}"
    );
}
