//! The tables of our own: how they are made, and whether what has their names is they.

use std::collections::HashMap;
use std::fmt::Write;

use super::connection::Link;
use super::error::Error;
use crate::store::StoreError;
use crate::store::sql::meta::{META, not_ours};
use crate::store::sql::quoted;

/// Something of our own in the database.
enum Own {
    Table {
        name: &'static str,
        /// The server empties it when it comes back from a crash.
        unlogged: bool,
        columns: &'static [OwnColumn],
        /// The columns of its primary key, as the database writes them.
        key: &'static str,
    },
    Index {
        name: &'static str,
        table: &'static str,
        columns: &'static str,
    },
}

/// A column: its name, its type, and whether its text is by code point. None may be null, but where that is said.
struct OwnColumn {
    name: &'static str,
    kind: &'static str,
    plain: bool,
    nullable: bool,
}

const fn column(name: &'static str, kind: &'static str) -> OwnColumn {
    OwnColumn {
        name,
        kind,
        plain: false,
        nullable: false,
    }
}

const fn key(name: &'static str) -> OwnColumn {
    OwnColumn {
        plain: true,
        ..column(name, "text")
    }
}

const fn nullable(name: &'static str) -> OwnColumn {
    OwnColumn {
        nullable: true,
        ..column(name, "text")
    }
}

/// All of them, in the order they are made.
const OWN: [Own; 7] = [
    Own::Table {
        name: META,
        unlogged: false,
        columns: &[key("key"), column("value", "text")],
        key: "key",
    },
    Own::Table {
        name: "sockful_schema",
        unlogged: false,
        columns: &[
            key("hash"),
            column("resource", "text"),
            column("fields", "text"),
        ],
        key: "hash",
    },
    Own::Table {
        name: "sockful_migrations",
        unlogged: false,
        columns: &[
            key("name"),
            column("checksum", "text"),
            column("at", "timestamp with time zone"),
        ],
        key: "name",
    },
    Own::Table {
        name: "sockful_log",
        unlogged: false,
        columns: &[
            column("pos", "bigint"),
            column("part", "integer"),
            column("at", "timestamp with time zone"),
            column("resource", "text"),
            column("id", "text"),
            column("schema", "text"),
            nullable("new"),
            nullable("old"),
        ],
        key: "pos, part",
    },
    Own::Table {
        name: "sockful_ledger",
        unlogged: false,
        columns: &[
            key("user"),
            key("op"),
            column("request", "bytea"),
            column("answer", "text"),
            column("at", "timestamp with time zone"),
        ],
        key: "\"user\", op",
    },
    Own::Index {
        name: "sockful_ledger_at",
        table: "sockful_ledger",
        columns: "at",
    },
    Own::Table {
        name: "sockful_life",
        unlogged: true,
        columns: &[column("at", "timestamp with time zone")],
        key: "at",
    },
];

impl Own {
    fn name(&self) -> &'static str {
        match self {
            Self::Table { name, .. } | Self::Index { name, .. } => name,
        }
    }

    /// The statement that makes it.
    fn statement(&self) -> String {
        match self {
            Self::Index {
                name,
                table,
                columns,
            } => format!("CREATE INDEX {name} ON {table} ({columns})"),
            Self::Table {
                name,
                unlogged,
                columns,
                key,
            } => {
                let unlogged = if *unlogged { "UNLOGGED " } else { "" };
                let mut text = format!("CREATE {unlogged}TABLE {name} (");
                for column in *columns {
                    let (name, declared) = (quoted(column.name), column.declared());
                    // Writing into a `String` cannot fail.
                    let _ = write!(text, "{name} {declared}, ");
                }
                text + &format!("PRIMARY KEY ({key}))")
            }
        }
    }

    /// What the database says of it: [`FOUND`].
    fn told(&self) -> String {
        match self {
            Self::Index { table, columns, .. } => format!("i {table} USING btree ({columns})"),
            Self::Table {
                unlogged,
                columns,
                key,
                ..
            } => {
                let kind = if *unlogged { "u" } else { "p" };
                let columns: Vec<_> = columns
                    .iter()
                    .map(|it| format!("{} {}", it.name, it.declared()))
                    .collect();
                format!("{kind} {} PRIMARY KEY ({key})", columns.join(", "))
            }
        }
    }
}

impl OwnColumn {
    fn declared(&self) -> String {
        let collation = if self.plain { " COLLATE \"C\"" } else { "" };
        let null = if self.nullable { "" } else { " NOT NULL" };
        format!("{}{collation}{null}", self.kind)
    }
}

/// What there is in the schema `$1` under each of the names `$2`.
const FOUND: &str = "SELECT relname::text, CASE relkind \
     WHEN 'r' THEN concat_ws(' ', relpersistence::text, \
     (SELECT string_agg(concat(attname, ' ', format_type(atttypid, atttypmod), \
     CASE WHEN collname <> 'default' THEN concat(' COLLATE \"', collname, '\"') END, \
     CASE WHEN attnotnull THEN ' NOT NULL' END), ', ' ORDER BY attnum) \
     FROM pg_attribute LEFT JOIN pg_collation ON pg_collation.oid = attcollation \
     WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped), \
     (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = pg_class.oid AND contype = 'p')) \
     WHEN 'i' THEN concat('i ', (SELECT indexed.relname FROM pg_class AS indexed, pg_index \
     WHERE indexrelid = pg_class.oid AND indexed.oid = indrelid), ' ', \
     substring(pg_get_indexdef(pg_class.oid) FROM 'USING.*')) \
     ELSE '' END \
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
     WHERE nspname = $1 AND relname::text = ANY ($2::text[])";

/// What a database has of our own.
pub(super) struct Ours {
    found: HashMap<String, String>,
}

impl Ours {
    /// Looks at a schema, and takes its table of what the database knows of itself for ours only if it is.
    pub(super) async fn find(link: &Link, schema: &str) -> Result<Self, StoreError> {
        let names: Vec<_> = OWN.iter().map(Own::name).collect();
        let parameters = vec![Box::new(schema.to_owned()) as _, Box::new(names) as _];
        let rows = link.rows(FOUND, parameters).await?;
        let found = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        let ours = Self {
            found: found.collect::<Result<_, Error>>()?,
        };
        OWN.iter().take(1).try_for_each(|own| ours.check(own))?;
        Ok(ours)
    }

    /// Whether the database was used by sockful before.
    pub(super) fn is_known(&self) -> bool {
        self.found.contains_key(META)
    }

    /// The statements that make what is not there.
    ///
    /// # Errors
    /// If another program has given one of our names to something else.
    pub(super) fn missing(&self) -> Result<Vec<String>, StoreError> {
        OWN.iter().try_for_each(|own| self.check(own))?;
        let missing = OWN
            .iter()
            .filter(|own| !self.found.contains_key(own.name()));
        Ok(missing.map(Own::statement).collect())
    }

    fn check(&self, own: &Own) -> Result<(), StoreError> {
        match self.found.get(own.name()) {
            Some(found) if *found != own.told() => Err(not_ours(own.name())),
            _ => Ok(()),
        }
    }
}
