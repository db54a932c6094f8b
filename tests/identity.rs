//! Who a client is: logging in, what is known of users, and how long that stands.

mod age;
mod build;
mod connecting;
mod expiry;
mod facts;
mod handshake;
mod jwt;
mod refresh;
mod revoke;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use sockful::{AppBuilder, Config};
use tokio::sync::Semaphore;

use crate::support::raw::GUARD;
use crate::support::store;

/// Somebody who may log in.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Account {
    id: String,
    #[serde(default)]
    disabled: bool,
}

/// Says that somebody belongs to a team.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Member {
    id: String,
    user: String,
    team: String,
}

/// What is known of who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Facts {
    user: String,
    teams: Vec<String>,
}

/// What those who have logged in may look into.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated, remote)]
struct Mirror {
    id: String,
}

/// What anybody may knock at.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Door {
    id: String,
}

#[remote]
impl Mirror {
    /// The teams of who calls.
    #[remote(read)]
    fn teams(cx: &Cx) -> Option<Vec<String>> {
        cx.user::<Facts>().map(|facts| facts.teams.clone())
    }

    /// What a call within this call knows.
    #[remote(read)]
    async fn deep(cx: &Cx) -> Result<usize> {
        cx.all(Self::query()).await?;
        let teams = |cx: &Cx| cx.user::<Facts>().map_or(0, |facts| facts.teams.len());
        Ok(teams(cx) + teams(&cx.clone()) + 100 * teams(&cx.system()))
    }

    #[remote(read)]
    fn key(cx: &Cx) -> Option<String> {
        cx.user_key().map(str::to_owned)
    }

    #[remote(read)]
    fn mistaken(cx: &Cx) -> bool {
        cx.user::<String>().is_some()
    }

    #[remote]
    async fn linger(cx: &Cx) -> u8 {
        cx.state::<Probe>().wait().await;
        1
    }

    #[remote(detached)]
    async fn linger_detached(cx: &Cx) -> u8 {
        cx.state::<Probe>().wait().await;
        1
    }
}

#[remote]
impl Door {
    #[remote(read)]
    fn knock(cx: &Cx) -> Option<String> {
        cx.user_key().map(str::to_owned)
    }
}

/// What an app under test shares with its test.
#[derive(Clone)]
struct Probe {
    /// How many loads have begun, and how many run.
    loads: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    /// How many have come to the gate, which lets one pass for each permit.
    waiting: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
    /// What the next loads do.
    mood: Arc<std::sync::Mutex<Mood>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// Waits at the gate after it has looked.
    Slow,
    Fails,
    Panics,
    PanicsLater,
    Hangs,
    /// Asks for the facts of a user.
    Loops,
}

impl Probe {
    fn new() -> Self {
        Self {
            loads: Arc::default(),
            running: Arc::default(),
            most: Arc::default(),
            waiting: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
            mood: Arc::new(std::sync::Mutex::new(Mood::Well)),
        }
    }

    fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    fn mood(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    async fn wait(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.expect("a gate").forget();
    }

    /// Until so many have come to the gate, in all.
    async fn waits_for(&self, count: usize) {
        let come = tokio::time::timeout(GUARD, async {
            while self.waiting.load(Ordering::SeqCst) < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        come.await.expect("they come to the gate");
    }

    async fn load(&self, cx: Cx, key: String) -> Result<Option<Facts>> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let running = Running::new(self);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Fails => return Err(Error::internal("the directory is down")),
            Mood::PanicsLater => {
                tokio::task::yield_now().await;
                panic!("a panic of the loader")
            }
            Mood::Hangs => std::future::pending().await,
            Mood::Loops => {
                cx.app().on_behalf_of("bob").await?;
            }
            Mood::Well | Mood::Slow | Mood::Panics => {}
        }
        let found = facts(&cx, key).await;
        if mood == Mood::Slow {
            self.wait().await;
        }
        drop(running);
        found
    }
}

/// A load that runs.
struct Running<'a>(&'a Probe);

impl<'a> Running<'a> {
    fn new(probe: &'a Probe) -> Self {
        let running = probe.running.fetch_add(1, Ordering::SeqCst) + 1;
        probe.most.fetch_max(running, Ordering::SeqCst);
        Self(probe)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn facts(cx: &Cx, user: String) -> Result<Option<Facts>> {
    match cx.get::<Account>(&user).await {
        Ok(account) if account.disabled => return Ok(None),
        Ok(_) => {}
        Err(error) if error.reason_text() == "not_found" => return Ok(None),
        Err(error) => return Err(error),
    }
    let mine = filter!(|m: Member| m.user == &user);
    let members = cx.all(Member::query().filter(mine)).await?;
    let teams = members.into_iter().map(|member| member.team).collect();
    Ok(Some(Facts { user, teams }))
}

/// An app with accounts of ann and bob, and facts of them.
struct House {
    app: TestApp,
    probe: Probe,
}

async fn house() -> House {
    house_with(Config::default(), |app| app).await
}

async fn house_with(config: Config, parts: impl FnOnce(AppBuilder) -> AppBuilder) -> House {
    let probe = Probe::new();
    let app = App::builder()
        .store(store())
        .config(config)
        .state(probe.clone())
        .resource::<Account>()
        .resource::<Member>()
        .resource::<Mirror>()
        .resource::<Door>()
        .user(|cx: Cx, key: String| {
            let probe = cx.state::<Probe>().clone();
            if *probe.mood.lock().unwrap() == Mood::Panics {
                panic!("a panic of the loader, at once")
            }
            async move { probe.load(cx, key).await }
        })
        .refresh::<Account>(|account| &account.id)
        .refresh::<Member>(|member| &member.user);
    let app = parts(app).build().await.expect("these parts make an app");
    let system = app.system();
    for id in ["ann", "bob"] {
        let account = Account {
            id: id.to_owned(),
            disabled: false,
        };
        system.create(account).await.expect("a new account");
    }
    let app = TestApp::new(app);
    House { app, probe }
}

impl House {
    /// Adds somebody to a team.
    async fn join(&self, user: &str, team: &str) {
        let member = Member {
            id: format!("{user} in {team}"),
            user: user.to_owned(),
            team: team.to_owned(),
        };
        let system = self.app.app().system();
        system.create(member).await.expect("a new member");
    }

    async fn disable(&self, user: &str, disabled: bool) {
        let system = self.app.app().system();
        let user = user.to_owned();
        let done = system.update::<Account, _, _>(&user, |it| it.disabled = disabled);
        done.await.expect("an account");
    }
}

/// The teams that a call of this client sees.
async fn teams(client: &TestClient) -> Value {
    let teams = client.call("mirror", "teams", json!({})).await;
    teams.result().clone()
}

/// The reason that a call of this client is refused with.
async fn refused(client: &TestClient) -> Value {
    let refused = client.call("mirror", "teams", json!({})).await;
    refused.error()["reason"].clone()
}
