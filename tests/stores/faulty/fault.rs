//! Every fault that a store may have.

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
    /// A parent must be there before its child is written, and not only in the end.
    ParentsFirst,
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
