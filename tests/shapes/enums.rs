//! Enums, in all four representations of serde.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;

use super::{app, survives};
use crate::support::codes;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Zoo {
    id: String,
    unit: Unit,
    external: External,
    internal: Internal,
    adjacent: Adjacent,
    untagged: Untagged,
    maybe: Option<External>,
    units: Vec<Unit>,
    mixed: Vec<(Internal, Adjacent, Untagged)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    First,
    #[serde(rename = "Number 2")]
    Second,
    TheThird,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum External {
    Unit,
    Newtype(u32),
    Tuple(i8, Option<String>),
    Struct { a: u8, b: Vec<u8> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Internal {
    Unit,
    Newtype(Inner),
    Struct { a: i64, b: Option<f64> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Inner {
    value: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Unit,
    Newtype(bool),
    Tuple(u8, u8),
    Struct { a: Unit },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(i32),
    Text(String),
    List(Vec<u8>),
    Struct { a: u8 },
    Nothing,
}

fn zoo() -> Zoo {
    Zoo {
        id: "z".into(),
        unit: Unit::First,
        external: External::Unit,
        internal: Internal::Unit,
        adjacent: Adjacent::Unit,
        untagged: Untagged::Number(1),
        maybe: None,
        units: Vec::new(),
        mixed: Vec::new(),
    }
}

#[tokio::test]
async fn unit_enums_survive() {
    let (app, client) = app::<Zoo>().await;
    for unit in [Unit::First, Unit::Second, Unit::TheThird] {
        let units = vec![unit, Unit::First];
        survives(
            &app,
            &client,
            Zoo {
                unit,
                units,
                ..zoo()
            },
        )
        .await;
    }
}

#[tokio::test]
async fn externally_tagged_enums_survive() {
    let (app, client) = app::<Zoo>().await;
    for external in [
        External::Unit,
        External::Newtype(7),
        External::Tuple(-1, None),
        External::Tuple(1, Some("x".into())),
        External::Struct {
            a: 1,
            b: vec![2, 3],
        },
    ] {
        let maybe = Some(external.clone());
        survives(
            &app,
            &client,
            Zoo {
                external,
                maybe,
                ..zoo()
            },
        )
        .await;
    }
}

#[tokio::test]
async fn internally_tagged_enums_survive() {
    let (app, client) = app::<Zoo>().await;
    for internal in [
        Internal::Unit,
        Internal::Newtype(Inner { value: "x".into() }),
        Internal::Struct {
            a: -5,
            b: Some(0.5),
        },
        Internal::Struct { a: 0, b: None },
    ] {
        survives(&app, &client, Zoo { internal, ..zoo() }).await;
    }
}

#[tokio::test]
async fn adjacently_tagged_enums_survive() {
    let (app, client) = app::<Zoo>().await;
    for adjacent in [
        Adjacent::Unit,
        Adjacent::Newtype(true),
        Adjacent::Tuple(1, 2),
        Adjacent::Struct { a: Unit::TheThird },
    ] {
        survives(&app, &client, Zoo { adjacent, ..zoo() }).await;
    }
}

#[tokio::test]
async fn untagged_enums_survive() {
    let (app, client) = app::<Zoo>().await;
    for untagged in [
        Untagged::Number(-7),
        Untagged::Text("7".into()),
        Untagged::List(vec![7]),
        Untagged::Struct { a: 7 },
        Untagged::Nothing,
    ] {
        let mixed = vec![(Internal::Unit, Adjacent::Unit, untagged.clone())];
        survives(
            &app,
            &client,
            Zoo {
                untagged,
                mixed,
                ..zoo()
            },
        )
        .await;
    }
}

#[tokio::test]
async fn an_unknown_variant_is_refused_by_its_path() {
    let (_app, client) = app::<Zoo>().await;
    let payload = json!({
        "unit": "fourth", "external": { "Newtype": -1 }, "internal": { "kind": "Other" },
        "adjacent": { "t": "Tuple", "c": [1, 300] }, "untagged": { "b": 1 }, "units": ["first", "second"]
    });
    let refused = client.call("zoo", "create", payload).await;
    let mut codes = codes(refused.error());
    // How an untagged enum is refused, serde does not tell.
    assert!(codes["untagged"].take().is_string());
    assert_eq!(
        codes,
        json!({
            "unit": "unknown_variant", "external.Newtype": "out_of_range", "internal.kind": "unknown_variant",
            "adjacent.c[1]": "out_of_range", "untagged": null, "units[1]": "unknown_variant", "mixed": "required"
        })
    );
}
