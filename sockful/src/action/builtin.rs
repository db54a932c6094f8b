//! The built-in actions: create, get, all, count, update, replace, destroy.

use std::borrow::Cow;

use super::call::{Draft, Drafts, Edit, Meta, Outcome, Output, Several};
use super::hooks::{Hooks, Stop};
use super::record::{load, stage};
use super::step::{Allowed, check_id};
use super::{Effect, Tree, authority, cascade, listing, parents, record, stamp, validate};
use crate::cx::Kept;
use crate::error::{Error, FieldError, Result};
use crate::query::{Page, Query};
use crate::row::{self, Overlay, Row, Select, Value};
use crate::schema::Schema;
use crate::store::Expect;

/// The name of each on the wire.
pub(crate) const BUILTIN: [(&str, Builtin); 9] = [
    ("get", Builtin::Get),
    ("create", Builtin::Create),
    ("update", Builtin::Update),
    ("all", Builtin::All),
    ("destroy", Builtin::Destroy),
    ("replace", Builtin::Replace),
    ("count", Builtin::Count),
    ("watch", Builtin::Watch),
    ("unwatch", Builtin::Unwatch),
];

/// A built-in action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    All,
    Count,
    Create,
    Destroy,
    Get,
    Replace,
    Unwatch,
    Update,
    Watch,
}

impl Builtin {
    /// Whether it may change anything.
    pub(crate) fn effect(self) -> Effect {
        match self {
            Self::All | Self::Count | Self::Get | Self::Unwatch | Self::Watch => Effect::Read,
            Self::Create | Self::Destroy | Self::Replace | Self::Update => Effect::Mutation,
        }
    }
}

pub(super) async fn get(call: Allowed<'_, '_>, id: &Value) -> Result<Outcome, Stop> {
    let found = load(call, id).await?;
    let meta = Meta {
        rev: found.rev(),
        ..Meta::default()
    };
    let row = match Hooks::of(call) {
        Some(hooks) => hooks.get(found.row).await?,
        None => found.row,
    };
    let include = call.relatives.as_ref().map(|it| &*it.include);
    let output = match include.filter(|it| !it.is_empty()) {
        None => Output::Row(Some(row)),
        // Boxed, so that records without relatives do not carry the room it needs.
        Some(include) => {
            let tree = Tree::grow(call, vec![row], Select::default(), include);
            Box::pin(tree).await?.of_one()
        }
    };
    Ok(Outcome { output, meta })
}

pub(super) async fn all(call: Allowed<'_, '_>, page: &Page) -> Result<Outcome, Stop> {
    let Page {
        query,
        select,
        seal,
        include,
        ..
    } = page;
    let schema = call.schema();
    let hooks = Hooks::of(call);
    let mut asked = Cow::Borrowed(query);
    if let Some(hooks) = hooks {
        asked = hooks.ask(query).await?;
        if seal.is_some() {
            check_order(schema, &asked)?;
        }
    }
    let query = &*asked;
    let mut listing =
        listing::list(call.app, call.schema(), &authority::readable(call, query)).await?;
    let left_out = listing::cut(&mut listing, query, select);
    // The place of the last record is that of the record as it is stored.
    let last = listing
        .rows
        .last()
        .map(|last| query.place(schema, &last.row));
    // A page of no records ends where it began.
    let end = last.or_else(|| query.after.clone());
    let seal = seal.as_ref().filter(|_| listing.more);
    let next = seal.map(|seal| seal.close(&call.app.opened().secret, end.as_ref()));
    if let Some(hooks) = hooks {
        hooks.found(&mut listing.rows).await?;
    }
    let (rows, revs) = listing
        .rows
        .into_iter()
        .map(|stored| (stored.row, stored.rev))
        .unzip();
    let meta = Meta {
        pos: Some(listing.pos),
        several: Some(Box::new(Several {
            revs: Some(revs),
            next,
            left_out,
            ..Several::default()
        })),
        ..Meta::default()
    };
    let select = select.clone();
    let output = if include.is_empty() {
        Output::Rows(rows, select)
    } else {
        // Boxed, so that pages without relatives do not carry the room it needs.
        Box::pin(Tree::grow(call, rows, select, include))
            .await?
            .of_many()
    };
    Ok(Outcome { output, meta })
}

