//! The children of a record, for the methods that the derive makes of a relation.

use super::Cx;
use crate::error::{Error, Result};
use crate::query::{Filter, Path, Query, Test};
use crate::resource::{Record, Resource};
use crate::row::Value;

impl Cx {
    /// The records with this parent in the field of this name in Rust; none for what is the id of no record.
    pub(crate) async fn children<R: Resource + Record>(
        &self,
        field: &str,
        parent: Option<Value>,
    ) -> Result<Vec<R>> {
        let place = R::FACTS.fields.iter().position(|it| it.rust_name == field);
        let place = place.ok_or_else(|| Error::internal("a parent is in no field"))?;
        let Some(parent) = parent else {
            return Ok(Vec::new());
        };
        let filter = Filter::Test(Path::field(place), Test::Equal(parent));
        self.find(Query {
            filter,
            ..Query::default()
        })
        .await
    }
}
