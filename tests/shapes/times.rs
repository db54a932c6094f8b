//! Points in time.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::describe::Kind;
use sockful::prelude::*;

use super::{app, created};
use crate::support::codes;

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Event {
    id: Id<Self>,
    at: Timestamp,
    until: Option<Timestamp>,
}

async fn kept(at: &str) -> Value {
    let (_app, client) = app::<Event>().await;
    created(&client, "event", json!({ "at": at })).await["at"].clone()
}

#[tokio::test]
async fn a_time_is_kept_as_one() {
    let (app, _client) = app::<Event>().await;
    let event = app.app().schemas().next().unwrap();
    let kinds: Vec<_> = event
        .fields
        .iter()
        .map(|it| (it.kind, it.nullable))
        .collect();
    assert_eq!(
        kinds,
        [(Kind::Text, false), (Kind::Time, false), (Kind::Time, true)]
    );
}

#[tokio::test]
async fn a_time_is_answered_in_utc_with_microseconds() {
    for (given, expected) in [
        ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000000Z"),
        ("2026-11-21T14:00:00.5+02:00", "2026-11-21T12:00:00.500000Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000000Z"),
        ("9999-12-30T21:00:00Z", "9999-12-30T21:00:00.000000Z"),
        (
            "2026-11-21T12:00:00.123456789Z",
            "2026-11-21T12:00:00.123456Z",
        ),
    ] {
        assert_eq!(kept(given).await, expected);
    }
}

#[tokio::test]
async fn what_is_no_time_is_refused() {
    let (_app, client) = app::<Event>().await;
    for at in [
        json!("noon"),
        json!("2026-11-21"),
        json!(5),
        json!(null),
        json!("2026-02-30T00:00:00Z"),
    ] {
        let refused = client.call("event", "create", json!({ "at": at, "until": "later" }));
        let codes = codes(refused.await.error());
        assert!(
            codes["at"].is_string() && codes["until"].is_string(),
            "{at}: {codes}"
        );
    }
}

#[tokio::test]
async fn a_time_is_of_a_year_that_can_be_written() {
    let (app, client) = app::<Event>().await;
    for at in ["-000001-12-31T23:59:59Z", "0000-01-01T00:00:00+01:00"] {
        let refused = client.call("event", "create", json!({ "at": at })).await;
        assert_eq!(codes(refused.error()), json!({ "at": "wrong_type" }));
        let refused = client
            .call("event", "all", json!({ "at": { "$gt": at } }))
            .await;
        assert!(
            refused.error().to_string().contains("wrong_type"),
            "{refused:?}"
        );
        let event = Event {
            id: Id::new(),
            at: at.parse().unwrap(),
            until: None,
        };
        let refused = app.app().system().create(event).await.unwrap_err();
        assert!(refused.to_string().contains("at"), "{refused}");
    }
}

#[tokio::test]
async fn the_typed_api_gives_the_time_itself() {
    let (app, _client) = app::<Event>().await;
    let at: Timestamp = "2026-11-21T12:00:00.25Z".parse().unwrap();
    let event = Event {
        id: Id::new(),
        at,
        until: Some(at),
    };
    let id = event.id;
    let cx = app.app().system();
    cx.create(event).await.unwrap();
    let stored = cx.get::<Event>(&id).await.unwrap();
    assert_eq!((stored.at, stored.until), (at, Some(at)));
}
