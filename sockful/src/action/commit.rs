//! Hands a call's writes to the store, and tells the call what came of it.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::oneshot;
use tokio::sync::oneshot::error::RecvError;

use super::aftermath::{Aftermath, Owed, Pledge};
use super::builtin::exists;
use super::call::{Handover, Meta, Outcome, Output};
use super::step::Allowed;
use crate::change::Change;
use crate::error::{Error, FieldError, Result};
use crate::identity;
use crate::protocol::{self, Reply};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{Committed, StoreError, Transaction};

/// Commits, and puts position and revisions into the answer, which is recorded if the call is an operation. `None` means that a record had been changed
/// since the call read it: the call must run again.
///
/// # Errors
/// BadRequest `answer_too_large`, before anything is done; Conflict for an id or a unique value that is
/// taken, and for parents and children that only the database knows of; what the operation of the call was refused with before; whatever the store says.
pub(super) async fn commit(
    call: Allowed<'_, '_>,
    mut transaction: Transaction,
    mut outcome: Outcome,
    aftermath: Aftermath,
) -> Result<Option<Done>> {
    let once = call.options.once.as_deref();
    let pledge = Pledge::of(call, &transaction, aftermath);
    if transaction.writes.is_empty() && once.is_none() {
        let owed = pledge.and_then(|pledge| pledge.owe(&[]));
        return Ok(Some(Done { outcome, owed }));
    }
    fits(call, &outcome)?;
    let subject = Subject::of(call);
    transaction.operation = once.map(|once| {
        // The store asks for the answer before we do, so it gets its own.
        let (subject, mut outcome) = (subject.clone(), outcome.clone());
        once.operation(Box::new(move |committed| {
            subject.complete(&mut outcome, committed);
            protocol::record(&subject.schema, outcome.clone())
        }))
    });
    // Kept for the error alone.
    let targets = Targets::of(call, &transaction);
    let (committed, owed) = match pledge {
        None => (handed_over(call, transaction).await, None),
        // Boxed, so that calls which nothing follows do not carry the room it needs.
        Some(pledge) => Box::pin(followed(call, transaction, pledge)).await,
    };
    call.app.meters().commit(&committed);
    match committed {
        Ok(committed) => {
            // What this call has changed is pushed before it is answered.
            call.app.live().take(&committed);
            call.app.live().told(&committed).await;
            subject.complete(&mut outcome, &committed);
            Ok(Some(Done { outcome, owed }))
        }
        Err(StoreError::Answered(answered)) => match once {
            Some(once) => once.replay(&answered).map(Done::alone).map(Some),
            None => Err(StoreError::Answered(answered).into()),
        },
        Err(StoreError::Stale) => Ok(None),
        Err(StoreError::Exists { write }) => Err(targets.error(write, exists)),
        Err(StoreError::Unique { write, field }) => {
            Err(targets.error(write, |schema| taken(schema, field)))
        }
        Err(StoreError::Dangling(source)) => Err(dangling(source)),
        Err(error) => Err(error.into()),
    }
}

/// A call that is committed.
pub(super) struct Done {
    pub(super) outcome: Outcome,
    /// What follows it.
    pub(super) owed: Option<Owed>,
}

impl Done {
    /// One that nothing follows.
    fn alone(outcome: Outcome) -> Self {
        let owed = None;
        Self { outcome, owed }
    }
}

/// What the store says.
type Said = std::result::Result<Committed, StoreError>;

/// Commits.
async fn handed_over(call: Allowed<'_, '_>, transaction: Transaction) -> Said {
    let mut committing = identity::commit(call.app, transaction);
    let begun = futures_util::poll!(&mut committing);
    // From its first poll on a commit has its place among all others.
    call.handover.iter().for_each(Handover::done);
    match begun {
        Poll::Ready(committed) => committed,
        Poll::Pending => committing.await,
    }
}

/// The same for a call that hooks may follow: they do although nobody waits for the call any more when the store is done.
async fn followed(
    call: Allowed<'_, '_>,
    transaction: Transaction,
    pledge: Pledge,
) -> (Said, Option<Owed>) {
    let app = call.app.clone();
    let mut committing = Box::pin(async move {
        let committed = identity::commit(&app, transaction).await;
        let owed = match &committed {
            Ok(committed) => pledge.owe(&committed.changes),
            Err(_) => None,
        };
        (committed, owed)
    });
    let begun = futures_util::poll!(&mut committing);
    call.handover.iter().for_each(Handover::done);
    if let Poll::Ready(done) = begun {
        return done;
    }
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        // Whoever has gone lets go of what is owed, which starts it.
        let _ = tell.send(committing.await);
    });
    let lost = |lost: RecvError| (Err(StoreError::Failed(lost.into())), None);
    told.await.unwrap_or_else(lost)
}

