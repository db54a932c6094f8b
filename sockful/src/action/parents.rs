//! The parents of what a call writes: they are there, the caller may see them, and none is its own ancestor.

use std::collections::HashSet;

use super::authority;
use super::record::{current, look};
use super::step::Allowed;
use crate::error::{Error, FieldError, Result};
use crate::relation::Relation;
use crate::resource::ErasedResource;
use crate::row::{Row, Value};

/// Makes sure of the parents that a record gets. What was found is part of what the call rests on: a parent that is destroyed or
/// changed meanwhile makes it run again. `before` is the record as it was, if it was there.
///
/// # Errors
/// NotFound `no_parent`, as for a parent that is not there, for one that the caller may not read; Conflict `cycle` for a record
/// among its own descendants; Conflict `tree_too_deep` where that cannot be told.
pub(super) async fn check(call: Allowed<'_, '_>, before: Option<&Row>, row: &Row) -> Result<()> {
    let registry = call.app.registry();
    for relation in registry.related().parents(call.resource.place()) {
        let Some(id) = given(relation, before, row) else {
            continue;
        };
        let parents = registry.at(relation.parent);
        look(call, parents, std::slice::from_ref(id)).await?;
        let seen = match current(call, parents, id)? {
            Some(parent) => authority::may_read(call, parents, &parent).await?,
            None => false,
        };
        if !seen {
            return Err(missing(call, relation, parents));
        }
        // A new record has no descendants.
        if relation.child == relation.parent && before.is_some() {
            no_cycle(call, relation, parents, &row[call.schema().id], id).await?;
        }
    }
    Ok(())
}

/// Reads the parents of many new records with one look at the store for each relation.
pub(super) async fn prefetch(call: Allowed<'_, '_>, rows: &[Row]) -> Result<()> {
    let registry = call.app.registry();
    for relation in registry.related().parents(call.resource.place()) {
        let ids = rows.iter().filter_map(|row| given(relation, None, row));
        let ids: HashSet<_> = ids.cloned().collect();
        let ids: Vec<_> = ids.into_iter().collect();
        look(call, registry.at(relation.parent), &ids).await?;
    }
    Ok(())
}

/// The parent that a record gets which was not its parent before.
fn given<'a>(relation: &Relation, before: Option<&Row>, row: &'a Row) -> Option<&'a Value> {
    let id = &row[relation.field];
    let new = before.is_none_or(|before| before[relation.field] != *id);
    (new && !id.is_null()).then_some(id)
}

/// Walks from the new parent of a record up to the root, which must not lead past the record itself.
async fn no_cycle(
    call: Allowed<'_, '_>,
    relation: &Relation,
    of: &dyn ErasedResource,
    own: &Value,
    parent: &Value,
) -> Result<()> {
    let most = call.app.config().max_tree_depth;
    let mut at = parent.clone();
    for _ in 0..most {
        if at == *own {
            let name = call.schema().name;
            let message = format!("a {name} cannot be among its own descendants");
            return Err(Error::conflict(message)
                .reason("cycle")
                .with_fields([field(call, relation, "cycle")]));
        }
        look(call, of, std::slice::from_ref(&at)).await?;
        match current(call, of, &at)? {
            Some(row) if !row[relation.field].is_null() => at = row[relation.field].clone(),
            _ => return Ok(()),
        }
    }
    let message = format!("below this parent the tree is deeper than {most} levels");
    Err(Error::conflict(message)
        .reason("tree_too_deep")
        .with_fields([field(call, relation, "tree_too_deep")]))
}

/// NotFound, at the field that names the parent.
fn missing(call: Allowed<'_, '_>, relation: &Relation, parents: &dyn ErasedResource) -> Error {
    let error = Error::not_found_record(parents.schema().name).reason("no_parent");
    error.with_fields([field(call, relation, "no_parent")])
}

fn field(call: Allowed<'_, '_>, relation: &Relation, code: &'static str) -> FieldError {
    let message = match code {
        "cycle" => "is the record itself, or one below it",
        "tree_too_deep" => "is too deep in its tree",
        _ => "is not there",
    };
    FieldError::new(call.schema().fields[relation.field].name, code, message)
}
