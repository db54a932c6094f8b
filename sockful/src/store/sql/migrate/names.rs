//! Names that a database cannot take as they are.

use super::Draft;
use crate::store::sql::{REV, Table, VALUE};

/// With this begin the names of our own tables.
const OURS: &str = "sockful_";

impl Draft<'_> {
    /// Whether the table and its columns can have the names they should have.
    pub(super) fn names_are_possible(&mut self, table: &Table) -> bool {
        let before = self.problems.len();
        self.table_is_free(table.plain_name);
        self.columns_differ(table);
        self.problems.len() == before
    }

    fn table_is_free(&mut self, name: &str) {
        let reserved = [OURS].iter().chain(self.dialect.reserved());
        for reserved in reserved.filter(|it| starts_with(name, it)) {
            self.refuse(format!(
                "`{name}` cannot be the name of a table: `{reserved}` is reserved"
            ));
        }
        self.fits(name, name);
    }

    fn columns_differ(&mut self, table: &Table) {
        let fields = &table.schema.fields;
        for (place, field) in fields.iter().enumerate() {
            let name = format!("{}.{}", table.plain_name, field.name);
            let same = |other: &str| self.dialect.same_name(other, field.name);
            if same(REV) || same(VALUE) {
                self.refuse(format!("`{name}` is reserved"));
            } else if let Some(other) = fields[..place].iter().find(|other| same(other.name)) {
                let other = format!("{}.{}", table.plain_name, other.name);
                self.refuse(format!(
                    "`{other}` and `{name}` are one column to the database: rename one of them"
                ));
            }
            self.fits(field.name, &name);
        }
    }

    /// A longer name would be cut off, and then be taken for another.
    fn fits(&mut self, name: &str, place: &str) {
        let longest = self.dialect.longest_name();
        if name.len() > longest {
            self.refuse(format!(
                "`{place}` is too long a name for the database, which takes {longest} bytes"
            ));
        }
    }
}

fn starts_with(name: &str, start: &str) -> bool {
    let bytes = name.as_bytes().get(..start.len());
    bytes.is_some_and(|bytes| bytes.eq_ignore_ascii_case(start.as_bytes()))
}
