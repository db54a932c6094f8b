//! The hooks of sessions: when a client has connected, and when it has gone.

use std::fmt;
use std::net::IpAddr;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::cx::Cx;
use crate::error::Result;

/// One session, as its hooks see it: a client, from when it connects until it is gone.
#[derive(Clone, Debug)]
pub struct SessionInfo {
    id: Uuid,
    address: Option<IpAddr>,
}

impl SessionInfo {
    pub(crate) fn new(address: Option<IpAddr>) -> Self {
        Self {
            id: Uuid::now_v7(),
            address,
        }
    }

    /// What tells this session from every other, of this server and of others, now and later. Clients are not told it.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Where the client is, as [`Handshake::address`](crate::Handshake::address) tells it.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.address
    }
}

type Run = dyn Fn(Cx, SessionInfo) -> BoxFuture<'static, Result<()>> + Send + Sync;

/// A hook of sessions.
pub(crate) struct SessionHook(Box<Run>);

/// The hooks of sessions of an app, in the order they were added.
#[derive(Default)]
pub(crate) struct SessionHooks {
    pub(crate) connected: Vec<SessionHook>,
    pub(crate) disconnected: Vec<SessionHook>,
}

impl SessionHook {
    pub(crate) fn new<F, Fut>(hook: F) -> Self
    where
        F: Fn(Cx, SessionInfo) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<()>> + Send + 'static,
    {
        Self(Box::new(move |cx, session| hook(cx, session).boxed()))
    }

    pub(crate) fn run(&self, cx: &Cx, session: &SessionInfo) -> BoxFuture<'static, Result<()>> {
        (self.0)(cx.clone(), session.clone())
    }
}

impl SessionHooks {
    pub(crate) fn is_empty(&self) -> bool {
        self.connected.is_empty() && self.disconnected.is_empty()
    }
}

impl fmt::Debug for SessionHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionHooks")
            .field("connected", &self.connected.len())
            .field("disconnected", &self.disconnected.len())
            .finish()
    }
}
