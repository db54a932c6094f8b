//! What came of a call: the result, and what is told about it.

use std::sync::Arc;

use crate::action::Tree;
use crate::action::listing::LeftOut;
use crate::row::{Row, Select};
use crate::schema::Schema;

/// What came of a call.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) output: Output,
    pub(crate) meta: Meta,
}

/// The result, before it becomes text or a record.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// A record; `None` for one that the caller has written and may not read.
    Row(Option<Row>),
    /// Some records, and what of them is shown.
    Rows(Vec<Row>, Select),
    /// Some records, or one, with their relatives.
    Tree {
        tree: Box<Tree>,
        one: bool,
    },
    /// What a batch has made, in its order; `None` for what the caller may not read.
    Made(Vec<Option<Row>>),
    Count(u64),
    /// What is watched from now on, as it is now.
    Watched {
        watch: Arc<str>,
        rows: Vec<Row>,
        select: Select,
    },
    /// What a remote method returned, as JSON text.
    Text(String),
    /// What the parts of a changeset made, each with the schema that it is to be written by.
    Parts(Vec<(Arc<Schema>, Self)>),
}

impl Output {
    /// About how many bytes it takes on the wire, meta included.
    pub(crate) fn size(&self) -> usize {
        const META: usize = 64;
        META + match self {
            Self::Row(row) => row.as_ref().map_or(4, Row::size),
            Self::Made(rows) => rows.iter().flatten().map(|row| row.size() + 16).sum(),
            Self::Rows(rows, select) | Self::Watched { rows, select, .. } => {
                rows.iter().map(|row| select.size_of(row) + 16).sum()
            }
            Self::Tree { tree, .. } => tree.size(),
            Self::Count(_) => 0,
            Self::Text(text) => text.len(),
            Self::Parts(parts) => parts.iter().map(|(_, output)| output.size()).sum(),
        }
    }

    /// So many bytes it never exceeds on the wire, without the meta.
    pub(crate) fn at_most(&self, schema: &Schema) -> usize {
        // A control character takes six bytes, `\u0001`.
        const ESCAPED: usize = 6;
        // The longest number or time with its comma.
        const PLAIN: usize = 40;
        let keys: usize = schema.fields.iter().map(|it| it.key.len() + PLAIN).sum();
        let row_at_most = |row: Option<&Row>| keys + row.map_or(0, Row::size) * ESCAPED;
        match self {
            Self::Row(row) => row_at_most(row.as_ref()),
            Self::Made(rows) => {
                rows.iter()
                    .map(|row| row_at_most(row.as_ref()))
                    .sum::<usize>()
                    + 2
            }
            Self::Rows(rows, _) | Self::Watched { rows, .. } => {
                rows.iter().map(|row| row_at_most(Some(row))).sum::<usize>() + 2
            }
            // Only reads are answered so, and nobody asks this of them.
            Self::Tree { tree, .. } => tree.size().saturating_mul(ESCAPED),
            Self::Count(_) => PLAIN,
            Self::Text(text) => text.len(),
            Self::Parts(parts) => {
                let at_most = |(schema, output): &(Arc<Schema>, Self)| output.at_most(schema) + 1;
                parts.iter().map(at_most).sum::<usize>() + 2
            }
        }
    }
}

/// What is told about a result. It is read back from the ledger as it was written.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Meta {
    pub(crate) pos: Option<u64>,
    pub(crate) rev: Option<u64>,
    /// Boxed, so that results which are one record do not carry the room it needs: they are moved often.
    #[serde(flatten)]
    pub(crate) several: Option<Box<Several>>,
    /// Whether the ledger has told it before.
    #[serde(default)]
    pub(crate) replayed: bool,
    /// Whether the client holds as many records as it may, so that it is not told of all that it is answered.
    #[serde(skip)]
    pub(crate) is_full: bool,
}

/// What is told about a result that is more than one record.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub(crate) struct Several {
    pub(crate) revs: Option<Vec<u64>>,
    pub(crate) next: Option<String>,
    /// Why the records are not all; for whoever asks within a call.
    #[serde(skip)]
    pub(crate) left_out: Option<LeftOut>,
    /// Of a watch: the life of the log that the position belongs to.
    #[serde(skip)]
    pub(crate) epoch: Option<Arc<str>>,
    /// What of it the client may see, sealed.
    #[serde(skip)]
    pub(crate) view: Option<String>,
    /// How much the client has missed, where that is told in place of the records.
    #[serde(skip)]
    pub(crate) resumed: Option<usize>,
    /// Of a changeset: what is told about each part.
    pub(crate) items: Option<Vec<Meta>>,
}

impl Meta {
    /// So many bytes the meta of a mutation never exceeds.
    pub(crate) fn room(output: &Output) -> usize {
        // `"pos":`, `"rev":`, each number, and `"replayed":true`.
        const POS_AND_REV: usize = 64;
        const REV: usize = 21;
        let rows = match output {
            Output::Parts(parts) => {
                // `"items":[`, and what is told of each.
                let parts = parts.iter().map(|(_, output)| Self::room(output) + 3);
                return POS_AND_REV + 12 + parts.sum::<usize>();
            }
            Output::Rows(rows, _) | Output::Watched { rows, .. } => rows.len(),
            Output::Made(rows) => rows.len(),
            Output::Tree { tree, .. } => tree.rows.len(),
            Output::Row(_) | Output::Count(_) | Output::Text(_) => 1,
        };
        POS_AND_REV + rows * REV
    }
}
