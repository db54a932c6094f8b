//! What can be called on a resource: the built-in actions, and the methods marked `#[remote]`.
//!
//! This file is what `#[remote]` states about methods. `action/dispatch.rs` is the one road every call takes.

mod aftermath;
mod arguments;
mod asker;
mod authority;
mod builtin;
mod call;
mod cascade;
mod changeset;
mod commit;
mod deadline;
mod dispatch;
mod hooks;
mod ledger;
mod listing;
mod locks;
mod parents;
mod record;
mod remote;
mod returned;
mod service;
mod stamp;
mod step;
mod tree;
mod validate;
mod watch;

pub(crate) use aftermath::{Aftermath, follow_up};
pub use arguments::{Args, ArgumentFacts, ArgumentList, ArgumentRules, Defaulted, FromPayload};
pub(crate) use asker::Asker;
pub(crate) use authority::read_rule;
pub(crate) use builtin::{BUILTIN, Builtin};
pub(crate) use call::{
    Act, Call, Draft, Drafts, Edit, Handover, Meta, Options, Outcome, Output, Revise, Since,
};
pub(crate) use dispatch::dispatch;
pub(crate) use ledger::{Once, Turns, fingerprint};
pub(crate) use listing::{learn_parents, list, parents as parents_of};
pub(crate) use locks::Locks;
pub use returned::{Answerable, JsonText, Plain, Returned};
pub(crate) use service::{Entered, Served, serve};
pub(crate) use step::{Route, Service, Target, decode, limits, route};
pub(crate) use tree::Tree;
pub(crate) use watch::is_watchable;

use std::fmt;
use std::pin::Pin;

use crate::cx::Cx;
use crate::error::Result;
use crate::resource::{Access, Resource};

/// Describes a type to schemars; `None` where the type does not implement `JsonSchema`.
pub type SchemaFn = Option<fn(&mut schemars::SchemaGenerator) -> schemars::Schema>;

/// The answer of a remote method, on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<JsonText>> + Send + 'a>>;

/// The remote methods of a resource. Written by `#[remote]` on an impl block.
#[diagnostic::on_unimplemented(
    message = "`{Self}` says `remote`, but has no `#[remote] impl` block",
    label = "this word promises remote methods",
    note = "write `#[remote] impl {Self} {{ .. }}`, or remove this word"
)]
pub trait Remote: Resource + DeclaresRemote {
    /// Every method marked `#[remote]`, in the order written.
    #[doc(hidden)]
    const ACTIONS: &'static [ActionFacts<Self>];
}

/// Implemented by the word `remote` alone, so that a block without the word does not compile.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "remote methods of `{Self}` would never be reachable: its `#[resource(..)]` does not say `remote`",
    label = "not declared on the struct",
    note = "add the word on the struct: `#[resource(remote)]`"
)]
pub trait DeclaresRemote {}

/// One remote method, as `#[remote]` states it.
pub struct ActionFacts<R> {
    /// The name on the wire.
    pub name: &'static str,
    /// The doc comment, lines joined by `\n`.
    pub docs: &'static str,
    /// Its arguments, in the order of the signature, without the receiver and the context.
    pub arguments: &'static [ArgumentFacts],
    /// Describes what it answers.
    pub returns: SchemaFn,
    /// `access = ..` on the method; otherwise the resource decides.
    pub access: Option<Access>,
    /// Whether it changes anything.
    pub effect: Effect,
    /// `detached`: leaves the order of the connection.
    pub detached: bool,
    /// `check_after`: the policy is asked about the record as the method leaves it, too.
    pub check_after: bool,
    /// Runs it.
    pub invoke: Invoke<R>,
}

/// Whether a call may change anything. Reads of one connection overlap; mutations do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// May change something, and owns a transaction.
    Mutation,
}

/// How a remote method takes its record.
pub enum Invoke<R> {
    /// `&mut self`: load, run, save if changed.
    Update(for<'a> fn(&'a mut R, &'a Cx, Args<'a>) -> Answering<'a>),
    /// `&self`: load, run.
    Read(for<'a> fn(&'a R, &'a Cx, Args<'a>) -> Answering<'a>),
    /// No receiver: a method of the collection.
    Collection(for<'a> fn(&'a Cx, Args<'a>) -> Answering<'a>),
}

impl<R> ActionFacts<R> {
    /// A method with `&mut self`: a mutation.
    #[must_use]
    pub const fn update(
        name: &'static str,
        run: for<'a> fn(&'a mut R, &'a Cx, Args<'a>) -> Answering<'a>,
    ) -> Self {
        Self::new(name, Effect::Mutation, Invoke::Update(run))
    }

    /// A method with `&self`: a read.
    #[must_use]
    pub const fn read(
        name: &'static str,
        run: for<'a> fn(&'a R, &'a Cx, Args<'a>) -> Answering<'a>,
    ) -> Self {
        Self::new(name, Effect::Read, Invoke::Read(run))
    }

    /// A method without receiver: a mutation, unless it says `read`. Who may call the resource, may call it.
    ///
    /// # Panics
    /// While compiling, if that is for a policy to say.
    #[must_use]
    pub const fn collection(
        name: &'static str,
        run: for<'a> fn(&'a Cx, Args<'a>) -> Answering<'a>,
    ) -> Self
    where
        R: Resource,
    {
        assert!(
            !matches!(R::ACCESS, Access::Policy),
            "the policy decides about records, and this method is of none: say who may call it, such as \
            `#[remote(access = authenticated)]`"
        );
        Self::new(name, Effect::Mutation, Invoke::Collection(run))
    }

    /// The same for a method that says who may call it.
    #[must_use]
    pub const fn collection_for(
        access: Access,
        name: &'static str,
        run: for<'a> fn(&'a Cx, Args<'a>) -> Answering<'a>,
    ) -> Self {
        Self::new(name, Effect::Mutation, Invoke::Collection(run)).access(access)
    }

    const fn new(name: &'static str, effect: Effect, invoke: Invoke<R>) -> Self {
        Self {
            name,
            docs: "",
            arguments: &[],
            returns: None,
            access: None,
            effect,
            detached: false,
            check_after: false,
            invoke,
        }
    }

    /// Its doc comment.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// Its arguments.
    #[must_use]
    pub const fn arguments(mut self, arguments: &'static [ArgumentFacts]) -> Self {
        self.arguments = arguments;
        self
    }

    /// Describes its answer.
    #[must_use]
    pub const fn returns(mut self, returns: SchemaFn) -> Self {
        self.returns = returns;
        self
    }

    /// `#[remote(read)]`: a collection method that changes nothing.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.effect = Effect::Read;
        self
    }

    /// `#[remote(detached)]`: leaves the order of the connection.
    #[must_use]
    pub const fn detached(mut self) -> Self {
        self.detached = true;
        self
    }

    /// `#[remote(check_after)]`: the policy is asked about the record as the method leaves it, too.
    #[must_use]
    pub const fn check_after(mut self) -> Self {
        self.check_after = true;
        self
    }

    /// `#[remote(access = ..)]`.
    #[must_use]
    pub const fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }
}

impl<R> fmt::Debug for Invoke<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Update(_) => "Update",
            Self::Read(_) => "Read",
            Self::Collection(_) => "Collection",
        })
    }
}

impl<R> fmt::Debug for ActionFacts<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActionFacts")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
