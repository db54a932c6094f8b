//! What stores in SQL databases have in common: the text of statements, and how rows and changes are laid out.
//!
//! Only names that the program has given stand in a text; whatever may come from a client is a parameter. The
//! same question always has the same text, so that a database can keep its statements prepared.

mod change;
mod dialect;
#[cfg(all(test, feature = "testing"))]
pub(super) mod disguise;
pub(super) mod error;
mod filter;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub(super) mod handover;
pub(super) mod keep;
mod key;
mod layout;
pub(super) mod meta;
pub(super) mod migrate;
mod page;
mod panicked;
#[cfg(feature = "postgres")]
mod recorded;
mod set;
mod table;
mod tables;
pub(super) mod values;

pub(super) use self::change::{read_pair, write_new, write_old};
pub(super) use self::dialect::{Dialect, OfEach, quoted};
pub(super) use self::key::ForeignKey;
pub(super) use self::layout::{Column, Layout};
#[cfg(feature = "postgres")]
pub(super) use self::page::order;
pub(super) use self::page::{count, list};
pub(super) use self::panicked::panicked;
#[cfg(feature = "postgres")]
pub(super) use self::recorded::Recorded;
#[cfg(feature = "postgres")]
pub(super) use self::set::members;
pub(super) use self::set::set;
pub(super) use self::table::{REV, Table, VALUE};
pub(super) use self::tables::Tables;

use crate::row::Value;

/// A statement: its text, and the values of its parameters.
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

/// A statement that is being written.
pub(super) struct Sql<'a> {
    dialect: &'a dyn Dialect,
    text: String,
    values: Vec<Value>,
}

impl<'a> Sql<'a> {
    pub(super) fn new(dialect: &'a dyn Dialect, text: impl Into<String>) -> Self {
        Self {
            dialect,
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// Adds text, which holds no data.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a parameter of this value.
    pub(super) fn bind(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        self.dialect.parameter(self.values.len(), &mut self.text);
        self
    }

    /// Adds parts with text between them, in parentheses; `none` where there are no parts.
    ///
    /// Each half has parentheses of its own: a database sees a tree that is as deep as the logarithm of
    /// their number, not a chain. SQLite takes no expression deeper than 1,000.
    fn joined<T>(
        &mut self,
        parts: &[T],
        between: &str,
        none: &str,
        write: &impl Fn(&mut Self, &T),
    ) -> &mut Self {
        match parts {
            [] => self.push(none),
            [part] => {
                write(self, part);
                self
            }
            _ => {
                let (one, other) = parts.split_at(parts.len() / 2);
                self.push("(").joined(one, between, none, write);
                self.push(between).joined(other, between, none, write);
                self.push(")")
            }
        }
    }

    pub(super) fn finish(self) -> Statement {
        Statement {
            text: self.text,
            values: self.values,
        }
    }
}
