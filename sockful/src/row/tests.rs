//! Records through rows, JSON and payloads.

mod payloads;
mod shapes;
mod unknown;
mod writing;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Overlay, Row, decode, encode, overlay, write_row};
use crate::error::Error;
use crate::resource::{FieldFacts as Field, Record, Resource};
use crate::schema::Schema;

/// States the facts of a struct as the derive would.
macro_rules! resource {
    ($record:ident: $key:ty, $name:literal, [$($field:expr),* $(,)?]) => {
        impl crate::resource::Resource for $record {
            type Key = $key;
            const ACCESS: crate::resource::Access = crate::resource::Access::Public;
            const FACTS: &'static crate::resource::Facts<Self> = &crate::resource::Facts {
                name: $name,
                table: $name,
                docs: "",
                policy: None,
                validate: None,
                hooks: None,
                key: |record| &record.id,
                fields: const { &[$($field),*] },
                actions: &[],
            };
        }
    };
}
pub(crate) use resource;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Creature {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) hunger: u8,
    pub(crate) speed: Option<f64>,
    #[serde(default)]
    pub(crate) born: Option<jiff::Timestamp>,
    #[serde(rename = "nature")]
    pub(crate) kind: Nature,
    pub(crate) pos: Pos,
    #[serde(default)]
    pub(crate) labels: Vec<Label>,
    #[serde(default = "hundred")]
    pub(crate) health: i64,
    #[serde(default, with = "crate::Bigint")]
    pub(crate) gold: u64,
    #[serde(default, skip_serializing)]
    pub(crate) secret: Option<u64>,
}

fn hundred() -> i64 {
    100
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Nature {
    /// Keeps to itself.
    Shy,
    Bold,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Pos {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    pub(crate) text: String,
    pub(crate) hue: u8,
    pub(crate) weight: i64,
}

resource!(Creature: String, "creature", [
    Field::new("id").id().server(),
    Field::new("name").index(),
    Field::new("hunger"),
    Field::new("speed"),
    Field::new("born"),
    Field::new("nature"),
    Field::new("pos"),
    Field::new("labels"),
    Field::new("health"),
    Field::new("gold").bigint::<u64>(),
    Field::new("secret").private(|record, column| column.write(&record.secret)),
]);

/// Another resource, with fields of the same names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Ghost {
    pub(crate) id: String,
    pub(crate) name: String,
}

resource!(Ghost: String, "ghost", [Field::new("id").id(), Field::new("name")]);

pub(crate) fn schema_of<R: Resource + Record>() -> Schema {
    Schema::of::<R>().unwrap_or_else(|problems| {
        panic!(
            "{}",
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    })
}

pub(crate) fn creature() -> Creature {
    Creature {
        id: "c1".into(),
        name: "Mo \"the\" mouse\n".into(),
        hunger: 5,
        speed: Some(1.5),
        born: Some("2026-11-21T12:00:00.000001Z".parse().unwrap()),
        kind: Nature::Shy,
        pos: Pos { x: 0.1, y: -2.0 },
        labels: vec![Label {
            text: "small".into(),
            hue: 7,
            weight: -3,
        }],
        health: 90,
        gold: 1 << 60,
        secret: Some(42),
    }
}

fn json(schema: &Schema, row: &Row) -> String {
    let mut text = String::new();
    write_row(schema, row, &mut text);
    text
}

/// The errors as lines: path, code, message.
pub(crate) fn lines(error: &Error) -> String {
    let lines = error
        .fields()
        .map(|it| format!("{} {}: {}", it.path, it.code, it.message));
    lines.collect::<Vec<_>>().join("\n")
}
