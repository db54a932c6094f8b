//! The hooks of the whole app.

use super::AppBuilder;
use crate::cx::Cx;
use crate::error::Result;
use crate::hooks::{HookedCall, SessionHook, SessionInfo};

impl AppBuilder {
    /// Runs before every call that the pattern names, whoever makes it: `card.create`, `card.*`, `*.create`, `*`. It comes behind
    /// access and policy and in front of the resource's own [hooks](crate::Hooks), whose contract it shares: it may refuse, and
    /// it may [answer](Cx::answer). Calls that it makes itself it does not see.
    ///
    /// ```
    /// # use sockful::prelude::*;
    /// # use sockful::HookedCall;
    /// async fn only_reads(_cx: Cx, call: HookedCall) -> Result<()> {
    ///     match call.action() {
    ///         "get" | "all" | "count" => Ok(()),
    ///         _ => Err(Error::unavailable("we are moving house")),
    ///     }
    /// }
    ///
    /// let app = App::builder().before("*", only_reads);
    /// ```
    pub fn before<F, Fut>(mut self, pattern: &str, hook: F) -> Self
    where
        F: Fn(Cx, HookedCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.hooks.add_before(pattern, hook);
        self
    }

    /// Runs after every call that the pattern names and that has done what it was asked, as [`before`](Self::before) names them:
    /// once all is committed, and apart from the answer, as the `after_*` of [hooks](crate::Hooks) do.
    pub fn after<F, Fut>(mut self, pattern: &str, hook: F) -> Self
    where
        F: Fn(Cx, HookedCall) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.hooks.add_after(pattern, hook);
        self
    }

    /// Runs when a client has connected, on behalf of it: its requests are answered once this has ended. An error is logged,
    /// and told to nobody: who may connect is up to [`authenticate`](Self::authenticate). It may run as long as
    /// [`Config::hook_timeout`](crate::Config::hook_timeout). What it writes commits by itself. [`Cx::user`] is `None` if the facts of the user could not be
    /// loaded.
    ///
    /// ```
    /// # use schemars::JsonSchema;
    /// # use serde::{Deserialize, Serialize};
    /// use sockful::SessionInfo;
    /// use sockful::prelude::*;
    ///
    /// /// Who is here: a record for each session, since one user may have several.
    /// #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    /// #[resource(access = authenticated)]
    /// struct Presence {
    ///     id: String,
    ///     #[resource(index)]
    ///     user: String,
    /// }
    ///
    /// let app = App::builder()
    ///     .resource::<Presence>()
    ///     .connected(async |cx: Cx, session: SessionInfo| {
    ///         if let Some(user) = cx.user_key() {
    ///             let (id, user) = (session.id().to_string(), user.to_owned());
    ///             cx.system().create(Presence { id, user }).await?;
    ///         }
    ///         Ok(())
    ///     })
    ///     .disconnected(async |cx: Cx, session: SessionInfo| {
    ///         if cx.user_key().is_some() {
    ///             cx.system().destroy::<Presence>(&session.id().to_string()).await?;
    ///         }
    ///         Ok(())
    ///     });
    /// ```
    pub fn connected<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Cx, SessionInfo) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.session_hooks.connected.push(SessionHook::new(hook));
        self
    }

    /// Runs when a client has gone, once for each session that [`connected`](Self::connected) has run for, whose contract it
    /// shares, and after that has ended: on behalf of whoever the client was in the end. Calls of a client that went may still
    /// run then. It does not run if the process ends before, so what must be true after a crash is not for it alone.
    pub fn disconnected<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Cx, SessionInfo) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        self.session_hooks.disconnected.push(SessionHook::new(hook));
        self
    }
}
