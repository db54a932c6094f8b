//! The tables of the resources a store was opened for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dialect;
use crate::schema::Schema;
use crate::store::StoreError;
use crate::store::sql::Table;

/// Every table, by the name of its resource.
#[derive(Default)]
pub(super) struct Tables(BTreeMap<&'static str, Arc<Table>>);

impl Tables {
    pub(super) fn new(schemas: &[Arc<Schema>]) -> Self {
        let table = |schema| Arc::new(Table::new(&dialect::Sqlite, schema));
        let tables = schemas.iter().map(|schema| (schema.name, table(schema)));
        Self(tables.collect())
    }

    /// The table of a resource.
    pub(super) fn of(&self, schema: &Schema) -> Result<&Arc<Table>, StoreError> {
        self.named(schema.name).ok_or_else(|| {
            StoreError::Failed(format!("the store was not opened for `{}`", schema.name).into())
        })
    }

    /// The table of the resource with this name.
    pub(super) fn named(&self, resource: &str) -> Option<&Arc<Table>> {
        self.0.get(resource)
    }

    /// All of them, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.0.values()
    }
}
