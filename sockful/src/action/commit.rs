//! Hands a call's writes to the store, and tells the call what came of it.

use std::collections::HashMap;
use std::sync::Arc;

use super::builtin::exists;
use super::call::{Act, Call, Drafts, Meta, Outcome, Output};
use super::step::Allowed;
use crate::change::Change;
use crate::error::{Error, FieldError, Result};
use crate::protocol::Reply;
use crate::row::Value;
use crate::schema::Schema;
use crate::store::{StoreError, Transaction};

/// Commits, and puts position and revisions into the answer. `None` means that a record had been changed
/// since the call read it: the call must run again.
///
/// # Errors
/// BadRequest `answer_too_large`, before anything is done; Conflict for an id or a unique value that is
/// taken; whatever the store says.
pub(super) async fn commit(
    call: &Call<'_, Allowed>,
    transaction: Transaction,
    mut outcome: Outcome,
) -> Result<Option<Outcome>> {
    if transaction.writes.is_empty() {
        return Ok(Some(outcome));
    }
    fits(call, &outcome)?;
    // Kept for the error alone: the writes that are about other resources than the call.
    let own = call.schema();
    let writes = transaction.writes.iter().enumerate();
    let others: Vec<_> = writes
        .filter(|(_, write)| !Arc::ptr_eq(&write.schema, own))
        .map(|(place, write)| (place, Arc::clone(&write.schema)))
        .collect();
    let subject = |write| {
        let other = others.iter().find(|(place, _)| *place == write);
        other.map_or(own, |(_, schema)| schema)
    };
    match call.app.store().commit(transaction).await {
        Ok(committed) => {
            outcome.meta.pos = Some(committed.pos);
            revisions(call, &committed.changes, &mut outcome);
            Ok(Some(outcome))
        }
        Err(StoreError::Stale) => Ok(None),
        Err(StoreError::Exists { write }) => Err(placed(call, write, exists(subject(write)))),
        Err(StoreError::Unique { write, field }) => {
            Err(placed(call, write, taken(subject(write), field)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses what could not be answered once it is done. Rust code may be answered anything.
fn fits(call: &Call<'_, Allowed>, outcome: &Outcome) -> Result<()> {
    let (schema, max) = (call.schema(), call.app.config().max_answer);
    let meta = Meta::room(&outcome.output);
    if call.is_from_rust() || outcome.output.at_most(schema) + meta <= max {
        return Ok(());
    }
    // That was a guess; few come so far.
    if Reply::of(schema, outcome.clone()).len() + meta <= max {
        Ok(())
    } else {
        Err(Error::answer_too_large(max))
    }
}

/// Conflict: another record holds this value.
fn taken(schema: &Schema, field: usize) -> Error {
    let field = &schema.fields[field];
    if field.words.private {
        // To clients the field does not exist.
        let source = format!("another {} has the same `{}`", schema.name, field.name);
        return Error::conflict(format!("the {} conflicts with another", schema.name))
            .reason("unique")
            .caused_by(source.into());
    }
    Error::conflict(format!("another {} has this {}", schema.name, field.name))
        .reason("unique")
        .with_fields([FieldError::new(field.name, "unique", "is taken")])
}

/// Says which record of a batch an error is about: each is one write, in the order given.
fn placed(call: &Call<'_, Allowed>, write: usize, error: Error) -> Error {
    match call.act {
        Act::Create(Drafts::Many(_)) => error.within(&format!("[{write}]")),
        _ => error,
    }
}

/// The revision of each record that the answer shows or the call was about.
fn revisions(call: &Call<'_, Allowed>, changes: &[Change], outcome: &mut Outcome) {
    let schema = call.schema();
    let own = || {
        changes
            .iter()
            .filter(|change| change.schema.name == schema.name)
    };
    let of = |id: &Value| {
        own()
            .find(|change| change.id == *id)
            .map(|change| change.rev)
    };
    match &outcome.output {
        Output::Row(row) => outcome.meta.rev = of(&row[schema.id]).or(outcome.meta.rev),
        Output::Rows(rows) => {
            let revs: HashMap<_, _> = own().map(|change| (&change.id, change.rev)).collect();
            let revs = rows
                .iter()
                .filter_map(|row| revs.get(&row[schema.id]).copied())
                .collect();
            outcome.meta.revs = Some(revs);
        }
        Output::Text(_) | Output::Count(_) => {
            if let Some(id) = call.changes() {
                outcome.meta.rev = of(id).or(outcome.meta.rev);
            }
        }
    }
}
