//! What every store must do, as tests: for authors of stores.
//!
//! One line in a test file makes a test of each behaviour, so that a failure has a name:
//!
//! ```
//! # use sockful::Memory;
//! mod memory {
//!     # use sockful::Memory;
//!     sockful::store_suite!(|_place| async { Memory::new() });
//! }
//! ```
//!
//! The closure makes a store that is not open yet, on a [`Place`]: a name, and a folder that is gone when the test
//! is over. It is called once for each store a behaviour needs. Where [`Caps::durable`](crate::store::Caps) is set
//! it is called again with a place that was used before: the same store, opened anew.
//!
//! Each behaviour is held against what the store's [`Caps`](crate::store::Caps) promise, and says on stderr when it
//! has nothing to ask of this store. Two of them are property tests: [random queries](same_answers) over random
//! records are answered as [`Filter::matches`](crate::query::Filter::matches) and
//! [`Query::compare`](crate::query::Query::compare) say, and [random transactions](same_history) come out as in
//! [`Memory`](crate::Memory). They ask 5,000 questions; the environment sets `SOCKFUL_CASES` and `SOCKFUL_SEED`.
//!
//! Three sentences of the contract cannot be tested from outside: that no method blocks the thread it is polled on,
//! that what was acknowledged survives more than the end of the process, and that the epoch changes where something
//! that was acknowledged is lost all the same.
//!
//! Nothing here may be called within an async runtime: each behaviour has its own, of one thread.

mod at_once;
mod childless;
mod commits;
mod differential;
mod durable;
mod expectations;
mod filters;
mod generated;
mod history;
mod kin;
mod ledger;
mod lists;
mod log;
mod nested;
mod parents;
mod place;
mod resources;
mod revised;
mod rows;
mod sorting;
mod subject;
mod unique;

use std::pin::Pin;

#[cfg(all(test, any(feature = "sqlite", feature = "postgres")))]
pub(crate) use self::differential::for_each_query;
#[cfg(test)]
pub(crate) use self::differential::for_each_world;
pub use self::differential::same_answers;
pub use self::history::same_history;
pub use self::place::Place;
use self::subject::Subject;
use crate::store::Store;

