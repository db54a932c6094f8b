//! Every name that expanded code may use. Not public API: no version rule covers it.

pub use crate::action::{
    ActionFacts, Answerable, Answering, Args, ArgumentFacts, ArgumentList, ArgumentRules,
    DeclaresRemote, Defaulted, FromPayload, Invoke, JsonText, Plain, Remote, Returned, SchemaFn,
};
pub use crate::cx::{Context, Cx};
pub use crate::hooks::{DeclaresHooks, HookFacts};
pub use crate::policy::{DeclaresPolicy, Follow, Policy, PolicyFacts, Verb, follow};
pub use crate::query::typed::{TypedField, place};
pub use crate::query::{FilterOf, SortKeyOf};
pub use crate::relation::{ChildOf, Fetched, Names, OnDestroy};
pub use crate::resource::{
    Access, DefaultColumn, Facts, FieldFacts, IsBigint, IsRevision, IsStamp, Push, Record,
    Resource, SetFacts, WriteColumn,
};
pub use crate::row::Column;
pub use crate::validation::{Ruled, Validated};
pub use sockful_derive::{filter, sort};
pub use std::boxed::Box;
pub use std::default::Default;
pub use std::vec::Vec;

use std::any::Any;
use std::marker::PhantomData;

use crate::error::Error;
use crate::row::Value;
use crate::validation::Report;

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

/// Holds a record against its rules.
///
/// # Errors
/// Everything that breaks one.
pub fn validate<R: Validated>(record: &R) -> Result<(), Report> {
    record.keeps_rules()
}

/// The value of a `set` field, by the facts of a user.
///
/// # Errors
/// Internal, for facts of another type: `build()` has refused that.
pub fn of_facts<U: 'static>(
    user: &(dyn Any + Send + Sync),
    value: impl FnOnce(&U) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let wrong =
        || Error::internal("the facts of a user are of another type than a field is set by");
    value(user.downcast_ref().ok_or_else(wrong)?)
}

/// What a `set` field becomes: `set!(user: User => String, &user.id)`.
#[doc(hidden)]
#[macro_export]
macro_rules! __set {
    ($user:ident: $of:ty => $field:ty, $value:expr) => {
        $crate::__private::SetFacts::of::<$of>(|facts, column| {
            $crate::__private::of_facts::<$of>(facts, |$user| column.write::<$field>($value))
        })
    };
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

impl<T: Ruled + ?Sized> Probe<T> {
    /// What holds a `T` against its rules.
    pub const RULES: Rules<T> = Rules(PhantomData);
}

/// The constant that is left for a type without rules.
pub trait NoRules {
    /// Nothing is checked.
    const RULES: Unruled = Unruled;
}

impl<T: ?Sized> NoRules for Probe<T> {}

/// A type that has rules.
#[derive(Debug)]
pub struct Rules<T: ?Sized>(PhantomData<T>);

/// A type that has none.
#[derive(Debug)]
pub struct Unruled;

impl<T: Ruled + 'static> Rules<T> {
    /// What holds an argument against them.
    #[must_use]
    pub const fn of_argument(self) -> ArgumentRules
    where
        T: Validated,
    {
        Some(|value| {
            let defaulted = || Some(&value.downcast_ref::<Defaulted<T>>()?.0);
            match value.downcast_ref::<T>().or_else(defaulted) {
                Some(value) => value.keeps_rules(),
                None => unreachable!("an argument is of its own type"),
            }
        })
    }
}

impl Unruled {
    /// Nothing is checked.
    #[must_use]
    pub const fn of_argument(self) -> ArgumentRules {
        None
    }
}

/// What holds arguments of a type against its rules: an [`ArgumentRules`].
#[doc(hidden)]
#[macro_export]
macro_rules! __rules_of {
    ($type:ty) => {{
        #[allow(unused_imports, reason = "only needed where the type has no rules")]
        use $crate::__private::NoRules as _;
        $crate::__private::Probe::<$type>::RULES.of_argument()
    }};
}

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

/// One argument of a method: `argument!("food": String)`, `argument!("limit": u32 = default)`.
#[doc(hidden)]
#[macro_export]
macro_rules! __argument {
    ($name:literal: $type:ty $(= $default:ident)?) => {
        $crate::__private::ArgumentFacts::new($name, $crate::__private::schema_of!($type))
            .rules($crate::__private::rules_of!($type))
            $(.$default())?
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

/// The methods by which parents and children reach each other in Rust:
/// `relate!(pub Song.album_id: Id<Album> => Album { album, songs, create_song })`.
#[doc(hidden)]
#[macro_export]
macro_rules! __relate {
    ($vis:vis $child:ident.$field:ident: $key:ty => $parent:ty { $up:ident, $down:ident, $create:ident }) => {
        #[allow(dead_code, private_interfaces, reason = "who is related is not chosen by who is visible")]
        impl $child {
            /// The parent of this record.
            ///
            /// # Errors
            /// NotFound for one that the caller may not read, and whatever else a client would get.
            $vis fn $up<'a>(
                &'a self,
                cx: &'a $crate::__private::Cx,
            ) -> $crate::__private::Fetched<'a, <$key as $crate::__private::Names<'a, $parent>>::Found>
            where
                $key: $crate::__private::Names<'a, $parent>,
            {
                <$key as $crate::__private::Names<'a, $parent>>::find(&self.$field, cx)
            }
        }

        #[allow(dead_code, private_interfaces, reason = "who is related is not chosen by who is visible")]
        impl $parent {
            /// The children of this record, those that the caller may read.
            ///
            /// # Errors
            /// Whatever a client would get.
            $vis fn $down<'a>(
                &'a self,
                cx: &'a $crate::__private::Cx,
            ) -> $crate::__private::Fetched<'a, $crate::__private::Vec<$child>>
            where
                $child: $crate::__private::ChildOf<'a, Self>,
            {
                <$child as $crate::__private::ChildOf<'a, Self>>::all_of(self, ::core::stringify!($field), cx)
            }

            /// Creates a child of this record, whichever parent it says it has.
            ///
            /// # Errors
            /// Whatever a client would get.
            $vis fn $create<'a>(
                &'a self,
                cx: &'a $crate::__private::Cx,
                mut child: $child,
            ) -> $crate::__private::Fetched<'a, $child>
            where
                $key: $crate::__private::Names<'a, Self>,
                $child: $crate::__private::ChildOf<'a, Self>,
            {
                child.$field = <$key as $crate::__private::Names<'a, Self>>::naming(self);
                <$child as $crate::__private::ChildOf<'a, Self>>::create(child, cx)
            }
        }
    };
}

pub use {
    __answer as answer, __argument as argument, __both as both, __either as either,
    __relate as relate, __returns_of as returns_of, __rules_of as rules_of,
    __schema_of as schema_of, __set as set,
};
