//! `sockful.commit`: `[[resource, action, payload?, options?], ..]`, each item of the form of a request.

use serde_json::value::RawValue;

use super::super::limits::limits;
use super::super::route::{Target, route};
use super::{decode, options, unreadable};
use crate::action::Effect;
use crate::action::call::{Call, Options};
use crate::app::App;
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::protocol::Request;

/// The requests that a changeset is made of.
///
/// # Errors
/// BadRequest, for what is no array of them, or has too many; what is wrong with one of them says which it is.
pub(crate) fn parts(app: &App, request: &Request) -> Result<Vec<Request>> {
    limits(request.payload(), app.config())?;
    let text = request.payload().filter(|text| text.starts_with('['));
    let text = text.ok_or_else(|| {
        let message = "commit needs an array of [resource, action, payload]";
        Error::bad_request(message).reason("payload_required")
    })?;
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| unreadable())?;
    let max = app.config().max_commit;
    if items.len() > max {
        let message = format!("at most {max} mutations are committed at once");
        return Err(Error::bad_request(message).reason("batch_too_large"));
    }
    let items = items.into_iter().enumerate();
    let requests = items
        .map(|(item, text)| Request::parse(text.get().into()).map_err(|error| error.of_item(item)));
    requests.collect()
}

/// Turns the requests of a changeset into one call.
///
/// # Errors
/// As [`decode`], of the item that is wrong; BadRequest `not_a_mutation` for what changes nothing, or not within a transaction.
pub(crate) fn decode_changeset<'a>(
    app: &'a App,
    caller: &Caller,
    request: &'a Request,
    requests: &'a [Request],
) -> Result<Call<'a>> {
    let parts = requests.iter().enumerate();
    let parts = parts
        .map(|(item, request)| part(app, caller, request).map_err(|error| error.of_item(item)));
    let parts = parts.collect::<Result<_>>()?;
    let cx = Cx::new(app.clone(), caller.clone());
    let mut call = Call::changeset(app, cx, parts);
    call.options = options(&call, request)?;
    Ok(call)
}

fn part<'a>(app: &'a App, caller: &Caller, request: &'a Request) -> Result<Call<'a>> {
    let route = route(app, request)?;
    let place = match route.target {
        Target::Resource(place) if route.effect == Effect::Mutation && !route.detached => place,
        _ => {
            let message = format!(
                "{} is nothing that a transaction can hold",
                request.action()
            );
            return Err(Error::bad_request(message).reason("not_a_mutation"));
        }
    };
    let part = decode(app, caller, request, place)?;
    let Options { timeout, once, .. } = &part.options;
    if timeout.is_some() || once.is_some() {
        let message = "an item takes no option but if_rev: the others are of the whole";
        return Err(Error::bad_request(message).reason("invalid_options"));
    }
    Ok(part)
}
