//! What the server itself puts into records: when they were created and changed, and who created them.

use super::step::Allowed;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::row::{Column, Row, Value};

/// What the user who is calling gives the records that the call creates, by the places of the fields. Nothing where the
/// application itself creates them: what it says stands.
///
/// # Errors
/// NotAuthenticated, where nobody has logged in.
pub(super) fn of_user(call: Allowed<'_, '_>) -> Result<Vec<(usize, Value)>> {
    let schema = call.schema();
    if schema.set.is_empty() || matches!(call.cx.caller(), Caller::System) {
        return Ok(Vec::new());
    }
    let user = call.cx.facts().map(|facts| facts.any());
    let user = user.ok_or_else(|| Error::not_authenticated("log in first"))?;
    let set = call.resource.set().into_iter();
    set.map(|(place, facts)| Ok((place, facts.value(user, Column::of(&schema.fields[place]))?)))
        .collect()
}

/// A new record, which belongs to whom it says and is of now. `set` is what the [user](of_user) gives it.
pub(super) fn created(call: Allowed<'_, '_>, mut row: Row, set: &[(usize, Value)]) -> Row {
    let schema = call.schema();
    for (place, value) in set {
        row = row.with(*place, value.clone());
    }
    if schema.created_at.or(schema.updated_at).is_some() {
        let now = Value::Time(call.app.clock().now());
        for place in [schema.created_at, schema.updated_at].into_iter().flatten() {
            row = row.with(place, now.clone());
        }
    }
    row
}

/// What has become of a record: created when it was, and changed now unless nothing has changed, or `anyway`.
pub(super) fn changed(call: Allowed<'_, '_>, before: &Row, mut row: Row, anyway: bool) -> Row {
    let schema = call.schema();
    for place in [schema.created_at, schema.updated_at].into_iter().flatten() {
        row = row.with(place, before[place].clone());
    }
    match schema.updated_at {
        Some(place) if anyway || !row.says_what(before) => {
            row.with(place, Value::Time(call.app.clock().now()))
        }
        _ => row,
    }
}
