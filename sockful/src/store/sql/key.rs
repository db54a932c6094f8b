//! What the database itself is told of a field that names a parent: a foreign key.
//!
//! It is a net below our own checks, for whoever comes to the database from elsewhere. Its action is none: what becomes of
//! children is decided before a commit.

use std::sync::Arc;

use super::quoted;
use crate::schema::Schema;

/// The foreign key of a field. There is none where the resource of the parent is not in the same store.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct ForeignKey {
    /// The place of the field that names the parent.
    pub(in crate::store) field: usize,
    /// The resource of the parent.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "PostgreSQL has keys that can always be deferred")
    )]
    pub(in crate::store) resource: &'static str,
    /// Its table, as it is in the database.
    pub(in crate::store) table: &'static str,
    /// The column of its id.
    pub(in crate::store) column: &'static str,
}

impl ForeignKey {
    /// Those of a resource; `schemas` are all of the store.
    pub(in crate::store) fn of(schema: &Schema, schemas: &[Arc<Schema>]) -> Vec<Self> {
        let fields = schema.fields.iter().enumerate();
        let keys = fields.filter_map(|(field, it)| {
            let resource = it.parent.as_ref()?.resource;
            let parent = schemas.iter().find(|schema| schema.name == resource)?;
            (parent.id_field().kind == it.kind).then_some(Self {
                field,
                resource,
                table: parent.table,
                column: parent.id_field().name,
            })
        });
        keys.collect()
    }

    /// What it leads to, as a statement has it.
    pub(in crate::store) fn target(&self) -> String {
        format!(
            "REFERENCES {} ({})",
            quoted(self.table),
            quoted(self.column)
        )
    }
}
