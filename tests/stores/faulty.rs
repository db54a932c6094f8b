//! The suite sees what is wrong with a store.

mod fault;
mod mistakes;

use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sockful::describe::Schema;
use sockful::query::{Each, Filter, Path, Query, Test};
use sockful::store::{
    Answered, Caps, Committed, Entry, Expect, Listing, LogRange, Opened, OperationKey, Store,
    StoreError, StoreFuture, Stored, Transaction,
};
use sockful::testing::store_suite;
use sockful::{Memory, Value};

use self::fault::Fault;
use self::mistakes::{any_parent, names_a_later_write, three_valued};

/// A store in memory with one fault.
struct Faulty {
    fault: Fault,
    memory: Memory,
    start: AtomicU64,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        Self {
            fault,
            memory: Memory::new(),
            start: AtomicU64::new(0),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn key(&self, key: &OperationKey) -> OperationKey {
        let user = if self.has(Fault::OneUser) {
            ""
        } else {
            &*key.user
        };
        OperationKey {
            user: user.into(),
            op: Arc::clone(&key.op),
        }
    }

    async fn try_commit(&self, mut transaction: Transaction) -> Result<Committed, StoreError> {
        if self.has(Fault::IgnoresReads) {
            transaction.reads.clear();
        }
        if self.has(Fault::IgnoresChildren) {
            transaction.childless.clear();
        }
        if self.has(Fault::ParentsFirst) && names_a_later_write(&transaction) {
            return Err(StoreError::failed("no such parent"));
        }
        if let Some(operation) = &mut transaction.operation {
            operation.key = self.key(&operation.key);
        }
        if self.has(Fault::NeverStale) {
            for write in &mut transaction.writes {
                let stored = self.memory.get(&write.schema, &write.id).await?;
                if let (Expect::Rev(_), Some(stored)) = (write.expect, stored) {
                    write.expect = Expect::Rev(stored.rev);
                }
            }
        }
        let first = transaction.writes.first().cloned();
        let key = transaction.operation.as_ref().map(|it| it.key.clone());
        let mut committed = self.memory.commit(transaction).await;
        if committed.is_err() {
            let mut rest = Transaction::default();
            if self.has(Fault::HalfCommits) {
                rest.writes.extend(first);
            }
            if self.has(Fault::RecordsFailures) {
                rest.operation = key.map(|key| sockful::store::Operation {
                    key,
                    request: [0; 32],
                    answer: Box::new(|_| "failed".into()),
                });
            }
            let _ = self.memory.commit(rest).await;
        }
        if let (true, Ok(committed)) = (self.has(Fault::ForgetsOld), &mut committed) {
            committed.changes.iter_mut().for_each(|it| it.old = None);
        }
        committed
    }

    async fn try_list(&self, schema: &Arc<Schema>, query: &Query) -> Result<Listing, StoreError> {
        let mut query = query.clone();
        if self.has(Fault::ThreeValued) {
            query.filter = three_valued(query.filter);
        }
        if self.has(Fault::AnyParent) {
            query.filter = any_parent(query.filter);
        }
        if self.has(Fault::ManyOfEach)
            && let Some(each) = query.each.take()
        {
            query.filter = query.filter.and(one_of(&each));
        }
        let order = query.clone();
        if self.has(Fault::FirstById) && query.each.is_some() {
            query.sort.clear();
        }
        if self.has(Fault::RepeatsLast)
            && let Some(after) = &mut query.after
            && let Value::Int(id) = &mut after.id
        {
            *id = id.saturating_sub(1);
        }
        let mut listing = self.memory.list(schema, &query).await?;
        if self.has(Fault::NeverMore) {
            listing.more = false;
        }
        if self.has(Fault::LateList) {
            let pos = listing.pos;
            listing.rows.retain(|stored| stored.rev < pos);
        }
        if self.has(Fault::LatePosition) {
            listing.pos = self.start.load(Ordering::Relaxed);
        }
        if self.has(Fault::FirstById) {
            listing
                .rows
                .sort_by(|a, b| order.compare(schema, &a.row, &b.row));
        }
        if let (true, Some(key)) = (self.has(Fault::NullsLast), query.sort.first()) {
            listing.rows.sort_by_key(|it| it.row[key.field].is_null());
        }
        Ok(listing)
    }
}

/// That a record has one of these values.
fn one_of(each: &Each) -> Filter {
    Filter::Test(Path::field(each.field), Test::In(each.values.clone()))
}

impl Store for Faulty {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        Box::pin(async move {
            let opened = self.memory.open(schemas).await?;
            let same = self.has(Fault::SameEpoch);
            Ok(if same {
                Opened::kept("1", opened.secret)
            } else {
                opened
            })
        })
    }

    fn epoch(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        let other = self.has(Fault::OtherEpoch).then(|| "2".into());
        Box::pin(std::future::ready(Ok(other)))
    }

    fn caps(&self) -> Caps {
        self.memory.caps()
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        Box::pin(async move {
            let mut ids = ids.to_vec();
            if self.has(Fault::SortsIds) {
                ids.sort();
            }
            self.memory.get_many(schema, &ids).await
        })
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        Box::pin(self.try_list(schema, query))
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(self.try_commit(transaction))
    }

