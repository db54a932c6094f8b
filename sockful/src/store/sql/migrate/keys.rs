//! Foreign keys: what the database is told of parents. Those of ours have names that say so; those of others serve as well.

use super::indexes::shortened;
use super::{Draft, FoundKey, NewKey, Step};
use crate::store::sql::{ForeignKey, Table, quoted};

/// With this end the names of ours, whatever tables and columns are called by now.
const OURS: &str = ".parent";

/// The name of the foreign key of a column. No two of one table are the same.
fn key_name(longest: usize, table: &str, column: &str) -> String {
    let name = shortened(format!("{table}.{column}"), longest - OURS.len());
    format!("{name}{OURS}")
}

impl Draft<'_> {
    /// What the definition of a new column says of the parent that its field names, where that can only be said there.
    pub(super) fn reference(&self, table: &Table, field: usize) -> String {
        let mut keys = table.keys.iter();
        match keys.find(|key| key.field == field) {
            Some(key) if self.dialect.keys_are_of_columns() => format!(" {}", key.target()),
            _ => String::new(),
        }
    }

    /// Removes those of ours that no field asks for any more, and makes those that are missing.
    pub(super) fn make_keys(&mut self, table: &Table, found: &[FoundKey]) {
        let (asked, others): (Vec<_>, Vec<_>) = found
            .iter()
            .partition(|found| table.keys.iter().any(|key| self.is(found, table, key)));
        for other in others {
            match &other.name {
                Some(name) if name.ends_with(OURS) => self.step(format!(
                    "ALTER TABLE {} DROP CONSTRAINT {}",
                    table.name(),
                    quoted(name)
                )),
                _ => self.plan.warnings.push(format!(
                    "`{}.{}` refers to `{}` in the database, but the struct has no such parent: \
                     what breaks it is answered as a conflict",
                    table.plain_name,
                    other.columns.join(", "),
                    other.table
                )),
            }
        }
        if self.dialect.keys_are_of_columns() {
            return;
        }
        for key in &table.keys {
            if asked.iter().any(|found| self.is(found, table, key)) {
                continue;
            }
            let column = table.schema.fields[key.field].name;
            let name = key_name(self.dialect.longest_name(), table.plain_name, column);
            // It waits for the end of a transaction only where it is told to: statements of migrations would otherwise
            // have to end theirs before they may change such a table.
            let text = format!(
                "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) {} DEFERRABLE",
                table.name(),
                quoted(&name),
                quoted(column),
                key.target()
            );
            self.keys.push(Step {
                text,
                index: None,
                key: Some(NewKey {
                    place: format!("`{}.{column}`", table.plain_name),
                    name: quoted(&name),
                    table: table.name().to_owned(),
                    column: quoted(column),
                    parent: *key,
                }),
            });
        }
    }

    /// Whether this is the foreign key of a field: which column of the parent it names is left to whoever made it.
    fn is(&self, found: &FoundKey, table: &Table, key: &ForeignKey) -> bool {
        let field = table.schema.fields[key.field].name;
        let same = |one: &str, other: &str| self.dialect.same_name(one, other);
        matches!(&*found.columns, [column] if same(column, field)) && same(&found.table, key.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_can_be_told_by_its_name_however_long_that_is() {
        assert_eq!(key_name(40, "song", "album_id"), "song.album_id.parent");
        let long = |end: &str| key_name(40, "a table with a name of many words", end);
        assert_ne!(long("ä"), long("ö"));
        for long in [long("ä"), long("ö")] {
            assert!(long.ends_with(OURS), "{long}");
            assert!(long.len() <= 40, "{long}");
        }
    }
}
