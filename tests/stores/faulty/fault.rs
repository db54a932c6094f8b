//! What may be wrong with a store, and where that shows.

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    /// Every life has the same epoch.
    SameEpoch,
    /// Every commit begins another life.
    OtherEpoch,
    /// Rows are answered in the order of their ids.
    SortsIds,
    /// Of a commit that fails the first write happens.
    HalfCommits,
    /// A revision that has passed is taken.
    NeverStale,
    /// What a commit rests on is not looked at.
    IgnoresReads,
    /// Who still names a parent that goes is not looked for.
    IgnoresChildren,
    /// The old row of a change is forgotten.
    ForgetsOld,
    /// A list never has more.
    NeverMore,
    /// A list is read before the last commit.
    LateList,
    /// A list tells the position at which the store was opened.
    LatePosition,
    /// Nulls come last.
    NullsLast,
    /// A test that null does not pass is not passed by its opposite either, as in SQL.
    ThreeValued,
    /// What a parent is like is not looked at.
    AnyParent,
    /// Of each value there are all records.
    ManyOfEach,
    /// Of each value there are the first by id, whatever the order.
    FirstById,
    /// A page begins with the record that it should come after.
    RepeatsLast,
    /// A log is read from the position itself.
    LogRepeats,
    /// A limit of the log counts for nothing.
    LogUnlimited,
    /// An operation that fails is recorded.
    RecordsFailures,
    /// An operation is not told apart by its user.
    OneUser,
}

/// Every fault, and behaviours that it breaks.
pub(super) const BROKEN: [(Fault, &[&str]); 21] = [
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
