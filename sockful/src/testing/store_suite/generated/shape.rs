//! Random schemas.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::resources::sample;
use super::pools::{INTS, NAMES, TEXTS};
use super::value::{RawValue, any_text, raw_value};
use crate::resource::Words;
use crate::row::{Row, Value};
use crate::schema::{Field, Kind, Schema};

/// What becomes a schema.
#[derive(Clone, Debug)]
pub(in super::super) struct RawShape {
    /// Whether ids are text.
    text: bool,
    /// The id stands behind so many of the other columns.
    id: u8,
    id_name: RawValue,
    columns: Vec<RawColumn>,
}

#[derive(Clone, Debug)]
struct RawColumn {
    name: RawValue,
    kind: u8,
    nullable: bool,
    index: bool,
    unique: bool,
}

/// What becomes the values of a row; the first is its id.
pub(in super::super) type RawRow = [RawValue; 9];

pub(in super::super) fn raw_row() -> impl Strategy<Value = RawRow> + Clone {
    let id = prop_oneof![
        1 => Just(RawValue::Null),
        8 => any::<u8>().prop_map(RawValue::Known),
        2 => any::<u64>().prop_map(RawValue::Any),
    ];
    (id, proptest::array::uniform8(raw_value()))
        .prop_map(|(id, [a, b, c, d, e, f, g, h])| [id, a, b, c, d, e, f, g, h])
}

pub(in super::super) fn raw_shape() -> impl Strategy<Value = RawShape> + Clone {
    let name = raw_value();
    let column = (name.clone(), any::<u8>(), any::<(bool, bool)>(), 0..8_u8);
    let column = column.prop_map(|(name, kind, (nullable, index), unique)| RawColumn {
        name,
        kind,
        nullable,
        index,
        // Now and then: most values would be taken.
        unique: unique == 7,
    });
    let columns = vec(column, 0..=8);
    (any::<bool>(), any::<u8>(), name, columns).prop_map(|(text, id, id_name, columns)| RawShape {
        text,
        id,
        id_name,
        columns,
    })
}

impl RawShape {
    /// A schema of this name.
    /// Where that is asked for, it may have a field that holds the revision.
    pub(in super::super) fn schema(&self, name: &'static str, revised: bool) -> Arc<Schema> {
        let mut taken = HashSet::new();
        let mut fields: Vec<_> = self
            .columns
            .iter()
            .map(|column| column.field(&mut taken))
            .collect();
        let mut id = of_kind(if self.text { Kind::Text } else { Kind::Int }, false);
        rename(&mut id, self.id_name, &mut taken);
        id.words.id = true;
        let place = usize::from(self.id) % (fields.len() + 1);
        fields.insert(place, id);
        let may_hold = |field: &Field| {
            let Words { id, unique, .. } = field.words;
            field.kind == Kind::Int && !field.nullable && !id && !unique
        };
        let rev = fields.iter().position(may_hold).filter(|_| revised);
        if let Some(rev) = rev {
            fields[rev].words.rev = true;
        }
        Arc::new(Schema {
            name,
            table: name,
            id: place,
            rev,
            fields,
            ..Schema::clone(&sample())
        })
    }
}

impl RawColumn {
    fn field(&self, taken: &mut HashSet<String>) -> Field {
        let kinds = [
            Kind::Text,
            Kind::Int,
            Kind::Float,
            Kind::Bool,
            Kind::Time,
            Kind::Json,
            Kind::Json,
        ];
        let kind = kinds[usize::from(self.kind) % kinds.len()];
        let mut field = of_kind(kind, self.nullable);
        rename(&mut field, self.name, taken);
        // Nothing nested is either.
        field.words.index = self.index && kind != Kind::Json;
        field.words.unique = self.unique && kind != Kind::Json;
        field
    }
}

/// A row of this schema.
pub(in super::super) fn row(raw: &RawRow, schema: &Schema) -> Row {
    let mut values = raw.iter().skip(1);
    let fields = schema.fields.iter().enumerate().map(|(place, field)| {
        if place == schema.id {
            return id(raw[0], schema);
        }
        let value = values.next().copied().unwrap_or(RawValue::Null);
        if field.nullable {
            value.of(field.kind)
        } else {
            value.some(field.kind)
        }
    });
    Row::new(fields.collect::<Vec<_>>())
}

/// An id of this schema.
pub(in super::super) fn id(raw: RawValue, schema: &Schema) -> Value {
    match (raw, schema.id_field().kind) {
        // There are more ids than misunderstood values.
        (RawValue::Known(at), Kind::Int) if usize::from(at) >= INTS.len() => Value::Int(at.into()),
        (RawValue::Known(at), Kind::Text) if usize::from(at) >= TEXTS.len() => {
            Value::Text(format!("id {at}").into())
        }
        (raw, kind) => raw.some(kind),
    }
}

/// A field as the derive describes one of this kind.
fn of_kind(kind: Kind, nullable: bool) -> Field {
    let sample = sample();
    let fits = |field: &&Field| field.kind == kind && field.nullable == nullable;
    let field = sample.fields.iter().find(fits);
    let mut field = field
        .unwrap_or_else(|| panic!("the sample has no field of {kind:?}, {nullable}"))
        .clone();
    field.words = Words::default();
    field
}

/// Gives a field a name that no other has.
fn rename(field: &mut Field, name: RawValue, taken: &mut HashSet<String>) {
    let mut name = match name {
        RawValue::Null => NAMES[0].to_owned(),
        RawValue::Known(at) => NAMES[usize::from(at) % NAMES.len()].to_owned(),
        RawValue::Any(bits) => format!("{}_", any_text(bits)),
    };
    // In SQLite names that differ in case are one.
    while !taken.insert(name.to_lowercase()) {
        name.push('2');
    }
    field.name = interned(&name);
    field.key = format!("{}:", serde_json::Value::from(name)).into();
}

/// Names of fields live as long as the program.
fn interned(name: &str) -> &'static str {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name) {
        return known;
    }
    let leaked: &'static str = Box::leak(name.into());
    names.insert(leaked);
    leaked
}
