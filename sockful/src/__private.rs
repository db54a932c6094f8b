//! Every name that expanded code may use. Not public API: no version rule covers it.

pub use crate::action::{
    ActionFacts, Answerable, Answering, Args, ArgumentFacts, ArgumentList, DeclaresRemote,
    Defaulted, FromPayload, Invoke, JsonText, Plain, Remote, Returned, SchemaFn,
};
pub use crate::cx::{Context, Cx};
pub use crate::hooks::{DeclaresHooks, HookFacts};
pub use crate::policy::{DeclaresPolicy, Policy, PolicyFacts};
pub use crate::query::typed::{TypedField, place};
pub use crate::query::{FilterOf, SortKeyOf};
pub use crate::resource::{
    Access, DefaultColumn, Facts, FieldFacts, IsBigint, IsRevision, Record, Resource, WriteColumn,
};
pub use crate::row::Column;
pub use sockful_derive::{filter, sort};
pub use std::boxed::Box;
pub use std::default::Default;

use std::marker::PhantomData;

use crate::error::Error;
use crate::row::Value;

/// Holds for records that serde reads and writes and schemars describes; named once per derive, so
/// that a missing derive is one error.
pub const fn assert_record<R: Record>() {}

/// Lends the context to a method's borrowed argument, which can be nothing but `&Cx`.
#[must_use]
pub fn context<T: Context + ?Sized>(cx: &Cx) -> &T {
    T::from_cx(cx)
}

/// Stores the default of a type.
///
/// # Errors
/// If that cannot be kept, such as a number that is not finite.
pub fn write_default<T: Default + serde::Serialize>(column: Column<'_>) -> Result<Value, Error> {
    column.write(&T::default())
}

/// `Probe::<T>::SCHEMA` is `Some` where `T: JsonSchema`: the inherent constant wins over [`NoSchema`].
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: schemars::JsonSchema + ?Sized> Probe<T> {
    /// How schemars describes `T`.
    pub const SCHEMA: SchemaFn = Some(|generator| generator.subschema_for::<T>());
}

/// `ResultProbe::<T>::SCHEMA` is `Some` where `T` is a `Result` of something described.
#[derive(Debug)]
pub struct ResultProbe<T: ?Sized>(PhantomData<T>);

impl<T: schemars::JsonSchema, E> ResultProbe<Result<T, E>> {
    /// How schemars describes the value of an `Ok`.
    pub const SCHEMA: SchemaFn = Some(|generator| generator.subschema_for::<T>());
}

/// The constant that is left when a probe finds nothing.
pub trait NoSchema {
    /// Nothing is known.
    const SCHEMA: SchemaFn = None;
}

impl<T: ?Sized> NoSchema for Probe<T> {}
impl<T: ?Sized> NoSchema for ResultProbe<T> {}

/// How schemars describes a type, if it does: a [`SchemaFn`].
#[doc(hidden)]
#[macro_export]
macro_rules! __schema_of {
    ($type:ty) => {{
        use $crate::__private::NoSchema as _;
        $crate::__private::Probe::<$type>::SCHEMA
    }};
}

/// The same for the type a method returns: what is inside a `Result`, or the type itself.
#[doc(hidden)]
#[macro_export]
macro_rules! __returns_of {
    ($type:ty) => {{
        use $crate::__private::NoSchema as _;
        match $crate::__private::ResultProbe::<$type>::SCHEMA {
            ::core::option::Option::Some(found) => ::core::option::Option::Some(found),
            ::core::option::Option::None => $crate::__private::Probe::<$type>::SCHEMA,
        }
    }};
}

/// The arguments of a method: `arguments!("food": String, "limit": u32 = default)`.
#[doc(hidden)]
#[macro_export]
macro_rules! __arguments {
    ($($name:literal: $type:ty $(= $default:ident)?),+) => {
        const {
            &[$($crate::__private::ArgumentFacts::new($name, $crate::__private::schema_of!($type))
                $(.$default())?),+]
        }
    };
}

/// Turns what a method returned, a `Result` or a plain value, into its answer.
#[doc(hidden)]
#[macro_export]
macro_rules! __answer {
    ($returned:expr) => {{
        #[allow(
            unused_imports,
            reason = "only needed where the value is not a `Result`"
        )]
        use $crate::__private::Plain as _;
        $crate::__private::Returned($returned).answer()
    }};
}

/// A condition that is the same for every record.
#[must_use]
pub fn plain<R>(holds: bool) -> FilterOf<R> {
    if holds {
        FilterOf::all()
    } else {
        FilterOf::none()
    }
}

/// A part of a rule that asks about the user: without one it does not hold.
pub fn of_user<U, R>(user: Option<&U>, part: impl FnOnce(&U) -> FilterOf<R>) -> FilterOf<R> {
    user.map_or_else(FilterOf::none, part)
}

/// All of these hold. As with `&&`, nothing is evaluated once it is decided.
#[doc(hidden)]
#[macro_export]
macro_rules! __both {
    ($first:expr $(, $next:expr)*) => {{
        let filter = $first;
        $(let filter = if filter.is_none() { filter } else { filter.and($next) };)*
        filter
    }};
}

/// One of these holds. As with `||`, nothing is evaluated once it is decided.
#[doc(hidden)]
#[macro_export]
macro_rules! __either {
    ($first:expr $(, $next:expr)*) => {{
        let filter = $first;
        $(let filter = if filter.is_all() { filter } else { filter.or($next) };)*
        filter
    }};
}

pub use {
    __answer as answer, __arguments as arguments, __both as both, __either as either,
    __returns_of as returns_of, __schema_of as schema_of,
};
