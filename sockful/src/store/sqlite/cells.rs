//! Rows on their way from the thread that reads to whoever has asked.
//!
//! A row is many small allocations. Where one thread makes them and another frees them, both wait for one lock of
//! the allocator. So a thread that reads hands over a few large ones, and who has asked makes the rows.

use rusqlite::types::ValueRef;

use super::rows::of_columns;
use crate::row::Value;
use crate::store::sql::Table;
use crate::store::{StoreError, Stored};

/// The columns of some rows of one table, as SQLite gave them.
pub(super) struct Cells {
    rows: usize,
    cells: Vec<Cell>,
    /// What the cells hold of text, one after the other.
    text: Vec<u8>,
}

enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    /// So many bytes of text.
    Text(usize),
    /// Nothing of ours.
    Blob,
}

impl Cells {
    /// With room for so many rows of the table, if their texts are short.
    pub(super) fn with_room(table: &Table, rows: usize) -> Self {
        let columns = table.schema.fields.len() + 1;
        Self {
            rows: 0,
            cells: Vec::with_capacity(rows * columns),
            text: Vec::with_capacity(rows * columns * Value::BESIDE),
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Takes a row of the table in, and tells about how many bytes it takes on the wire; but not if these are more
    /// than `most`.
    pub(super) fn push(
        &mut self,
        table: &Table,
        row: &rusqlite::Row<'_>,
        most: usize,
    ) -> Result<Option<usize>, StoreError> {
        let (cells, text) = (self.cells.len(), self.text.len());
        let fields = table.schema.fields.len();
        // The revision comes behind the fields.
        for place in 0..=fields {
            self.cells.push(match row.get_ref(place)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(value) => Cell::Integer(value),
                ValueRef::Real(value) => Cell::Real(value),
                ValueRef::Text(bytes) => {
                    self.text.extend_from_slice(bytes);
                    Cell::Text(bytes.len())
                }
                ValueRef::Blob(_) => Cell::Blob,
            });
        }
        let size = self.text.len() - text + fields * Value::BESIDE;
        if size > most {
            self.cells.truncate(cells);
            self.text.truncate(text);
            return Ok(None);
        }
        self.rows += 1;
        Ok(Some(size))
    }

    /// Makes the rows.
    ///
    /// # Errors
    /// If a column holds what is no value of its field.
    pub(super) fn rows(&self, table: &Table) -> Result<Vec<Stored>, StoreError> {
        let mut cells = self.cells.iter();
        let mut text = &*self.text;
        let mut next = || {
            Some(match cells.next()? {
                Cell::Null => ValueRef::Null,
                Cell::Integer(value) => ValueRef::Integer(*value),
                Cell::Real(value) => ValueRef::Real(*value),
                Cell::Text(length) => {
                    let (own, rest) = text.split_at_checked(*length)?;
                    text = rest;
                    ValueRef::Text(own)
                }
                Cell::Blob => ValueRef::Blob(&[]),
            })
        };
        let mut rows = Vec::with_capacity(self.rows);
        for _ in 0..self.rows {
            rows.push(of_columns(table, |_| next())?);
        }
        Ok(rows)
    }
}
