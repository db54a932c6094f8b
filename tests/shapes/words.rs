//! The words of serde on a record: they mean what they mean everywhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;

use super::{app, created};
use crate::support::codes;

/// As text, in another notation.
mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(value: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{value:x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let text = String::deserialize(deserializer)?;
        u32::from_str_radix(&text, 16).map_err(|_| de::Error::custom("is no hexadecimal number"))
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
#[serde(rename_all = "camelCase")]
struct Word {
    id: String,
    two_words: u8,
    #[serde(rename = "odd-name")]
    other_name: u8,
    #[serde(default = "seven")]
    with_default: u8,
    #[serde(skip)]
    cache: u8,
    #[serde(with = "hex")]
    #[schemars(with = "String")]
    colour: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    maybe: Option<u8>,
    #[serde(default)]
    inner: Inner,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", default)]
struct Inner {
    first_one: u8,
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, u8>,
    #[serde(alias = "nickname")]
    name: String,
}

fn seven() -> u8 {
    7
}

fn word() -> serde_json::Value {
    json!({ "id": "w", "twoWords": 1, "odd-name": 2, "colour": "ff" })
}

#[tokio::test]
async fn fields_go_by_the_names_serde_gives_them() {
    let (app, client) = app::<Word>().await;
    assert_eq!(
        created(&client, "word", word()).await,
        json!({
            "twoWords": 1, "odd-name": 2, "withDefault": 7, "colour": "ff", "maybe": null,
            "inner": { "FIRST_ONE": 0, "NAME": "" }
        })
    );
    let cx = app.app().system();
    let stored = cx.get::<Word>(&"w".into()).await.unwrap();
    assert_eq!(
        (stored.two_words, stored.other_name, stored.colour),
        (1, 2, 255)
    );
}

#[tokio::test]
async fn names_of_rust_are_unknown_to_clients() {
    let (_app, client) = app::<Word>().await;
    let payload = json!({ "id": "w", "two_words": 1, "other_name": 2, "colour": "ff" });
    let refused = client.call("word", "create", payload).await;
    assert_eq!(
        codes(refused.error()),
        json!({
            "two_words": "unknown_field", "other_name": "unknown_field", "twoWords": "required",
            "odd-name": "required"
        })
    );
}

#[tokio::test]
async fn a_skipped_field_is_neither_stored_nor_known() {
    let (app, client) = app::<Word>().await;
    let cx = app.app().system();
    created(&client, "word", word()).await;
    cx.update::<Word, _, _>(&"w".into(), |it| it.cache = 9)
        .await
        .unwrap();
    assert_eq!(cx.get::<Word>(&"w".into()).await.unwrap().cache, 0);
    let refused = client.call("word", "update", json!({ "id": "w", "cache": 1 }));
    assert_eq!(
        codes(refused.await.error()),
        json!({ "cache": "unknown_field" })
    );
}

#[tokio::test]
async fn a_field_that_serde_leaves_out_is_answered_as_null() {
    let (_app, client) = app::<Word>().await;
    created(&client, "word", word()).await;
    for (maybe, expected) in [(json!(5), json!(5)), (json!(null), json!(null))] {
        let payload = json!({ "id": "w", "maybe": maybe });
        let changed = client.call("word", "update", payload).await;
        assert_eq!(changed.result()["maybe"], expected);
    }
}

#[tokio::test]
async fn with_is_used_both_ways_and_its_errors_have_a_path() {
    let (_app, client) = app::<Word>().await;
    created(&client, "word", word()).await;
    let changed = client.call("word", "update", json!({ "id": "w", "colour": "AbC" }));
    assert_eq!(changed.await.result()["colour"], "abc");
    let refused = client.call("word", "update", json!({ "id": "w", "colour": "red" }));
    assert_eq!(codes(refused.await.error()), json!({ "colour": "invalid" }));
}

#[tokio::test]
async fn nested_types_may_use_anything_serde_has() {
    let (_app, client) = app::<Word>().await;
    created(&client, "word", word()).await;
    let inner = json!({ "FIRST_ONE": 3, "more": 4, "nickname": "Bob" });
    let changed = client.call("word", "update", json!({ "id": "w", "inner": inner }));
    let expected = json!({ "FIRST_ONE": 3, "more": 4, "NAME": "Bob" });
    assert_eq!(changed.await.result()["inner"], expected);
}
