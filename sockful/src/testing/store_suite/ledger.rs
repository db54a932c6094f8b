//! The ledger of operations.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;

use super::resources::{account, accounted, int, sample, sampled};
use super::subject::{
    Open, Subject, assert_same, begin, create, destroy, finish, key, not_promised, operation, read,
    replace, transaction,
};
use crate::store::{Answered, Operation, OperationKey, StoreError, Transaction, Write};

pub(super) async fn an_operation_is_answered_as_it_was_recorded(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let key = key("ann", "op-1");
    let request = std::array::from_fn(|at| u8::try_from(at * 8 % 256).unwrap_or(0));
    let operation = Operation {
        request,
        ..operation(&key, "{\"done\":true}")
    };
    let done = with(&open, operation, [create(&sample(), &sampled("a", []))]).await;
    assert!(done.is_ok(), "{done:?}");
    let answered = answered(&open, &key).await.expect("an answer");
    assert_eq!(
        (&*answered.answer, answered.request),
        ("{\"done\":true}", request)
    );
}

pub(super) async fn an_unknown_operation_has_no_answer(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    assert_eq!(answered(&open, &key("ann", "never")).await, None);
}

pub(super) async fn an_operation_happens_once(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let key = key("ann", "op-1");
    let write = |id| [create(&account(), &accounted(id, []))];
    let done = with(&open, operation(&key, "first"), write(1)).await;
    let pos = done.expect("the first commit");
    let again = with(&open, operation(&key, "second"), write(2)).await;
    match again {
        Err(StoreError::Answered(answered)) => assert_eq!(&*answered.answer, "first"),
        other => panic!("an answer of before expected: {other:?}"),
    }
    assert!(open.get(&account(), 2).await.is_none());
    assert_eq!(open.pos().await, pos);
    assert_eq!(
        &*answered(&open, &key).await.expect("an answer").answer,
        "first"
    );
}

pub(super) async fn an_operation_is_looked_for_before_anything_else(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let key = key("ann", "op-1");
    let row = accounted(1, [("number", int(1))]);
    let write = || create(&account(), &row);
    let pos = with(&open, operation(&key, "first"), [write()]).await;
    let pos = pos.expect("the first commit");
    for (reads, write) in [
        (vec![], write()),
        (vec![], destroy(&account(), 1, pos + 1)),
        (
            vec![],
            create(&account(), &accounted(2, [("number", int(1))])),
        ),
        (
            vec![read(&account(), 3, 1)],
            create(&account(), &accounted(3, [])),
        ),
    ] {
        let mut transaction = transaction([write]);
        transaction.reads = reads;
        transaction.operation = Some(operation(&key, "second"));
        let again = open.store.commit(transaction).await;
        assert!(matches!(again, Err(StoreError::Answered(_))), "{again:?}");
    }
}

pub(super) async fn an_operation_that_fails_is_not_recorded(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let row = accounted(1, [("number", int(1))]);
    let rev = open.create(&account(), &row).await;
    let key = key("ann", "op-1");
    let asked = Arc::new(AtomicUsize::new(0));
    for wrong in [
        create(&account(), &row),
        create(&account(), &accounted(2, [("number", int(1))])),
        destroy(&account(), 1, rev + 1),
    ] {
        let counted = Arc::clone(&asked);
        let operation = Operation {
            answer: Box::new(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                "never".into()
            }),
            ..operation(&key, "")
        };
        let refused = with(&open, operation, [wrong]).await;
        assert!(
            !matches!(refused, Ok(_) | Err(StoreError::Answered(_))),
            "{refused:?}"
        );
        assert_eq!(answered(&open, &key).await, None);
    }
    let done = with(
        &open,
        operation(&key, "done"),
        [destroy(&account(), 1, rev)],
    )
    .await;
    assert!(done.is_ok(), "{done:?}");
    assert_eq!(
        &*answered(&open, &key).await.expect("an answer").answer,
        "done"
    );
}

pub(super) async fn an_operation_whose_answer_panics_does_not_happen(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let [before, after] = [1, 2].map(|number| accounted(1, [("number", int(number))]));
    let rev = open.create(&account(), &before).await;
    let key = key("ann", "op-1");
    let writes = || {
        [
            replace(&account(), &after, rev),
            create(&account(), &accounted(2, [("number", int(1))])),
        ]
    };
    let panics = Operation {
        answer: Box::new(|_| panic!("there is no answer")),
        ..operation(&key, "")
    };
    // A store may let the panic through, or tell of it as a failure.
    let done = AssertUnwindSafe(with(&open, panics, writes()));
    let done = done.catch_unwind().await;
    assert!(!matches!(done, Ok(Ok(_))), "{done:?}");
    let stored = open.get(&account(), 1).await.expect("what was there");
    assert_eq!(stored.rev, rev);
    assert_same(&stored.row, &before);
    assert!(open.get(&account(), 2).await.is_none());
    assert_eq!(open.pos().await, rev);
    assert_eq!(answered(&open, &key).await, None);
    let again = with(&open, operation(&key, "done"), writes()).await;
    assert_eq!(again.expect("a commit"), open.pos().await);
    assert_same(&open.get(&account(), 1).await.expect("a row").row, &after);
}

