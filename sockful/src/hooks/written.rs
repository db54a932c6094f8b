//! Which hooks of a resource are written: a call that no hook touches never builds the struct.

use std::any::type_name;
use std::fmt;
use std::pin::Pin;

use super::{Hooks, NotWritten, RemoteCall};
use crate::cx::Cx;
use crate::error::Result;
use crate::query::Find;
use crate::resource::{Record, Resource};

/// A hook that runs.
pub(super) type Running<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// The hooks of a resource that are written.
pub struct HookFacts<R: Resource> {
    pub(super) before_create: Option<for<'a> fn(&'a Cx, &'a mut R) -> Running<'a>>,
    pub(super) before_update: Option<for<'a> fn(&'a Cx, &'a R, &'a mut R) -> Running<'a>>,
    pub(super) before_destroy: Option<for<'a> fn(&'a Cx, &'a R) -> Running<'a>>,
    pub(super) before_get: Option<for<'a> fn(&'a Cx, &'a R::Key) -> Running<'a>>,
    pub(super) before_all: Option<for<'a> fn(&'a Cx, &'a mut Find<R>) -> Running<'a>>,
    pub(super) before_remote: Option<for<'a> fn(&'a Cx, &'a mut RemoteCall) -> Running<'a>>,
    pub(super) after_create: Option<for<'a> fn(&'a Cx, &'a R) -> Running<'a>>,
    pub(super) after_update: Option<for<'a> fn(&'a Cx, &'a R, &'a R) -> Running<'a>>,
    pub(super) after_destroy: Option<for<'a> fn(&'a Cx, &'a R) -> Running<'a>>,
    pub(super) after_get: Option<for<'a> fn(&'a Cx, &'a mut R) -> Running<'a>>,
    pub(super) after_all: Option<for<'a> fn(&'a Cx, &'a mut [R]) -> Running<'a>>,
    pub(super) after_remote: Option<for<'a> fn(&'a Cx, &'a RemoteCall) -> Running<'a>>,
}

/// `Some` function that runs a hook, unless its future is the one of the trait itself. A wrong guess would run a hook that
/// does nothing.
macro_rules! written {
    ($hook:ident($($name:ident: $argument:ty),*)) => {{
        #[allow(
            clippy::extra_unused_type_parameters,
            reason = "most arguments name `R`, some do not"
        )]
        fn is_written<'a, R: Hooks, F>(_: fn(&'a Cx, $($argument),*) -> F) -> bool {
            type_name::<F>() != type_name::<NotWritten>()
        }
        let run: for<'a> fn(&'a Cx, $($argument),*) -> Running<'a> =
            |cx, $($name),*| Box::pin(R::$hook(cx, $($name),*));
        is_written::<R, _>(R::$hook).then_some(run)
    }};
}

impl<R: Hooks> HookFacts<R> {
    /// The hooks of `R` that are written.
    #[must_use]
    pub fn of() -> Self {
        Self {
            before_create: written!(before_create(new: &'a mut R)),
            before_update: written!(before_update(old: &'a R, new: &'a mut R)),
            before_destroy: written!(before_destroy(old: &'a R)),
            before_get: written!(before_get(id: &'a R::Key)),
            before_all: written!(before_all(query: &'a mut Find<R>)),
            before_remote: written!(before_remote(call: &'a mut RemoteCall)),
            after_create: written!(after_create(new: &'a R)),
            after_update: written!(after_update(old: &'a R, new: &'a R)),
            after_destroy: written!(after_destroy(old: &'a R)),
            after_get: written!(after_get(record: &'a mut R)),
            after_all: written!(after_all(records: &'a mut [R])),
            after_remote: written!(after_remote(call: &'a RemoteCall)),
        }
    }
}

impl<R: Resource> HookFacts<R> {
    /// Whether any has a say in what the answer to a read shows.
    pub(crate) fn follow_reads(&self) -> bool {
        self.after_get.is_some() || self.after_all.is_some()
    }
}

impl<R: Resource + Record> fmt::Debug for HookFacts<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookFacts").finish_non_exhaustive()
    }
}
