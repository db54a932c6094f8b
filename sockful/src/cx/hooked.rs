//! The part of a context that is for hooks.

use std::sync::Arc;

use serde::Serialize;

use super::{Cx, Extensions, Scope};
use crate::app::App;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::limits::Following;

tokio::task_local! {
    /// How deep the hook is that runs, where one runs that follows a call.
    static BEHIND: u8;
}

impl Cx {
    /// Ends the call with this answer, and nothing of what it asked is done: for a hook that comes before it, as its last
    /// words. What hooks have written until then is committed. Elsewhere it does nothing.
    ///
    /// ```
    /// # use sockful::prelude::*;
    /// # async fn cached(_: &str) -> Option<String> { None }
    /// # async fn before_get(cx: &Cx, id: &String) -> Result<()> {
    /// match cached(id).await {
    ///     Some(known) => cx.answer(&known),
    ///     None => Ok(()),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// Internal, if serde cannot write it.
    pub fn answer<T: Serialize + ?Sized>(&self, answer: &T) -> Result<()> {
        let text = serde_json::to_string(answer).map_err(Error::internal)?;
        if let Some(extensions) = &self.extensions {
            extensions.answer(text);
        }
        Ok(())
    }

    /// Hands a value to whatever comes later in this call: its other hooks, and the remote method. One of each type.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) {
        if let Some(extensions) = &self.extensions {
            extensions.insert(value);
        }
    }

    /// The value of this type that a hook has [inserted](Self::insert) earlier in this call.
    #[must_use]
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.extensions.as_ref()?.get()
    }

    /// What the hooks of this call hand on.
    pub(crate) fn extensions(&self) -> Option<&Extensions> {
        self.extensions.as_deref()
    }

    /// Forgets what hooks have handed on; makes room for more, if this call has any.
    pub(crate) fn renew_extensions(&mut self, hooked: bool) {
        self.extensions = hooked.then(Arc::default);
    }

    /// The same context for a hook of the app, which does not see what it calls itself.
    pub(crate) fn in_hook_of_app(&self) -> Self {
        Self {
            in_hook_of_app: true,
            ..self.clone()
        }
    }

    pub(crate) fn is_in_hook_of_app(&self) -> bool {
        self.in_hook_of_app
    }

    /// The same context on behalf of the application itself, for a hook of what goes with a record. It belongs to no call that
    /// could be answered.
    pub(crate) fn beneath(&self) -> Self {
        Self {
            extensions: None,
            ..self.system()
        }
    }

    /// The same context for what comes after the call: each write commits by itself.
    pub(crate) fn afterwards(&self) -> Self {
        Self {
            scope: Scope::Free,
            // Hooks that cause each other come to an end.
            depth: self.depth + 1,
            afterwards: true,
            ..self.clone()
        }
    }

    /// Runs a hook that follows a call, and was given this context.
    pub(crate) fn behind<F: Future>(&self, hook: F) -> impl Future<Output = F::Output> {
        BEHIND.scope(self.depth, hook)
    }

    /// A context that begins anew, but for a hook that follows a call: what it calls is behind that call, whatever context
    /// it has. It waits for hooks that follow it in turn, needs no place of its own among those that do, and comes to an end.
    pub(crate) fn anew(app: App, caller: Caller) -> Self {
        let anew = Self::new(app, caller);
        match BEHIND.try_with(|depth| *depth) {
            Ok(depth) => Self {
                depth,
                afterwards: true,
                ..anew
            },
            Err(_) => anew,
        }
    }

    /// Whose hooks those are that follow what is called.
    pub(crate) fn following(&self) -> &Arc<Following> {
        let of_caller = || self.app.limits().following(&self.caller);
        self.following.as_ref().unwrap_or_else(of_caller)
    }

    /// Whether a hook that follows a call has made this one.
    pub(crate) fn is_afterwards(&self) -> bool {
        self.afterwards
    }
}
