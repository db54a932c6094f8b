//! A row: the untyped form of a record, its stored fields in the order of the schema.
//!
//! Records become rows and rows records by the user's own serde derive ([`ser`], [`de`]); a row writes itself
//! as JSON ([`json`]). None of this builds a JSON tree. When something does not fit, [`explain`]
//! reads it again to say exactly what.

mod de;
mod explain;
mod json;
mod key;
mod select;
mod ser;
pub(crate) mod text;
pub(crate) mod time;
mod value;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

pub(crate) use de::{Overlay, decode, keep_fixed, names_hidden, overlay, read};
pub(crate) use explain::{Description, Node, Seen, Tree, cut, step_into};
pub(crate) use json::{
    fields, is_safe, path_at, plain_text, scan, unescaped, write_float, write_integer, write_row,
    write_selected, write_text,
};
pub(crate) use select::Select;
pub use ser::Column;
pub(crate) use ser::{encode, find_not_finite, write_watched};
pub use value::Value;

/// The stored fields of one record, in the order of its schema. Cloning shares them.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(Arc<[Value]>);

impl Row {
    /// A row of these values, one for each field of the schema.
    pub fn new(values: impl Into<Arc<[Value]>>) -> Self {
        Self(values.into())
    }

    /// The values, in the order of the schema.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.0
    }
}

impl Row {
    /// The row with another value in this field.
    pub(crate) fn with(mut self, field: usize, value: Value) -> Self {
        if self.0[field] != value {
            Arc::make_mut(&mut self.0)[field] = value;
        }
        self
    }

    /// Whether both say the same. Nested values may be written in different ways: some stores write them anew.
    pub(crate) fn says_what(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&*other.0);
        self.0.len() == other.0.len() && pairs.all(|(one, other)| one.says_what(other))
    }

    /// About how many bytes it takes on the wire.
    pub(crate) fn size(&self) -> usize {
        self.0.iter().map(Value::size).sum()
    }
}

impl std::ops::Index<usize> for Row {
    type Output = Value;

    fn index(&self, field: usize) -> &Value {
        &self.0[field]
    }
}
