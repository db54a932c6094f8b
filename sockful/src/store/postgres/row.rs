//! A row as PostgreSQL answers it.

use std::fmt::Display;

use tokio_postgres::row::RowIndex;
use tokio_postgres::types::FromSql;

use super::error::Error;

/// A row of an answer, whose errors are our own.
pub(super) struct Row(pub(super) tokio_postgres::Row);

impl Row {
    /// How many columns it has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value of a column.
    ///
    /// # Errors
    /// If it has another type, or there is no such column.
    pub(super) fn try_get<'a, I, T>(&'a self, column: I) -> Result<T, Error>
    where
        I: RowIndex + Display,
        T: FromSql<'a>,
    {
        Ok(self.0.try_get(column)?)
    }
}
