//! What runs before and after calls: the hooks of a resource, and those of the whole app.

mod after;
mod app;
mod before;
mod combinations;
mod policy;
mod sessions;
mod slow;

use std::sync::{Arc, Mutex};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use sockful::{AppBuilder, HookedCall, RemoteCall};
use tokio::time::{Duration, timeout};

use crate::support;

/// What hooks have seen, in their order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn push(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Waits until so much was seen: some hooks run apart from the answer.
    async fn wait(&self, for_many: usize) -> Vec<String> {
        let enough = async {
            while self.0.lock().unwrap().len() < for_many {
                tokio::task::yield_now().await;
            }
        };
        let waited = timeout(Duration::from_secs(20), enough).await;
        let seen = self.take();
        assert!(waited.is_ok(), "only {seen:?}");
        seen
    }
}

/// A card whose hooks do what its title says.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote, hooks)]
struct Card {
    id: String,
    title: String,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    seen: u32,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    secret: String,
}

/// A word of the title tells a hook what to do.
async fn obey(cx: &Cx, hook: &str, title: &str) -> Result<()> {
    cx.state::<Seen>().push(hook);
    match title.strip_prefix(hook).map(str::trim) {
        Some("refuses") => Err(Error::forbidden("the hook refuses").reason("hooked")),
        Some("panics") => panic!("a hook panics"),
        Some("answers") => cx.answer(&json!({ "answered": hook })),
        Some("audits") => {
            let id = format!("{hook} {}", cx.count(Audit::query()).await?);
            cx.create(Audit {
                id,
                about: hook.to_owned(),
            })
            .await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

impl Hooks for Card {
    async fn before_create(cx: &Cx, new: &mut Self) -> Result<()> {
        new.title = new.title.trim().to_owned();
        new.owner = cx.user_key().map(str::to_owned);
        new.secret.push_str("set by a hook");
        cx.insert(Note("before_create"));
        obey(cx, "before_create", &new.title).await
    }

    async fn before_update(cx: &Cx, old: &Self, new: &mut Self) -> Result<()> {
        new.seen = old.seen + 1;
        obey(cx, "before_update", &new.title).await
    }

    async fn before_destroy(cx: &Cx, old: &Self) -> Result<()> {
        obey(cx, "before_destroy", &old.title).await
    }

    async fn before_get(cx: &Cx, id: &String) -> Result<()> {
        obey(cx, "before_get", id).await
    }

    async fn before_all(cx: &Cx, query: &mut sockful::Find<Self>) -> Result<()> {
        query.restrict(filter!(|c: Self| c.title != "hidden"));
        obey(cx, "before_all", "").await
    }

    async fn before_remote(cx: &Cx, call: &mut RemoteCall) -> Result<()> {
        let id = call.id::<String>().unwrap_or_default();
        if let Some(by) = call.argument::<u32>("by")? {
            call.set_argument("by", &(by * 10))?;
        }
        cx.insert(Note("before_remote"));
        obey(cx, "before_remote", &id).await
    }

    async fn after_create(cx: &Cx, new: &Self) -> Result<()> {
        obey(cx, "after_create", &new.title).await
    }

    async fn after_update(cx: &Cx, old: &Self, new: &Self) -> Result<()> {
        cx.state::<Seen>()
            .push(format!("{} -> {}", old.seen, new.seen));
        obey(cx, "after_update", &new.title).await
    }

    async fn after_destroy(cx: &Cx, old: &Self) -> Result<()> {
        obey(cx, "after_destroy", &old.title).await
    }

    async fn after_get(cx: &Cx, record: &mut Self) -> Result<()> {
        record.title.push('!');
        obey(cx, "after_get", &record.id).await
    }

    async fn after_all(cx: &Cx, records: &mut [Self]) -> Result<()> {
        for record in records {
            record.title.push('?');
        }
        obey(cx, "after_all", "").await
    }

    async fn after_remote(cx: &Cx, call: &RemoteCall) -> Result<()> {
        cx.state::<Seen>().push(format!("after {}", call.method()));
        Ok(())
    }
}

/// What hooks hand on.
#[derive(Debug)]
struct Note(&'static str);

#[remote]
impl Card {
    #[remote]
    fn raise(&mut self, cx: &Cx, by: u32) -> Option<&'static str> {
        self.seen += by;
        cx.extension::<Note>().map(|note| note.0)
    }

    #[remote(read)]
    async fn first(cx: &Cx) -> Result<Option<Self>> {
        let found = cx.all(Self::query().limit(1)).await?;
        Ok(found.into_iter().next())
    }

    /// Makes two cards, or none.
    #[remote]
    async fn pair(cx: &Cx, first: String, second: String) -> Result<()> {
        for (id, title) in [("first", first), ("second", second)] {
            let card = Self {
                id: id.to_owned(),
                title,
                owner: None,
                seen: 0,
                secret: String::new(),
            };
            cx.create(card).await?;
        }
        Ok(())
    }
}

/// What hooks write beside a card.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Audit {
    id: String,
    about: String,
}

/// An app with cards, and what its hooks have seen.
async fn cards(parts: impl FnOnce(AppBuilder) -> AppBuilder) -> (TestApp, Seen) {
    let seen = Seen::default();
    let app = |app: AppBuilder| {
        parts(
            app.resource::<Card>()
                .resource::<Audit>()
                .state(seen.clone()),
        )
    };
    (support::app(app).await, seen)
}

/// The same with a card, which nobody has seen.
async fn with_card(title: &str) -> (TestApp, TestClient, Seen) {
    let (app, seen) = cards(|app| app).await;
    let client = app.login("ann");
    let card = json!({ "id": "card", "title": title });
    client.call("card", "create", card).await.result();
    seen.wait(2).await;
    (app, client, seen)
}

async fn count(client: &TestClient, resource: &str) -> Value {
    client
        .call(resource, "count", json!({}))
        .await
        .result()
        .clone()
}

/// Waits until nothing follows any more.
async fn idle(app: &TestApp) {
    let idle = async {
        while app.app().load().following > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), idle)
        .await
        .expect("hooks end");
}
