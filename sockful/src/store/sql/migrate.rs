//! What a database lacks of the tables that are asked for, as statements; or why no statement can help.
//!
//! It only thinks: a store says what it has found, and runs the plan. What differs between databases is asked
//! of the [`Dialect`].

mod columns;
mod indexes;
mod keys;
mod names;
pub(in crate::store) mod numbered;
mod prepared;
pub(in crate::store) mod progress;

pub(in crate::store) use self::numbered::Migration;
pub(in crate::store) use self::prepared::{Prepared, check_run};
pub(in crate::store) use self::progress::Progress;

use super::{Column, Dialect, ForeignKey, Table};
use crate::store::MAX_INDEXED_TEXT;

/// A table that is asked for.
pub(in crate::store) struct Asked<'a> {
    pub(in crate::store) table: &'a Table,
    /// What there is of its name.
    pub(in crate::store) found: Option<Found>,
    /// The columns its resource had when the database was last opened; none, if that is not known.
    pub(in crate::store) before: Vec<Column>,
    /// Whether a migration may have changed it since: then what it held before says nothing of what it holds.
    pub(in crate::store) migrated: bool,
}

/// What a database has under the name of a table.
pub(in crate::store) struct Found {
    /// Whether it is a table, and not a view or the like.
    pub(in crate::store) is_table: bool,
    /// Whether it has any row.
    pub(in crate::store) filled: bool,
    pub(in crate::store) columns: Vec<FoundColumn>,
    pub(in crate::store) indexes: Vec<FoundIndex>,
    pub(in crate::store) keys: Vec<FoundKey>,
}

/// A column that is there.
pub(in crate::store) struct FoundColumn {
    pub(in crate::store) name: String,
    /// Its type, as the database says it.
    pub(in crate::store) declared: String,
    pub(in crate::store) not_null: bool,
    /// Whether a row may be written without it, though it is never null.
    pub(in crate::store) default: bool,
    /// Whether it is the primary key, or a part of it.
    pub(in crate::store) key: bool,
    /// Whether the database works out its values.
    pub(in crate::store) generated: bool,
    /// The collation of its text, where that is not by code point.
    pub(in crate::store) collation: Option<String>,
}

/// An index that is there.
pub(in crate::store) struct FoundIndex {
    pub(in crate::store) name: String,
    pub(in crate::store) unique: bool,
    /// What it is on, in order; an expression is no column.
    pub(in crate::store) columns: Vec<Option<String>>,
    /// Whether it holds every row, and compares as the columns do.
    pub(in crate::store) whole: bool,
}

/// A foreign key that is there.
pub(in crate::store) struct FoundKey {
    /// Its name, where the database keeps one.
    pub(in crate::store) name: Option<String>,
    /// The columns that refer, in order.
    pub(in crate::store) columns: Vec<String>,
    /// The table they refer to.
    pub(in crate::store) table: String,
}

/// What is to be done to a database.
#[derive(Default)]
pub(in crate::store) struct Plan {
    /// In their order.
    pub(in crate::store) steps: Vec<Step>,
    /// What nothing is done about, in words for whoever starts the server.
    pub(in crate::store) warnings: Vec<String>,
}

/// One statement.
pub(in crate::store) struct Step {
    pub(in crate::store) text: String,
    /// The index it makes: that takes as long as the table is long.
    pub(in crate::store) index: Option<NewIndex>,
    /// The foreign key it makes: for that every row is looked at.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "in SQLite a key is made with its column")
    )]
    pub(in crate::store) key: Option<NewKey>,
}

impl Found {
    /// Something that is no table.
    pub(in crate::store) fn other() -> Self {
        Self {
            is_table: false,
            filled: false,
            columns: Vec::new(),
            indexes: Vec::new(),
            keys: Vec::new(),
        }
    }
}

impl Step {
    /// A statement that takes no time.
    pub(in crate::store) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            index: None,
            key: None,
        }
    }
}

/// An index that a [`Step`] makes.
pub(in crate::store) struct NewIndex {
    /// The table, quoted.
    pub(in crate::store) table: String,
    /// What it is on, for messages: `` `card.title` ``.
    pub(in crate::store) place: String,
    /// Of text: the statement that tells whether any is too long to be written there.
    pub(in crate::store) too_long: Option<String>,
}

impl NewIndex {
    /// Why it cannot be made, when the database says that values are there more than once.
    pub(in crate::store) fn taken(&self) -> String {
        format!(
            "{} is `unique`, but several of the records that are there share a value: \
             write a migration that makes them differ, or remove the word",
            self.place
        )
    }

    /// Why it is not made, when [`too_long`](Self::too_long) says so.
    pub(in crate::store) fn refused(&self) -> String {
        format!(
            "{} is to have an index, but some of the text that is there has more than {MAX_INDEXED_TEXT} bytes: \
             write a migration that cuts it, or remove the word",
            self.place
        )
    }
}

/// A foreign key that a [`Step`] makes.
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "in SQLite a key is made with its column")
)]
pub(in crate::store) struct NewKey {
    /// The field that has it, for messages: `` `song.album_id` ``.
    pub(in crate::store) place: String,
    /// Its name, quoted.
    pub(in crate::store) name: String,
    /// The table of the children, quoted.
    pub(in crate::store) table: String,
    /// The column that names the parent, quoted.
    pub(in crate::store) column: String,
    pub(in crate::store) parent: ForeignKey,
}

/// Works out what is to be done.
///
/// # Errors
/// Everything that no statement can bring about, each naming its table and column.
pub(in crate::store) fn plan(
    dialect: &dyn Dialect,
    asked: Vec<Asked<'_>>,
) -> Result<Plan, Vec<String>> {
    let mut draft = Draft {
        dialect,
        plan: Plan::default(),
        keys: Vec::new(),
        problems: Vec::new(),
    };
    for asked in asked {
        draft.add(asked);
    }
    if draft.problems.is_empty() {
        draft.plan.steps.append(&mut draft.keys);
        Ok(draft.plan)
    } else {
        Err(draft.problems)
    }
}

/// A plan that is being made.
struct Draft<'a> {
    dialect: &'a dyn Dialect,
    plan: Plan,
    /// Foreign keys: they come when all tables are there.
    keys: Vec<Step>,
    problems: Vec<String>,
}

impl Draft<'_> {
    fn add(&mut self, asked: Asked<'_>) {
        let Asked {
            table,
            found,
            mut before,
            migrated,
        } = asked;
        if !self.names_are_possible(table) {
            return;
        }
        let Some(mut found) = found else {
            self.create(table);
            self.make_indexes(table, &[]);
            self.make_keys(table, &[]);
            return;
        };
        if !found.is_table {
            let name = table.plain_name;
            self.refuse(format!("`{name}` is no table in the database"));
            return;
        }
        self.drop_indexes(table, &mut found, &before);
        self.rename_columns(table, &mut found, &mut before);
        self.revise(table, &mut found, &before);
        let known = if migrated { &[] } else { &*before };
        for field in 0..table.schema.fields.len() {
            self.column(table, field, &found, known);
        }
        self.leave_others(table, &found);
        self.make_indexes(table, &found.indexes);
        self.make_keys(table, &found.keys);
    }

    fn step(&mut self, text: String) {
        self.plan.steps.push(Step::new(text));
    }

    fn refuse(&mut self, problem: String) {
        self.problems.push(problem);
    }
}
