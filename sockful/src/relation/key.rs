//! The type of a field that holds the id of a parent.

use crate::resource::Key;

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
}

#[diagnostic::do_not_recommend]
impl<K: Key> ParentKey<K> for K {
    const OPTIONAL: bool = false;
}

#[diagnostic::do_not_recommend]
impl<K: Key> ParentKey<K> for Option<K> {
    const OPTIONAL: bool = true;
}
