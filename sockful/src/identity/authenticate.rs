//! The one road from a handshake to a caller.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time;

use super::{Caller, Expiry, Handshake, Login, token_expired};
use crate::app::App;
use crate::error::{Error, Result};
use crate::session::Counted;

type Authenticate = dyn Fn(Handshake) -> BoxFuture<'static, Result<Option<Login>>> + Send + Sync;

/// Says who a client is.
pub(crate) struct Authenticator(Box<Authenticate>);

impl Authenticator {
    pub(crate) fn new<F, Fut>(authenticate: F) -> Self
    where
        F: Fn(Handshake) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<Login>>> + Send + 'static,
    {
        Self(Box::new(move |handshake| authenticate(handshake).boxed()))
    }
}

/// Finds out who shows this handshake. Without an authenticator nobody has logged in.
///
/// # Errors
/// TooManyRequests `too_many_handshakes`, `too_many_failed_logins`: then nobody has looked at it. What the authenticator
/// refuses with; Timeout, if it takes too long; Internal, if it panics or names no possible user; NotAuthenticated
/// `token_expired`.
pub(crate) async fn authenticate(handshake: &Handshake) -> Result<Caller> {
    let (app, address) = (handshake.app(), handshake.address());
    let found = match app.limits().handshake(address, app.meters()) {
        Ok(attempt) => {
            let found = ask(handshake).await;
            if let Some(attempt) = attempt {
                attempt.end(&found);
            }
            found
        }
        Err(error) => Err(error),
    };
    app.meters().handshake(&found);
    found
}

async fn ask(handshake: &Handshake) -> Result<Caller> {
    let app = handshake.app();
    let nobody = || app.limits().nobody(handshake.address());
    let Some(Authenticator(run)) = &app.identity().authenticator else {
        return Ok(nobody());
    };
    let _counted = Counted::new(&app.identity().handshakes);
    let found = async {
        loop {
            let revocations = app.identity().users.revocations();
            let Some(login) = run(handshake.clone()).await? else {
                return Ok(nobody());
            };
            if let Some(caller) = enter(app, &login, Some(revocations))? {
                return Ok(caller);
            }
            // Revoked meanwhile: what the authenticator has looked at may have changed.
        }
    };
    let found = AssertUnwindSafe(found).catch_unwind();
    match time::timeout(app.config().identity_timeout, found).await {
        Ok(Ok(caller)) => caller,
        Ok(Err(panic)) => Err(Error::panicked(&*panic)),
        Err(_) => Err(Error::timeout("logging in took too long")),
    }
}

/// The caller of a login that nobody need check.
///
/// # Errors
/// Internal, if it names no possible user; NotAuthenticated `token_expired`.
pub(crate) fn login(app: &App, login: &Login) -> Result<Caller> {
    // Without a moment in the past no revocation is later than it.
    let caller = enter(app, login, None)?;
    caller.ok_or_else(|| Error::internal("a login was revoked before it began"))
}

/// `None` if the user was revoked after there had been so many revocations.
fn enter(app: &App, login: &Login, revocations: Option<u64>) -> Result<Option<Caller>> {
    let Login { user, expires } = login;
    let max = app.config().max_id;
    if user.is_empty() || user.len() > max || user.contains('\0') {
        let message = format!("the key of a user is text of 1 to {max} bytes without U+0000");
        return Err(Error::internal(message));
    }
    let expiry = expires.map(Expiry::at);
    if expiry.is_some_and(|expiry| expiry.is_past_by(std::time::Duration::ZERO)) {
        return Err(token_expired());
    }
    let users = &app.identity().users;
    let user = match revocations {
        Some(revocations) => users.enter_since(revocations, user),
        None => Some(users.enter(user)),
    };
    Ok(user.map(|user| Caller::User(user, expiry)))
}
