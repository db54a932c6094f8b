//! Any record survives being stored and being sent.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Everything {
    id: Uuid,
    flag: bool,
    tiny: u8,
    small: i32,
    whole: i64,
    #[serde(rename = "renamed", with = "crate::Bigint")]
    big: u64,
    #[serde(default, with = "crate::Bigint")]
    huge: Option<i64>,
    single: f32,
    double: f64,
    letter: char,
    text: String,
    maybe: Option<String>,
    at: jiff::Timestamp,
    until: Option<jiff::Timestamp>,
    day: jiff::civil::Date,
    plain: Plain,
    external: External,
    internal: Internal,
    adjacent: Vec<Adjacent>,
    untagged: Option<Untagged>,
    nested: Nested,
    list: Vec<Option<i32>>,
    map: BTreeMap<String, Vec<u8>>,
    numbered: BTreeMap<u8, bool>,
    pair: (f32, String),
    wrapped: Meters,
    other: Option<Uuid>,
    any: serde_json::Value,
    #[serde(default, skip_serializing)]
    hidden: Option<String>,
    #[serde(default, skip_serializing)]
    hidden_list: Vec<u8>,
}

resource!(Everything: Uuid, "everything", [
    Field::new("id").id(),
    Field::new("flag"),
    Field::new("tiny"),
    Field::new("small"),
    Field::new("whole"),
    Field::new("renamed").bigint::<u64>(),
    Field::new("huge").bigint::<Option<i64>>(),
    Field::new("single"),
    Field::new("double"),
    Field::new("letter"),
    Field::new("text"),
    Field::new("maybe"),
    Field::new("at"),
    Field::new("until"),
    Field::new("day"),
    Field::new("plain"),
    Field::new("external"),
    Field::new("internal"),
    Field::new("adjacent"),
    Field::new("untagged"),
    Field::new("nested"),
    Field::new("list"),
    Field::new("map"),
    Field::new("numbered"),
    Field::new("pair"),
    Field::new("wrapped"),
    Field::new("other"),
    Field::new("any"),
    Field::new("hidden").private(|record, column| column.write(&record.hidden)),
    Field::new("hidden_list").private(|record, column| column.write(&record.hidden_list)),
]);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum Plain {
    One,
    #[serde(rename = "2")]
    Two,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum External {
    Unit,
    New(i32),
    Pair(u8, String),
    Named { at: Option<f32> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Internal {
    Unit,
    Inner(Nested),
    NamedFields { size: u64 },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    New(String),
    Pair(u8, i8),
    Named { deep: Box<External> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(i32),
    Text(String),
    Nested(Nested),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Nested {
    first_name: String,
    #[serde(default)]
    how_many: Option<u16>,
    parts: Vec<Self>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Meters(f64);

fn finite() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("finite", |value| value.is_finite())
}

fn finite_single() -> impl Strategy<Value = f32> {
    any::<f32>().prop_filter("finite", |value| value.is_finite())
}

fn time() -> impl Strategy<Value = jiff::Timestamp> {
    let range = -62_135_596_800_000_000..253_402_200_000_000_000_i64;
    range.prop_map(|micros| jiff::Timestamp::from_microsecond(micros).unwrap())
}

fn nested() -> impl Strategy<Value = Nested> {
    let leaf = (any::<String>(), any::<Option<u16>>()).prop_map(|(first_name, how_many)| Nested {
        first_name,
        how_many,
        parts: Vec::new(),
    });
    leaf.prop_recursive(3, 8, 3, |inner| {
        (any::<String>(), proptest::collection::vec(inner, 0..3)).prop_map(|(first_name, parts)| {
            Nested {
                first_name,
                how_many: None,
                parts,
            }
        })
    })
}

fn external() -> impl Strategy<Value = External> {
    prop_oneof![
        Just(External::Unit),
        any::<i32>().prop_map(External::New),
        any::<(u8, String)>().prop_map(|(a, b)| External::Pair(a, b)),
        proptest::option::of(finite_single()).prop_map(|at| External::Named { at }),
    ]
}

fn internal() -> impl Strategy<Value = Internal> {
    prop_oneof![
        Just(Internal::Unit),
        nested().prop_map(Internal::Inner),
        (0..1_u64 << 53).prop_map(|size| Internal::NamedFields { size }),
    ]
}

fn adjacent() -> impl Strategy<Value = Adjacent> {
    prop_oneof![
        Just(Adjacent::Unit),
        any::<String>().prop_map(Adjacent::New),
        any::<(u8, i8)>().prop_map(|(a, b)| Adjacent::Pair(a, b)),
        external().prop_map(|deep| Adjacent::Named {
            deep: Box::new(deep)
        }),
    ]
}

fn untagged() -> impl Strategy<Value = Untagged> {
    prop_oneof![
        any::<i32>().prop_map(Untagged::Number),
        any::<String>().prop_map(Untagged::Text),
        nested().prop_map(Untagged::Nested),
    ]
}

fn anything() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        proptest::collection::vec(inner, 0..3).prop_map(Into::into)
    })
}

const SAFE: std::ops::Range<i64> = -(1 << 53) + 1..1 << 53;

prop_compose! {
    fn scalars()(
        bits in any::<(u128, bool, u8, i32)>(),
        whole in SAFE,
        big in 0..i64::MAX as u64,
        huge in any::<Option<i64>>(),
        single in finite_single(),
        double in finite(),
        letter in any::<char>(),
        texts in any::<(String, Option<String>)>(),
        at in time(),
        until in proptest::option::of(time()),
        day in (0..9_999_i16, 1..=12_i8, 1..=28_i8),
        other in any::<Option<u128>>(),
    ) -> Everything {
        Everything {
            id: Uuid::from_u128(bits.0),
            flag: bits.1,
            tiny: bits.2,
            small: bits.3,
            whole,
            big,
            huge,
            single,
            double,
            letter,
            text: texts.0,
            maybe: texts.1,
            at,
            until,
            day: jiff::civil::date(day.0, day.1, day.2),
            other: other.map(Uuid::from_u128),
            plain: Plain::One,
            external: External::Unit,
            internal: Internal::Unit,
            adjacent: Vec::new(),
            untagged: None,
            nested: Nested { first_name: String::new(), how_many: None, parts: Vec::new() },
            list: Vec::new(),
            map: BTreeMap::new(),
            numbered: BTreeMap::new(),
            pair: (0.0, String::new()),
            wrapped: Meters(0.0),
            any: serde_json::Value::Null,
            hidden: None,
            hidden_list: Vec::new(),
        }
    }
}

prop_compose! {
    fn everything()(
        scalars in scalars(),
        plain in prop_oneof![Just(Plain::One), Just(Plain::Two)],
        enums in (external(), internal(), proptest::collection::vec(adjacent(), 0..3)),
        untagged in proptest::option::of(untagged()),
        nested in nested(),
        list in any::<Vec<Option<i32>>>(),
        maps in any::<(BTreeMap<String, Vec<u8>>, BTreeMap<u8, bool>)>(),
        pair in (finite_single(), any::<String>()),
        wrapped in finite(),
        any_value in anything(),
        hidden in any::<(Option<String>, Vec<u8>)>(),
    ) -> Everything {
        Everything {
            plain,
            external: enums.0,
            internal: enums.1,
            adjacent: enums.2,
            untagged,
            nested,
            list,
            map: maps.0,
            numbered: maps.1,
            pair,
            wrapped: Meters(wrapped),
            any: any_value,
            hidden: hidden.0,
            hidden_list: hidden.1,
            ..scalars
        }
    }
}

static EVERYTHING: LazyLock<Schema> = LazyLock::new(schema_of::<Everything>);
static CREATURE: LazyLock<Schema> = LazyLock::new(schema_of::<Creature>);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_survives(record in everything()) {
        let schema = &*EVERYTHING;
        let row = match encode(&record, schema) {
            Ok(row) => row,
            Err(refused) => {
                // The one thing that is not kept.
                prop_assert!(format!("{record:?}").contains("\\0"), "{refused:?}");
                return Ok(());
            }
        };
        prop_assert_eq!(&decode::<Everything>(&row, schema).unwrap(), &record);

        // What a client gets, it can send back: everything but the private fields returns.
        let sent = json(schema, &row);
        prop_assert!(!sent.contains("\"hidden"));
        let how = Overlay::Create { id: None, from_client: true, set: &[] };
        let public = Everything { hidden: None, hidden_list: Vec::new(), ..record.clone() };
        prop_assert_eq!(&overlay::<Everything>(schema, &sent, how).unwrap(), &public);
        let replaced: Everything = overlay(schema, &sent, Overlay::Replace(&row)).unwrap();
        prop_assert_eq!(&replaced, &record);
        let updated: Everything = overlay(schema, "{}", Overlay::Update(&row)).unwrap();
        prop_assert_eq!(&updated, &record);

        // The same row again, so that an unchanged record is seen as unchanged.
        prop_assert_eq!(encode(&updated, schema).unwrap(), row);
    }

    #[test]
    fn any_payload_is_answered(payload in anything()) {
        let schema = &*CREATURE;
        let fields: Vec<_> = schema.fields.iter().map(|field| field.name).collect();
        for name in fields {
            let payload = format!("{{\"{name}\":{payload}}}");
            let how = Overlay::Create { id: None, from_client: false, set: &[] };
            let error = overlay::<Creature>(schema, &payload, how).unwrap_err();
            prop_assert_eq!(error.code(), 422, "{}: {:?}", payload, error);
            prop_assert!(error.fields().count() > 0);
        }
    }
}
