//! Where does this request go?

use crate::action::{BUILTIN, Builtin, Effect};
use crate::app::App;
use crate::error::{Error, Result};
use crate::hooks::ErasedHooks;
use crate::meters::{Meter, Meters};
use crate::protocol::{self, Request};
use crate::relation::Reflected;
use crate::resource::ErasedResource;

/// What a request names, and how that binds the order of its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) target: Target,
    /// Whether it may change anything.
    pub(crate) effect: Effect,
    /// Whether it leaves the order of its connection.
    pub(crate) detached: bool,
    /// Whether it is a mutation that reads nothing: it may be handed to the store before those in front of it
    /// are committed.
    pub(crate) blind: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// An action of a resource.
    Resource(Place),
    /// sockful itself.
    Service(Service),
}

/// An action of a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The place of the resource among those of the app.
    pub(super) resource: usize,
    pub(super) action: Action,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    /// With its place among these.
    Builtin(Builtin, usize),
    /// The place of a remote method in the schema.
    Method(usize),
    /// One of the first kind, within the parent of a relation.
    Related(Builtin, usize, usize),
}

/// An action of sockful itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// `auth`: a new token on a live connection.
    Auth,
    /// `commit`: several mutations, one transaction.
    Commit,
    /// `resume`: what was missed since.
    Resume,
}

impl Service {
    /// The names on the wire.
    pub(crate) const NAMES: [&'static str; 3] = ["auth", "commit", "resume"];
}

impl Route {
    /// The action of a resource that it leads to.
    ///
    /// # Errors
    /// NotFound `unknown_resource`, if it leads to sockful itself.
    pub(crate) fn resource(self) -> Result<Place> {
        match self.target {
            Target::Resource(place) => Ok(place),
            Target::Service(_) => Err(unknown_resource()),
        }
    }

    /// What is counted of what it leads to.
    pub(crate) fn meter(self, meters: &Meters) -> &Meter {
        match self.target {
            Target::Service(service) => meters.service(service as usize),
            Target::Resource(Place { resource, action }) => {
                let action = match action {
                    Action::Builtin(_, place) | Action::Related(_, place, _) => place,
                    Action::Method(place) => BUILTIN.len() + place,
                };
                meters.call(resource, action)
            }
        }
    }
}

/// Finds what a request names.
///
/// # Errors
/// NotFound `unknown_resource`, MethodNotAllowed `unknown_action`: a method that is not marked is unknown.
pub(crate) fn route(app: &App, request: &Request) -> Result<Route> {
    let registry = app.registry();
    let Some(resource) = registry.place(request.resource()) else {
        // Last, because it is asked for least.
        if request.resource() == protocol::SOCKFUL {
            return service(app, request.action());
        }
        return Err(unknown_resource());
    };
    let name = request.action();
    let builtin = |resource, action, builtin: Builtin| Route {
        target: Target::Resource(Place { resource, action }),
        effect: builtin.effect(),
        detached: false,
        blind: matches!(builtin, Builtin::Create) && creates_blindly(app, registry.at(resource)),
    };
    if let Some(place) = BUILTIN.iter().position(|(builtin, _)| *builtin == name) {
        let (_, action) = BUILTIN[place];
        return Ok(builtin(resource, Action::Builtin(action, place), action));
    }
    let schema = registry.at(resource).schema();
    let methods = &mut schema.actions.iter();
    let Some(place) = methods.position(|method| method.name == name) else {
        let related = registry.related();
        let Some(Reflected { relation, action }) = related.reflected(resource, name) else {
            return Err(unknown_action(schema.name));
        };
        let place = BUILTIN.iter().position(|(_, builtin)| *builtin == action);
        let related_action = Action::Related(action, place.unwrap_or_default(), relation);
        return Ok(builtin(related.at(relation).child, related_action, action));
    };
    let method = &schema.actions[place];
    let action = Action::Method(place);
    Ok(Route {
        target: Target::Resource(Place { resource, action }),
        effect: method.effect,
        detached: method.detached,
        blind: false,
    })
}

/// Whether what a `create` does depends on none before it: no hook looks around, no facts of users change with records, and no
/// parent must be there.
fn creates_blindly(app: &App, resource: &dyn ErasedResource) -> bool {
    let hooked = resource.hooks().is_some_and(ErasedHooks::precede_create)
        || app.hooks().precedes(resource.schema().name, "create");
    let mut parents = app.registry().related().parents(resource.place());
    !hooked && app.identity().refreshers.is_empty() && parents.next().is_none()
}

fn service(app: &App, action: &str) -> Result<Route> {
    let service = match action {
        "commit" => Service::Commit,
        "resume" => Service::Resume,
        // Without an authenticator there is nobody to be.
        "auth" if app.identity().authenticator.is_some() => Service::Auth,
        _ => return Err(unknown_action(protocol::SOCKFUL)),
    };
    Ok(Route {
        target: Target::Service(service),
        // Who calls, too, is decided in the order of the connection.
        effect: match service {
            Service::Auth | Service::Commit => Effect::Mutation,
            Service::Resume => Effect::Read,
        },
        detached: false,
        blind: false,
    })
}

fn unknown_resource() -> Error {
    Error::not_found("there is no resource of this name").reason("unknown_resource")
}

fn unknown_action(resource: &str) -> Error {
    let message = format!("{resource} has no action of this name");
    Error::method_not_allowed(message).reason("unknown_action")
}
