//! Facts that are no longer true are loaded anew before the next call.

use std::sync::Arc;

use serde_json::json;
use sockful::Value;
use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{Caps, Committed, Listing, Opened, Store, StoreFuture, Stored, Transaction};
use tokio::sync::Notify;

use super::*;
use crate::support;

#[tokio::test]
async fn a_user_who_joins_or_leaves_a_team_is_known_by_it_at_the_next_call() {
    let house = house().await;
    let ann = house.app.login("ann");
    assert_eq!(teams(&ann).await, json!([]));
    house.join("ann", "red").await;
    assert_eq!(teams(&ann).await, json!(["red"]));
    let system = house.app.app().system();
    let left = system.destroy::<Member>(&"ann in red".to_owned()).await;
    left.expect("a member");
    assert_eq!(teams(&ann).await, json!([]));
}

#[tokio::test]
async fn a_user_who_is_disabled_while_connected_is_refused_at_the_next_call() {
    let house = house().await;
    let (ann, bob) = (house.app.login("ann"), house.app.login("bob"));
    assert_eq!(teams(&ann).await, json!([]));
    // By a request of another client, and asked as soon as that is answered.
    let disabled = json!({ "id": "ann", "disabled": true });
    bob.call("account", "update", disabled).await.result();
    assert_eq!(refused(&ann).await, "user_refused");
}

#[tokio::test]
async fn a_change_from_one_user_to_another_is_seen_by_both() {
    let house = house().await;
    house.join("ann", "red").await;
    let (ann, bob) = (house.app.login("ann"), house.app.login("bob"));
    assert_eq!(
        (teams(&ann).await, teams(&bob).await),
        (json!(["red"]), json!([]))
    );
    let system = house.app.app().system();
    let id = "ann in red".to_owned();
    let moved = system.update::<Member, _, _>(&id, |it| it.user = "bob".to_owned());
    moved.await.expect("a member");
    assert_eq!(
        (teams(&ann).await, teams(&bob).await),
        (json!([]), json!(["red"]))
    );
}

#[tokio::test]
async fn only_those_are_loaded_anew_whom_a_change_is_about() {
    let house = house().await;
    let (ann, bob) = (house.app.login("ann"), house.app.login("bob"));
    teams(&ann).await;
    teams(&bob).await;
    house.join("bob", "red").await;
    ann.call("mirror", "create", json!({ "id": "m" }))
        .await
        .result();
    teams(&ann).await;
    assert_eq!(house.probe.loads(), 2);
    teams(&bob).await;
    assert_eq!(house.probe.loads(), 3);
}

#[tokio::test]
async fn every_record_of_a_transaction_counts() {
    let house = house().await;
    let (ann, bob) = (house.app.login("ann"), house.app.login("bob"));
    assert_eq!(
        (teams(&ann).await, teams(&bob).await),
        (json!([]), json!([]))
    );
    let members = json!([
        { "id": "1", "user": "ann", "team": "red" },
        { "id": "2", "user": "bob", "team": "red" },
    ]);
    ann.call("member", "create", members).await.result();
    assert_eq!(
        (teams(&ann).await, teams(&bob).await),
        (json!(["red"]), json!(["red"]))
    );
}

