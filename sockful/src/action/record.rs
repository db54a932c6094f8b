//! Reads the record of a call, and stages what becomes of it.

use super::authority;
use super::call::Call;
use super::step::Allowed;
use crate::cx::{Kept, Scope, Staged};
use crate::error::{Error, Result};
use crate::resource::ErasedResource;
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{Expect, Stored};

/// A record as a call found it.
pub(super) struct Found {
    id: Value,
    pub(super) row: Row,
    /// Its revision in the store; `None` for one that this transaction has created or changed.
    stored: Option<u64>,
}

impl Found {
    /// Makes sure that nothing has touched the record since it was found. A method or hook is lent the record to itself; what it
    /// did to it by other ways would be lost.
    ///
    /// # Errors
    /// Internal.
    pub(super) fn is_untouched(&self, call: Allowed<'_, '_>) -> Result<()> {
        let before = self.stored.is_none().then(|| Some(self.row.clone()));
        let kept = call.staged()?.find(call.schema(), &self.id);
        if kept.map(|kept| kept.row) == before {
            return Ok(());
        }
        let message = "a method or hook has changed its own record through its context as well";
        Err(Error::internal(message))
    }

    /// A row that Rust code has made of this record: its revision is not for the code to change.
    pub(super) fn keeping_revision(&self, schema: &Schema, row: Row) -> Row {
        match schema.rev {
            Some(place) => row.with(place, self.row[place].clone()),
            None => row,
        }
    }

    /// The revision, where the store told it.
    pub(super) fn rev(&self) -> Option<u64> {
        self.stored
    }
}

/// The record with this id, as the call's own transaction left it or as it is stored, if the caller may do with it what
/// the call is about.
///
/// # Errors
/// NotFound; Forbidden, where the policy refuses; Conflict `stale`, where the call asked for another revision.
pub(super) async fn load(call: Allowed<'_, '_>, id: &Value) -> Result<Found> {
    let schema = call.schema();
    if let Scope::Mutation(staged) = call.cx.scope()
        && let Some(Kept { row, expect }) = staged.find(schema, id)
    {
        let row = row.ok_or_else(|| Error::not_found_record(schema.name))?;
        authority::before(call, &row).await?;
        is_within(call, &row)?;
        is_at(call, expect)?;
        return Ok(Found {
            id: id.clone(),
            row,
            stored: None,
        });
    }
    let stored = stored(call, id).await?;
    // First: to whom may not read the record, its parent and its revision are nothing either.
    authority::before(call, &stored.row).await?;
    is_within(call, &stored.row)?;
    is_at(call, Expect::Rev(stored.rev))?;
    Ok(Found {
        id: id.clone(),
        row: stored.row,
        stored: Some(stored.rev),
    })
}

/// Whether this is a child of the parent that the call has named, if it has.
fn is_within(call: Allowed<'_, '_>, row: &Row) -> Result<()> {
    let within = call.relatives.as_ref().and_then(|it| it.within.as_ref());
    match within {
        Some((field, parent)) if row[*field] != *parent => {
            Err(Error::not_found_record(call.schema().name))
        }
        _ => Ok(()),
    }
}

/// Makes sure that the store has the record at the revision the call asked for.
fn is_at(call: Allowed<'_, '_>, stored: Expect) -> Result<()> {
    let name = call.schema().name;
    let message = match (call.options.if_rev, stored) {
        (None, _) => return Ok(()),
        (Some(asked), Expect::Rev(rev)) if asked == rev => return Ok(()),
        (Some(_), Expect::Rev(rev)) => format!("the {name} has changed: it is at revision {rev}"),
        (Some(_), Expect::Absent) => format!("the {name} is new: it has no revision yet"),
    };
    Err(Error::conflict(message).reason("stale"))
}

/// The record as it is stored. A transaction that has read it before sees it as it was then.
async fn stored(call: Allowed<'_, '_>, id: &Value) -> Result<Stored> {
    let found = find(call, id).await?;
    found.ok_or_else(|| Error::not_found_record(call.schema().name))
}

