//! Any record whatever survives.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::{Record, Resource};
use tokio::runtime;
use uuid::Uuid;

use super::{app, survives};

const SAFE: i64 = 9_007_199_254_740_991;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Numbers {
    id: String,
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: u8,
    f: u16,
    g: u32,
    h: u64,
    small: f32,
    large: f64,
    maybe: Option<f64>,
    #[serde(with = "sockful::Bigint")]
    #[resource(bigint)]
    signed: i64,
    #[serde(with = "sockful::Bigint")]
    #[resource(bigint)]
    unsigned: u64,
    #[serde(default, with = "sockful::Bigint")]
    #[resource(bigint)]
    maybe_signed: Option<i64>,
    #[serde(default, with = "sockful::Bigint")]
    #[resource(bigint)]
    maybe_unsigned: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
#[serde(rename_all = "camelCase")]
struct Plain {
    id: String,
    a_flag: bool,
    a_text: String,
    a_letter: char,
    a_time: Timestamp,
    a_uuid: Uuid,
    maybe_flag: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maybe_text: Option<String>,
    maybe_time: Option<Timestamp>,
    maybe_uuid: Option<Uuid>,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    private_text: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Compound {
    id: String,
    list: Vec<Option<String>>,
    set: BTreeSet<i32>,
    map: BTreeMap<String, Vec<f64>>,
    numbered: BTreeMap<u16, bool>,
    tuple: (i32, String, Option<u8>),
    array: [u8; 3],
    times: Vec<Timestamp>,
    tree: Tree,
    maybe: Option<Box<Tree>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Tree {
    EmptyLeaf,
    Leaf(String),
    Pair(i32, f32),
    Node {
        label: Option<char>,
        branches: Vec<Self>,
    },
}

/// Any but U+0000, which is refused.
fn char() -> impl Strategy<Value = char> {
    any::<char>().prop_filter("can be kept", |it| *it != '\0')
}

fn text() -> impl Strategy<Value = String> {
    let any = vec(char(), 0..12).prop_map(String::from_iter);
    let special = "[\\x01-\\x20\"\\\\/\u{2028}\u{feff}null]{0,6}";
    prop_oneof![any, special]
}

fn finite() -> impl Strategy<Value = f64> {
    let whole = any::<i64>().prop_map(|number| number as f64);
    prop_oneof![
        any::<f64>(),
        whole,
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
        Just(-0.0)
    ]
    .prop_filter("finite", |it| it.is_finite())
}

/// From the year 0 on, which is what RFC 3339 can write.
fn time() -> impl Strategy<Value = Timestamp> {
    let first: Timestamp = "0000-01-01T00:00:00Z".parse().unwrap();
    let (first, last) = (first.as_microsecond(), Timestamp::MAX.as_microsecond());
    (first..=last).prop_map(|micros| Timestamp::from_microsecond(micros).unwrap())
}

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn id() -> impl Strategy<Value = String> {
    text().prop_filter("no id is empty", |id| !id.is_empty())
}

fn numbers() -> impl Strategy<Value = Numbers> {
    let signed = (any::<i8>(), any::<i16>(), any::<i32>(), -SAFE..=SAFE);
    let unsigned = (any::<u8>(), any::<u16>(), any::<u32>(), 0..=SAFE as u64);
    let float = any::<f32>().prop_filter("finite", |it| it.is_finite());
    let floats = (float, finite(), proptest::option::of(finite()));
    let large = 0..=i64::MAX as u64;
    let maybe_large = proptest::option::of(0..=i64::MAX as u64);
    let bigs = (any::<i64>(), large, any::<Option<i64>>(), maybe_large);
    let all = (id(), signed, unsigned, floats, bigs);
    all.prop_map(|(id, (a, b, c, d), (e, f, g, h), floats, bigs)| {
        let ((small, large, maybe), (signed, unsigned, maybe_signed, maybe_unsigned)) =
            (floats, bigs);
        Numbers {
            id,
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            small,
            large,
            maybe,
            signed,
            unsigned,
            maybe_signed,
            maybe_unsigned,
        }
    })
}

fn plain() -> impl Strategy<Value = Plain> {
    let values = (any::<bool>(), text(), char(), time(), uuid());
    let option = proptest::option::of::<BoxedStrategy<String>>;
    let options = (
        any::<Option<bool>>(),
        option(text().boxed()),
        proptest::option::of(time()),
        proptest::option::of(uuid()),
        option(text().boxed()),
    );
    (id(), values, options).prop_map(|(id, values, options)| {
        let (a_flag, a_text, a_letter, a_time, a_uuid) = values;
        let (maybe_flag, maybe_text, maybe_time, maybe_uuid, private_text) = options;
        Plain {
            id,
            a_flag,
            a_text,
            a_letter,
            a_time,
            a_uuid,
            maybe_flag,
            maybe_text,
            maybe_time,
            maybe_uuid,
            private_text,
        }
    })
}

fn tree() -> impl Strategy<Value = Tree> {
    let float = any::<f32>().prop_filter("finite", |it| it.is_finite());
    let leaf = prop_oneof![
        Just(Tree::EmptyLeaf),
        text().prop_map(Tree::Leaf),
        (any::<i32>(), float).prop_map(|(one, other)| Tree::Pair(one, other)),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        (proptest::option::of(char()), vec(inner, 0..3))
            .prop_map(|(label, branches)| Tree::Node { label, branches })
    })
}

fn compound() -> impl Strategy<Value = Compound> {
    let lists = (
        vec(proptest::option::of(text()), 0..4),
        btree_set(any::<i32>(), 0..4),
    );
    let maps = (
        btree_map(text(), vec(finite(), 0..3), 0..4),
        btree_map(any::<u16>(), any::<bool>(), 0..4),
    );
    let tuples = (
        (any::<i32>(), text(), any::<Option<u8>>()),
        any::<[u8; 3]>(),
    );
    let trees = (tree(), proptest::option::of(tree().prop_map(Box::new)));
    let all = (id(), lists, maps, tuples, vec(time(), 0..3), trees);
    all.prop_map(
        |(id, (list, set), (map, numbered), (tuple, array), times, (tree, maybe))| Compound {
            id,
            list,
            set,
            map,
            numbered,
            tuple,
            array,
            times,
            tree,
            maybe,
        },
    )
}

/// Every record that the strategy thinks of survives; what it was asked of the private field included,
/// where the record has none: clients cannot send it.
fn all_survive<R>(records: impl Strategy<Value = R>)
where
    R: Resource<Key = String> + Record + Clone + PartialEq + std::fmt::Debug,
{
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (app, client) = runtime.block_on(app::<R>());
    let config = Config {
        cases: 128,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&records, |record| {
        runtime.block_on(survives(&app, &client, record));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn numbers_survive() {
    all_survive(numbers());
}

#[test]
fn plain_values_survive() {
    // Clients cannot create what is private.
    all_survive(plain().prop_map(|record| Plain {
        private_text: None,
        ..record
    }));
}

#[test]
fn compound_values_survive() {
    all_survive(compound());
}

#[tokio::test]
async fn a_private_value_survives_what_clients_do() {
    let (app, client) = app::<Plain>().await;
    let mut runner = TestRunner::deterministic();
    let mut record = plain().new_tree(&mut runner).unwrap().current();
    record.private_text = Some("kept".into());
    let cx = app.app().system();
    cx.create(record.clone()).await.unwrap();
    let got = client.call("plain", "get", record.id.clone().into()).await;
    let mut changed = got.result().clone();
    changed["aText"] = "changed".into();
    for action in ["replace", "update"] {
        assert!(client.call("plain", action, changed.clone()).await.is_ok());
        let stored = cx.get::<Plain>(&record.id).await.unwrap();
        assert_eq!(stored.private_text.as_deref(), Some("kept"));
    }
}
