//! Where does this request go?

use crate::action::{BUILTIN, Builtin, Effect};
use crate::app::App;
use crate::error::{Error, Result};
use crate::protocol::Request;

/// The resource and the action that a request names, and how they bind the order of its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// The place of the resource among those of the app.
    pub(super) resource: usize,
    pub(super) action: Target,
    /// Whether it may change anything.
    pub(crate) effect: Effect,
    /// Whether it leaves the order of its connection.
    pub(crate) detached: bool,
    /// Whether it is a mutation that reads nothing: it may be handed to the store before those in front of it
    /// are committed.
    pub(crate) blind: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Builtin(Builtin),
    /// The place of a remote method in the schema.
    Method(usize),
}

/// Finds what a request names.
///
/// # Errors
/// NotFound `unknown_resource`, MethodNotAllowed `unknown_action`: a method that is not marked is unknown.
pub(crate) fn route(app: &App, request: &Request) -> Result<Route> {
    let registry = app.registry();
    let resource = registry.place(request.resource()).ok_or_else(|| {
        Error::not_found("there is no resource of this name").reason("unknown_resource")
    })?;
    let name = request.action();
    if let Some((_, builtin)) = BUILTIN.iter().find(|(builtin, _)| *builtin == name) {
        let action = Target::Builtin(*builtin);
        return Ok(Route {
            resource,
            action,
            effect: builtin.effect(),
            detached: false,
            blind: matches!(builtin, Builtin::Create),
        });
    }
    let schema = registry.at(resource).schema();
    let place = schema
        .actions
        .iter()
        .position(|method| method.name == name)
        .ok_or_else(|| {
            let message = format!("{} has no action of this name", schema.name);
            Error::method_not_allowed(message).reason("unknown_action")
        })?;
    let method = &schema.actions[place];
    let action = Target::Method(place);
    Ok(Route {
        resource,
        action,
        effect: method.effect,
        detached: method.detached,
        blind: false,
    })
}
