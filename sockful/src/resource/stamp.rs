//! The types of fields that hold when a record was created or changed.

/// The types that `#[resource(created_at)]` and `#[resource(updated_at)]` apply to.
#[diagnostic::on_unimplemented(
    message = "`created_at` and `updated_at` are for points in time, not for `{Self}`",
    label = "not a point in time",
    note = "make the field a `jiff::Timestamp`, or with the feature `chrono` of sockful a `chrono::DateTime<Utc>`, or an `Option` of one"
)]
pub trait IsStamp {}

#[diagnostic::do_not_recommend]
impl IsStamp for jiff::Timestamp {}

#[cfg(feature = "chrono")]
#[diagnostic::do_not_recommend]
impl<Z: chrono::TimeZone> IsStamp for chrono::DateTime<Z> {}

#[diagnostic::do_not_recommend]
impl<T: IsStamp> IsStamp for Option<T> {}
