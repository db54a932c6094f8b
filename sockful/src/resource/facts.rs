//! The facts a derive states about a resource: names, words and fn pointers, never logic.

use std::fmt;

use super::{IsBigint, IsRevision, Resource};
use crate::action::ActionFacts;
use crate::error::Error;
use crate::hooks::HookFacts;
use crate::policy::PolicyFacts;
use crate::row::{Column, Value};

/// What `#[derive(Resource)]` states about the type `R`.
pub struct Facts<R: Resource> {
    /// The name on the wire: singular, `snake_case`, ASCII.
    pub name: &'static str,
    /// The name of the table, where a store has tables.
    pub table: &'static str,
    /// The doc comment, lines joined by `\n`, without the leading space.
    pub docs: &'static str,
    /// The policy, where that is who decides.
    pub policy: Option<PolicyFacts>,
    /// With the word `hooks`: those that are written.
    pub hooks: Option<fn() -> HookFacts<R>>,
    /// Reads the id of a record.
    pub key: fn(&R) -> &R::Key,
    /// The stored fields, in the order of the struct.
    pub fields: &'static [FieldFacts<R>],
    /// The methods marked `#[remote]`; empty without the word `remote`.
    pub actions: &'static [ActionFacts<R>],
}

impl<R: Resource> Facts<R> {
    /// What a derive states that found mistakes. The program does not compile, so nobody reads it.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            name: "",
            table: "",
            docs: "",
            policy: None,
            hooks: None,
            key: |_| unreachable!("this resource did not compile"),
            fields: &[],
            actions: &[],
        }
    }
}

impl<R: Resource> fmt::Debug for Facts<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("name", &self.name)
            .field("fields", &self.fields)
            .field("actions", &self.actions)
            .finish_non_exhaustive()
    }
}

/// Who may call a resource or a remote method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, anonymous callers included.
    Public,
    /// Whoever is logged in.
    Authenticated,
    /// Whomever the [`Policy`](crate::Policy) of the resource lets, record by record.
    Policy,
}

/// Puts the value of a private field into the stored row.
pub type WriteColumn<R> = fn(&R, Column<'_>) -> Result<Value, Error>;

/// Gives the value of a field in records that are older than the field.
pub type DefaultColumn = fn(Column<'_>) -> Result<Value, Error>;

/// What the derive states about one stored field.
///
/// Built by one chain per field, in the derive's output: `FieldFacts::new("title").docs("..").index()`.
pub struct FieldFacts<R> {
    /// The name on the wire and in the store: serde's name for the field.
    pub name: &'static str,
    /// The name in Rust.
    pub rust_name: &'static str,
    /// Whether serde writes it by a function of its own, `with`, and not as its type is written.
    pub custom: bool,
    /// The doc comment, lines joined by `\n`.
    pub docs: &'static str,
    /// The words written on the field.
    pub words: Words,
    /// For a `bigint`, whose type schemars cannot see: whether it may be null.
    pub nullable: bool,
    /// For a private field, which serde does not write: puts its value into the stored row.
    pub write: Option<WriteColumn<R>>,
    /// For a private field, whose default schemars does not tell: what it is where it is absent.
    pub default: Option<DefaultColumn>,
}

/// The words of `#[resource(..)]` on a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one independent word of the grammar"
)]
pub struct Words {
    /// `id`, or the field named `id`.
    pub id: bool,
    /// `id = server`: clients may not choose the id.
    pub server: bool,
    /// `index`: queries by this field are fast.
    pub index: bool,
    /// `unique`: no two records share a value.
    pub unique: bool,
    /// `private`: stored, never leaves the server.
    pub private: bool,
    /// `bigint`: an integer of 64 bits, decimal text on the wire and to serde.
    pub bigint: bool,
    /// `rev`: the revision of the record; clients cannot set it.
    pub rev: bool,
    /// `renamed_from`: the names the field has had in the store, the last one first.
    pub renamed_from: &'static [&'static str],
}

impl<R> FieldFacts<R> {
    /// A field without words.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        let words = Words {
            id: false,
            server: false,
            index: false,
            unique: false,
            private: false,
            bigint: false,
            rev: false,
            renamed_from: &[],
        };
        Self {
            name,
            rust_name: name,
            custom: false,
            docs: "",
            words,
            nullable: false,
            write: None,
            default: None,
        }
    }

    /// Its name in Rust, where that is another one.
    #[must_use]
    pub const fn named(mut self, rust_name: &'static str) -> Self {
        self.rust_name = rust_name;
        self
    }

    /// Written by serde's `with`.
    #[must_use]
    pub const fn custom(mut self) -> Self {
        self.custom = true;
        self
    }

    /// Its doc comment.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// The id of the record.
    #[must_use]
    pub const fn id(mut self) -> Self {
        self.words.id = true;
        self
    }

    /// Ids are chosen by the server alone.
    #[must_use]
    pub const fn server(mut self) -> Self {
        self.words.server = true;
        self
    }

    /// Queries by this field are fast.
    #[must_use]
    pub const fn index(mut self) -> Self {
        self.words.index = true;
        self
    }

    /// No two records share a value.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.words.unique = true;
        self
    }

    /// An integer of 64 bits, decimal text on the wire. `T` is the type of the field.
    #[must_use]
    pub const fn bigint<T: IsBigint>(mut self) -> Self {
        self.words.bigint = true;
        self.nullable = T::NULLABLE;
        self
    }

    /// The revision of the record. `T` is the type of the field.
    #[must_use]
    pub const fn rev<T: IsRevision>(mut self) -> Self {
        self.words.rev = true;
        self
    }

    /// Stored under these names before, the last one first.
    #[must_use]
    pub const fn renamed_from(mut self, names: &'static [&'static str]) -> Self {
        self.words.renamed_from = names;
        self
    }

    /// Stored, never leaves the server.
    #[must_use]
    pub const fn private(mut self, write: WriteColumn<R>) -> Self {
        self.words.private = true;
        self.write = Some(write);
        self
    }

    /// What it is where it is absent.
    #[must_use]
    pub const fn default_value(mut self, default: DefaultColumn) -> Self {
        self.default = Some(default);
        self
    }
}

impl<R> fmt::Debug for FieldFacts<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldFacts")
            .field("name", &self.name)
            .field("words", &self.words)
            .finish()
    }
}
