//! The table of one resource, and the statements that are always the same.

use std::sync::Arc;

use super::{Dialect, Layout, quoted};
use crate::schema::{Field, Schema};

/// The column of the revision.
pub(in crate::store) const REV: &str = "\"sockful_rev\"";

/// The table of a resource. Made once, when the store is opened.
pub(in crate::store) struct Table {
    pub(in crate::store) schema: Arc<Schema>,
    pub(in crate::store) layout: Layout,
    name: String,
    /// Each with its table, so that no name is taken for text.
    columns: Vec<String>,
    listed: String,
    /// The row with an id: the fields in the order of the schema, then the revision.
    pub(in crate::store) get: String,
    /// The revision of an id.
    pub(in crate::store) rev: String,
    /// The fields in the order of the schema, then the revision.
    pub(in crate::store) insert: String,
    /// All fields.
    pub(in crate::store) update: Update,
    /// The fields that no index is on: a database would write the indexes again, whether or not anything changes.
    pub(in crate::store) update_unindexed: Update,
    /// The places of the fields that have an index.
    pub(in crate::store) indexed: Vec<usize>,
    /// The id.
    pub(in crate::store) delete: String,
    /// For each unique field, its place, and the statement that finds the id of who holds a value.
    pub(in crate::store) holders: Vec<(usize, String)>,
}

impl Table {
    pub(in crate::store) fn new(dialect: &dyn Dialect, schema: &Arc<Schema>) -> Self {
        let name = quoted(schema.name);
        let fields = schema.fields.iter();
        let bare: Vec<_> = fields.map(|field| quoted(field.name)).collect();
        let columns: Vec<_> = bare.iter().map(|field| format!("{name}.{field}")).collect();
        let listed = columns.join(", ");
        let first = parameter(dialect, 1);
        let by_id = format!("WHERE {} = {first}", columns[schema.id]);
        let holder = |place: usize| {
            let (id, column) = (&columns[schema.id], &columns[place]);
            let text = format!("SELECT {id} FROM {name} WHERE {column} = {first}");
            (place, text)
        };
        let of = |wanted: fn(&Field) -> bool| {
            let fields = schema.fields.iter().enumerate();
            let wanted = fields.filter(move |(_, field)| wanted(field));
            wanted.map(|(place, _)| place).collect::<Vec<_>>()
        };
        Self {
            layout: Layout::of(schema),
            get: format!("SELECT {listed}, {REV} FROM {name} {by_id}"),
            rev: format!("SELECT {REV} FROM {name} {by_id}"),
            insert: insert(dialect, &name, &bare),
            update: Update::new(dialect, schema, of(|field| !field.words.id)),
            update_unindexed: Update::new(
                dialect,
                schema,
                of(|Field { words, .. }| !(words.id || words.index || words.unique)),
            ),
            delete: format!("DELETE FROM {name} {by_id}"),
            indexed: of(|field| field.words.index || field.words.unique),
            holders: of(|field| field.words.unique)
                .into_iter()
                .map(holder)
                .collect(),
            schema: schema.clone(),
            name,
            columns,
            listed,
        }
    }

    /// Its name, quoted.
    pub(in crate::store) fn name(&self) -> &str {
        &self.name
    }

    /// The column of a field, quoted, with the name of the table.
    pub(in crate::store) fn column(&self, field: usize) -> &str {
        &self.columns[field]
    }

    /// All columns of fields, in the order of the schema.
    pub(in crate::store) fn columns(&self) -> &str {
        &self.listed
    }
}

/// A statement that changes fields of one row: they are its first parameters, then the revision, then the id.
pub(in crate::store) struct Update {
    pub(in crate::store) text: String,
    pub(in crate::store) fields: Vec<usize>,
}

impl Update {
    fn new(dialect: &dyn Dialect, schema: &Schema, fields: Vec<usize>) -> Self {
        let names = fields
            .iter()
            .map(|place| quoted(schema.fields[*place].name));
        let names = names.chain([REV.to_owned()]);
        let set: Vec<_> = names
            .enumerate()
            .map(|(index, name)| format!("{name} = {}", parameter(dialect, index + 1)))
            .collect();
        Self {
            text: format!(
                "UPDATE {} SET {} WHERE {} = {}",
                quoted(schema.name),
                set.join(", "),
                quoted(schema.id_field().name),
                parameter(dialect, set.len() + 1)
            ),
            fields,
        }
    }
}

fn insert(dialect: &dyn Dialect, name: &str, fields: &[String]) -> String {
    let places: Vec<_> = (1..=fields.len() + 1)
        .map(|number| parameter(dialect, number))
        .collect();
    format!(
        "INSERT INTO {name} ({}, {REV}) VALUES ({})",
        fields.join(", "),
        places.join(", ")
    )
}

fn parameter(dialect: &dyn Dialect, number: usize) -> String {
    let mut text = String::new();
    dialect.parameter(number, &mut text);
    text
}
