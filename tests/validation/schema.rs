//! The JSON Schema tells clients of the rules.

use serde_json::json;
use sockful::describe::Schema;

use super::card;

#[tokio::test]
async fn the_schema_has_the_rules_that_json_schema_knows() {
    let (app, _client) = card().await;
    let card = app.app().schemas().find(|it| it.name == "card").unwrap();
    let of = |card: &Schema, name: &str| card.fields[card.position(name).unwrap()].schema.clone();
    let title = of(card, "title");
    assert_eq!(
        (&title["minLength"], &title["maxLength"]),
        (&json!(1), &json!(20))
    );
    let points = of(card, "storyPoints");
    assert_eq!(
        (&points["minimum"], &points["maximum"]),
        (&json!(1), &json!(5))
    );
    assert_eq!(of(card, "assignee")["format"], "email");
    assert_eq!(of(card, "slug")["pattern"], "^[a-z]*$");
    let tags = of(card, "tags");
    assert_eq!(
        (&tags["maxItems"], &tags["items"]["minLength"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(of(card, "pin")["maxLength"], 4);
    // Those of nested types stand with the types.
    assert_eq!(
        card.definitions["Step"]["properties"]["shortName"]["minLength"],
        1
    );
}

#[tokio::test]
async fn nothing_tells_of_the_rules_of_a_private_field() {
    let (app, _client) = card().await;
    let card = app.app().schemas().find(|it| it.name == "card").unwrap();
    assert_eq!(
        card.fields[card.position("cost").unwrap()].schema,
        json!(false)
    );
}
