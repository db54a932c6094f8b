//! Who may do what with which records: one rule for requests, lists and pushes alike.

use std::any::{Any, TypeId, type_name};
use std::fmt;

use crate::error::{Error, Result};
use crate::query::{Filter, FilterOf, fit_filter};
use crate::resource::{Access, Registry, Resource};
use crate::schema::Schema;

/// Says, for each user, which records may be read, created, updated and destroyed: as conditions that the store
/// understands too.
///
/// Write `#[policy(user = User, read(..), write(..))]` on the struct rather than an impl. Where a rule cannot be written so, say
/// `#[resource(policy)]` on the struct and implement it:
///
/// ```
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use sockful::prelude::*;
/// use sockful::Policy;
/// use sockful::query::FilterOf;
///
/// struct User { id: String, teams: Vec<String> }
///
/// #[derive(Serialize, Deserialize, JsonSchema, Resource)]
/// #[resource(policy)]
/// struct Note { id: String, team: String }
///
/// impl Policy for Note {
///     type User = User;
///
///     fn read(user: Option<&User>) -> FilterOf<Self> {
///         match user {
///             Some(user) => filter!(|n: Self| user.teams.contains(&n.team)),
///             None => FilterOf::none(),
///         }
///     }
///
///     fn create(user: Option<&User>) -> FilterOf<Self> { Self::read(user) }
///     fn update(user: Option<&User>) -> FilterOf<Self> { Self::read(user) }
///     fn destroy(_: Option<&User>) -> FilterOf<Self> { FilterOf::none() }
/// }
/// ```
///
/// # Contract
/// A rule depends on the user alone, and asks nobody else: it is evaluated once when the facts of a user are loaded, and its
/// answer is used until they are loaded anew.
#[diagnostic::on_unimplemented(
    message = "`{Self}` says `policy`, and has none",
    label = "write `impl Policy for {Self} {{ .. }}`, or `#[policy(..)]` in place of this word"
)]
pub trait Policy: Resource + DeclaresPolicy {
    /// The type of the app's users: that of [`AppBuilder::user`](crate::AppBuilder).
    type User: Send + Sync + 'static;

    /// Which records may be seen, in every way there is; `None` is a caller who has not logged in.
    fn read(user: Option<&Self::User>) -> FilterOf<Self>;

    /// Which records may be made.
    fn create(user: Option<&Self::User>) -> FilterOf<Self>;

    /// Which records may be changed: they must be such before and after.
    fn update(user: Option<&Self::User>) -> FilterOf<Self>;

    /// Which records may be destroyed.
    fn destroy(user: Option<&Self::User>) -> FilterOf<Self>;
}

/// Implemented by the derive where a struct has a policy: one that the struct does not speak of would never be asked.
#[diagnostic::on_unimplemented(
    message = "the policy of `{Self}` would never be asked: its `#[resource(..)]` does not say `policy`",
    label = "not asked",
    note = "add the word on the struct: `#[resource(policy)]`"
)]
pub trait DeclaresPolicy {}

/// What a call would do with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each says what it is")]
pub enum Verb {
    Read,
    Create,
    Update,
    Destroy,
}

impl Verb {
    /// All of them, in the order of [`Rules`].
    pub(crate) const ALL: [Self; 4] = [Self::Read, Self::Create, Self::Update, Self::Destroy];

    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Destroy => "destroy",
        }
    }
}

/// What a policy says to one caller: which records may be read, created, updated and destroyed.
#[derive(Clone, Debug)]
pub(crate) struct Rules([Filter; 4]);

impl Rules {
    /// Nobody may do anything.
    pub(crate) const NOTHING: &'static Self = &Self([const { Filter::Or(Vec::new()) }; 4]);

    /// Which records the caller may do this with.
    pub(crate) fn of(&self, verb: Verb) -> &Filter {
        &self.0[verb as usize]
    }
}

/// What all policies of an app say to one caller, by the place of the resource. Those without a policy have none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rulebook(Vec<Option<Rules>>);

impl FromIterator<Option<Rules>> for Rulebook {
    fn from_iter<T: IntoIterator<Item = Option<Rules>>>(rules: T) -> Self {
        Self(rules.into_iter().collect())
    }
}

impl Rulebook {
    /// Those of the resource at this place.
    pub(crate) fn rules(&self, resource: usize) -> Option<&Rules> {
        self.0.get(resource)?.as_ref()
    }
}

