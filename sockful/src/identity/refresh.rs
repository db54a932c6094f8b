//! Which changes make which facts stale.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use super::Users;
use crate::app::App;
use crate::change::Change;
use crate::error::{Error, Result};
use crate::resource::{Key, Record, Resource};
use crate::row::{self, Row};
use crate::schema::Schema;
use crate::store::{Committed, StoreError, StoreFuture, Transaction};

/// The users that a record is about: what the closure of [`AppBuilder::refresh`](crate::AppBuilder::refresh) points to.
/// An id, one that may be absent, or a list.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no user",
    label = "not the key of a user",
    note = "point to an id, `Option` of one or `Vec` of them"
)]
pub trait UserKeys {
    /// The keys, as [`Login::new`](crate::Login::new) makes them of ids.
    fn user_keys(&self) -> Vec<String>;
}

impl<K: Key> UserKeys for K {
    fn user_keys(&self) -> Vec<String> {
        vec![self.to_string()]
    }
}

impl<K: Key> UserKeys for Option<K> {
    fn user_keys(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

impl<K: Key> UserKeys for Vec<K> {
    fn user_keys(&self) -> Vec<String> {
        self.iter().map(ToString::to_string).collect()
    }
}

type Concerned = dyn Fn(&Schema, &Row) -> Result<Vec<String>> + Send + Sync;

/// What was said by `.refresh(..)`, by the name of the resource.
#[derive(Default)]
pub(crate) struct Refreshers(HashMap<&'static str, Vec<Box<Concerned>>>);

impl Refreshers {
    /// A change of an `R` makes the facts of these users stale.
    pub(crate) fn add<R: Resource + Record>(
        &mut self,
        concerned: impl Send + Sync + 'static + Fn(&R) -> &dyn UserKeys,
    ) {
        let concerned = move |schema: &Schema, row: &Row| {
            let keys = AssertUnwindSafe(|| {
                let record = row::decode::<R>(row, schema)?;
                Ok(concerned(&record).user_keys())
            });
            catch_unwind(keys).unwrap_or_else(|panic| Err(Error::panicked(&*panic)))
        };
        let of = self.0.entry(R::FACTS.name).or_default();
        of.push(Box::new(concerned));
    }

    /// The names of the resources that facts depend on.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// Whether facts depend on no record.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether facts depend on what this transaction writes.
    fn concern(&self, transaction: &Transaction) -> bool {
        let mut writes = transaction.writes.iter();
        !self.0.is_empty() && writes.any(|write| self.0.contains_key(write.schema.name))
    }

    /// Makes the facts of everybody stale whom this change is about, before or after it.
    fn apply(&self, users: &Users, change: &Change) -> Result<()> {
        let concerned = self.0.get(change.schema.name);
        for concerned in concerned.into_iter().flatten() {
            for row in change.old.iter().chain(&change.new) {
                for key in concerned(&change.schema, row)? {
                    if let Some(user) = users.get(&key) {
                        user.make_stale();
                    }
                }
            }
        }
        Ok(())
    }
}

/// Commits, and before that is acknowledged makes the facts stale that depend on what has changed. The store has it from
/// the first poll on.
///
/// # Errors
/// What the store says.
pub(crate) fn commit(app: &App, transaction: Transaction) -> StoreFuture<'_, Committed> {
    let keeps_log = app.store().caps().log;
    if keeps_log && !app.identity().refreshers.concern(&transaction) {
        return app.store().commit(transaction);
    }
    let app = app.clone();
    let mut committing: StoreFuture<'static, _> = Box::pin(async move {
        let committed = app.store().commit(transaction).await;
        app.identity().after(&committed);
        if let Ok(committed) = &committed
            && !keeps_log
        {
            // Nobody can learn of it later.
            app.live().take(committed);
        }
        committed
    });
    Box::pin(async move {
        if let Poll::Ready(committed) = futures_util::poll!(&mut committing) {
            return committed;
        }
        // It goes on when nobody waits for it any more, and must not leave facts behind that it has made stale.
        let done = tokio::spawn(committing).await;
        done.unwrap_or_else(|lost| Err(StoreError::Failed(lost.into())))
    })
}

impl super::Identity {
    /// Makes the facts of this user stale.
    pub(crate) fn reauthorise(&self, key: &str) {
        if let Some(user) = self.users.get(key) {
            user.make_stale();
        }
    }

    /// Makes the facts stale that depend on what has changed.
    pub(crate) fn seen(&self, changes: &[Change]) {
        let mut changes = changes.iter();
        let known = changes.try_for_each(|change| self.refreshers.apply(&self.users, change));
        self.doubt_all(known);
    }

    fn after(&self, committed: &Result<Committed, StoreError>) {
        let known = match committed {
            Ok(committed) => return self.seen(&committed.changes),
            // Whether it was done is not known.
            Err(error @ (StoreError::Unavailable(_) | StoreError::Failed(_))) => {
                Err(Error::internal(error.to_string()))
            }
            Err(_) => Ok(()),
        };
        self.doubt_all(known);
    }

    /// Makes all facts stale, where it is not known which are.
    fn doubt_all(&self, known: Result<()>) {
        if let Err(error) = known {
            tracing::warn!(
                ?error,
                "nobody knows whose facts are stale: all of them are"
            );
            self.users.all().iter().for_each(|user| user.make_stale());
        }
    }
}
