//! Tables and columns: those that are missing, those that have another name, and those that do not fit.

use super::{Draft, Found, FoundColumn};
use crate::schema::{Field, Kind};
use crate::store::sql::{Column, REV, Table, quoted};

impl Draft<'_> {
    /// Makes a table.
    pub(super) fn create(&mut self, table: &Table) {
        let fields = table.schema.fields.iter().enumerate();
        let columns = fields.map(|(place, field)| {
            let key = if field.words.id { " PRIMARY KEY" } else { "" };
            let reference = self.reference(table, place);
            format!("{}{key}{reference}", self.definition(field))
        });
        let rev = table.schema.rev.is_none();
        let rev = rev.then(|| format!("{} {} NOT NULL", quoted(REV), self.rev_type()));
        let columns: Vec<_> = columns.chain(rev).collect();
        let options = self.dialect.table_options();
        let text = format!(
            "CREATE TABLE {} ({}) {options}",
            table.name(),
            columns.join(", ")
        );
        self.step(text.trim_end().to_owned());
    }

    /// Gives columns the names that their fields have now, here and in what is known of them.
    pub(super) fn rename_columns(
        &mut self,
        table: &Table,
        found: &mut Found,
        before: &mut [Column],
    ) {
        for field in &table.schema.fields {
            // To some databases a name in other letters is the same.
            let other = |name: &&&str| !self.dialect.same_name(name, field.name);
            let old = field.words.renamed_from.iter().filter(other).copied();
            let there: Vec<_> = std::iter::once(field.name)
                .chain(old)
                .filter(|name| self.find(found, name).is_some())
                .collect();
            match *there.as_slice() {
                [old] if old != field.name => {
                    self.rename_column(table, found, old, field.name);
                    let then = before.iter_mut().find(|then| then.name == old);
                    if let Some(then) = then {
                        field.name.clone_into(&mut then.name);
                    }
                }
                [] | [_] => {}
                [one, other, ..] => {
                    let name = table.plain_name;
                    self.refuse(format!(
                        "`{name}.{one}` and `{name}.{other}` are both in the database, but the struct says that `{}` \
                         was renamed from `{other}`: write a migration that leaves one of them, or remove `renamed_from`",
                        field.name
                    ));
                }
            }
        }
    }

    fn rename_column(&mut self, table: &Table, found: &mut Found, old: &str, new: &str) {
        self.step(format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            table.name(),
            quoted(old),
            quoted(new)
        ));
        let of_indexes = found.indexes.iter_mut();
        let of_indexes = of_indexes.flat_map(|index| index.columns.iter_mut().flatten());
        let of_keys = found.keys.iter_mut().flat_map(|key| &mut key.columns);
        let names = found.columns.iter_mut().map(|column| &mut column.name);
        for name in names.chain(of_indexes).chain(of_keys) {
            if self.dialect.same_name(name, old) {
                new.clone_into(name);
            }
        }
    }

    /// Gives the table its column of the revision. A field may have begun to hold it, or ceased to.
    pub(super) fn revise(&mut self, table: &Table, found: &mut Found, before: &[Column]) {
        let now = table.rev_name;
        let then = before.iter().find(|column| column.rev);
        let then = then.map_or(REV, |column| &column.name);
        if self.find(found, now).is_some() {
            if then != now && found.filled && now != REV {
                let name = table.plain_name;
                self.refuse(format!(
                    "`{name}.{now}` is in the database and holds no revisions, but the struct keeps them there: \
                     give the field another name, or write a migration that removes the column"
                ));
            }
            return;
        }
        if self.find(found, then).is_some() {
            self.rename_column(table, found, then, now);
            return;
        }
        // No commit has changed the rows that are there: their revision is the position before the first.
        self.step(format!(
            "ALTER TABLE {} ADD COLUMN {} {} NOT NULL DEFAULT 0",
            table.name(),
            quoted(now),
            self.rev_type()
        ));
        found.columns.push(FoundColumn {
            name: now.to_owned(),
            declared: self.rev_type().to_owned(),
            not_null: true,
            default: true,
            key: false,
            generated: false,
            collation: None,
        });
    }

    /// Adds the column of the field at this place, or sees that it fits.
    pub(super) fn column(&mut self, table: &Table, place: usize, found: &Found, before: &[Column]) {
        let field = &table.schema.fields[place];
        let Some(column) = self.find(found, field.name) else {
            self.add_column(table, place, found);
            return;
        };
        if let Some(problem) = self.unfit(field, column, before) {
            let name = format!("`{}.{}`", table.plain_name, field.name);
            self.refuse(format!("{name} {problem}: write a migration"));
        }
    }

    fn add_column(&mut self, table: &Table, place: usize, found: &Found) {
        let field = &table.schema.fields[place];
        let name = format!("`{}.{}`", table.plain_name, field.name);
        if field.words.id {
            self.refuse(format!(
                "{name} is not in the database, and a table gets its key when it is made: write a migration"
            ));
            return;
        }
        let default = &field.default;
        if default.is_none() && !field.nullable && found.filled {
            self.refuse(format!(
                "{name} is new, and the records that are there have no value for it: give it a default, \
                 or make it an `Option`"
            ));
            return;
        }
        // The rows that are there would all name the default, and nobody has seen to it that there is such a parent.
        let reference = if default.is_none() || !found.filled {
            self.reference(table, place)
        } else {
            String::new()
        };
        let default = default.as_ref().map_or_else(String::new, |value| {
            format!(" DEFAULT {}", self.dialect.literal(value))
        });
        self.step(format!(
            "ALTER TABLE {} ADD COLUMN {}{default}{reference}",
            table.name(),
            self.definition(field)
        ));
    }

    /// In what a column differs from its field.
    fn unfit(&self, field: &Field, column: &FoundColumn, before: &[Column]) -> Option<String> {
        if column.generated {
            return Some("is worked out by the database, but stored by the struct".to_owned());
        }
        if !self.dialect.fits(&column.declared, field.kind) {
            let declared = match &*column.declared {
                "" => "of any type",
                declared => declared,
            };
            let kind = self.dialect.column_type(field.kind);
            return Some(format!(
                "is {declared} in the database, {kind} in the struct"
            ));
        }
        if let Some(then) = before.iter().find(|then| then.name == field.name)
            && then.kind != field.kind
        {
            return Some(format!(
                "holds {} in the database, {} in the struct",
                then.kind.noun(),
                field.kind.noun()
            ));
        }
        if let Some(collation) = &column.collation {
            return Some(format!(
                "compares text by {collation} in the database, by code point in the struct"
            ));
        }
        if column.key != field.words.id {
            return Some(format!(
                "is {} in the database, but {} in the struct",
                if column.key { "the key" } else { "not the key" },
                if field.words.id {
                    "the id"
                } else {
                    "not the id"
                }
            ));
        }
        if !column.key && column.not_null == field.nullable {
            let words = |null: bool| if null { "may be null" } else { "is never null" };
            return Some(format!(
                "{} in the database, but {} in the struct",
                words(!column.not_null),
                words(field.nullable)
            ));
        }
        None
    }

    /// Columns that no field has are left alone, as long as a row can be written without them.
    pub(super) fn leave_others(&mut self, table: &Table, found: &Found) {
        for column in &found.columns {
            let same = |name: &str| self.dialect.same_name(name, &column.name);
            let mut fields = table.schema.fields.iter();
            // The old name of a field that could not be renamed has been told of.
            let known = |field: &Field| {
                same(field.name) || field.words.renamed_from.iter().any(|name| same(name))
            };
            if same(table.rev_name) || fields.any(known) {
                continue;
            }
            let name = format!("{}.{}", table.plain_name, column.name);
            if column.key || column.not_null && !column.default && !column.generated {
                self.refuse(format!(
                    "`{name}` is in the database and needs a value, but the struct has no such field: write a migration"
                ));
            } else {
                self.plan.warnings.push(format!(
                    "`{name}` is in the database, but the struct has no such field: it is left alone"
                ));
            }
        }
    }

    fn find<'f>(&self, found: &'f Found, name: &str) -> Option<&'f FoundColumn> {
        let mut columns = found.columns.iter();
        columns.find(|column| self.dialect.same_name(&column.name, name))
    }

    fn definition(&self, field: &Field) -> String {
        let kind = self.dialect.column_type(field.kind);
        let null = if field.nullable { "" } else { " NOT NULL" };
        format!("{} {kind}{null}", quoted(field.name))
    }

    fn rev_type(&self) -> &'static str {
        self.dialect.column_type(Kind::Int)
    }
}
