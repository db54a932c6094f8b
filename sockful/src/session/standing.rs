//! Who a session is of, and whether that still stands.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use serde_json::json;
use tokio::time::{Sleep, sleep_until};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::outbox::{Closing, Ended};
use crate::identity::Caller;
use crate::protocol::Notice;

/// The caller of a session. Its task waits for what ends the login.
pub(super) struct Standing {
    caller: Caller,
    /// How long before its end a login is told to end.
    warning: Duration,
    revoked: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    /// Until the client is to be told that its login ends.
    expiring: Option<Pin<Box<Sleep>>>,
}

impl Standing {
    pub(super) fn new(caller: Caller, warning: Duration) -> Self {
        let user = caller.user();
        let revoked = user.map(|user| Box::pin(user.revoked()));
        let expiry = caller.expiry();
        let expiring = expiry.map(|expiry| Box::pin(sleep_until(expiry.before(warning))));
        Self {
            caller,
            warning,
            revoked,
            expiring,
        }
    }

    /// The same session, of this caller from now on. Has to be polled then.
    pub(super) fn change(&mut self, caller: Caller) {
        *self = Self::new(caller, self.warning);
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether nothing more may be done for this session.
    pub(super) fn is_revoked(&self) -> bool {
        self.caller.user().is_some_and(|user| user.is_revoked())
    }

    /// What the client is to be told now.
    ///
    /// # Errors
    /// When the user has been revoked.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Result<Option<Notice>, Ended> {
        if let Some(revoked) = &mut self.revoked
            && revoked.as_mut().poll(cx).is_ready()
        {
            return Err(Ended::By(Closing::Revoked));
        }
        let Some(expiring) = &mut self.expiring else {
            return Ok(None);
        };
        if expiring.as_mut().poll(cx) == Poll::Pending {
            return Ok(None);
        }
        self.expiring = None;
        let notice = self.caller.expiry().map(|expiry| {
            let left = u64::try_from(expiry.left().as_millis()).unwrap_or(u64::MAX);
            let told = json!({ "expires": expiry.to_text(), "expires_in_ms": left });
            Notice::new("token_expiring", &told)
        });
        Ok(notice)
    }
}
