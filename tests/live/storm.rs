//! Everybody loses the connection at once, and everybody comes back at once.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::hears;
use super::house::heard;
use crate::support::counting::Counting;
use crate::support::staged::Staged;
use crate::support::store;
use crate::support::store::TestStore;

const CLIENTS: usize = 3_000;
/// So many changes each of those has missed who watch the same: every second client.
const CHANGES: usize = 500;
/// For each of these changes, so many others that concern one client alone: each of the other half has missed one. If they had missed as
/// many there would be twice as many pushes, which take a minute where nothing is optimised.
const OWN: usize = 3;

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Task {
    id: String,
    #[resource(index)]
    owner: String,
}

/// An app of one life of a store, and how often it has asked for its log.
struct Life {
    app: TestApp,
    looked: Arc<AtomicUsize>,
    read: Arc<AtomicUsize>,
}

impl Life {
    async fn begin(store: &Staged) -> Self {
        let (store, _) = Counting::new(TestStore::here(store.clone()));
        let (looked, read) = (store.looked(), store.read());
        let app = App::builder().store(store).resource::<Task>();
        Self {
            app: TestApp::new(app.build().await.expect("an app")),
            looked,
            read,
        }
    }

    /// How often it has asked where the log stands, and what it holds.
    fn asked(&self) -> (usize, usize) {
        let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
        (count(&self.looked), count(&self.read))
    }

    /// Changes what everybody watches, so many records in one transaction; the positions that each client has missed then.
    async fn changes(&self, at_once: usize) -> Vec<Vec<u64>> {
        let mut missed = vec![Vec::new(); CLIENTS];
        for first in (0..CHANGES).step_by(at_once) {
            let own = (first * OWN..).take(at_once * OWN);
            let own = own.map(|it| CLIENTS / 2 + it % (CLIENTS / 2));
            let pos = self.change(at_once, own.clone()).await;
            for client in (0..CLIENTS / 2).chain(own) {
                missed[client].push(pos);
            }
        }
        missed
    }

    /// One transaction, of so many tasks that all watch and of one for each of these clients; its position.
    async fn change(&self, at_once: usize, own: impl Iterator<Item = usize>) -> u64 {
        let tasks = own.chain(iter::repeat_n(0, at_once));
        let tasks = tasks.map(|client| json!({ "id": Uuid::now_v7(), "owner": owner(client) }));
        let client = self.app.anonymous();
        let made = client.call("task", "create", tasks.collect()).await;
        made.meta()["pos"].as_u64().expect("a position")
    }
}

/// Whose tasks a client watches: one half the same, each of the other its own.
fn owner(client: usize) -> String {
    match client < CLIENTS / 2 {
        true => "all".to_owned(),
        false => format!("own {client}"),
    }
}

/// What a client has of its watch.
struct Copy {
    client: TestClient,
    /// What it says of it when it comes back.
    sub: Value,
    epoch: Value,
}

impl Copy {
    async fn begin(app: &TestApp, number: usize) -> Self {
        let client = app.anonymous();
        let query = json!({ "owner": owner(number) });
        let watched = client.call("task", "watch", query.clone()).await;
        let meta = watched.meta();
        let sub = json!({
            "resource": "task", "watch": watched.result()["watch"], "query": query, "pos": meta["pos"], "view": meta["view"],
        });
        Self {
            client,
            sub,
            epoch: meta["epoch"].clone(),
        }
    }

    /// Comes back, and is told what it has missed: exactly that.
    async fn comes_back(mut self, app: &TestApp, missed: Vec<u64>, at_once: usize) -> Self {
        let resume = json!({ "resume": { "epoch": self.epoch, "subs": [self.sub.clone()] } });
        let client = app.handshake().auth(&resume).connect().await;
        self.client = client.expect("it may come back");
        let resumed = hears(&self.client).await;
        let outcome = &resumed[2]["subs"][0];
        assert_eq!(
            (&outcome["outcome"], &outcome["n"]),
            (&json!("replayed"), &json!(missed.len())),
            "{resumed}"
        );
        self.sub["view"] = outcome["view"].clone();
        for pos in missed {
            let event = next(&self.client).await;
            self.is_told(&event, pos, at_once);
        }
        self
    }

