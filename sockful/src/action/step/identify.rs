//! Is the caller still who it was, and what is known of it?

use super::super::call::Call;
use super::super::deadline::Deadline;
use crate::cx::Scope;
use crate::error::{Error, Result};
use crate::identity::token_expired;

/// The mark of a caller that is known; made here alone.
#[derive(Clone, Copy)]
pub(crate) struct Identified(());

/// Looks at the login of the caller, and loads the facts of its user where they are not known or stale.
///
/// What a call does through its context is done with the facts it began with.
///
/// # Errors
/// NotAuthenticated `token_expired`, `revoked`, `user_refused`; Unavailable `user_unavailable`; Timeout.
pub(crate) async fn identify(call: &mut Call<'_>, deadline: &Deadline) -> Result<Identified> {
    // If not, it is part of a call whose caller is known.
    if matches!(call.cx.scope(), Scope::Free) {
        identify_again(call, deadline).await?;
    }
    Ok(Identified(()))
}

/// The same for a call that has waited since, or begins anew.
///
/// # Errors
/// Those of [`identify`].
pub(super) async fn identify_again(call: &mut Call<'_>, deadline: &Deadline) -> Result<()> {
    if let Some(expiry) = call.cx.caller().expiry()
        && expiry.is_past_by(call.app.config().expiry_grace)
    {
        return Err(token_expired());
    }
    if let Some(user) = call.cx.caller().user()
        && user.is_revoked()
        && !call.is_from_rust()
    {
        let message = "this login was revoked: connect anew";
        return Err(Error::not_authenticated(message).reason("revoked"));
    }
    if !call.cx.knows_user() {
        // Boxed, so that calls which need not wait do not carry the room it needs.
        let mut learning = Box::pin(call.cx.learn_user());
        deadline.within(learning.as_mut()).await??;
    }
    Ok(())
}