pub(super) async fn an_operation_without_writes_is_recorded(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let pos = open.create(&sample(), &sampled("a", [])).await;
    let key = key("ann", "op-1");
    let done = with(&open, operation(&key, "nothing to do"), []).await;
    assert_eq!(done.expect("a commit"), pos, "it takes no position");
    assert_eq!(open.pos().await, pos);
    assert_eq!(
        &*answered(&open, &key).await.expect("an answer").answer,
        "nothing to do"
    );
    let again = with(&open, operation(&key, "again"), []).await;
    assert!(matches!(again, Err(StoreError::Answered(_))), "{again:?}");
}

pub(super) async fn an_answer_may_tell_what_was_committed(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let key = key("ann", "op-1");
    let operation = Operation {
        answer: Box::new(|committed| {
            let revs = committed
                .changes
                .iter()
                .map(|change| change.rev.to_string());
            format!("{}:{}", committed.pos, revs.collect::<Vec<_>>().join(",")).into()
        }),
        ..operation(&key, "")
    };
    let writes = [1, 2].map(|id| create(&account(), &accounted(id, [])));
    let pos = with(&open, operation, writes).await.expect("a commit");
    let answered = answered(&open, &key).await.expect("an answer");
    assert_eq!(&*answered.answer, format!("{pos}:{pos},{pos}"));
}

pub(super) async fn operations_are_told_apart_by_user_and_name(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let keys = [
        ("ann", "op"),
        ("bob", "op"),
        ("ann", "op2"),
        ("", "op"),
        ("annop", ""),
        ("Ann", "op"),
    ]
    .map(|(user, op)| key(user, op));
    for (id, key) in (1..).zip(&keys) {
        let write = [create(&account(), &accounted(id, []))];
        let done = with(&open, operation(key, &id.to_string()), write).await;
        assert!(done.is_ok(), "{key:?}: {done:?}");
    }
    for (id, key) in (1..).zip(&keys) {
        let answered = answered(&open, key).await.expect("an answer");
        assert_eq!(&*answered.answer, i64::to_string(&id));
    }
}

pub(super) async fn of_two_at_once_one_operation_happens(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    for id in 0..20 {
        let key = key("ann", &id.to_string());
        let commit = |answer: &str, id| {
            let mut transaction = transaction([create(&account(), &accounted(id, []))]);
            transaction.operation = Some(operation(&key, answer));
            open.store.commit(transaction)
        };
        let first = begin(commit("first", id)).await;
        let second = begin(commit("second", 1_000 + id)).await;
        let (second, first) = (finish(second).await, finish(first).await);
        assert!(first.is_ok(), "{first:?}");
        match second {
            Err(StoreError::Answered(answered)) => assert_eq!(&*answered.answer, "first"),
            other => panic!("an answer of before expected: {other:?}"),
        }
        assert!(open.get(&account(), 1_000 + id).await.is_none());
    }
}

pub(super) async fn a_ledger_takes_any_text(subject: &Subject) {
    let Some(open) = recording(subject).await else {
        return;
    };
    let long = "x".repeat(100_000);
    for (id, any) in (0..).zip(super::generated::TEXTS.iter().copied().chain([&*long])) {
        // A name is short.
        let name: String = any.chars().take(100).collect();
        let key = key(&name, &format!("{name}{id}"));
        let write = [create(&account(), &accounted(id, []))];
        let done = with(&open, operation(&key, any), write).await;
        assert!(done.is_ok(), "{key:?}: {done:?}");
        assert_eq!(
            &*answered(&open, &key).await.expect("an answer").answer,
            any
        );
    }
}

async fn recording(subject: &Subject) -> Option<Open> {
    let open = subject.open().await;
    if !open.caps.ledger {
        not_promised("ledger");
        return None;
    }
    Some(open)
}

async fn answered(open: &Open, key: &OperationKey) -> Option<Answered> {
    let answered = open.store.answered(key).await;
    answered.unwrap_or_else(|error| panic!("{key:?}: {error}"))
}

/// Commits an operation, and answers the position.
async fn with<const N: usize>(
    open: &Open,
    operation: Operation,
    writes: [Write; N],
) -> Result<u64, StoreError> {
    let transaction = Transaction {
        operation: Some(operation),
        ..transaction(writes)
    };
    open.store
        .commit(transaction)
        .await
        .map(|committed| committed.pos)
}
