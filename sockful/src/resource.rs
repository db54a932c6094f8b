//! What a resource is: the trait behind `#[derive(Resource)]`, and the facts the derive states.
//!
//! A resource is a plain struct that serde reads and writes and schemars describes. The derive adds
//! only what those two cannot know: its name on the wire, its id, who may call it, and its remote
//! methods. Everything else is worked out once, in [`Schema`](crate::schema::Schema), when the app is built.

mod bigint;
mod erased;
mod facts;
mod id;
mod push;
mod registry;
mod revision;
mod stamp;
mod whole;

pub(crate) use bigint::FAULTS as BIGINT_FAULTS;
pub use bigint::{Bigint, IsBigint};
pub(crate) use erased::{ErasedResource, Invocation, TypedResource};
pub use facts::{Access, DefaultColumn, Facts, FieldFacts, SetFacts, Words, WriteColumn};
pub use id::{Id, Key};
pub use push::Push;
pub(crate) use registry::Registry;
pub use revision::IsRevision;
pub use stamp::IsStamp;

use crate::query::Find;

/// A described type: clients create, read and change its records, and call its remote methods.
///
/// Write `#[derive(Resource)]` rather than an impl; see the [derive](macro@crate::Resource) for its words.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "not a resource",
    note = "add `#[derive(Serialize, Deserialize, JsonSchema, Resource)]` and `#[resource(access = ..)]` to it"
)]
pub trait Resource: Sized + Send + Sync + 'static {
    /// The type of the id field.
    type Key: Key;

    /// Who may call.
    #[doc(hidden)]
    const ACCESS: Access;

    /// Whom changes are told, where the struct says.
    #[doc(hidden)]
    const PUSH: Option<Push> = None;

    /// What else the derive states about this type.
    #[doc(hidden)]
    const FACTS: &'static Facts<Self>;

    /// The id of this record.
    fn key(&self) -> &Self::Key {
        (Self::FACTS.key)(self)
    }

    /// A query over the records of this resource, for [`Cx::all`](crate::Cx::all) and
    /// [`Cx::count`](crate::Cx::count).
    fn query() -> Find<Self> {
        Find::new()
    }
}

/// What serde and schemars must provide for a [`Resource`].
///
/// Implemented for every type that derives `Serialize`, `Deserialize` and `JsonSchema`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a resource, so serde must read and write it and schemars must describe it",
    label = "a derive is missing here",
    note = "write `#[derive(Serialize, Deserialize, JsonSchema, Resource)]`"
)]
pub trait Record: serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema> Record for T {}