#[tokio::test]
async fn facts_that_become_stale_while_they_are_loaded_are_not_used_for_later_calls() {
    let house = house().await;
    house.probe.mood(Mood::Slow);
    let (ann, again) = (house.app.login("ann"), house.app.login("ann"));
    let early = tokio::spawn(ann.emit(&["mirror".into(), "teams".into()]));
    house.probe.waits_for(1).await;
    house.join("ann", "red").await;
    let late = tokio::spawn(again.emit(&["mirror".into(), "teams".into()]));
    tokio::task::yield_now().await;
    assert_eq!(house.probe.loads(), 1, "one at a time");
    house.probe.gate.add_permits(2);
    assert_eq!(late.await.unwrap().result(), &json!(["red"]));
    // Asked before the change, it may see either.
    early.await.unwrap().result();
    assert_eq!(house.probe.loads(), 2);
    assert_eq!(house.probe.most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_no_refresh_sees_is_said_by_reauthorise() {
    let house = house().await;
    let (ann, bob) = (house.app.login("ann"), house.app.login("bob"));
    teams(&ann).await;
    teams(&bob).await;
    house.app.app().reauthorise("ann");
    house.app.app().reauthorise("nobody");
    teams(&ann).await;
    teams(&bob).await;
    assert_eq!(house.probe.loads(), 3);
}

#[tokio::test]
async fn a_call_goes_on_with_the_facts_it_began_with() {
    let house = house().await;
    let ann = house.app.login("ann");
    let running = tokio::spawn(ann.emit(&["mirror".into(), "linger_detached".into()]));
    house.probe.waits_for(1).await;
    house.disable("ann", true).await;
    assert_eq!(refused(&ann).await, "user_refused");
    house.probe.gate.add_permits(1);
    assert_eq!(running.await.unwrap().result(), 1);
}

/// Names its users in every way there is.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Board {
    id: Id<Self>,
    owner: Option<Id<Account>>,
    readers: Vec<String>,
    number: i64,
}

#[tokio::test]
async fn a_record_may_be_about_one_user_or_none_or_several() {
    let loads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&loads);
    let app = support::app(|app| {
        app.resource::<Board>()
            .resource::<Mirror>()
            .user(move |_, key: String| {
                counted.fetch_add(1, Ordering::SeqCst);
                async move { Ok(Some(key)) }
            })
            .refresh::<Board>(|board| &board.owner)
            .refresh::<Board>(|board| &board.readers)
            .refresh::<Board>(|board| &board.number)
    })
    .await;
    let owner = Id::<Account>::new();
    let keys = [
        owner.to_string(),
        "ann".to_owned(),
        "7".to_owned(),
        "other".to_owned(),
    ];
    let clients: Vec<_> = keys.iter().map(|key| app.login(key.as_str())).collect();
    let ask = async || {
        for client in &clients {
            client.call("mirror", "key", json!({})).await.result();
        }
        loads.load(Ordering::SeqCst)
    };
    assert_eq!(ask().await, 4);
    let board = Board {
        id: Id::new(),
        owner: Some(owner),
        readers: vec!["ann".to_owned()],
        number: 7,
    };
    let id = board.id;
    app.app().system().create(board).await.unwrap();
    assert_eq!(ask().await, 7);
    let change = app.app().system();
    let change = change.update::<Board, _, _>(&id, |board| board.owner = None);
    change.await.unwrap();
    assert_eq!(ask().await, 10);
}

#[tokio::test]
async fn where_nobody_knows_whom_a_change_is_about_all_facts_are_stale() {
    let house = house_with(Config::default(), |app| {
        app.refresh::<Account>(|account| match account.disabled {
            true => panic!("a panic of a closure"),
            false => &account.id,
        })
    })
    .await;
    let bob = house.app.login("bob");
    teams(&bob).await;
    house.disable("ann", true).await;
    teams(&bob).await;
    assert_eq!(house.probe.loads(), 2);
}

/// A store that is done with a commit only when it is told to be.
struct Reluctant {
    inner: Memory,
    committing: Arc<Notify>,
    go: Arc<Notify>,
}

impl Store for Reluctant {
    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        self.inner.open(schemas)
    }

    fn caps(&self) -> Caps {
        self.inner.caps()
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        self.inner.get_many(schema, ids)
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        self.inner.list(schema, query)
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(async {
            self.committing.notify_one();
            self.go.notified().await;
            self.inner.commit(transaction).await
        })
    }
}

#[tokio::test]
async fn facts_are_stale_after_a_change_whose_client_did_not_wait_for_the_answer() {
    let (committing, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let store = Reluctant {
        inner: Memory::new(),
        committing: Arc::clone(&committing),
        go: Arc::clone(&go),
    };
    let app = App::builder()
        .store(store)
        .resource::<Account>()
        .resource::<Member>()
        .resource::<Mirror>()
        .user(async |cx: Cx, key: String| facts(&cx, key).await)
        .refresh::<Account>(|account| &account.id)
        .refresh::<Member>(|member| &member.user);
    let app = TestApp::new(app.build().await.expect("these parts make an app"));
    go.notify_one();
    let account = json!({ "id": "ann" });
    let admin = app.anonymous();
    admin.call("account", "create", account).await.result();
    committing.notified().await;
    let ann = app.login("ann");
    assert_eq!(teams(&ann).await, json!([]));

    admin.send(&[
        "account".into(),
        "update".into(),
        json!({ "id": "ann", "disabled": true }),
    ]);
    committing.notified().await;
    admin.disconnect().await;
    assert_eq!(teams(&ann).await, json!([]), "nothing is done yet");
    go.notify_one();
    // The commit goes on by itself, as soon as it is its turn.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(refused(&ann).await, "user_refused");
}