/// A policy without its types.
#[derive(Clone, Copy)]
pub struct PolicyFacts {
    user: fn() -> TypeId,
    user_name: fn() -> &'static str,
    rule: fn(Verb, Option<&Facts>) -> Option<Filter>,
    follows: &'static [Follow],
}

/// The facts of a user, without their type.
type Facts = dyn Any + Send + Sync;

/// That a rule follows the rule of a parent: `read(album.update)`
#[derive(Clone, Copy, Debug)]
pub struct Follow {
    verb: Verb,
    parent: fn() -> TypeId,
    its: Verb,
}

impl Follow {
    /// Who may do `verb` with a record depends on who may do `its` with its parent, which is a `P`.
    #[must_use]
    pub const fn of<P: Resource>(verb: Verb, its: Verb) -> Self {
        Self {
            verb,
            parent: TypeId::of::<P>,
            its,
        }
    }
}

impl PolicyFacts {
    /// The policy of `R`.
    #[must_use]
    pub const fn of<R: Policy>() -> Self {
        Self {
            user: TypeId::of::<R::User>,
            user_name: type_name::<R::User>,
            rule: |verb, user| {
                // A user of another type: `build()` has refused that. Without this it would be an anonymous caller.
                let user = user.map(|user| user.downcast_ref::<R::User>());
                if user.is_some_and(|user| user.is_none()) {
                    return None;
                }
                let user = user.flatten();
                let rule = match verb {
                    Verb::Read => R::read(user),
                    Verb::Create => R::create(user),
                    Verb::Update => R::update(user),
                    Verb::Destroy => R::destroy(user),
                };
                Some(rule.into())
            },
            follows: &[],
        }
    }

    /// Its rules follow these of parents.
    #[must_use]
    pub const fn following(mut self, follows: &'static [Follow]) -> Self {
        self.follows = follows;
        self
    }

    /// What the policy of the resource with this schema says to a caller; `None` is one who has not logged in.
    ///
    /// # Errors
    /// Internal, for a user of another type than the policy asks for, and for a rule that asks what the store does not know.
    pub(crate) fn ask(
        &self,
        schema: &Schema,
        registry: &Registry,
        user: Option<&Facts>,
    ) -> Result<Rules> {
        let mut rules = Rules::NOTHING.clone();
        for (filter, verb) in rules.0.iter_mut().zip(Verb::ALL) {
            *filter = (self.rule)(verb, user).ok_or_else(|| {
                Error::internal("the facts of a user are of another type than its policies ask for")
            })?;
            // As rows hold them: a point in time is a text to serde. Whatever it is, no client has written it.
            fit_filter(filter, schema, registry).map_err(|error| Error::internal(error.cause()))?;
            *filter = std::mem::take(filter).folded();
        }
        Ok(rules)
    }

    /// The rules of parents that the rule about `verb` follows, each with the type of the parent.
    pub(crate) fn follows(&self, verb: Verb) -> impl Iterator<Item = (TypeId, Verb)> {
        let follows = self.follows.iter().filter(move |it| it.verb == verb);
        follows.map(|it| ((it.parent)(), it.its))
    }

    /// The type of its users.
    pub(crate) fn user(&self) -> TypeId {
        (self.user)()
    }

    /// The name of that type.
    pub(crate) fn user_name(&self) -> &'static str {
        (self.user_name)()
    }
}

/// The records whose parent, a `P` named by the field of this name in Rust, is one that the user may do `verb` with.
///
/// # Panics
/// If the field is not there: the derive has made sure that it is.
#[must_use]
pub fn follow<R: Resource, P: Resource, U: Send + Sync + 'static>(
    field: &str,
    verb: Verb,
    user: Option<&U>,
) -> FilterOf<R> {
    let rule = match (P::ACCESS, P::FACTS.policy) {
        (Access::Public, _) => Filter::all(),
        (Access::Authenticated, _) if user.is_some() => Filter::all(),
        (Access::Policy, Some(policy)) => {
            let user = user.map(|user| user as &Facts);
            // `None` for a user of another type: `build()` refuses that.
            (policy.rule)(verb, user).unwrap_or_else(Filter::none)
        }
        (Access::Authenticated | Access::Policy, _) => Filter::none(),
    };
    FilterOf::of_parent::<P>(field, FilterOf::new(rule))
}

impl fmt::Debug for PolicyFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PolicyFacts")
            .field(&self.user_name())
            .finish()
    }
}
