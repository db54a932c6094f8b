//! What the columns of a table were at some time: without it nobody could read what the log says of rows of
//! that time.

use std::fmt::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::ForeignKey;
use crate::schema::{Field, Kind, Schema};

/// The columns of a resource, and a name for just these.
pub(in crate::store) struct Layout {
    /// Names this layout in the log.
    pub(in crate::store) hash: Arc<str>,
    /// [`columns`](Self::columns) as text.
    pub(in crate::store) text: String,
    /// In the order of the schema.
    pub(in crate::store) columns: Vec<Column>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Column {
    pub(in crate::store) name: String,
    #[serde(with = "KindName")]
    pub(in crate::store) kind: Kind,
    #[serde(default, skip_serializing_if = "not")]
    pub(in crate::store) id: bool,
    #[serde(default, skip_serializing_if = "not")]
    pub(in crate::store) rev: bool,
    #[serde(default, skip_serializing_if = "not")]
    pub(in crate::store) nullable: bool,
    #[serde(default, skip_serializing_if = "not")]
    pub(in crate::store) index: bool,
    #[serde(default, skip_serializing_if = "not")]
    pub(in crate::store) unique: bool,
    /// So that a struct which only says this anew is compared with the database.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::store) renamed_from: Vec<String>,
    /// Table and column that its foreign key leads to: a struct whose parent is another, or none, is compared with the
    /// database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::store) parent: Option<[String; 2]>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Kind", rename_all = "lowercase")]
enum KindName {
    Bool,
    Int,
    Float,
    Text,
    Time,
    Json,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form `skip_serializing_if` asks for"
)]
fn not(word: &bool) -> bool {
    !word
}

impl Layout {
    pub(in crate::store) fn of(schema: &Schema, keys: &[ForeignKey]) -> Self {
        let columns = schema.fields.iter().enumerate();
        let columns = columns.map(|(place, field)| {
            let key = keys.iter().find(|key| key.field == place);
            Column::of(field, key)
        });
        let columns: Vec<_> = columns.collect();
        let text = Json::from_iter(columns.iter().map(|it| serde_json::json!(it))).to_string();
        // It stands in every entry of the log: so much is enough to tell the few layouts apart.
        let digest = Sha256::digest(format!("{}:{}:{text}", schema.name, schema.table));
        let mut hash = String::new();
        for byte in &digest[..8] {
            // Writing into a `String` cannot fail.
            let _ = write!(hash, "{byte:02x}");
        }
        Self {
            hash: hash.into(),
            text,
            columns,
        }
    }
}

impl Column {
    fn of(field: &Field, key: Option<&ForeignKey>) -> Self {
        let renamed_from = field.words.renamed_from.iter().copied();
        Self {
            name: field.name.to_owned(),
            kind: field.kind,
            id: field.words.id,
            rev: field.words.rev,
            nullable: field.nullable,
            index: field.words.index,
            unique: field.words.unique,
            renamed_from: renamed_from.map(ToOwned::to_owned).collect(),
            parent: key.map(|key| [key.table, key.column].map(ToOwned::to_owned)),
        }
    }
}
