//! The type of a field that holds the revision of its record.

/// The types that `#[resource(rev)]` applies to.
#[diagnostic::on_unimplemented(
    message = "`rev` is for integers, not for `{Self}`",
    label = "not an `i64` or a `u64`",
    note = "the field holds a position of the log: make it a `u64`"
)]
pub trait IsRevision {}

#[diagnostic::do_not_recommend]
impl IsRevision for i64 {}

#[diagnostic::do_not_recommend]
impl IsRevision for u64 {}