    fn log(&self) -> StoreFuture<'_, LogRange> {
        self.memory.log()
    }

    fn since(&self, pos: u64, limit: usize) -> StoreFuture<'_, Vec<Entry>> {
        let pos = pos.saturating_sub(self.has(Fault::LogRepeats).into());
        let unlimited = self.has(Fault::LogUnlimited);
        self.memory
            .since(pos, if unlimited { usize::MAX } else { limit })
    }

    fn answered<'a>(&'a self, key: &'a OperationKey) -> StoreFuture<'a, Option<Answered>> {
        Box::pin(async move { self.memory.answered(&self.key(key)).await })
    }
}

/// Every fault, and behaviours that it breaks.
const BROKEN: [(Fault, &[&str]); 22] = [
    (Fault::SameEpoch, &["no_two_lives_share_epoch_or_secret"]),
    (Fault::OtherEpoch, &["the_epoch_is_that_of_the_start"]),
    (Fault::SortsIds, &["rows_are_answered_in_the_order_asked"]),
    (
        Fault::HalfCommits,
        &[
            "a_commit_happens_as_a_whole_or_not_at_all",
            "what_does_not_happen_is_not_in_the_log",
        ],
    ),
    (
        Fault::NeverStale,
        &[
            "a_revision_that_has_passed_is_stale",
            "of_two_that_change_one_record_the_first_wins",
        ],
    ),
    (
        Fault::IgnoresReads,
        &[
            "a_read_that_does_not_hold_stops_everything",
            "reads_are_checked_without_writes_too",
        ],
    ),
    (
        Fault::IgnoresChildren,
        &[
            "nothing_happens_while_somebody_names_the_parent_that_goes",
            "children_that_come_with_the_commit_count",
            "of_a_child_that_comes_and_a_parent_that_goes_the_first_wins",
        ],
    ),
    (
        Fault::ParentsFirst,
        &[
            "parents_and_children_come_and_go_in_any_order_within_a_commit",
            "a_child_moves_to_a_parent_that_comes_from_one_that_goes",
        ],
    ),
    (
        Fault::ForgetsOld,
        &[
            "a_commit_answers_what_it_changed",
            "an_entry_tells_whole_rows",
        ],
    ),
    (Fault::NeverMore, &["a_limit_cuts_and_says_so"]),
    (
        Fault::LateList,
        &[
            "a_commit_is_visible_to_every_later_read",
            "a_list_and_its_position_are_of_one_moment",
        ],
    ),
    (
        Fault::LatePosition,
        &[
            "a_list_tells_its_position",
            "a_list_and_its_position_are_of_one_moment",
        ],
    ),
    (
        Fault::NullsLast,
        &["nulls_come_first_and_last_where_descending"],
    ),
    (
        Fault::ThreeValued,
        &["null_equals_null_and_has_no_order", "a_not_is_the_opposite"],
    ),
    (
        Fault::AnyParent,
        &[
            "a_filter_asks_what_the_parent_is",
            "parents_of_parents_are_asked",
        ],
    ),
    (
        Fault::ManyOfEach,
        &[
            "a_list_has_the_first_of_each_value",
            "of_a_value_that_few_or_none_have_there_are_few_or_none",
            "the_first_of_each_value_are_those_of_the_order",
        ],
    ),
    (
        Fault::FirstById,
        &["the_first_of_each_value_are_those_of_the_order"],
    ),
    (Fault::RepeatsLast, &["pages_join_up_to_the_whole_list"]),
    (Fault::LogRepeats, &["the_log_is_read_from_any_position"]),
    (Fault::LogUnlimited, &["the_log_is_read_in_parts"]),
    (
        Fault::RecordsFailures,
        &["an_operation_that_fails_is_not_recorded"],
    ),
    (
        Fault::OneUser,
        &["operations_are_told_apart_by_user_and_name"],
    ),
];

#[test]
fn a_behaviour_that_a_store_does_not_show_fails() {
    for (fault, broken) in BROKEN {
        for behaviour in broken {
            let held = catch_unwind(|| {
                store_suite::hold(behaviour, move |_| async move { Faulty::new(fault) });
            });
            assert!(held.is_err(), "{fault:?} went unseen by {behaviour}");
        }
    }
}

#[test]
fn random_queries_see_what_is_wrong_with_lists() {
    for fault in [
        Fault::NeverMore,
        Fault::LatePosition,
        Fault::NullsLast,
        Fault::ThreeValued,
        Fault::ManyOfEach,
        Fault::FirstById,
        Fault::RepeatsLast,
    ] {
        let make = move |_| async move { Faulty::new(fault) };
        let told = told(move || store_suite::same_answers(make));
        assert!(told.contains("SOCKFUL_SEED="), "{fault:?}: {told}");
    }
}

#[test]
fn random_transactions_see_what_is_wrong_with_commits() {
    for fault in [
        Fault::HalfCommits,
        Fault::NeverStale,
        Fault::IgnoresReads,
        Fault::ForgetsOld,
        Fault::RecordsFailures,
    ] {
        let make = move |_| async move { Faulty::new(fault) };
        let told = told(move || store_suite::same_history(make));
        assert!(told.contains("SOCKFUL_SEED="), "{fault:?}: {told}");
    }
}

#[test]
fn an_unknown_behaviour_is_a_mistake() {
    let told = told(|| store_suite::hold("no_such", |_| async { Memory::new() }));
    assert_eq!(told, "no behaviour is called \"no_such\"");
}

/// What a test that must fail says.
fn told(test: impl FnOnce() + std::panic::UnwindSafe) -> String {
    match catch_unwind(test) {
        Ok(()) => "nothing is wrong".into(),
        Err(panic) => match panic.downcast::<String>() {
            Ok(told) => *told,
            Err(_) => "a panic without words".into(),
        },
    }
}
