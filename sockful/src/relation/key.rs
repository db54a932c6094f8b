//! The type of a field that holds the id of a parent.

use crate::cx::Cx;
use crate::error::Result;
use crate::resource::{Key, Record, Resource};

/// A type whose values are ids of a parent with keys of the type `K`: that type, or an `Option` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not hold ids of the parent, which are `{K}`",
    label = "not the type of the parent's id",
    note = "make the field a `{K}`, or an `Option<{K}>` where a record may have no parent"
)]
pub trait ParentKey<K> {
    /// Whether a record may have no parent.
    #[doc(hidden)]
    const OPTIONAL: bool;

    /// What is found of a parent.
    #[doc(hidden)]
    type Found<P>;

    /// That which names a parent with this id.
    #[doc(hidden)]
    fn naming(id: K) -> Self;

    /// The parent.
    #[doc(hidden)]
    fn find<P: Resource<Key = K> + Record>(
        &self,
        cx: &Cx,
    ) -> impl Future<Output = Result<Self::Found<P>>> + Send;
}

#[diagnostic::do_not_recommend]
impl<K: Key> ParentKey<K> for K {
    const OPTIONAL: bool = false;

    type Found<P> = P;

    fn naming(id: K) -> Self {
        id
    }

    async fn find<P: Resource<Key = K> + Record>(&self, cx: &Cx) -> Result<P> {
        cx.get::<P>(self).await
    }
}

#[diagnostic::do_not_recommend]
impl<K: Key> ParentKey<K> for Option<K> {
    const OPTIONAL: bool = true;

    type Found<P> = Option<P>;

    fn naming(id: K) -> Self {
        Some(id)
    }

    async fn find<P: Resource<Key = K> + Record>(&self, cx: &Cx) -> Result<Option<P>> {
        match self {
            Some(id) => cx.get::<P>(id).await.map(Some),
            None => Ok(None),
        }
    }
}
