//! The place of hooks in a call: which run before it, what they make of its input, and what is to follow it.

use std::borrow::Cow;

use super::call::{Act, Call, MethodCall, Outcome, Output};
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

/// The hooks of one call.
#[derive(Clone, Copy)]
pub(super) struct Hooks<'c, 'a> {
    call: &'c Call<'a, Allowed>,
    own: Option<&'a dyn ErasedHooks>,
}

impl<'c, 'a> Hooks<'c, 'a> {
    /// Those of this call, if there are any.
    pub(super) fn of(call: &'c Call<'a, Allowed>) -> Option<Self> {
        call.cx.extensions()?;
        let own = call.resource.hooks();
        Some(Self { call, own })
    }

    /// Runs the hooks of the app.
    pub(super) async fn called(self) -> Result<(), Stop> {
        let Self { call, .. } = self;
        let Some(chain) = chain(call) else {
            return Ok(());
        };
        let cx = call.cx.in_hook_of_app();
        let answered = || call.cx.extensions().is_some_and(Extensions::is_answered);
        chain.before(&cx, &hooked(call), answered).await?;
        self.unanswered()
    }

    /// The record to create.
    pub(super) async fn creating(self, row: &Row) -> Result<Row, Stop> {
        let hook = self.own.and_then(|own| own.before_create(self.cx(), row));
        match hook {
            Some(hook) => self.then(hook.await?),
            None => Ok(row.clone()),
        }
    }

    /// The record as it shall be.
    pub(super) async fn updating(self, old: &Row, new: &Row) -> Result<Row, Stop> {
        let hook = self
            .own
            .and_then(|own| own.before_update(self.cx(), old, new));
        match hook {
            Some(hook) => self.then(hook.await?),
            None => Ok(new.clone()),
        }
    }

    pub(super) async fn destroying(self, old: &Row) -> Result<(), Stop> {
        match self.own.and_then(|own| own.before_destroy(self.cx(), old)) {
            Some(hook) => self.then(hook.await?),
            None => Ok(()),
        }
    }

    pub(super) async fn getting(self, row: &Row) -> Result<(), Stop> {
        match self.own.and_then(|own| own.before_get(self.cx(), row)) {
            Some(hook) => self.then(hook.await?),
            None => Ok(()),
        }
    }

    /// The query to ask.
    pub(super) async fn asking<'q>(self, query: &'q Query) -> Result<Cow<'q, Query>, Stop> {
        match self.own.and_then(|own| own.before_all(self.cx(), query)) {
            Some(hook) => self.then(Cow::Owned(hook.await?)),
            None => Ok(Cow::Borrowed(query)),
        }
    }

    /// The arguments to give to a remote method, and its call as the hook behind it sees it. `None` if no hook has looked.
    pub(super) async fn invoking(
        self,
        method: &MethodCall<'_>,
    ) -> Result<Option<RemoteCall>, Stop> {
        let Some(own) = self.own else {
            return Ok(None);
        };
        let action = &self.call.schema().actions[method.action];
        let mut call = RemoteCall::new(action, method.id.as_ref(), &method.given);
        if let Some(hook) = own.before_remote(self.cx(), &mut call) {
            self.then(hook.await?)?;
        }
        Ok(Some(call))
    }

    /// The record to show.
    pub(super) async fn got(self, row: &Row) -> Result<Row, Stop> {
        let hook = self.own.and_then(|own| own.after_get(self.cx(), row));
        match hook {
            Some(hook) => Ok(hook.await?),
            None => Ok(row.clone()),
        }
    }

    /// The records to show.
    pub(super) async fn found(self, rows: &mut [Stored]) -> Result<(), Stop> {
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
    }

    fn cx(self) -> &'c Cx {
        &self.call.cx
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
pub(super) fn concern<S>(call: &Call<'_, S>) -> bool {
    call.resource.hooks().is_some() || chain(call).is_some()
}

/// The hooks of the app, if any may have to do with a call. What they call themselves they do not see.
pub(super) fn chain<'a, S>(call: &Call<'a, S>) -> Option<&'a Chain> {
    let chain = call.app.hooks();
    let concerned = !chain.is_empty() && !call.cx.is_in_hook_of_app();
    concerned.then_some(chain)
}

/// The call as the hooks of the app see it.
pub(super) fn hooked<S>(call: &Call<'_, S>) -> HookedCall {
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
fn name<S>(call: &Call<'_, S>) -> &'static str {
    let builtin = match &call.act {
        Act::Remote(method) => return call.schema().actions[method.action].name,
        Act::Create(_) => Builtin::Create,
        Act::Get(_) => Builtin::Get,
        Act::All(_) => Builtin::All,
        Act::Count(_) => Builtin::Count,
        Act::Change { edit, .. } => edit.builtin(),
        Act::Destroy(_) => Builtin::Destroy,
        Act::Changeset => return "commit",
    };
    let named = BUILTIN.iter().find(|(_, it)| *it == builtin);
    named.map_or("", |(name, _)| name)
}
