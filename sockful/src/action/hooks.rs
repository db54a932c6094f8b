//! The place of hooks in a call: which run before it, what they make of its input, and what is to follow it.

use std::borrow::Cow;

use futures_util::future::BoxFuture;

use super::call::{Act, Call, MethodCall, Outcome, Output};
use super::record::Found;
use super::step::Allowed;
use super::{BUILTIN, Builtin};
use crate::cx::{Cx, Extensions};
use crate::error::{Error, Result};
use crate::hooks::{Chain, ErasedHooks, HookedCall, RemoteCall};
use crate::query::Query;
use crate::row::Row;
use crate::store::Stored;

/// Why a call goes no further.
pub(super) enum Stop {
    Refused(Error),
    /// A hook has answered it, in JSON.
    Answered(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Stop {
    /// The same of one record of a batch.
    pub(super) fn of_item(self, item: usize) -> Self {
        match self {
            Self::Refused(error) => Self::Refused(error.of_item(item)),
            answered @ Self::Answered(_) => answered,
        }
    }

    /// What the call is answered.
    pub(super) fn outcome(self) -> Result<Outcome> {
        match self {
            Self::Refused(error) => Err(error),
            Self::Answered(text) => Ok(Outcome {
                output: Output::Text(text),
                meta: Default::default(),
            }),
        }
    }
}

/// Hooks that run. Boxed, so that calls without any do not carry the room they need.
type Running<'a, T> = BoxFuture<'a, Result<T, Stop>>;

/// The hooks of one call.
#[derive(Clone, Copy)]
pub(super) struct Hooks<'c, 'a> {
    call: Allowed<'c, 'a>,
    own: Option<&'a dyn ErasedHooks>,
}

impl<'c, 'a> Hooks<'c, 'a> {
    /// Those of this call, if there are any.
    pub(super) fn of(call: Allowed<'c, 'a>) -> Option<Self> {
        call.cx.extensions()?;
        let own = call.resource.hooks();
        Some(Self { call, own })
    }

    /// Around `get`: the record to show.
    pub(super) fn get(self, row: Row) -> Running<'c, Row>
    where
        'a: 'c,
    {
        Box::pin(async move {
            self.called().await?;
            let Some(own) = self.own else {
                return Ok(row);
            };
            if let Some(hook) = own.before_get(self.cx(), &row) {
                self.then(hook.await?)?;
            }
            Ok(match own.after_get(self.cx(), &row) {
                Some(hook) => hook.await?,
                None => row.clone(),
            })
        })
    }

    /// Before `all` and `count`: the query to ask.
    pub(super) fn ask<'q>(self, query: &'q Query) -> Running<'q, Cow<'q, Query>>
    where
        'a: 'c,
        'c: 'q,
    {
        Box::pin(async move {
            self.called().await?;
            match self.own.and_then(|own| own.before_all(self.cx(), query)) {
                Some(hook) => self.then(Cow::Owned(hook.await?)),
                None => Ok(Cow::Borrowed(query)),
            }
        })
    }

    /// After `all`: the records to show.
    pub(super) fn found<'r>(self, rows: &'r mut [Stored]) -> Running<'r, ()>
    where
        'a: 'c,
        'c: 'r,
    {
        Box::pin(async move {
            let Some(own) = self.own else {
                return Ok(());
            };
            let found = rows.iter().map(|stored| &stored.row).collect();
            let Some(hook) = own.after_all(self.cx(), found) else {
                return Ok(());
            };
            let shown = hook.await?;
            for (stored, shown) in rows.iter_mut().zip(shown) {
                stored.row = shown;
            }
            Ok(())
        })
    }

    /// Before `create`: the record to create.
    pub(super) fn create(self, row: Row) -> Running<'c, Row>
    where
        'a: 'c,
    {
        Box::pin(async move {
            self.called().await?;
            self.creating(&row).await
        })
    }

    /// The same for each record of a batch.
    pub(super) fn create_each(self, mut rows: Vec<Row>) -> Running<'c, Vec<Row>>
    where
        'a: 'c,
    {
        Box::pin(async move {
            self.called().await?;
            for (item, row) in rows.iter_mut().enumerate() {
                let created = self.creating(row).await;
                *row = created.map_err(|stop| stop.of_item(item))?;
            }
            Ok(rows)
        })
    }

