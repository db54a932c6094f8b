//! The facts a derive states about a resource: names, words and fn pointers, never logic.

use std::any::{Any, TypeId, type_name};
use std::fmt;

use super::{IsBigint, IsRevision, IsStamp, Resource};
use crate::action::ActionFacts;
use crate::error::Error;
use crate::hooks::HookFacts;
use crate::policy::PolicyFacts;
use crate::relation::{OnDestroy, ParentFacts, ParentKey};
use crate::row::{Column, Value};
use crate::validation::Report;

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
    /// The rules of its values, where it has any.
    pub validate: Option<ValidateRecord<R>>,
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
            validate: None,
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

/// Says what of a record breaks its rules.
type ValidateRecord<R> = fn(&R) -> Result<(), Report>;

/// Puts the value of a field that serde does not write into the stored row.
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
    /// For a private or `write_only` field, which serde does not write: puts its value into the stored row.
    pub write: Option<WriteColumn<R>>,
    /// For such a field, whose default schemars does not tell: what it is where it is absent.
    pub default: Option<DefaultColumn>,
    /// For a `set` field: what it becomes of a user.
    pub set: Option<SetFacts>,
    /// For a field that holds the id of a parent: of which, and how.
    pub parent: Option<ParentFacts>,
}

/// The value that a field is `set` to, by the facts of the user who creates the record.
#[derive(Clone, Copy)]
pub struct SetFacts {
    user: fn() -> TypeId,
    user_name: fn() -> &'static str,
    value: SetColumn,
}

/// Makes the value of a column of the facts of a user.
type SetColumn = fn(&(dyn Any + Send + Sync), Column<'_>) -> Result<Value, Error>;

impl SetFacts {
    /// By facts of the type `U`.
    #[must_use]
    pub const fn of<U: 'static>(value: SetColumn) -> Self {
        Self {
            user: TypeId::of::<U>,
            user_name: type_name::<U>,
            value,
        }
    }

    /// The type of the facts.
    pub(crate) fn user(&self) -> TypeId {
        (self.user)()
    }

    /// The name of that type.
    pub(crate) fn user_name(&self) -> &'static str {
        (self.user_name)()
    }

    /// The value, by these facts.
    ///
    /// # Errors
    /// Unprocessable or Internal for one that cannot be kept; Internal for facts of another type.
    pub(crate) fn value(
        &self,
        user: &(dyn Any + Send + Sync),
        column: Column<'_>,
    ) -> Result<Value, Error> {
        (self.value)(user, column)
    }
}

impl fmt::Debug for SetFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SetFacts").field(&self.user_name()).finish()
    }
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
    /// `write_only`: clients set it, and it never leaves the server.
    pub write_only: bool,
    /// `read_only`: clients see it, and only the server sets it.
    pub read_only: bool,
    /// `immutable`: what it is when the record is created, it stays.
    pub immutable: bool,
    /// `created_at`: when the record was created.
    pub created_at: bool,
    /// `updated_at`: when the record was last changed.
    pub updated_at: bool,
    /// `set`: what it is, the user decides who creates the record.
    pub set: bool,
    /// `renamed_from`: the names the field has had in the store, the last one first.
    pub renamed_from: &'static [&'static str],
}

impl Words {
    /// Whether it never leaves the server, whoever sets it.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.private || self.write_only
    }

    /// Whether clients see it, and only the server sets it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.rev || self.read_only || self.created_at || self.updated_at || self.set
    }
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
            write_only: false,
            read_only: false,
            immutable: false,
            created_at: false,
            updated_at: false,
            set: false,
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
            set: None,
            parent: None,
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

    /// Set by clients, never leaves the server.
    #[must_use]
    pub const fn write_only(mut self, write: WriteColumn<R>) -> Self {
        self.words.write_only = true;
        self.write = Some(write);
        self
    }

    /// Only the server sets it.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.words.read_only = true;
        self
    }

    /// Stays what it was when the record was created.
    #[must_use]
    pub const fn immutable(mut self) -> Self {
        self.words.immutable = true;
        self
    }

    /// When the record was created. `T` is the type of the field.
    #[must_use]
    pub const fn created_at<T: IsStamp>(mut self) -> Self {
        self.words.created_at = true;
        self
    }

    /// When the record was last changed. `T` is the type of the field.
    #[must_use]
    pub const fn updated_at<T: IsStamp>(mut self) -> Self {
        self.words.updated_at = true;
        self
    }

    /// What it is, the user decides who creates the record.
    #[must_use]
    pub const fn set(mut self, facts: SetFacts) -> Self {
        self.words.set = true;
        self.set = Some(facts);
        self
    }

    /// The id of a parent, a `P`, in a field of the type `F`: by it, children are found fast. The record calls its parent `name`,
    /// which calls one of its children `child`, and them all `children`.
    #[must_use]
    pub const fn parent<P: Resource, F: ParentKey<P::Key>>(
        mut self,
        name: &'static str,
        child: &'static str,
        children: &'static str,
    ) -> Self {
        self.words.index = true;
        self.parent = Some(ParentFacts::of::<P, F>(name, child, children));
        self
    }

    /// What becomes of the record when that parent is destroyed, where it is not what the type of the field makes it.
    #[must_use]
    pub const fn on_destroy(mut self, what: OnDestroy) -> Self {
        if let Some(parent) = &mut self.parent {
            parent.on_destroy(what);
        }
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
