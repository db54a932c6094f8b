//! Relations: a record names its parent by a field that holds the parent's id, and is its child by that.
//!
//! This file is what the derive states of such a field. `relation/related.rs` has every relation of an app, and
//! what is reflected from them; `relation/include.rs` those that a query wants to follow, `relation/kin.rs` how Rust code does.

mod include;
mod key;
mod kin;
mod names;
mod related;

use std::any::TypeId;
use std::fmt;

pub(crate) use include::{Include, resolve};
pub use key::ParentKey;
pub use kin::{ChildOf, Fetched, Names};
pub(crate) use related::{Reflected, Related, Relation};

use crate::resource::Resource;

/// What becomes of a record when its parent is destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnDestroy {
    /// It is destroyed too.
    Cascade,
    /// As long as it is there, the parent cannot be destroyed.
    Restrict,
    /// It has no parent any more.
    Detach,
}

/// What a schema tells of a field that holds the id of a parent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parent {
    /// The resource that the parent is of.
    pub resource: &'static str,
    /// What the record calls its parent: `album`.
    pub name: &'static str,
    /// What the parent calls one of its children: `song`.
    pub child: &'static str,
    /// What the parent calls its children: `songs`.
    pub children: &'static str,
    /// What becomes of the record when its parent is destroyed.
    pub on_destroy: OnDestroy,
    /// The Rust type of the parent.
    pub(crate) rust_type: TypeId,
}

/// What the derive states of a field that holds the id of a parent.
#[derive(Clone, Copy)]
pub struct ParentFacts {
    // By functions: two resources may be each other's parents.
    rust_type: fn() -> TypeId,
    resource: fn() -> &'static str,
    name: &'static str,
    child: &'static str,
    children: &'static str,
    on_destroy: OnDestroy,
}

impl ParentFacts {
    /// The parent is a `P`, and the type of the field is `F`. The record calls it `name`, and it calls one of its children
    /// `child`, and them all `children`.
    pub(crate) const fn of<P: Resource, F: ParentKey<P::Key>>(
        name: &'static str,
        child: &'static str,
        children: &'static str,
    ) -> Self {
        Self {
            rust_type: TypeId::of::<P>,
            resource: || P::FACTS.name,
            name,
            child,
            children,
            on_destroy: if F::OPTIONAL {
                OnDestroy::Detach
            } else {
                OnDestroy::Cascade
            },
        }
    }

    /// Chooses what becomes of the record when its parent is destroyed.
    pub(crate) const fn on_destroy(&mut self, what: OnDestroy) {
        self.on_destroy = what;
    }

    /// The same as plain data.
    pub(crate) fn describe(&self) -> Parent {
        Parent {
            resource: (self.resource)(),
            name: self.name,
            child: self.child,
            children: self.children,
            on_destroy: self.on_destroy,
            rust_type: (self.rust_type)(),
        }
    }
}

impl fmt::Debug for ParentFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ParentFacts")
            .field(&(self.resource)())
            .finish()
    }
}