/// Refuses an order, which a hook has made, whose cursors would hold what clients never see: a seal keeps nobody from reading.
///
/// # Errors
/// Internal.
fn check_order(schema: &Schema, query: &Query) -> Result<()> {
    let mut fields = query.sort.iter().map(|key| &schema.fields[key.field]);
    match fields.find(|field| field.words.is_hidden()) {
        None => Ok(()),
        Some(field) => Err(Error::internal(format!(
            "a `before_all` sorts `{}` by `{}`, which clients never see: each cursor would hold its value",
            schema.name, field.name
        ))),
    }
}

pub(super) async fn count(call: Allowed<'_, '_>, asked: &Query) -> Result<Outcome, Stop> {
    let mut query = Cow::Borrowed(asked);
    if let Some(hooks) = Hooks::of(call) {
        query = hooks.ask(asked).await?;
    }
    Ok(Outcome {
        output: Output::Count(
            listing::count(call.app, call.schema(), &authority::readable(call, &query)).await?,
        ),
        meta: Meta::default(),
    })
}

pub(super) async fn create(call: Allowed<'_, '_>, drafts: &Drafts<'_>) -> Result<Outcome, Stop> {
    let hooks = Hooks::of(call);
    let set = stamp::of_user(call)?;
    let output = match drafts {
        Drafts::One(draft) => {
            let mut row = draft_row(call, draft, &set)?;
            authority::before_create(call)?;
            if let Some(hooks) = hooks {
                row = hooks.create(row).await?;
            }
            let row = finish(call, row, &set)?;
            stage_new(call, &row).await?;
            let shown = authority::shows(call, &row).await?;
            Output::Row(shown.then_some(row))
        }
        Drafts::Many(drafts) => {
            let mut rows = each(drafts, |draft| draft_row(call, draft, &set))?;
            authority::before_create(call).map_err(|error| match rows.len() {
                0 => error,
                _ => error.of_item(0),
            })?;
            if let Some(hooks) = hooks {
                rows = hooks.create_each(rows).await?;
            }
            let rows = each(rows, |row| finish(call, row, &set))?;
            parents::prefetch(call, &rows).await?;
            let tells_items = call.tells_items()?;
            for (place, row) in rows.iter().enumerate() {
                if tells_items {
                    call.staged()?.begin_item(place);
                }
                let made = stage_new(call, row).await;
                made.map_err(|error| error.of_item(place))?;
            }
            let mut shown = Vec::with_capacity(rows.len());
            for row in rows {
                let shows = authority::shows(call, &row).await?;
                shown.push(shows.then_some(row));
            }
            Output::Made(shown)
        }
    };
    Ok(Outcome {
        output,
        meta: Meta::default(),
    })
}

/// `update` and `replace`.
pub(super) async fn change(
    call: Allowed<'_, '_>,
    id: &Value,
    edit: &Edit<'_>,
) -> Result<Outcome, Stop> {
    let found = load(call, id).await?;
    let overlay = |text, how| call.resource.overlay(text, how);
    let row = match edit {
        Edit::Merge(text) => overlay(text, Overlay::Update(&found.row))?,
        Edit::Replace(text) => overlay(text, Overlay::Replace(&found.row))?,
        Edit::With(revise) => found.keeping_revision(call.schema(), revise.apply(&found.row)?),
    };
    let row = match Hooks::of(call) {
        Some(hooks) => hooks.update(&found, row).await?,
        None => row,
    };
    // Whoever sets what they never see must not be told whether it was so before.
    let anyway = match edit {
        Edit::Merge(text) | Edit::Replace(text) => row::names_hidden(call.schema(), text),
        Edit::With(_) => false,
    };
    let row = stamp::changed(call, &found.row, row, anyway);
    validate::record(call, &row)?;
    // First: where there is no such parent, a rule that follows it has nothing to say.
    parents::check(call, Some(&found.row), &row).await?;
    authority::after(call, &row).await?;
    let rev = found.rev();
    stage(call, found, Some(&row), anyway)?;
    let shown = authority::shows(call, &row).await?;
    Ok(Outcome {
        output: Output::Row(shown.then_some(row)),
        meta: Meta {
            rev,
            ..Meta::default()
        },
    })
}

pub(super) async fn destroy(call: Allowed<'_, '_>, id: &Value) -> Result<Outcome, Stop> {
    let found = load(call, id).await?;
    if let Some(hooks) = Hooks::of(call) {
        hooks.destroy(&found).await?;
    }
    if let Some(below) = cascade::below(call, id) {
        below.await?;
    }
    let row = found.row.clone();
    let rev = found.rev();
    stage(call, found, None, false)?;
    Ok(Outcome {
        output: Output::Row(Some(row)),
        meta: Meta {
            rev,
            ..Meta::default()
        },
    })
}

