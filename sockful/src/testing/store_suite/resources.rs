//! The resources of the suite, and rows of them.

use std::sync::{Arc, LazyLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful_derive::Resource;

use crate::query::{Filter, Path, Test};
use crate::row::{Row, Value};
use crate::schema::{Kind, Schema};

/// Every kind of column, once as it must be and once as it may be missing.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, crate = crate)]
struct Sample {
    id: String,
    #[resource(index)]
    name: String,
    nick: Option<String>,
    #[resource(index)]
    age: i64,
    rank: Option<i64>,
    tall: bool,
    keen: Option<bool>,
    weight: f64,
    height: Option<f64>,
    #[schemars(extend("format" = "date-time"))]
    born: String,
    #[schemars(extend("format" = "date-time"))]
    left: Option<String>,
    tags: Vec<String>,
    about: Option<serde_json::Value>,
}

/// Integers as ids, and values that are held once.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, crate = crate)]
struct Account {
    id: i64,
    #[resource(unique)]
    email: Option<String>,
    #[resource(unique)]
    number: Option<i64>,
    owner: Option<String>,
}

/// Somebody who belongs to an account.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, crate = crate, parent = Account)]
struct Member {
    id: String,
    #[resource(parent)]
    account_id: i64,
    #[resource(parent = Self, children = "staff")]
    chief_id: Option<String>,
}

/// A field that holds the revision.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, crate = crate)]
struct Note {
    id: String,
    #[resource(rev)]
    version: u64,
    words: Option<String>,
}

pub(super) fn sample() -> Arc<Schema> {
    static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| fits(Schema::of::<Sample>()));
    Arc::clone(&SCHEMA)
}

pub(super) fn account() -> Arc<Schema> {
    static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| fits(Schema::of::<Account>()));
    Arc::clone(&SCHEMA)
}

pub(super) fn member() -> Arc<Schema> {
    static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| fits(Schema::of::<Member>()));
    Arc::clone(&SCHEMA)
}

pub(super) fn note() -> Arc<Schema> {
    static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| fits(Schema::of::<Note>()));
    Arc::clone(&SCHEMA)
}

fn fits<E: std::fmt::Debug>(schema: Result<Schema, E>) -> Arc<Schema> {
    Arc::new(schema.expect("the resources of the suite are described"))
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// So many bytes of text that cannot be written shorter: some databases keep what repeats itself in less room.
pub(super) fn dense(bytes: usize) -> String {
    let mut seed = 1_u64;
    let character = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b' ' + (seed >> 33) as u8 % 95)
    };
    std::iter::repeat_with(character).take(bytes).collect()
}

pub(super) fn int(int: i64) -> Value {
    Value::Int(int)
}

pub(super) fn float(float: f64) -> Value {
    Value::Float(float)
}

pub(super) fn time(micros: i64) -> Value {
    Value::Time(micros)
}

pub(super) fn json(json: &serde_json::Value) -> Value {
    Value::Json(json.to_string().into())
}

/// A row with these values of these fields. Others are null, or something plain where that cannot be.
pub(super) fn row<const N: usize>(schema: &Schema, values: [(&str, Value); N]) -> Row {
    let plain = schema.fields.iter().map(|field| match field.kind {
        _ if field.nullable => Value::Null,
        Kind::Bool => Value::Bool(false),
        Kind::Int => int(0),
        Kind::Float => float(0.0),
        Kind::Text => text(""),
        Kind::Time => time(0),
        Kind::Json => Value::Json("[]".into()),
    });
    let mut row: Vec<_> = plain.collect();
    for (name, value) in values {
        row[place(schema, name)] = value;
    }
    Row::new(row)
}

/// A sample with this id, and these values.
pub(super) fn sampled<const N: usize>(id: &str, values: [(&str, Value); N]) -> Row {
    with(&row(&sample(), [("id", text(id))]), &sample(), values)
}

/// An account with this id, and these values.
pub(super) fn accounted<const N: usize>(id: i64, values: [(&str, Value); N]) -> Row {
    with(&row(&account(), [("id", int(id))]), &account(), values)
}

/// A member of this account.
pub(super) fn membered(id: &str, account: i64) -> Row {
    row(&member(), [("id", text(id)), ("account_id", int(account))])
}

/// The same row with other values of these fields.
pub(super) fn with<const N: usize>(row: &Row, schema: &Schema, values: [(&str, Value); N]) -> Row {
    let mut row = row.values().to_vec();
    for (name, value) in values {
        row[place(schema, name)] = value;
    }
    Row::new(row)
}

pub(super) fn place(schema: &Schema, name: &str) -> usize {
    let place = schema.position(name);
    place.unwrap_or_else(|| panic!("{} has no field {name}", schema.name))
}

/// A test of one field of a sample, or, by `field.key.key`, of what is nested in it.
pub(super) fn test(path: &str, test: Test) -> Filter {
    let mut keys = path.split('.');
    let field = place(&sample(), keys.next().unwrap_or_default());
    let path = Path {
        field,
        keys: keys.map(Into::into).collect(),
    };
    Filter::Test(path, test)
}

/// Values of every kind, as a sample holds them: usual ones and extremes.
pub(super) fn every_kind() -> Vec<Row> {
    let texts = super::generated::TEXTS.iter().enumerate();
    let texts = texts.map(|(at, it)| sampled(&format!("text{at}"), [("name", text(it))]));
    let ints = super::generated::INTS.iter().enumerate();
    let ints = ints.map(|(at, it)| sampled(&format!("int{at}"), [("rank", int(*it))]));
    let floats = super::generated::FLOATS.iter().enumerate();
    let floats = floats.map(|(at, it)| sampled(&format!("float{at}"), [("height", float(*it))]));
    let times = super::generated::TIMES.iter().enumerate();
    let times = times.map(|(at, it)| sampled(&format!("time{at}"), [("left", time(*it))]));
    let nested = super::generated::NESTED.iter().enumerate();
    let nested = nested
        .map(|(at, it)| sampled(&format!("json{at}"), [("about", Value::Json((*it).into()))]));
    let bools = [true, false].map(|it| {
        let values = [("tall", Value::Bool(it)), ("keen", Value::Bool(!it))];
        sampled(&format!("bool{it}"), values)
    });
    texts
        .chain(ints)
        .chain(floats)
        .chain(times)
        .chain(nested)
        .chain(bools)
        .collect()
}