    /// This is the next that it has to be told: nothing is missing before it.
    fn is_told(&mut self, event: &Value, pos: u64, at_once: usize) {
        let is_of_all = self.sub["query"]["owner"] == owner(0);
        let meta = &event[3];
        let items: Vec<_> = match &event[2] {
            Value::Array(items) => items.iter().map(|it| (&it[0], &it[1])).collect(),
            record => vec![(&event[1], record)],
        };
        assert!(
            event[0] == "task" && meta["watch"] == self.sub["watch"],
            "{event}"
        );
        for (action, record) in &items {
            let owner = &self.sub["query"]["owner"];
            assert!(*action == "enter" && record["owner"] == *owner, "{event}");
        }
        assert_eq!(items.len(), if is_of_all { at_once } else { 1 });
        assert_eq!(meta["pos"], pos, "in order, each once");
        assert!(meta["prev"].as_u64() <= self.sub["pos"].as_u64(), "a gap");
        self.sub["pos"] = pos.into();
    }
}

/// What it is told next. There are very many, and most are there already.
async fn next(client: &TestClient) -> Value {
    match heard(client) {
        Some(event) => event,
        None => hears(client).await,
    }
}

/// All of them come back at once.
async fn come_back(
    app: &TestApp,
    copies: Vec<Copy>,
    missed: Vec<Vec<u64>>,
    at_once: usize,
) -> Vec<Copy> {
    let mut coming = JoinSet::new();
    for (number, (copy, missed)) in copies.into_iter().zip(missed).enumerate() {
        let app = app.clone();
        coming.spawn(async move { (number, copy.comes_back(&app, missed, at_once).await) });
    }
    let mut back = coming.join_all().await;
    back.sort_by_key(|(number, _)| *number);
    back.into_iter().map(|(_, copy)| copy).collect()
}

async fn leave(copies: &[Copy]) {
    join_all(copies.iter().map(|copy| copy.client.disconnect())).await;
}

/// They are told of what happens then, and of nothing else.
async fn go_on(life: &Life, copies: &mut [Copy]) {
    let pos = life.change(1, iter::empty()).await;
    for (number, copy) in copies.iter_mut().enumerate() {
        if number < CLIENTS / 2 {
            let event = next(&copy.client).await;
            copy.is_told(&event, pos, 1);
        }
        assert_eq!(heard(&copy.client), None);
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_together_with_all_others_is_told_exactly_what_it_has_missed() {
    let store = Staged::new(store());
    let life = Life::begin(&store).await;
    let copies = join_all((0..CLIENTS).map(|number| Copy::begin(&life.app, number)));
    let copies = copies.await;
    leave(&copies).await;
    let missed = life.changes(1).await;
    let before = life.asked();
    let mut copies = come_back(&life.app, copies, missed, 1).await;
    let (looked, read) = life.asked();
    // It remembers what has happened. Now and then it looks whether there is more.
    assert_eq!(read, before.1);
    assert!(looked <= before.0 + 10, "{before:?}: {looked}");
    go_on(&life, &mut copies).await;

    // The same of a server that has begun anew, and remembers nothing.
    leave(&copies).await;
    let missed = life.changes(10).await;
    life.app.app().shutdown().await;
    let life = Life::begin(&store).await;
    let mut copies = come_back(&life.app, copies, missed, 10).await;
    let (looked, read) = life.asked();
    // What all have missed is read once for all, in a few pages. Whoever comes before it is known where the log stands asks for that
    // alone.
    assert!(read <= 10, "{read}");
    assert!(looked <= CLIENTS + 10, "{looked}");
    go_on(&life, &mut copies).await;
}
