//! The schema of a resource: plain data, worked out once from the derive's facts and from what schemars says.
//!
//! Stores, queries, pushes and generated clients read the schema and never a Rust type.

mod default;
mod field;
pub(crate) mod shape;
mod verify;

pub use field::{Action, Argument, Field, Kind};
pub(crate) use verify::MAX_FIELDS;
pub(crate) use verify::Problem;

use crate::resource::{Access, Push, Record, Resource};
use crate::row::{Row, Value};

/// A described resource.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The name on the wire.
    pub name: &'static str,
    /// The name of the table, where a store has tables: the name on the wire, unless the struct says otherwise.
    pub table: &'static str,
    /// The doc comment.
    pub docs: &'static str,
    /// Who may call.
    pub access: Access,
    /// Whom changes are told: what the struct says, or what follows from its hooks.
    pub push: Push,
    /// The place of the id among the fields.
    pub id: usize,
    /// The place of the field that holds the revision of the record, if there is one.
    pub rev: Option<usize>,
    /// The place of the field that holds when the record was created, if there is one.
    pub created_at: Option<usize>,
    /// The place of the field that holds when the record was last changed, if there is one.
    pub updated_at: Option<usize>,
    /// The places of the fields that are set by the user who creates the record.
    pub set: Vec<usize>,
    /// The places of the fields that clients cannot change once the record is there, but for the id and the revision.
    pub fixed: Vec<usize>,
    /// The stored fields, in the order of the struct.
    pub fields: Vec<Field>,
    /// The remote methods.
    pub actions: Vec<Action>,
    /// The types that several fields or arguments share, by name, as JSON Schema.
    pub definitions: serde_json::Map<String, serde_json::Value>,
}

impl Schema {
    /// Works out the schema of `R`.
    ///
    /// # Errors
    /// Everything in the struct that cannot be kept or spoken, each naming its field.
    pub(crate) fn of<R: Resource + Record>() -> Result<Self, Vec<Problem>> {
        field::describe::<R>()
    }

    /// The place of the field of this name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The fields that clients may see, in order.
    pub fn visible(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.words.is_hidden())
    }

    /// The row with this revision in the field that holds it; the same row if there is no such field.
    ///
    /// A record that is not stored yet has revision 0.
    #[must_use]
    pub fn revised(&self, row: Row, rev: u64) -> Row {
        match self.rev {
            // Positions stay below 2^53.
            Some(place) => row.with(place, Value::Int(rev.cast_signed())),
            None => row,
        }
    }

    /// The places of the fields of which no two records may have the same value.
    pub fn unique(&self) -> impl Iterator<Item = usize> {
        let fields = self.fields.iter().enumerate();
        fields
            .filter(|(_, field)| field.words.unique)
            .map(|(place, _)| place)
    }

    /// The id field.
    #[must_use]
    pub fn id_field(&self) -> &Field {
        &self.fields[self.id]
    }
}

#[cfg(test)]
mod tests;
