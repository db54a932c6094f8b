//! Several mutations from Rust, in one transaction.

use std::fmt;

use super::Cx;
use crate::action::{Act, Call, Draft, Drafts, Edit, Options, Revise};
use crate::app::App;
use crate::cx::Edited;
use crate::error::{Error, Result};
use crate::resource::{ErasedResource, Record, Resource};
use crate::row::{self, Row, Value};

/// Mutations that are committed together, or not at all. Made by [`Cx::changeset`].
///
/// ```
/// # use schemars::JsonSchema;
/// # use serde::{Deserialize, Serialize};
/// # use sockful::prelude::*;
/// # #[derive(Serialize, Deserialize, JsonSchema, Resource)]
/// # #[resource(access = public)]
/// # struct Account { id: String, cents: i64 }
/// # async fn transfer(cx: &Cx, from: &String, to: &String, cents: i64) -> Result<()> {
/// cx.changeset()
///     .update::<Account, _, _>(from, move |account| account.cents -= cents)
///     .update::<Account, _, _>(to, move |account| account.cents += cents)
///     .commit()
///     .await
/// # }
/// ```
#[must_use = "nothing is done before `.commit().await`"]
pub struct Changeset<'a> {
    cx: &'a Cx,
    parts: Vec<Part>,
    /// The first thing that cannot be done, and which it is.
    wrong: Option<Error>,
}

struct Part {
    resource: fn(&App) -> Result<&dyn ErasedResource>,
    act: PartAct,
    if_rev: Option<u64>,
}

enum PartAct {
    Create(Row),
    Update(Value, Box<RowFn>),
    Destroy(Value),
}

type RowFn = dyn FnMut(&Row) -> Result<Row> + Send;

impl<'a> Changeset<'a> {
    pub(super) fn new(cx: &'a Cx) -> Self {
        Self {
            cx,
            parts: Vec::new(),
            wrong: None,
        }
    }

    /// Creates a record.
    pub fn create<R: Resource + Record>(self, record: R) -> Self {
        let schema = self.cx.schema::<R>();
        let row = schema.and_then(|schema| row::encode(&record, schema));
        self.part::<R>(row.map(PartAct::Create))
    }

    /// Changes a record in place, as it is left by what comes before. The closure may run again if somebody else changed the
    /// record meanwhile; it returns nothing, or a [`Result`] to refuse the whole.
    pub fn update<R, F, O>(self, id: &R::Key, mut change: F) -> Self
    where
        R: Resource + Record,
        F: FnMut(&mut R) -> O + Send + 'static,
        O: Edited,
    {
        let app = self.cx.app().clone();
        let edit = move |stored: &Row| {
            let schema = app.registry().typed::<R>()?.schema();
            let mut record = row::decode::<R>(stored, schema)?;
            change(&mut record).edited()?;
            row::encode(&record, schema)
        };
        let id = self.cx.id::<R>(id);
        self.part::<R>(id.map(|id| PartAct::Update(id, Box::new(edit))))
    }

    /// Destroys a record.
    pub fn destroy<R: Resource + Record>(self, id: &R::Key) -> Self {
        let id = self.cx.id::<R>(id);
        self.part::<R>(id.map(PartAct::Destroy))
    }

    /// Refuses the whole, unless the record of the last `update` or `destroy` has this revision: in the store, whatever this
    /// transaction has done to it before. One that it has created has none.
    pub fn if_rev(mut self, rev: u64) -> Self {
        if let Some(part) = self.parts.last_mut() {
            part.if_rev = Some(rev);
        }
        self
    }

    /// Does all of it in one transaction. Within a remote method or a hook it is part of theirs: if it is refused and they go
    /// on, nothing of it is done.
    ///
    /// # Errors
    /// That of the first mutation which is refused: whatever a client would get.
    pub async fn commit(self) -> Result<()> {
        let Self {
            cx,
            mut parts,
            wrong,
        } = self;
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let app = cx.app();
        let inner = cx.deeper()?;
        let calls = parts.iter_mut().map(|part| {
            let act = match &mut part.act {
                PartAct::Create(row) => Act::Create(Drafts::One(Draft::Row(row.clone()))),
                PartAct::Update(id, edit) => Act::Change {
                    id: id.clone(),
                    edit: Edit::With(Revise::new(&mut **edit)),
                },
                PartAct::Destroy(id) => Act::Destroy(id.clone()),
            };
            let options = Options {
                if_rev: part.if_rev,
                ..Options::default()
            };
            let resource = (part.resource)(app)?;
            Ok(Call::new(app, inner.clone(), resource, act, options))
        });
        let calls = calls.collect::<Result<_>>()?;
        cx.dispatch(Call::changeset(app, inner, calls))
            .await
            .map(drop)
    }

    fn part<R: Resource>(mut self, act: Result<PartAct>) -> Self {
        match act {
            Ok(act) => self.parts.push(Part {
                resource: |app| app.registry().typed::<R>(),
                act,
                if_rev: None,
            }),
            Err(error) => {
                let item = self.parts.len();
                self.wrong.get_or_insert_with(|| error.of_item(item));
            }
        }
        self
    }
}

impl fmt::Debug for Changeset<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changeset")
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}
