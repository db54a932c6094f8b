//! Indexes: ours have names that say what they are; those of others serve as well.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{Draft, Found, FoundIndex, NewIndex, Step};
use crate::schema::{Field, Kind};
use crate::store::MAX_INDEXED_TEXT;
use crate::store::sql::{Column, Table, quoted};

/// The name of the index on a column. No two of them are the same: no field has a dot in its name.
fn index_name(longest: usize, table: &str, column: &str, unique: bool) -> String {
    let word = if unique { "unique" } else { "index" };
    shortened(format!("{table}.{column}.{word}"), longest)
}

/// A name of at most so many bytes, and another for each.
pub(super) fn shortened(name: String, longest: usize) -> String {
    if name.len() <= longest {
        return name;
    }
    let mut end = String::from(".");
    for byte in &Sha256::digest(&name)[..8] {
        // Writing into a `String` cannot fail.
        let _ = write!(end, "{byte:02x}");
    }
    let cut = name.floor_char_boundary(longest - end.len());
    format!("{}{end}", &name[..cut])
}

/// Whether a field shall have an index, and whether that is unique.
fn wanted(field: &Field) -> Option<bool> {
    (field.words.unique || field.words.index).then_some(field.words.unique)
}

impl Draft<'_> {
    /// Removes those of ours that no field asks for by this name any more.
    pub(super) fn drop_indexes(&mut self, table: &Table, found: &mut Found, before: &[Column]) {
        for then in before.iter().filter(|then| then.unique || then.index) {
            let mut fields = table.schema.fields.iter();
            let now = fields.find(|field| field.name == then.name);
            if now.and_then(wanted) == Some(then.unique) {
                continue;
            }
            let name = self.index_name(table, &then.name, then.unique);
            let there = found.indexes.len();
            found.indexes.retain(|index| index.name != name);
            if found.indexes.len() < there {
                let text = self.dialect.drop_index(&name, table.name(), then.unique);
                self.step(text);
            }
        }
    }

    /// Makes those that are missing.
    pub(super) fn make_indexes(&mut self, table: &Table, found: &[FoundIndex]) {
        for field in &table.schema.fields {
            let Some(unique) = wanted(field) else {
                continue;
            };
            if found.iter().any(|index| self.serves(index, field, unique)) {
                continue;
            }
            let place = format!("`{}.{}`", table.plain_name, field.name);
            let name = self.index_name(table, field.name, unique);
            let mut others = found.iter();
            if others.any(|index| self.dialect.same_name(&index.name, &name)) {
                self.refuse(format!(
                    "`{name}` is in the database, but is not the index of {place}: write a migration that removes it"
                ));
                continue;
            }
            let text = self.dialect.create_index(&name, table.name(), field);
            let too_long = (field.kind == Kind::Text).then(|| {
                format!(
                    "SELECT EXISTS (SELECT 1 FROM {} WHERE octet_length({}) > {MAX_INDEXED_TEXT})",
                    table.name(),
                    quoted(field.name)
                )
            });
            let index = Some(NewIndex {
                table: table.name().to_owned(),
                place,
                too_long,
            });
            self.plan.steps.push(Step {
                text,
                index,
                key: None,
            });
        }
        self.warn_of_unique(table, found);
    }

    /// What the database holds unique and the struct does not, no request can be told of properly.
    fn warn_of_unique(&mut self, table: &Table, found: &[FoundIndex]) {
        for index in found.iter().filter(|index| index.unique) {
            let mut fields = table.schema.fields.iter();
            let told = fields.any(|field| field.words.unique && self.serves(index, field, true));
            if !told {
                self.plan.warnings.push(format!(
                    "`{}` has the unique index `{}` in the database, but the struct says nothing of it: \
                     what breaks it is answered as an internal error",
                    table.plain_name, index.name
                ));
            }
        }
    }

    /// Whether an index does what a field asks for.
    fn serves(&self, index: &FoundIndex, field: &Field, unique: bool) -> bool {
        let Some((Some(first), rest)) = index.columns.split_first() else {
            return false;
        };
        let alone = rest.is_empty() && index.unique;
        index.whole && self.dialect.same_name(first, field.name) && (alone || !unique)
    }

    fn index_name(&self, table: &Table, column: &str, unique: bool) -> String {
        index_name(
            self.dialect.longest_name(),
            table.plain_name,
            column,
            unique,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::index_name;

    #[test]
    fn no_two_indexes_have_one_name() {
        let name = |table: &str, column: &str, unique| index_name(40, table, column, unique);
        assert_eq!(name("note", "text", false), "note.text.index");
        assert_eq!(name("note", "text", true), "note.text.unique");
        assert_ne!(name("a_b", "c", false), name("a", "b_c", false));
        let long = |end: &str| name("a table with a name of many words", end, true);
        assert_ne!(long("ä"), long("ö"));
        for long in [long("ä"), long("ö")] {
            assert!(long.starts_with("a table with a name of"), "{long}");
            assert!(long.len() <= 40, "{long}");
        }
    }
}