/// What becomes of every record of a batch, or everything that is wrong with any of them.
fn each<T>(
    items: impl IntoIterator<Item = T>,
    make: impl Fn(T) -> Result<Row>,
) -> Result<Vec<Row>> {
    let items = items.into_iter();
    let mut rows = Vec::with_capacity(items.size_hint().0);
    let mut wrong = Vec::new();
    for (place, item) in items.enumerate() {
        match make(item) {
            Ok(row) => rows.push(row),
            Err(error) => {
                let error = error.of_item(place);
                let fields: Vec<_> = error.fields().cloned().collect();
                if fields.is_empty() {
                    return Err(error);
                }
                wrong.extend(fields);
                if wrong.len() >= FieldError::MOST {
                    wrong.truncate(FieldError::MOST);
                    break;
                }
            }
        }
    }
    if wrong.is_empty() {
        Ok(rows)
    } else {
        Err(Error::invalid(wrong))
    }
}

/// A new record, before the server puts its own into it: but for what `set` has, which serde may not be able to do without.
fn draft_row(call: Allowed<'_, '_>, draft: &Draft<'_>, set: &[(usize, Value)]) -> Result<Row> {
    let schema = call.schema();
    let row = match draft {
        Draft::Row(row) => schema.revised(row.clone(), 0),
        Draft::Text(text) => {
            let name = schema.id_field().name;
            let chosen = row::fields(text).any(|(given, _)| given == name);
            // To make one takes longer than all the rest.
            let id = if chosen { None } else { call.resource.new_id() };
            let how = Overlay::Create {
                id: id.as_ref(),
                from_client: true,
                set,
            };
            call.resource.overlay(text, how)?
        }
    };
    check_id(&row[schema.id], schema, call.app.config())?;
    Ok(row)
}

/// A new record as it is to be stored.
fn finish(call: Allowed<'_, '_>, row: Row, set: &[(usize, Value)]) -> Result<Row> {
    let row = stamp::created(call, row, set);
    validate::record(call, &row)?;
    Ok(row)
}

/// Stages a record that must not exist.
async fn stage_new(call: Allowed<'_, '_>, row: &Row) -> Result<()> {
    let schema = call.schema();
    let id = &row[schema.id];
    check_id(id, schema, call.app.config())?;
    // First: where there is no such parent, a rule that follows it has nothing to say.
    parents::check(call, None, row).await?;
    authority::after(call, row).await?;
    match call.staged()?.find(schema, id) {
        Some(Kept { row: Some(_), .. }) => return Err(exists(schema)),
        None if call.cx.is_nested() => {
            // Who called wants to know now, not when the whole is committed.
            if record::find(call, id).await?.is_some() {
                return Err(exists(schema));
            }
        }
        // The commit will tell; or the record was destroyed by this very transaction, and its id is free.
        None | Some(Kept { row: None, .. }) => {}
    }
    call.staged()?
        .put(schema, id.clone(), Expect::Absent, Some(row.clone()))
}

/// Makes sure that what the call has created and destroyed again could be created. The commit cannot tell, because nothing of
/// it is left to write.
pub(super) async fn none_existed(call: Allowed<'_, '_>) -> Result<()> {
    let staged = call.staged()?;
    for (schema, id) in staged.undone() {
        let seen = staged.seen(&schema, &id);
        // What was looked for and was not there, the commit looks for again, if there is one.
        if matches!(seen, Some(None)) && !staged.is_idle() {
            continue;
        }
        let is_there = match &seen {
            Some(Some(_)) => true,
            Some(None) | None => call.app.store().get(&schema, &id).await?.is_some(),
        };
        if is_there {
            let item = staged.item_of(&schema, &id);
            return Err(item.into_iter().fold(exists(&schema), Error::of_item));
        }
        if seen.is_none() {
            staged.saw(&schema, &id, None);
        }
    }
    Ok(())
}

/// Conflict: a record with this id exists.
pub(super) fn exists(schema: &Schema) -> Error {
    let id = schema.id_field().name;
    Error::conflict(format!("a {} with this {id} exists", schema.name))
        .reason("exists")
        .with_fields([FieldError::new(id, "exists", "exists")])
}
