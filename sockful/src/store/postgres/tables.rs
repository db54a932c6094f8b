//! The tables of the resources a store was opened for, and their statements for many rows at once.

use std::borrow::Borrow;
use std::ops::Deref;
use std::sync::Arc;

use super::dialect;
use super::rows::type_name;
use crate::schema::{Kind, Schema};
use crate::store::sql::{self, quoted};

/// The table of a resource. Parameters are arrays, with one member for each row.
pub(super) struct Table {
    table: sql::Table,
    /// The rows with these ids.
    pub(super) many: String,
    /// The same, locked until the transaction ends.
    pub(super) find: String,
    /// The ids and revisions of the rows with these ids.
    pub(super) revs: String,
    /// The fields that are written, and the revision.
    pub(super) insert: String,
    /// The fields that are written, the revision, and the id.
    pub(super) update: String,
    /// The places of the fields that `insert` writes.
    pub(super) inserted: Vec<usize>,
    /// The places of the fields that `update` writes.
    pub(super) updated: Vec<usize>,
    /// The ids.
    pub(super) delete: String,
    /// For each unique field, its place, and the statement that finds which of these values are held by whom.
    pub(super) holders: Vec<(usize, String)>,
    /// For each field that names a parent, its place, and the statement that finds which of these parents are named by whom.
    pub(super) children: Vec<(usize, String)>,
}

impl Deref for Table {
    type Target = sql::Table;

    fn deref(&self) -> &sql::Table {
        &self.table
    }
}

impl Borrow<sql::Table> for Table {
    fn borrow(&self) -> &sql::Table {
        &self.table
    }
}

impl Table {
    /// That of a resource; `schemas` are all of the store.
    pub(super) fn new(schema: &Arc<Schema>, schemas: &[Arc<Schema>]) -> Self {
        let table = sql::Table::new(&dialect::Postgres, schema, schemas);
        let (name, id) = (table.name(), table.column(schema.id));
        let rev = quoted(table.rev_name);
        let id_type = type_name(schema.id_field().kind);
        let by_ids = format!("FROM {name} WHERE {id} = ANY($1::{id_type}[])");
        let many = format!("SELECT {} {by_ids}", table.columns());
        let who_has = |(place, _): &(usize, String)| {
            let column = table.column(*place);
            let kind = type_name(schema.fields[*place].kind);
            let text =
                format!("SELECT {column}, {id} FROM {name} WHERE {column} = ANY($1::{kind}[])");
            (*place, text)
        };
        let of = |with_id: bool| {
            let fields = schema.fields.iter().enumerate();
            let written =
                fields.filter(|(_, field)| !field.words.rev && (with_id || !field.words.id));
            written.map(|(place, _)| place).collect::<Vec<_>>()
        };
        let (inserted, updated) = (of(true), of(false));
        Self {
            find: format!("{many} FOR UPDATE"),
            revs: format!("SELECT {id}, {rev} {by_ids}"),
            insert: insert(&table, &inserted),
            update: update(&table, &updated),
            delete: format!("DELETE {by_ids}"),
            holders: table.holders.iter().map(who_has).collect(),
            children: table.children.iter().map(who_has).collect(),
            many,
            inserted,
            updated,
            table,
        }
    }
}

fn insert(table: &sql::Table, fields: &[usize]) -> String {
    let names: Vec<_> = names(table, fields).collect();
    format!(
        "INSERT INTO {} ({}) SELECT * FROM {}",
        table.name(),
        names.join(", "),
        arrays(types(table, fields))
    )
}

fn update(table: &sql::Table, fields: &[usize]) -> String {
    let id = table.schema.id_field();
    let set = names(table, fields).enumerate();
    let set: Vec<_> = set
        .map(|(at, name)| format!("{name} = new.c{at}"))
        .collect();
    let columns: Vec<_> = (0..=set.len()).map(|at| format!("c{at}")).collect();
    format!(
        "UPDATE {name} SET {} FROM {} AS new ({}) WHERE {name}.{} = new.c{}",
        set.join(", "),
        arrays(types(table, fields).chain([id.kind])),
        columns.join(", "),
        table.column(table.schema.id),
        set.len(),
        name = table.name()
    )
}

/// The columns of these fields and of the revision, quoted.
fn names(table: &sql::Table, fields: &[usize]) -> impl Iterator<Item = String> {
    let names = fields.iter().map(|place| table.schema.fields[*place].name);
    names.chain([table.rev_name]).map(quoted)
}

fn types(table: &sql::Table, fields: &[usize]) -> impl Iterator<Item = Kind> {
    let kinds = fields.iter().map(|place| table.schema.fields[*place].kind);
    kinds.chain([Kind::Int])
}

/// The rows that so many arrays make, as parameters.
fn arrays(kinds: impl Iterator<Item = Kind>) -> String {
    let arrays = kinds.enumerate();
    let arrays = arrays.map(|(at, kind)| format!("${}::{}[]", at + 1, type_name(kind)));
    let arrays: Vec<_> = arrays.collect();
    format!("unnest({})", arrays.join(", "))
}

/// Every table, by the name of its resource.
pub(super) type Tables = sql::Tables<Table>;
