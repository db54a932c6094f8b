//! What differs between databases.

use super::Sql;
use crate::query::Test;
use crate::row::Value;
use crate::schema::{Field, Kind};

/// The SQL of one database.
pub(in crate::store) trait Dialect {
    /// Writes the parameter of this number, counted from 1.
    fn parameter(&self, number: usize, text: &mut String);

    /// The type of a column.
    fn column_type(&self, kind: Kind) -> &'static str;

    /// What follows the columns of a `CREATE TABLE`.
    fn table_options(&self) -> &'static str;

    /// Whether a column that is declared like this, as the database says it, holds values of a kind and nothing else.
    fn fits(&self, declared: &str, kind: Kind) -> bool;

    /// A value in the text of a statement, where no parameter can stand: one of the program, never of a client.
    fn literal(&self, value: &Value) -> String;

    /// Whether two names are one to the database.
    fn same_name(&self, one: &str, other: &str) -> bool;

    /// How many bytes a name may have.
    fn longest_name(&self) -> usize;

    /// With what the names of tables begin that the database keeps for itself.
    fn reserved(&self) -> &'static [&'static str];

    /// Whether a foreign key is part of the definition of its column, and stays there. Otherwise it can be made, and removed, by itself.
    fn keys_are_of_columns(&self) -> bool;

    /// The statement that makes an index of this name on a field; `table` is quoted.
    fn create_index(&self, name: &str, table: &str, field: &Field) -> String {
        let kind = if field.words.unique {
            "UNIQUE INDEX"
        } else {
            "INDEX"
        };
        format!(
            "CREATE {kind} {} ON {table} ({})",
            quoted(name),
            quoted(field.name)
        )
    }

    /// The statement that removes what [`create_index`](Self::create_index) has made.
    fn drop_index(&self, name: &str, table: &str, unique: bool) -> String {
        let _ = (table, unique);
        format!("DROP INDEX {}", quoted(name))
    }

    /// Writes that `column`, of this kind, is one of `values`, which have the same kind. Unknown where
    /// the column is null.
    fn one_of(&self, sql: &mut Sql<'_>, column: &str, kind: Kind, values: &[&Value]);

    /// Writes a table of `values`, which have this kind: its one column is [`VALUE`](super::VALUE).
    fn listed(&self, sql: &mut Sql<'_>, kind: Kind, values: &[&Value]);

    /// How the first rows of each row of another table are joined to it; both names are quoted.
    fn of_each(&self, table: &str, id: &str) -> OfEach;

    /// Writes that `column`, which is text, holds this text. Unknown where the column is null.
    fn holds(&self, sql: &mut Sql<'_>, column: &str, part: &Value);

    /// Writes that what `keys` lead to within `column`, which is nested, passes a test: true or false for
    /// every record, as [`Filter::matches`](crate::query::Filter::matches) has it.
    fn nested(&self, sql: &mut Sql<'_>, column: &str, keys: &[Box<str>], test: &Test);
}

/// What stands around ` FROM … WHERE …`, which finds the rows of one value, and the order and the limit that follow.
pub(in crate::store) struct OfEach {
    pub(in crate::store) before: String,
    pub(in crate::store) between: &'static str,
    pub(in crate::store) after: &'static str,
}

/// A name as a database takes it, whatever it is made of.
pub(in crate::store) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
