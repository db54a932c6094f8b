//! Answers with some fields only.

use sockful::Config;

use super::*;
use crate::support::codes;

#[tokio::test]
async fn only_the_selected_fields_and_the_id_are_answered() {
    let client = client().await;
    let query = json!({ "id": "d", "$select": ["nest", "commonName", "nest"] });
    let found = client.call("bird", "all", query).await;
    let dodo = json!({ "id": "d", "commonName": "Dodo", "nest": { "x": 3, "y": 0, "notes": {} } });
    assert_eq!(found.result(), &json!([dodo]));
    let found = client
        .call("bird", "all", json!({ "id": "d", "$select": [] }))
        .await;
    assert_eq!(found.result(), &json!([{ "id": "d" }]));
    let found = client
        .call("bird", "all", json!({ "id": "d", "$select": ["id"] }))
        .await;
    assert_eq!(found.result(), &json!([{ "id": "d" }]));
}

#[tokio::test]
async fn what_is_not_answered_may_be_asked_for_and_sorted_by() {
    let client = client().await;
    let query = json!({ "tame": false, "$sort": { "eggs": -1 }, "$select": [] });
    let found = client.call("bird", "all", query).await;
    assert_eq!(
        found.result(),
        &json!([{ "id": "é" }, { "id": "c" }, { "id": "a" }])
    );
}

#[tokio::test]
async fn a_page_is_as_large_as_what_it_shows() {
    let mut config = Config::default();
    config.page_bytes = 400;
    let app = support::app(|app| app.resource::<Bird>().config(config)).await;
    let client = app.anonymous();
    let birds: Vec<_> = (0..8)
        .map(|id| json!({ "id": id.to_string(), "commonName": "x".repeat(300) }))
        .collect();
    client.call("bird", "create", birds.into()).await;
    assert_eq!(find(&client, json!({})).await, "0");
    // A store may end a page where the whole records would fill it.
    let eggs = find(&client, json!({ "$select": ["eggs"] })).await;
    assert!("01234567".starts_with(&eggs) && !eggs.is_empty(), "{eggs}");
    if support::store::is_memory() {
        assert_eq!(eggs, "01234567");
    }
}

#[tokio::test]
async fn a_selection_names_fields() {
    let client = client().await;
    for (select, path, code) in [
        (json!("id"), "$select", "wrong_type"),
        (json!({ "id": 1 }), "$select", "wrong_type"),
        (json!(["id", 5]), "$select[1]", "wrong_type"),
        (json!(["colour"]), "$select[0]", "unknown_field"),
        (json!(["nest.x"]), "$select[0]", "unknown_field"),
    ] {
        let refused = client
            .call("bird", "all", json!({ "$select": select }))
            .await;
        assert_eq!(codes(refused.error()), json!({ path: code }));
    }
}

#[tokio::test]
async fn get_takes_no_selection() {
    let client = client().await;
    let refused = client
        .call("bird", "get", json!({ "id": "a", "$select": [] }))
        .await;
    assert_eq!(
        codes(refused.error()),
        json!({ "$select": "unknown_field" })
    );
}
