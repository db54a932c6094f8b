//! What these tests have in common: some resources, users whose facts can be held up, and what a client has heard.

use std::time::Duration;

use futures_util::FutureExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::store::Store;
use sockful::testing::{TestApp, TestClient};
use sockful::{AppBuilder, Config};
use tokio::task::unconstrained;
use tokio::time::{sleep, timeout};

use crate::support::raw::GUARD;
use crate::support::store;

pub(super) use crate::support::gate::Gate;

/// What is known of who calls.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) team: String,
}

/// Says of which team somebody is.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) team: String,
}

/// What everybody may read.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
pub(super) struct Card {
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) size: u32,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    pub(super) cost: Option<u32>,
}

#[remote]
impl Card {
    #[remote]
    fn grow(&mut self) -> u32 {
        self.size += 1;
        self.size
    }

    /// Makes a card and changes it twice.
    #[remote]
    async fn found(cx: &Cx, id: String) -> Result<u32> {
        let card = Self::new(&id, 1);
        cx.create(card).await?;
        cx.update::<Self, _, _>(&id, |card| card.size += 1).await?;
        let card = cx.update::<Self, _, _>(&id, |card| card.size += 1).await?;
        Ok(card.size)
    }
}

impl Card {
    pub(super) fn new(id: &str, size: u32) -> Self {
        Self {
            id: id.to_owned(),
            title: String::new(),
            size,
            cost: None,
        }
    }
}

/// What a team may read.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(public || team == user.team), write(true))]
pub(super) struct Note {
    pub(super) id: String,
    pub(super) team: String,
    #[serde(default)]
    pub(super) public: bool,
    #[serde(default)]
    pub(super) text: String,
}

impl Note {
    pub(super) fn of(id: &str, team: &str) -> Self {
        Self {
            id: id.to_owned(),
            team: team.to_owned(),
            public: false,
            text: "secret".to_owned(),
        }
    }
}

/// An app with all of these.
pub(super) struct House {
    pub(super) app: TestApp,
    /// Whoever looks up users passes it.
    pub(super) gate: Gate,
}

impl House {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}, |app| app).await
    }

    pub(super) async fn with(
        change: impl FnOnce(&mut Config),
        parts: impl FnOnce(AppBuilder) -> AppBuilder,
    ) -> Self {
        Self::on(store(), change, parts).await
    }

    /// The same on a store of its own.
    pub(super) async fn on(
        store: impl Store,
        change: impl FnOnce(&mut Config),
        parts: impl FnOnce(AppBuilder) -> AppBuilder,
    ) -> Self {
        let mut config = Config::default();
        change(&mut config);
        let gate = Gate::new();
        let app = App::builder().store(store).config(config);
        let app = app
            .state(gate.clone())
            .resource::<Member>()
            .resource::<Card>()
            .resource::<Note>()
            .user(async |cx: Cx, key: String| {
                cx.state::<Gate>().pass().await;
                match cx.get::<Member>(&key).await {
                    Ok(Member { team, .. }) => Ok(Some(User { team })),
                    Err(error) if error.code() == 404 => Ok(None),
                    Err(error) => Err(error),
                }
            })
            .refresh::<Member>(|member| &member.id);
        let app = parts(app).build().await.expect("a house");
        Self {
            app: TestApp::new(app),
            gate,
        }
    }

    /// A client who belongs to a team.
    pub(super) async fn of_team(&self, key: &str, team: &str) -> TestClient {
        self.moves(key, team).await;
        self.app.login(key)
    }

    /// Somebody belongs to this team from now on.
    pub(super) async fn moves(&self, key: &str, team: &str) {
        let system = self.app.app().system();
        let (id, team) = (key.to_owned(), team.to_owned());
        let known = system.get::<Member>(&id).await.is_ok();
        if known {
            let moved = system.update::<Member, _, _>(&id, |it| it.team.clone_from(&team));
            moved.await.expect("a member");
        } else {
            system.create(Member { id, team }).await.expect("a member");
        }
    }

    pub(super) async fn note(&self, id: &str, team: &str) {
        let system = self.app.app().system();
        system.create(Note::of(id, team)).await.expect("a note");
    }

    /// A text of this note that nobody has seen before.
    pub(super) async fn writes(&self, id: &str, text: &str) {
        let system = self.app.app().system();
        let id = id.to_owned();
        let written = system.update::<Note, _, _>(&id, |it| text.clone_into(&mut it.text));
        written.await.expect("a note");
    }

    pub(super) async fn card(&self, id: &str, size: u32) {
        let system = self.app.app().system();
        system.create(Card::new(id, size)).await.expect("a card");
    }

    pub(super) async fn resizes(&self, id: &str, size: u32) {
        let system = self.app.app().system();
        let id = id.to_owned();
        let resized = system.update::<Card, _, _>(&id, |it| it.size = size);
        resized.await.expect("a card");
    }

    /// All that a client has been told by now: an answer comes after whatever was to be told before it.
    pub(super) async fn told(&self, client: &TestClient) -> Vec<Value> {
        client.call("card", "count", json!({})).await;
        std::iter::from_fn(|| heard(client)).collect()
    }

    /// The same in short.
    pub(super) async fn brief(&self, client: &TestClient) -> Vec<String> {
        briefs(&self.told(client).await)
    }

    /// How many groups are open, and how many memberships there are.
    pub(super) fn open(&self) -> (usize, usize) {
        let load = self.app.app().load();
        (load.groups, load.members)
    }

    /// Until so many groups are open, and there are so many memberships.
    pub(super) async fn holds(&self, open: (usize, usize)) {
        let held = async {
            while self.open() != open {
                sleep(Duration::from_millis(1)).await;
            }
        };
        let held = timeout(GUARD, held).await;
        assert!(held.is_ok(), "{:?} are open, and not {open:?}", self.open());
    }

    /// Until nothing is watched by anybody.
    pub(super) async fn comes_to_rest(&self) {
        self.holds((0, 0)).await;
    }
}

/// The next thing that a client is told.
pub(super) async fn hears(client: &TestClient) -> Value {
    timeout(GUARD, client.event())
        .await
        .expect("the client is told something")
}

/// What a client has been told already, if anything.
pub(super) fn heard(client: &TestClient) -> Option<Value> {
    unconstrained(client.event()).now_or_never()
}

/// A push or a notice in short: `enter a`, `leave a + enter b`, `reset policy`.
pub(super) fn brief(event: &Value) -> String {
    let action = event[1].as_str().expect("text");
    let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
    match (event[0].as_str(), action) {
        (Some("sockful"), _) => {
            let reason = event[2]["reason"].as_str().unwrap_or_default();
            format!("{action} {reason}").trim().to_owned()
        }
        (_, "batch") => {
            let items = event[2].as_array().expect("a list").iter();
            let items = items.map(|it| format!("{} {}", it[0].as_str().unwrap(), id(&it[1])));
            items.collect::<Vec<_>>().join(" + ")
        }
        _ => format!("{action} {}", id(&event[2])),
    }
}

pub(super) fn briefs(events: &[Value]) -> Vec<String> {
    events.iter().map(brief).collect()
}
