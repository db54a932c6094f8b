//! What clients can ask of sockful itself: the actions of the reserved name `sockful`.

use std::sync::Arc;

use super::dispatch;
use super::step::{self, Service};
use crate::app::App;
use crate::error::{Error, Result};
use crate::identity::{self, Caller, Handshake, Head};
use crate::limits::OfUser;
use crate::live::{Join, Read, Resume, Subscriber, resume};
use crate::protocol::{Reply, Request};

/// What came of such a request.
pub(crate) struct Served {
    pub(crate) reply: Reply,
    /// Who calls from now on, if that has changed. Boxed, so that no other answer carries the room it needs.
    pub(crate) entered: Option<Box<Entered>>,
    /// What the client is told about from now on.
    pub(crate) joins: Vec<Join>,
    /// What the client has read of what it is told all of.
    pub(crate) read: Option<Read>,
}

/// Who calls from now on.
pub(crate) struct Entered {
    pub(crate) caller: Caller,
    /// The place of the session among those of this caller, if it had none.
    pub(crate) place: Option<OfUser>,
}

impl Served {
    /// What changes nothing about who calls.
    pub(crate) fn of(reply: Reply) -> Self {
        Self {
            reply,
            entered: None,
            joins: Vec::new(),
            read: None,
        }
    }
}

/// Does what a client asks of sockful itself.
///
/// # Errors
/// What the client is told.
pub(crate) async fn serve(
    app: &App,
    caller: &Caller,
    head: &Arc<Head>,
    subscriber: Option<&Arc<Subscriber>>,
    service: Service,
    request: &Request,
) -> Result<Served> {
    match service {
        Service::Resume => {
            let subscriber =
                subscriber.ok_or_else(|| Error::internal("nobody is there to be told"))?;
            let payload = request.payload();
            let wanted = payload.ok_or_else(|| {
                Error::bad_request("resume needs what you have").reason("payload_required")
            })?;
            let wanted = Resume::parse(wanted)?;
            let (answer, joins) = resume(app, caller, subscriber, &wanted).await?;
            Ok(Served {
                reply: Reply::of_service(&answer),
                entered: None,
                joins,
                read: None,
            })
        }
        Service::Commit => commit(app, caller, request).await,
        Service::Auth => {
            let timeout = step::timeout_alone(request)?;
            let served = auth(app, caller, head, request.payload());
            match timeout {
                Some(timeout) => tokio::time::timeout(timeout, served)
                    .await
                    .map_err(|_| Error::timeout("this took too long, and was not done"))?,
                None => served.await,
            }
        }
    }
}

/// `sockful.commit`: several mutations, one transaction.
async fn commit(app: &App, caller: &Caller, request: &Request) -> Result<Served> {
    let requests = step::parts(app, request)?;
    let mut call = step::decode_changeset(app, caller, request, &requests)?;
    let schema = call.schema();
    let outcome = dispatch(&mut call).await?;
    Ok(Served::of(Reply::of(schema, outcome)))
}

/// `sockful.auth`: logs in with another `auth` payload. The handshake is otherwise what it was. No access rule applies, and
/// no login need be good any more.
///
/// A connection is of one user for all its life, but for one that was of nobody: what is known of a user may have been
/// sent on it.
async fn auth(
    app: &App,
    caller: &Caller,
    head: &Arc<Head>,
    payload: Option<&str>,
) -> Result<Served> {
    let handshake = Handshake::new(app.clone(), Arc::clone(head), payload)?;
    let found = identity::authenticate(&handshake).await?;
    match (caller.key(), found.key()) {
        (Some(_), None) => {
            return Err(Error::not_authenticated("this payload logs nobody in"));
        }
        (Some(before), Some(now)) if before != now => {
            let message = "this connection is of another user: connect anew";
            return Err(Error::forbidden(message).reason("user_changed"));
        }
        _ => {}
    }
    // Another `User` of the same key is one who was revoked since: that session ends.
    let place = match (caller.user(), found.user()) {
        (None, Some(user)) => Some(app.limits().session_of(user, app.meters())?),
        _ => None,
    };
    let expires = found.expiry().map(|expiry| expiry.to_text());
    let answer = serde_json::json!({ "user": found.key(), "expires": expires });
    Ok(Served {
        reply: Reply::of_service(&answer),
        joins: Vec::new(),
        read: None,
        // Nobody stays the same nobody, with all that its calls share.
        entered: found.user().is_some().then(|| {
            Box::new(Entered {
                caller: found,
                place,
            })
        }),
    })
}
