//! Rows of values that a database holds.

use std::sync::Arc;

use super::error::damaged;
use crate::row::{Row, Value};
use crate::schema::{Field, Schema};
use crate::store::StoreError;

/// The row of these values: each column is asked for once, in their order. `None` is one that holds what the field cannot.
///
/// # Errors
/// When there is such a column: the database is damaged.
pub(in crate::store) fn row(
    schema: &Schema,
    mut column: impl FnMut(usize, &Field) -> Option<Value>,
) -> Result<Row, StoreError> {
    let mut wrong = None;
    // An iterator of known length makes one allocation of a row; one that may fail would make several.
    let columns = schema.fields.iter().enumerate();
    let values: Arc<[Value]> = columns
        .map(|(place, field)| {
            column(place, field).unwrap_or_else(|| {
                wrong.get_or_insert(field);
                Value::Null
            })
        })
        .collect();
    match wrong {
        None => Ok(Row::new(values)),
        Some(field) => Err(damaged(format!(
            "`{}.{}` holds what is not {}",
            schema.table,
            field.name,
            field.kind.noun()
        ))),
    }
}

/// A position as databases keep it. Positions stay below 2^53.
pub(in crate::store) fn integer(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