    /// Before `update` and `replace`: the record as it shall be.
    pub(super) fn update<'f>(self, found: &'f Found, row: Row) -> Running<'f, Row>
    where
        'a: 'c,
        'c: 'f,
    {
        Box::pin(async move {
            self.called().await?;
            let Some(own) = self.own else {
                return Ok(row);
            };
            let Some(hook) = own.before_update(self.cx(), &found.row, &row) else {
                return Ok(row.clone());
            };
            let row = self.then(hook.await?)?;
            found.is_untouched(self.call)?;
            Ok(found.keeping_revision(self.call.schema(), row))
        })
    }

    /// Before `destroy`.
    pub(super) fn destroy<'f>(self, found: &'f Found) -> Running<'f, ()>
    where
        'a: 'c,
        'c: 'f,
    {
        Box::pin(async move {
            self.called().await?;
            if let Some(own) = self.own
                && let Some(hook) = own.before_destroy(self.cx(), &found.row)
            {
                self.then(hook.await?)?;
                found.is_untouched(self.call)?;
            }
            Ok(())
        })
    }

    /// Before a remote method: its call, with the arguments to give to it. `None` if nobody asks.
    pub(super) fn invoke<'m>(self, method: &'m MethodCall<'_>) -> Running<'m, Option<RemoteCall>>
    where
        'a: 'c,
        'c: 'm,
    {
        Box::pin(async move {
            self.called().await?;
            let Some(own) = self.own else {
                return Ok(None);
            };
            let action = &self.call.schema().actions[method.action];
            let mut call = RemoteCall::new(action, method.id.as_ref(), &method.given);
            if let Some(hook) = own.before_remote(self.cx(), &mut call) {
                self.then(hook.await?)?;
            }
            Ok(Some(call))
        })
    }

    /// Runs the hooks of the app.
    async fn called(self) -> Result<(), Stop> {
        let Self { call, .. } = self;
        let Some(chain) = chain(call.call()) else {
            return Ok(());
        };
        let cx = call.cx.in_hook_of_app();
        let answered = || call.cx.extensions().is_some_and(Extensions::is_answered);
        chain.before(&cx, &hooked(&call), answered).await?;
        self.unanswered()
    }

    async fn creating(self, row: &Row) -> Result<Row, Stop> {
        match self.own.and_then(|own| own.before_create(self.cx(), row)) {
            Some(hook) => self.then(hook.await?),
            None => Ok(row.clone()),
        }
    }

    fn cx(self) -> &'c Cx {
        &self.call.call().cx
    }

    /// Goes on with this, unless a hook has answered the call.
    fn then<T>(self, goes_on: T) -> Result<T, Stop> {
        self.unanswered().map(|()| goes_on)
    }

    fn unanswered(self) -> Result<(), Stop> {
        let answer = self.cx().extensions().and_then(Extensions::take_answer);
        answer.map_or(Ok(()), |text| Err(Stop::Answered(text)))
    }
}

/// Whether any hook may have to do with a call.
pub(super) fn concern(call: &Call<'_>) -> bool {
    call.resource.hooks().is_some() || chain(call).is_some()
}

/// The hooks of the app, if any may have to do with a call. What they call themselves they do not see.
pub(super) fn chain<'a>(call: &Call<'a>) -> Option<&'a Chain> {
    let chain = call.app.hooks();
    let concerned = !chain.is_empty() && !call.cx.is_in_hook_of_app();
    concerned.then_some(chain)
}

/// The call as the hooks of the app see it.
pub(super) fn hooked(call: &Call<'_>) -> HookedCall {
    let id = match &call.act {
        Act::Get(id) => Some(id),
        _ => call.changes(),
    };
    HookedCall {
        resource: call.schema().name,
        action: name(call),
        id: id.cloned(),
        from_client: !call.is_from_rust(),
    }
}

/// The name of the action on the wire.
fn name(call: &Call<'_>) -> &'static str {
    let builtin = match &call.act {
        Act::Remote(method) => return call.schema().actions[method.action].name,
        Act::Create(_) => Builtin::Create,
        Act::Get(_) => Builtin::Get,
        Act::All(_) => Builtin::All,
        Act::Count(_) => Builtin::Count,
        Act::Watch { .. } => Builtin::Watch,
        Act::Unwatch(_) => Builtin::Unwatch,
        Act::Change { edit, .. } => edit.builtin(),
        Act::Destroy(_) => Builtin::Destroy,
        Act::Changeset => return "commit",
    };
    let named = BUILTIN.iter().find(|(_, it)| *it == builtin);
    named.map_or("", |(name, _)| name)
}
