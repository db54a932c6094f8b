//! The table of one resource, and the statements that are always the same.

use std::sync::Arc;

use super::{Dialect, ForeignKey, Layout, quoted};
use crate::schema::{Field, Schema};

/// The column of the revision where no field holds it.
pub(in crate::store) const REV: &str = "sockful_rev";

/// The column of the values of which each is asked for: no field has its name.
pub(in crate::store) const VALUE: &str = "sockful_value";

/// The table of a resource. Made once, when the store is opened.
#[cfg_attr(
    not(feature = "sqlite"),
    expect(dead_code, reason = "PostgreSQL writes many rows with one statement")
)]
pub(in crate::store) struct Table {
    pub(in crate::store) schema: Arc<Schema>,
    pub(in crate::store) layout: Layout,
    /// Its name, as it is in the database.
    pub(in crate::store) plain_name: &'static str,
    name: String,
    /// The name of the column of the revision: that of the field which holds it, if there is one.
    pub(in crate::store) rev_name: &'static str,
    columns: Vec<String>,
    listed: String,
    /// The row with an id: the fields in the order of the schema, then the revision.
    pub(in crate::store) get: String,
    /// The revision of an id.
    pub(in crate::store) rev: String,
    pub(in crate::store) insert: Put,
    /// All fields but the id, which is the parameter after them.
    pub(in crate::store) update: Put,
    /// The fields that no index is on: a database would write the indexes again, whether or not anything changes.
    pub(in crate::store) update_unindexed: Put,
    /// The unique fields: a row that is given others of them lets go of what it held.
    pub(in crate::store) let_go: Put,
    /// The places of the fields that have an index.
    pub(in crate::store) indexed: Vec<usize>,
    /// The id.
    pub(in crate::store) delete: String,
    /// For each unique field, its place, and the statement that finds the id of who holds a value.
    pub(in crate::store) holders: Vec<(usize, String)>,
    /// For each field that names a parent, its place, and the statement that finds the ids of those who name one.
    pub(in crate::store) children: Vec<(usize, String)>,
    /// What the database shall know of parents.
    pub(in crate::store) keys: Vec<ForeignKey>,
}

impl Table {
    /// That of a resource; `schemas` are all of the store.
    pub(in crate::store) fn new(
        dialect: &dyn Dialect,
        schema: &Arc<Schema>,
        schemas: &[Arc<Schema>],
    ) -> Self {
        let keys = ForeignKey::of(schema, schemas);
        let name = quoted(schema.table);
        let column = |field: &Field| quoted(field.name);
        let columns: Vec<_> = schema.fields.iter().map(column).collect();
        let listed = columns.join(", ");
        let rev_name = schema.rev.map_or(REV, |place| schema.fields[place].name);
        let rev = quoted(rev_name);
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
        let plain =
            |Field { words, .. }: &Field| !(words.id || words.rev || words.index || words.unique);
        Self {
            layout: Layout::of(schema, &keys),
            get: format!("SELECT {listed}, {rev} FROM {name} {by_id}"),
            rev: format!("SELECT {rev} FROM {name} {by_id}"),
            insert: Put::insert(dialect, schema, rev_name, of(|field| !field.words.rev)),
            update: Put::update(
                dialect,
                schema,
                rev_name,
                of(|field| !(field.words.id || field.words.rev)),
            ),
            update_unindexed: Put::update(dialect, schema, rev_name, of(plain)),
            let_go: Put::update(
                dialect,
                schema,
                rev_name,
                of(|Field { words, .. }| words.unique && !(words.id || words.rev)),
            ),
            delete: format!("DELETE FROM {name} {by_id}"),
            indexed: of(|field| field.words.index || field.words.unique),
            holders: of(|field| field.words.unique)
                .into_iter()
                .map(holder)
                .collect(),
            children: of(|field| field.parent.is_some())
                .into_iter()
                .map(holder)
                .collect(),
            keys,
            schema: schema.clone(),
            listed: format!("{listed}, {rev}"),
            rev_name,
            plain_name: schema.table,
            name,
            columns,
        }
    }

    /// Its name, quoted.
    pub(in crate::store) fn name(&self) -> &str {
        &self.name
    }

    /// The column of a field, quoted.
    pub(in crate::store) fn column(&self, field: usize) -> &str {
        &self.columns[field]
    }

    /// The columns of all fields, in the order of the schema, then that of the revision.
    pub(in crate::store) fn columns(&self) -> &str {
        &self.listed
    }
}

/// A statement that writes fields of one row: they are its first parameters, then comes the revision.
#[cfg_attr(
    not(feature = "sqlite"),
    expect(dead_code, reason = "PostgreSQL writes many rows with one statement")
)]
pub(in crate::store) struct Put {
    pub(in crate::store) text: String,
    pub(in crate::store) fields: Vec<usize>,
}

impl Put {
    fn insert(dialect: &dyn Dialect, schema: &Schema, rev: &str, fields: Vec<usize>) -> Self {
        let names = names(schema, rev, &fields);
        let places = (1..=names.len()).map(|number| parameter(dialect, number));
        let places: Vec<_> = places.collect();
        Self {
            text: format!(
                "INSERT INTO {} ({}) VALUES ({})",
                quoted(schema.table),
                names.join(", "),
                places.join(", ")
            ),
            fields,
        }
    }

    fn update(dialect: &dyn Dialect, schema: &Schema, rev: &str, fields: Vec<usize>) -> Self {
        let names = names(schema, rev, &fields);
        let set = |(index, name)| format!("{name} = {}", parameter(dialect, index + 1));
        let set: Vec<_> = names.iter().enumerate().map(set).collect();
        Self {
            text: format!(
                "UPDATE {} SET {} WHERE {} = {}",
                quoted(schema.table),
                set.join(", "),
                quoted(schema.id_field().name),
                parameter(dialect, names.len() + 1)
            ),
            fields,
        }
    }
}

/// The columns of these fields and of the revision, quoted.
fn names(schema: &Schema, rev: &str, fields: &[usize]) -> Vec<String> {
    let names = fields.iter().map(|place| schema.fields[*place].name);
    names.chain([rev]).map(quoted).collect()
}

fn parameter(dialect: &dyn Dialect, number: usize) -> String {
    let mut text = String::new();
    dialect.parameter(number, &mut text);
    text
}
