//! What the methods are made of by which parents and children reach each other in Rust.
//!
//! The traits have a lifetime so that the compiler asks whether they hold where a method is called, and not where the derive
//! writes it: of a field or parent of a wrong type there is one error then, that of `FieldFacts::parent`.

use std::pin::Pin;

use super::ParentKey;
use crate::cx::Cx;
use crate::error::Result;
use crate::resource::{Key, Record, Resource};

/// A relative, or several, on the way. Boxed: the compiler cannot tell yet of a future with such a lifetime that it is `Send`.
pub type Fetched<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The type of a field that names a `P`.
pub trait Names<'a, P>: Sized {
    /// What is found of the parent.
    type Found;

    /// The parent.
    ///
    /// # Errors
    /// Whatever a client would get.
    fn find(&'a self, cx: &'a Cx) -> Fetched<'a, Self::Found>;

    /// That which names this parent.
    fn naming(parent: &'a P) -> Self;
}

impl<'a, P: Resource + Record, F: ParentKey<P::Key> + Sync> Names<'a, P> for F
where
    F::Found<P>: 'a,
{
    type Found = F::Found<P>;

    fn find(&'a self, cx: &'a Cx) -> Fetched<'a, Self::Found> {
        Box::pin(ParentKey::find::<P>(self, cx))
    }

    fn naming(parent: &'a P) -> Self {
        ParentKey::naming(parent.key().clone())
    }
}

/// A child of a `P`.
pub trait ChildOf<'a, P>: Sized {
    /// All that name this parent in the field of this name in Rust.
    ///
    /// # Errors
    /// Whatever a client would get.
    fn all_of(parent: &'a P, field: &'static str, cx: &'a Cx) -> Fetched<'a, Vec<Self>>;

    /// Creates it.
    ///
    /// # Errors
    /// Whatever a client would get.
    fn create(self, cx: &'a Cx) -> Fetched<'a, Self>;
}

impl<'a, P: Resource, C: Resource + Record> ChildOf<'a, P> for C {
    fn all_of(parent: &'a P, field: &'static str, cx: &'a Cx) -> Fetched<'a, Vec<Self>> {
        Box::pin(cx.children::<C>(field, parent.key().to_value()))
    }

    fn create(self, cx: &'a Cx) -> Fetched<'a, Self> {
        Box::pin(cx.create(self))
    }
}
