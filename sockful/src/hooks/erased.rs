//! The hooks of a resource without its type: rows go in and come out.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{HookFacts, RemoteCall};
use crate::change::Change;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::query::{Find, Query};
use crate::resource::{Record, Resource};
use crate::row::{self, Row};
use crate::schema::Schema;

/// The hooks of one resource. Each answers `None` where it is not written, and otherwise what it makes of what it is given.
pub(crate) trait ErasedHooks: Send + Sync {
    /// Whether there is a hook before `create`.
    fn precede_create(&self) -> bool;
    fn before_create<'a>(&'a self, cx: &'a Cx, new: &'a Row) -> Option<BoxFuture<'a, Result<Row>>>;
    fn before_update<'a>(
        &'a self,
        cx: &'a Cx,
        old: &'a Row,
        new: &'a Row,
    ) -> Option<BoxFuture<'a, Result<Row>>>;
    fn before_destroy<'a>(&'a self, cx: &'a Cx, old: &'a Row) -> Option<BoxFuture<'a, Result<()>>>;
    fn before_get<'a>(&'a self, cx: &'a Cx, row: &'a Row) -> Option<BoxFuture<'a, Result<()>>>;
    fn before_all<'a>(
        &'a self,
        cx: &'a Cx,
        query: &'a Query,
    ) -> Option<BoxFuture<'a, Result<Query>>>;
    fn before_remote<'a>(
        &'a self,
        cx: &'a Cx,
        call: &'a mut RemoteCall,
    ) -> Option<BoxFuture<'a, Result<()>>>;
    fn after_get<'a>(&'a self, cx: &'a Cx, row: &'a Row) -> Option<BoxFuture<'a, Result<Row>>>;
    fn after_all<'a>(
        &'a self,
        cx: &'a Cx,
        rows: Vec<&'a Row>,
    ) -> Option<BoxFuture<'a, Result<Vec<Row>>>>;
    /// Whether a change of this kind has a hook.
    fn follow(&self, change: &Change) -> bool;
    /// What comes after a change.
    fn after<'a>(&'a self, cx: &'a Cx, change: &'a Change) -> BoxFuture<'a, Result<()>>;
    /// Whether there is a hook after remote methods.
    fn follow_remote(&self) -> bool;
    fn after_remote<'a>(
        &'a self,
        cx: &'a Cx,
        call: &'a RemoteCall,
    ) -> Option<BoxFuture<'a, Result<()>>>;
}

/// The hooks of `R`, with its schema.
pub(crate) struct TypedHooks<R: Resource> {
    facts: HookFacts<R>,
    schema: Arc<Schema>,
}

impl<R: Resource + Record> TypedHooks<R> {
    pub(crate) fn new(facts: HookFacts<R>, schema: Arc<Schema>) -> Self {
        Self { facts, schema }
    }

    fn record(&self, row: &Row) -> Result<R> {
        row::decode(row, &self.schema)
    }

    /// What a hook has made of a record is the server's doing, whatever is wrong with it.
    fn row(&self, record: &R) -> Result<Row> {
        row::encode(record, &self.schema).map_err(Error::internal)
    }
}

impl<R: Resource + Record> ErasedHooks for TypedHooks<R> {
    fn precede_create(&self) -> bool {
        self.facts.before_create.is_some()
    }