/// Refuses what could not be answered once it is done. Rust code may be answered anything.
fn fits(call: Allowed<'_, '_>, outcome: &Outcome) -> Result<()> {
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

/// Conflict: the database knows of a parent or a child that the call could not know of. Which it is stays in the log, as a client
/// may not see either.
fn dangling(source: Box<dyn StdError + Send + Sync>) -> Error {
    tracing::warn!(error = %source, "the database knows of other parents or children than the app");
    let message =
        "a parent of what this call writes is not there, or something belongs to what it destroys";
    Error::conflict(message)
        .reason("dangling")
        .caused_by(source)
}

/// What each write of a transaction is about, in case the store refuses it.
struct Targets<'c, 'a> {
    call: Allowed<'c, 'a>,
    /// Empty, if there is only one, of the resource that was called.
    writes: Vec<(Arc<Schema>, Value)>,
}

impl<'c, 'a> Targets<'c, 'a> {
    fn of(call: Allowed<'c, 'a>, transaction: &Transaction) -> Self {
        let writes = match &transaction.writes[..] {
            [only] if Arc::ptr_eq(&only.schema, call.schema()) => &[],
            writes => writes,
        };
        let writes = writes.iter();
        Self {
            call,
            writes: writes
                .map(|write| (Arc::clone(&write.schema), write.id.clone()))
                .collect(),
        }
    }

    /// Why this write was refused, and which item of the payload it belonged to.
    fn error(&self, write: usize, reason: impl FnOnce(&Schema) -> Error) -> Error {
        let Some((schema, id)) = self.writes.get(write) else {
            return reason(self.call.schema());
        };
        let item = self
            .call
            .staged()
            .ok()
            .and_then(|staged| staged.item_of(schema, id));
        match item {
            Some(item) => reason(schema).of_item(item),
            None => reason(schema),
        }
    }
}

/// What a call is about: as much as its answer needs to know, once the call itself is gone.
#[derive(Clone)]
struct Subject {
    schema: Arc<Schema>,
    /// The record it changes, if that is one.
    id: Option<Value>,
    parts: Vec<Self>,
}

impl Subject {
    fn of(call: Allowed<'_, '_>) -> Self {
        Self {
            schema: Arc::clone(call.schema()),
            id: call.changes().cloned(),
            parts: call.parts().map(Self::of).collect(),
        }
    }

    /// Tells the position, and the revision of each record that the answer shows or the call was about.
    fn complete(&self, outcome: &mut Outcome, committed: &Committed) {
        if committed.changes.is_empty() {
            return;
        }
        outcome.meta.pos = Some(committed.pos);
        self.revisions(&mut outcome.output, &mut outcome.meta, committed);
    }

    fn revisions(&self, output: &mut Output, meta: &mut Meta, committed: &Committed) {
        let Committed { pos, changes } = committed;
        match output {
            Output::Parts(parts) => {
                let items = meta
                    .several
                    .iter_mut()
                    .flat_map(|it| &mut it.items)
                    .flatten();
                for ((part, (_, output)), meta) in self.parts.iter().zip(parts).zip(items) {
                    part.revisions(output, meta, committed);
                }
            }
            Output::Row(Some(row)) => {
                if let Some(change) = self.change(changes, &row[self.schema.id]) {
                    meta.rev = Some(change.rev);
                    self.revise(row, change);
                }
            }
            Output::Made(rows) => {
                let changes: HashMap<_, _> = self
                    .own(changes)
                    .map(|change| (&change.id, change))
                    .collect();
                for row in rows.iter_mut().flatten() {
                    if let Some(change) = changes.get(&row[self.schema.id]) {
                        self.revise(row, change);
                    }
                }
                // The revision of what was made is the position.
                meta.several.get_or_insert_default().revs = Some(vec![*pos; rows.len()]);
            }
            Output::Row(None)
            | Output::Rows(..)
            | Output::Watched { .. }
            | Output::Tree { .. }
            | Output::Text(_)
            | Output::Count(_) => {
                let change = self.id.as_ref().and_then(|id| self.change(changes, id));
                meta.rev = change.map(|change| change.rev).or(meta.rev);
            }
        }
    }

    /// The change of the record with this id.
    fn change<'a>(&self, changes: &'a [Change], id: &Value) -> Option<&'a Change> {
        self.own(changes).find(|change| change.id == *id)
    }

    /// The changes of records of the resource that was called.
    fn own<'a>(&self, changes: &'a [Change]) -> impl Iterator<Item = &'a Change> {
        let name = self.schema.name;
        changes
            .iter()
            .filter(move |change| change.schema.name == name)
    }

    /// Puts the new revision into a row that holds its revision. What was destroyed is answered as it was.
    fn revise(&self, row: &mut Row, change: &Change) {
        if change.new.is_some() {
            *row = self.schema.revised(row.clone(), change.rev);
        }
    }
}
