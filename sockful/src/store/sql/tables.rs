//! The tables of the resources a store was opened for.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Table;
use crate::schema::Schema;
use crate::store::StoreError;

/// Finds the table of the resource with this name.
pub(super) type FindTable<'a> = dyn Fn(&str) -> Option<&'a Table> + 'a;

/// Every table, by the name of its resource.
pub(in crate::store) struct Tables<T = Table>(BTreeMap<&'static str, Arc<T>>);

impl<T> Tables<T> {
    /// Makes each by `table`, from its schema and all of them.
    pub(in crate::store) fn new(
        schemas: &[Arc<Schema>],
        table: fn(&Arc<Schema>, &[Arc<Schema>]) -> T,
    ) -> Self {
        let tables = schemas.iter();
        let tables = tables.map(|it| (it.name, Arc::new(table(it, schemas))));
        Self(tables.collect())
    }

    /// The table of a resource.
    pub(in crate::store) fn of(&self, schema: &Schema) -> Result<&Arc<T>, StoreError> {
        self.named(schema.name).ok_or_else(|| {
            StoreError::Failed(format!("the store was not opened for `{}`", schema.name).into())
        })
    }

    /// The table of the resource with this name.
    pub(in crate::store) fn named(&self, resource: &str) -> Option<&Arc<T>> {
        self.0.get(resource)
    }

    /// What every database knows of it.
    pub(super) fn find(&self, resource: &str) -> Option<&Table>
    where
        T: Borrow<Table>,
    {
        self.named(resource).map(|table| (**table).borrow())
    }

    /// All of them, by name.
    pub(in crate::store) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.0.values()
    }
}
