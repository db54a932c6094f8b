//! Several things at once.

use futures_util::future::join;

use super::resources::{account, accounted, int, sample, sampled, text};
use super::subject::{Subject, begin, create, finish, finish_all, replace, transaction};
use crate::query::Query;
use crate::store::StoreError;

pub(super) async fn commits_take_effect_in_the_order_they_were_begun(subject: &Subject) {
    let open = subject.open().await;
    let mut begun = Vec::new();
    for id in 0..50 {
        let row = accounted(id, []);
        let commit = open.store.commit(transaction([create(&account(), &row)]));
        begun.push(begin(commit).await);
    }
    let positions = finish_all(begun).await.into_iter();
    let positions: Vec<_> = positions.map(|it| it.expect("a commit").pos).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
}

pub(super) async fn of_two_that_create_one_record_the_first_wins(subject: &Subject) {
    let open = subject.open().await;
    for id in 0..20 {
        let by = |owner| [create(&account(), &accounted(id, [("owner", text(owner))]))];
        let first = begin(open.store.commit(transaction(by("first")))).await;
        let second = begin(open.store.commit(transaction(by("second")))).await;
        let (second, first) = (finish(second).await, finish(first).await);
        assert!(first.is_ok(), "{first:?}");
        assert!(
            matches!(second, Err(StoreError::Exists { write: 0 })),
            "{second:?}"
        );
        let stored = open.get(&account(), id).await.expect("the row");
        assert_eq!(stored.row[3], text("first"));
    }
}

pub(super) async fn of_two_that_change_one_record_the_first_wins(subject: &Subject) {
    let open = subject.open().await;
    let mut rev = open.create(&account(), &accounted(1, [])).await;
    for _ in 0..20 {
        let by = |owner| {
            [replace(
                &account(),
                &accounted(1, [("owner", text(owner))]),
                rev,
            )]
        };
        let first = begin(open.store.commit(transaction(by("first")))).await;
        let second = begin(open.store.commit(transaction(by("second")))).await;
        let (second, first) = (finish(second).await, finish(first).await);
        assert!(matches!(second, Err(StoreError::Stale)), "{second:?}");
        rev = first.expect("the first commit").pos;
        let stored = open.get(&account(), 1).await.expect("the row");
        assert_eq!((stored.rev, &stored.row[3]), (rev, &text("first")));
    }
}

pub(super) async fn a_commit_whose_future_is_dropped_happens_whole_or_not_at_all(
    subject: &Subject,
) {
    let open = subject.open().await;
    for id in 0..30 {
        let left = create(&account(), &accounted(id, []));
        let right = create(&sample(), &sampled(&id.to_string(), []));
        let begun = begin(open.store.commit(transaction([left, right]))).await;
        if id % 2 == 0 {
            // Lets it get a little further.
            tokio::task::yield_now().await;
        }
        drop(begun);
        // Commits happen in order: what was begun before this one has happened, or never will.
        open.create(&account(), &accounted(1_000 + id, [])).await;
        let left = open.get(&account(), id).await;
        let right = open.get(&sample(), id.to_string().as_str()).await;
        assert_eq!(
            left.map(|stored| stored.rev),
            right.map(|stored| stored.rev),
            "half a commit"
        );
    }
}

pub(super) async fn a_flood_is_done_or_told_unavailable(subject: &Subject) {
    let open = subject.open().await;
    let mut begun = Vec::new();
    for id in 0..3_000 {
        let row = accounted(id, []);
        let commit = open.store.commit(transaction([create(&account(), &row)]));
        begun.push(begin(commit).await);
    }
    let mut done = Vec::new();
    for (id, commit) in (0..).zip(finish_all(begun).await) {
        match commit {
            Ok(_) => done.push(int(id)),
            Err(StoreError::Unavailable(_)) => {}
            Err(error) => panic!("a full store says Unavailable, not: {error}"),
        }
    }
    assert!(!done.is_empty(), "nothing was done");
    assert_eq!(open.ids(&account(), &Query::default()).await, done);
    // It recovers.
    open.create(&account(), &accounted(-1, [])).await;
}

pub(super) async fn a_list_and_its_position_are_of_one_moment(subject: &Subject) {
    const COMMITS: i64 = 100;
    let open = subject.open().await;
    let rows = |owner: i64| {
        let owner = [("owner", text(&owner.to_string()))];
        [1, 2].map(|id| accounted(id, owner.clone()))
    };
    let created = open.create_all(&account(), &rows(0)).await.pos;
    let write = async {
        let mut rev = created;
        for owner in 1..=COMMITS {
            let writes = rows(owner).map(|row| replace(&account(), &row, rev));
            rev = open.commit(writes).await.pos;
        }
    };
    let read = async {
        let mut last = created;
        for _ in 0..COMMITS {
            let listing = open.list(&account(), &Query::default()).await;
            let [one, other] = &listing.rows[..] else {
                panic!("two rows expected: {listing:?}");
            };
            assert_eq!(one.row[3], other.row[3], "half a commit");
            // Every commit changes both.
            assert_eq!((one.rev, other.rev), (listing.pos, listing.pos));
            assert!(last <= listing.pos, "an earlier moment than before");
            last = listing.pos;
            tokio::task::yield_now().await;
        }
    };
    join(write, read).await;
}
