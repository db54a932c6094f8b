//! When a record was created and when it was last changed, by the clock of the server.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use super::{Clock, done, only, refused};
use crate::support;

/// Remembers when.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Page {
    id: String,
    #[serde(default)]
    text: String,
    #[resource(created_at)]
    created: Timestamp,
    #[resource(updated_at)]
    #[serde(rename = "lastChange")]
    updated: Option<chrono::DateTime<chrono::Utc>>,
}

#[remote]
impl Page {
    /// Changes the text, or only tries to change the times.
    #[remote]
    fn write(&mut self, text: String) {
        self.text = text;
        self.created = Timestamp::UNIX_EPOCH;
        self.updated = None;
    }

    /// Writes by the context.
    #[remote]
    async fn copy(cx: &Cx) -> Result<Self> {
        cx.create(Self::of("copy")).await
    }
}

impl Page {
    fn of(id: &str) -> Self {
        Self {
            id: id.into(),
            text: String::new(),
            created: Timestamp::UNIX_EPOCH,
            updated: None,
        }
    }
}

/// The page `a`, created one microsecond after the clock began.
async fn page() -> (TestApp, TestClient, Clock) {
    let clock = Clock::default();
    let at = clock.clone();
    let app = support::app(|app| app.resource::<Page>().clock(move || at.now())).await;
    let client = app.anonymous();
    clock.set(1);
    let page = done(&client, "page", "create", json!({ "id": "a" })).await;
    assert_eq!(times(&page), [1, 1]);
    (app, client, clock)
}

/// Both times of a page, in microseconds.
fn times(page: &Value) -> [i64; 2] {
    ["created", "lastChange"].map(|name| {
        let time: Timestamp = page[name].as_str().unwrap().parse().unwrap();
        assert_eq!(
            time.subsec_nanosecond() % 1_000,
            0,
            "cut off as the store does"
        );
        time.as_microsecond()
    })
}

#[tokio::test]
async fn a_change_moves_one_and_keeps_the_other() {
    let (_app, client, clock) = page().await;
    for (now, action, payload) in [
        (2, "update", json!({ "id": "a", "text": "b" })),
        (3, "replace", json!({ "id": "a", "text": "c" })),
    ] {
        clock.set(now);
        let changed = done(&client, "page", action, payload).await;
        assert_eq!(
            times(&changed),
            [1, i64::try_from(now).unwrap()],
            "{action}"
        );
        assert_eq!(done(&client, "page", "get", json!("a")).await, changed);
    }
    clock.set(4);
    done(&client, "page", "write", json!({ "id": "a", "text": "d" })).await;
    assert_eq!(
        times(&done(&client, "page", "get", json!("a")).await),
        [1, 4]
    );
}

#[tokio::test]
async fn what_changes_nothing_keeps_both() {
    let (_app, client, clock) = page().await;
    clock.set(2);
    for (action, payload) in [
        ("update", json!({ "id": "a", "text": "" })),
        ("replace", json!({ "id": "a" })),
        ("write", json!({ "id": "a", "text": "" })),
    ] {
        let answer = client.call("page", action, payload).await;
        assert_eq!(answer.meta(), &json!({ "rev": 1 }), "{action}: {answer:?}");
    }
    assert_eq!(
        times(&done(&client, "page", "get", json!("a")).await),
        [1, 1]
    );
}

#[tokio::test]
async fn clients_cannot_set_them() {
    let (_app, client, clock) = page().await;
    clock.set(2);
    let new = json!({ "id": "b", "created": "2026-11-21T12:00:00Z" });
    assert_eq!(
        refused(&client, "page", "create", new).await,
        only("created", "read_only")
    );
    for action in ["update", "replace"] {
        for name in ["created", "lastChange"] {
            let change = json!({ "id": "a", name: "2026-11-21T12:00:00Z" });
            assert_eq!(
                refused(&client, "page", action, change).await,
                only(name, "read_only")
            );
        }
        let mut read = done(&client, "page", "get", json!("a")).await;
        read["text"] = action.into();
        assert_eq!(times(&done(&client, "page", action, read).await), [1, 2]);
    }
}

#[tokio::test]
async fn what_rust_code_writes_is_stamped_too() {
    let (app, client, clock) = page().await;
    clock.set(5);
    assert_eq!(
        times(&done(&client, "page", "copy", json!({})).await),
        [5, 5]
    );
    let system = app.app().system();
    assert_eq!(
        system
            .create(Page::of("b"))
            .await
            .unwrap()
            .created
            .as_microsecond(),
        5
    );
    clock.set(6);
    let change = |page: &mut Page| {
        page.text = "x".into();
        page.created = Timestamp::UNIX_EPOCH;
    };
    let page = system.update(&"b".into(), change).await.unwrap();
    assert_eq!(page.created.as_microsecond(), 5);
    assert_eq!(page.updated.unwrap().timestamp_micros(), 6);
}

#[tokio::test]
async fn each_record_of_a_batch_is_stamped() {
    let (_app, client, clock) = page().await;
    clock.set(8);
    let made = done(
        &client,
        "page",
        "create",
        json!([{ "id": "b" }, { "id": "c" }]),
    )
    .await;
    for page in made.as_array().unwrap() {
        assert_eq!(times(page), [8, 8]);
    }
}

#[tokio::test]
async fn without_a_clock_of_its_own_an_app_asks_the_system() {
    let app = support::app(|app| app.resource::<Page>()).await;
    let before = Timestamp::now().as_microsecond();
    let page = app.app().system().create(Page::of("a")).await.unwrap();
    let after = Timestamp::now().as_microsecond();
    assert!((before..=after).contains(&page.created.as_microsecond()));
}