/// The same, `None` if there is none.
pub(super) async fn find(call: Allowed<'_, '_>, id: &Value) -> Result<Option<Stored>> {
    let schema = call.schema();
    let staged = match call.cx.scope() {
        // What a call reads for itself, it reads once, and expects it of its write.
        Scope::Mutation(staged) if call.cx.is_nested() => staged,
        _ => return Ok(call.app.store().get(schema, id).await?),
    };
    if let Some(seen) = staged.seen(schema, id) {
        return Ok(seen);
    }
    let found = call.app.store().get(schema, id).await?;
    staged.saw(schema, id, found.clone());
    Ok(found)
}

/// Records of another resource, as the call's own transaction left them, or as they are stored.
///
/// # Errors
/// Those of the store.
pub(super) async fn others(
    call: Allowed<'_, '_>,
    of: &dyn ErasedResource,
    ids: &[Value],
) -> Result<Vec<Option<Row>>> {
    if let Scope::Mutation(_) = call.cx.scope() {
        look(call, of, ids).await?;
        return ids.iter().map(|id| current(call, of, id)).collect();
    }
    let found = call.app.store().get_many(of.schema(), ids).await?;
    Ok(found.into_iter().map(|it| it.map(|it| it.row)).collect())
}

/// Reads the records with these ids that the call's transaction does not know yet. What was found is part of what the call
/// rests on: when it is changed meanwhile, the call runs again.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(
    call: Allowed<'_, '_>,
    of: &dyn ErasedResource,
    ids: &[Value],
) -> Result<()> {
    let (schema, staged) = (of.schema(), call.staged()?);
    let unknown =
        |id: &&Value| staged.find(schema, id).is_none() && staged.seen(schema, id).is_none();
    let ids: Vec<_> = ids.iter().filter(unknown).cloned().collect();
    if ids.is_empty() {
        return Ok(());
    }
    let found = call.app.store().get_many(schema, &ids).await?;
    for (id, found) in ids.iter().zip(found) {
        staged.saw(schema, id, found);
    }
    Ok(())
}

/// A record that was looked for, as the call's transaction has left it.
///
/// # Errors
/// Internal, outside of a transaction.
pub(super) fn current(
    call: Allowed<'_, '_>,
    of: &dyn ErasedResource,
    id: &Value,
) -> Result<Option<Row>> {
    let (schema, staged) = (of.schema(), call.staged()?);
    Ok(match staged.find(schema, id) {
        Some(kept) => kept.row,
        None => staged.seen(schema, id).flatten().map(|found| found.row),
    })
}

/// Stages what becomes of a record: another row, or `None` to destroy it. A row like the one found is
/// no change, unless it counts as one `anyway`.
///
/// # Errors
/// Internal, if the id has changed.
pub(super) fn stage(
    call: Allowed<'_, '_>,
    found: Found,
    row: Option<&Row>,
    anyway: bool,
) -> Result<()> {
    let schema = call.schema();
    if let Some(row) = row {
        if !anyway && row.says_what(&found.row) {
            // Whatever else the call writes rests on this record as well.
            if let Some(rev) = found.stored {
                let Found { id, row, .. } = found;
                call.staged()?.saw(schema, &id, Some(Stored { row, rev }));
            }
            return Ok(());
        }
        if row[schema.id] != found.id {
            return Err(Error::internal("the id of a record cannot change"));
        }
    }
    // For a record that is staged already, what it expects stands.
    let expect = found.stored.map_or(Expect::Absent, Expect::Rev);
    call.staged()?.put(schema, found.id, expect, row.cloned())
}

impl Call<'_> {
    /// The transaction that this mutation writes to.
    pub(super) fn staged(&self) -> Result<&Staged> {
        match self.cx.scope() {
            Scope::Mutation(staged) => Ok(staged),
            Scope::Free | Scope::Read => Err(Error::internal("a write outside a transaction")),
        }
    }
}