    fn before_create<'a>(&'a self, cx: &'a Cx, new: &'a Row) -> Option<BoxFuture<'a, Result<Row>>> {
        let hook = self.facts.before_create?;
        Some(Box::pin(async move {
            let mut new = self.record(new)?;
            hook(cx, &mut new).await?;
            self.row(&new)
        }))
    }

    fn before_update<'a>(
        &'a self,
        cx: &'a Cx,
        old: &'a Row,
        new: &'a Row,
    ) -> Option<BoxFuture<'a, Result<Row>>> {
        let hook = self.facts.before_update?;
        Some(Box::pin(async move {
            let (old, mut new) = (self.record(old)?, self.record(new)?);
            hook(cx, &old, &mut new).await?;
            self.row(&new)
        }))
    }

    fn before_destroy<'a>(&'a self, cx: &'a Cx, old: &'a Row) -> Option<BoxFuture<'a, Result<()>>> {
        let hook = self.facts.before_destroy?;
        Some(Box::pin(async move {
            let old = self.record(old)?;
            hook(cx, &old).await
        }))
    }

    fn before_get<'a>(&'a self, cx: &'a Cx, row: &'a Row) -> Option<BoxFuture<'a, Result<()>>> {
        let hook = self.facts.before_get?;
        Some(Box::pin(async move {
            let record = self.record(row)?;
            hook(cx, record.key()).await
        }))
    }

    fn before_all<'a>(
        &'a self,
        cx: &'a Cx,
        query: &'a Query,
    ) -> Option<BoxFuture<'a, Result<Query>>> {
        let hook = self.facts.before_all?;
        Some(Box::pin(async move {
            let mut find = Find::<R>::from(query.clone());
            hook(cx, &mut find).await?;
            find.fit(&self.schema, cx.app().registry())
        }))
    }

    fn before_remote<'a>(
        &'a self,
        cx: &'a Cx,
        call: &'a mut RemoteCall,
    ) -> Option<BoxFuture<'a, Result<()>>> {
        Some(self.facts.before_remote?(cx, call))
    }

    fn after_get<'a>(&'a self, cx: &'a Cx, row: &'a Row) -> Option<BoxFuture<'a, Result<Row>>> {
        let hook = self.facts.after_get?;
        Some(Box::pin(async move {
            let mut record = self.record(row)?;
            hook(cx, &mut record).await?;
            self.row(&record)
        }))
    }

    fn after_all<'a>(
        &'a self,
        cx: &'a Cx,
        rows: Vec<&'a Row>,
    ) -> Option<BoxFuture<'a, Result<Vec<Row>>>> {
        let hook = self.facts.after_all?;
        Some(Box::pin(async move {
            let records = rows.into_iter().map(|row| self.record(row));
            let mut records = records.collect::<Result<Vec<_>>>()?;
            hook(cx, &mut records).await?;
            records.iter().map(|record| self.row(record)).collect()
        }))
    }

    fn follow(&self, change: &Change) -> bool {
        match (&change.old, &change.new) {
            (None, Some(_)) => self.facts.after_create.is_some(),
            (Some(_), Some(_)) => self.facts.after_update.is_some(),
            (Some(_), None) => self.facts.after_destroy.is_some(),
            (None, None) => false,
        }
    }

    fn after<'a>(&'a self, cx: &'a Cx, change: &'a Change) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let record = |row: &Option<Row>| row.as_ref().map(|row| self.record(row)).transpose();
            let (old, new) = (record(&change.old)?, record(&change.new)?);
            let HookFacts {
                after_create,
                after_update,
                after_destroy,
                ..
            } = &self.facts;
            match (old, new) {
                (None, Some(new)) => match after_create {
                    Some(hook) => hook(cx, &new).await,
                    None => Ok(()),
                },
                (Some(old), Some(new)) => match after_update {
                    Some(hook) => hook(cx, &old, &new).await,
                    None => Ok(()),
                },
                (Some(old), None) => match after_destroy {
                    Some(hook) => hook(cx, &old).await,
                    None => Ok(()),
                },
                (None, None) => Ok(()),
            }
        })
    }

    fn follow_remote(&self) -> bool {
        self.facts.after_remote.is_some()
    }

    fn after_remote<'a>(
        &'a self,
        cx: &'a Cx,
        call: &'a RemoteCall,
    ) -> Option<BoxFuture<'a, Result<()>>> {
        Some(self.facts.after_remote?(cx, call))
    }
}
