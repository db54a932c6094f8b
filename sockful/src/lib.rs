#![doc = include_str!("docs/crate.md")]

// Described.
mod resource;
mod row;
mod schema;

// Decided and done.
mod action;
mod cx;
mod error;
mod hooks;
mod identity;
pub mod query;
mod relation;
mod validation;

// Kept.
mod change;
pub mod store;

// Carried.
mod limits;
mod live;
mod meters;
mod policy;
mod protocol;
mod session;
mod transport;

// Put together.
mod app;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
pub mod __private;

// Here, and not in the macros' own crate, because only `$crate` finds this one whatever it is called.
#[doc = include_str!("docs/filter.md")]
#[macro_export]
macro_rules! filter {
    ($($question:tt)*) => { $crate::__private::filter!($crate; $($question)*) };
}

#[doc = include_str!("docs/sort.md")]
#[macro_export]
macro_rules! sort {
    ($($question:tt)*) => { $crate::__private::sort!($crate; $($question)*) };
}

pub use app::{App, AppBuilder, BuildError, Config, Load, Promise};
pub use change::Change;
pub use cx::{Changeset, Cx, Edited};
pub use error::{Error, ErrorKind, FieldError, Result};
pub use hooks::{HookedCall, Hooks, RemoteCall, SessionInfo};
pub use identity::{Handshake, Login, UserKeys};
#[cfg(feature = "jwt")]
pub use identity::{Jwt, JwtKeyError};
pub use live::{Pushed, Watched};
pub use policy::Policy;
pub use query::Find;
pub use relation::ParentKey;
pub use resource::{Access, Bigint, Id, Key, Push, Record, Resource};
pub use row::{Row, Value};
#[doc = include_str!("docs/resource.md")]
#[doc(inline)]
pub use sockful_derive::Resource;
#[doc = include_str!("docs/remote.md")]
#[doc(inline)]
pub use sockful_derive::remote;
pub use store::Memory;
#[cfg(feature = "postgres")]
pub use store::Postgres;
#[cfg(feature = "sqlite")]
pub use store::Sqlite;
pub use transport::{Connection, Listener, Serve, serve};

/// What nearly every file of an application needs: `use sockful::prelude::*;`.
pub mod prelude {
    #[cfg(feature = "postgres")]
    pub use crate::Postgres;
    #[cfg(feature = "sqlite")]
    pub use crate::Sqlite;
    pub use crate::{
        App, Cx, Error, Handshake, Hooks, Id, Login, Memory, Resource, Result, filter, remote, sort,
    };
}

/// The schema of a resource: what stores, queries and generated clients read instead of Rust types.
pub mod describe {
    pub use crate::action::Effect;
    pub use crate::relation::{OnDestroy, Parent};
    pub use crate::resource::Words;
    pub use crate::schema::{Action, Argument, Field, Kind, Schema};
}

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
#[derive(Debug)]
pub struct Readme;

#[doc = include_str!("../../docs/securing.md")]
#[cfg(doctest)]
#[derive(Debug)]
pub struct Securing;