/// Makes a `#[test]` of every behaviour of [`testing::store_suite`](crate::testing::store_suite), in the module
/// where it stands. It takes a closure from a [`Place`](crate::testing::store_suite::Place) to a future store.
#[macro_export]
macro_rules! store_suite {
    ($make:expr $(,)?) => {
        $crate::__store_behaviours! { $crate::__store_tests, ($make) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_tests {
    (($make:expr) $($file:ident: $($name:ident)*;)*) => {
        $($(
            #[test]
            fn $name() {
                $crate::testing::store_suite::hold(stringify!($name), $make);
            }
        )*)*

        #[test]
        fn random_queries_are_answered_as_the_reference_says() {
            $crate::testing::store_suite::same_answers($make);
        }

        #[test]
        fn random_transactions_come_out_as_in_the_reference() {
            $crate::testing::store_suite::same_history($make);
        }
    };
}

/// Every behaviour, by the file it is written in.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_behaviours {
    ($then:path, $make:tt) => {
        $then! { $make
            rows:
                every_kind_of_value_comes_back_as_it_was_stored
                what_is_missing_comes_back_as_null
                long_and_deeply_nested_values_come_back
                the_longest_text_that_indexes_hold_comes_back
                text_is_told_apart_by_code_point
                ids_that_look_like_commands_are_only_ids
                integer_ids_go_to_their_extremes
                rows_are_answered_in_the_order_asked
                no_ids_are_answered_by_no_rows
                an_id_of_one_resource_is_none_of_another;
            commits:
                a_commit_answers_what_it_changed
                a_row_is_replaced_as_a_whole
                what_is_destroyed_is_gone
                a_commit_is_visible_to_every_later_read
                a_commit_reaches_several_resources
                many_records_change_in_one_commit
                positions_grow_with_every_commit_that_changes_anything
                a_commit_without_writes_takes_no_position
                the_revision_of_a_record_is_the_position_of_its_commit
                no_id_has_a_revision_twice
                no_two_lives_share_epoch_or_secret
                the_epoch_is_that_of_the_start
                what_is_open_needs_no_plan;
            expectations:
                a_commit_happens_as_a_whole_or_not_at_all
                creating_what_exists_tells_which_write
                a_revision_that_has_passed_is_stale
                what_is_gone_is_stale
                the_first_expectation_that_does_not_hold_is_told
                a_read_that_still_holds_lets_the_writes_happen
                a_read_that_does_not_hold_stops_everything
                a_read_that_found_nothing_holds_while_nothing_is_there
                reads_are_checked_without_writes_too;
            revised:
                a_field_of_revisions_holds_the_revision
                a_change_tells_the_revisions_that_rows_held
                revisions_are_asked_for_as_any_field;
            unique:
                a_unique_value_is_held_once
                a_record_keeps_its_own_unique_value
                two_writes_of_one_commit_cannot_share_a_unique_value
                null_is_held_by_many
                a_unique_value_is_free_once_its_holder_lets_go
                records_swap_unique_values_in_one_commit
                a_unique_value_is_inherited_in_one_commit
                unique_text_is_told_apart_by_code_point;
            childless:
                nothing_happens_while_somebody_names_the_parent_that_goes
                children_that_go_or_move_with_the_commit_are_none_any_more
                children_that_come_with_the_commit_count
                of_a_child_that_comes_and_a_parent_that_goes_the_first_wins;
            kin:
                parents_and_children_come_and_go_in_any_order_within_a_commit
                a_child_moves_to_a_parent_that_comes_from_one_that_goes;
            at_once:
                commits_take_effect_in_the_order_they_were_begun
                of_two_that_create_one_record_the_first_wins
                of_two_that_change_one_record_the_first_wins
                a_commit_whose_future_is_dropped_happens_whole_or_not_at_all
                a_flood_is_done_or_told_unavailable
                a_list_and_its_position_are_of_one_moment;
            lists:
                a_list_comes_in_the_order_of_ids
                a_limit_cuts_and_says_so
                pages_join_up_to_the_whole_list
                a_page_goes_on_after_a_record_that_is_gone
                a_list_tells_its_position
                a_list_that_ends_early_says_so
                a_list_has_the_first_of_each_value
                of_a_value_that_few_or_none_have_there_are_few_or_none
                a_filter_leaves_out_nothing_that_matches
                records_are_skipped
                a_count_is_the_length_of_the_list;
            sorting:
                a_list_is_sorted_up_and_down
                every_kind_has_its_order
                nulls_come_first_and_last_where_descending
                ties_come_in_the_order_of_ids
                a_later_key_breaks_the_ties_of_an_earlier
                sorted_pages_join_up_to_the_whole_list
                the_first_of_each_value_are_those_of_the_order;
            filters:
                a_filter_says_what_a_field_equals
                a_filter_compares_by_order
                all_parts_of_an_and_hold
                one_part_of_an_or_holds
                and_or_and_order_go_together
                a_filter_may_have_many_parts
                nothing_and_everything_can_be_asked_for
                a_not_is_the_opposite
                null_equals_null_and_has_no_order
                a_value_is_one_of_several
                text_contains_and_begins_with_plain_characters
                text_that_no_index_holds_is_compared
                every_kind_is_compared
                extremes_are_compared_exactly;
            nested:
                a_path_leads_into_nested_values
                what_a_path_does_not_find_is_null
                nested_numbers_compare_by_size
                nested_values_of_different_kinds_are_never_equal
                an_array_contains_its_items
                a_key_is_only_a_key;
            parents:
                a_filter_asks_what_the_parent_is
                without_a_parent_none_matches
                parents_of_parents_are_asked
                what_parents_are_is_asked_beside_everything_else;
            log:
                every_commit_has_one_entry
                an_entry_tells_whole_rows
                an_entry_keeps_every_kind_of_value
                an_entry_stays_as_it_was
                the_log_is_read_from_any_position
                the_log_is_read_in_parts
                what_does_not_happen_is_not_in_the_log
                an_entry_tells_its_time;
            ledger:
                an_operation_is_answered_as_it_was_recorded
                an_unknown_operation_has_no_answer
                an_operation_happens_once
                an_operation_is_looked_for_before_anything_else
                an_operation_that_fails_is_not_recorded
                an_operation_whose_answer_panics_does_not_happen
                an_operation_without_writes_is_recorded
                an_answer_may_tell_what_was_committed
                operations_are_told_apart_by_user_and_name
                of_two_at_once_one_operation_happens
                a_ledger_takes_any_text;
            durable:
                what_was_acknowledged_is_there_after_reopening
                positions_go_on_after_reopening
                epoch_and_secret_stay_after_reopening
                unique_values_stay_taken_after_reopening
                the_log_is_there_after_reopening
                the_ledger_is_there_after_reopening
                reopening_needs_no_plan;
        }
    };
}

/// Holds a store against one [behaviour](behaviours).
///
/// # Panics
/// If the store does not behave, or no behaviour has this name.
pub fn hold<M, F, S>(behaviour: &str, make: M)
where
    M: Fn(Place) -> F + Send + Sync + 'static,
    F: Future<Output = S> + Send + 'static,
    S: Store,
{
    let found = BEHAVIOURS.iter().find(|(name, _)| *name == behaviour);
    let Some((_, holds)) = found else {
        panic!("no behaviour is called {behaviour:?}");
    };
    subject::run(holds(&Subject::new(make)));
}

/// Holds a store against every behaviour, and both property tests. Where each should be a test of its own, take
/// [`store_suite!`](crate::store_suite!).
///
/// # Panics
/// At the first that the store does not show; stderr tells its name.
pub fn run<M, F, S>(make: M)
where
    M: Fn(Place) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = S> + Send + 'static,
    S: Store,
{
    for name in behaviours() {
        eprintln!("{name}");
        hold(name, make.clone());
    }
    same_answers(make.clone());
    same_history(make);
}

/// The names of all behaviours.
pub fn behaviours() -> impl Iterator<Item = &'static str> {
    BEHAVIOURS.iter().map(|(name, _)| *name)
}

type Holds = for<'a> fn(&'a Subject) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

macro_rules! table {
    (() $($file:ident: $($name:ident)*;)*) => {
        const BEHAVIOURS: &[(&str, Holds)] = &[
            $($((stringify!($name), |subject| Box::pin($file::$name(subject))),)*)*
        ];
    };
}
__store_behaviours! { table, () }
