//! Calls that wait for others: they do not learn by it of what is not theirs, and go on with the rights they have then.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::value::Value;
use tokio::sync::Semaphore;
use tokio::task::yield_now;

use super::*;

/// Somebody who may do something, or nothing at all.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Clerk {
    id: String,
    #[serde(default)]
    banned: bool,
}

/// Who may read and change it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(remote)]
#[policy(user = User, read(owner == user.id || public), write(owner == user.id || user.admin))]
struct Desk {
    id: String,
    owner: String,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    tidied: u32,
}

/// What methods wait at, and how many have come to it.
#[derive(Clone)]
struct Gate(Arc<(Semaphore, AtomicUsize)>);

impl Gate {
    async fn wait(&self) {
        self.0.1.fetch_add(1, Ordering::SeqCst);
        self.0.0.acquire().await.unwrap().forget();
    }

    /// Until somebody waits.
    async fn is_taken(&self) {
        while self.0.1.load(Ordering::SeqCst) == 0 {
            yield_now().await;
        }
    }

    fn open(&self) {
        self.0.0.add_permits(1);
    }
}

#[remote]
impl Desk {
    /// Takes as long as somebody likes.
    #[remote]
    async fn tidy(&mut self, cx: &Cx) {
        self.tidied += 1;
        cx.state::<Gate>().wait().await;
    }

    #[remote]
    fn tidy_now(&mut self) {
        self.tidied += 1;
    }

    #[remote]
    fn give_away(&mut self, to: String) {
        self.owner = to;
    }

    /// Once, the app makes another change meanwhile, and takes the caller out of the clerks.
    #[remote(access = authenticated)]
    async fn overtaken(cx: &Cx, id: String) -> Result<()> {
        let desk = cx.get::<Self>(&id).await?;
        if desk.tidied == 0 {
            let clerk = cx.user_key().unwrap_or_default().to_owned();
            let app = cx.app().system();
            app.update::<Self, _, _>(&id, |desk| desk.tidied = 100)
                .await?;
            app.destroy::<Clerk>(&clerk).await?;
        }
        cx.update::<Self, _, _>(&id, |desk| desk.tidied += 1)
            .await?;
        Ok(())
    }
}

/// An app with a public desk and a secret one, both of Ann. Clerks are admins.
async fn desks() -> (TestApp, Gate) {
    let gate = Gate(Arc::new((Semaphore::new(0), AtomicUsize::new(0))));
    let state = gate.clone();
    let app = support::app(|app| {
        let app = app.resource::<Desk>().resource::<Clerk>().state(state);
        let app = app.user(async |cx: Cx, id: String| {
            let clerk = cx.get::<Clerk>(&id).await;
            if clerk.as_ref().is_ok_and(|clerk| clerk.banned) {
                return Ok(None);
            }
            let admin = clerk.is_ok();
            Ok(Some(User { id, admin }))
        });
        app.refresh::<Clerk>(|clerk| &clerk.id)
    });
    let app = app.await;
    for (id, public) in [("open", true), ("secret", false)] {
        let desk = json!({ "id": id, "owner": "ann", "public": public });
        app.login("ann").call("desk", "create", desk).await.result();
    }
    (app, gate)
}

/// Every way to change a desk.
fn changes(id: &str) -> [(&'static str, Value); 5] {
    [
        ("update", json!({ "id": id, "tidied": 1 })),
        ("replace", json!({ "id": id, "owner": "ann" })),
        ("destroy", json!(id)),
        ("tidy_now", json!({ "id": id })),
        ("tidy", json!({ "id": id })),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_foreign_record_that_is_busy_is_answered_as_one_that_is_not_there() {
    let (app, gate) = desks().await;
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    let tidied = tokio::spawn(ann.emit(&["desk".into(), "tidy".into(), json!({ "id": "secret" })]));
    gate.is_taken().await;
    let options = json!({ "timeout_ms": 50 });
    for stranger in [&bob, &app.anonymous()] {
        for (busy, missing) in changes("secret").into_iter().zip(changes("missing")) {
            let begun = tokio::time::Instant::now();
            let (action, payload) = busy;
            let busy = stranger.call_with("desk", action, payload, options.clone());
            let busy = busy.await;
            let missing = stranger.call_with("desk", action, missing.1, options.clone());
            assert_eq!(busy.to_json(), missing.await.to_json(), "{action}");
            assert_eq!(busy.error()["code"], 404, "{action}");
            // Of the paused clock: nobody waited.
            assert_eq!(begun.elapsed(), std::time::Duration::ZERO, "{action}");
        }
    }
    // Who may change it waits.
    let again = app.login("ann");
    let waits = again.call_with("desk", "tidy_now", json!({ "id": "secret" }), options);
    assert_eq!(waits.await.error()["reason"], "timeout");
    gate.open();
    tidied.await.unwrap().result();
}

#[tokio::test(start_paused = true)]
async fn who_may_read_a_busy_record_and_not_change_it_is_told_at_once() {
    let (app, gate) = desks().await;
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    let tidied = tokio::spawn(ann.emit(&["desk".into(), "tidy".into(), json!({ "id": "open" })]));
    gate.is_taken().await;
    for (action, payload) in changes("open") {
        let refused = bob.call("desk", action, payload).await;
        assert_eq!(refused.error()["code"], 403, "{action}");
    }
    gate.open();
    tidied.await.unwrap().result();
}

#[tokio::test]
async fn who_waits_for_a_record_finds_it_as_it_is_then() {
    let (app, gate) = desks().await;
    let (ann, again) = (app.login("ann"), app.login("ann"));
    let tidied = tokio::spawn(ann.emit(&["desk".into(), "tidy".into(), json!({ "id": "open" })]));
    gate.is_taken().await;
    let waiting: Vec<_> = (0..4)
        .map(|_| again.emit(&["desk".into(), "tidy_now".into(), json!({ "id": "open" })]))
        .collect();
    // It takes a place in the queue before it is known whether it may.
    let given = app.login("ann");
    let given = given.emit(&[
        "desk".into(),
        "give_away".into(),
        json!({ "id": "open", "to": "bob" }),
    ]);
    let given = tokio::spawn(given);
    for _ in 0..50 {
        yield_now().await;
    }
    gate.open();
    tidied.await.unwrap().result();
    given.await.unwrap().result();
    let mut done = 0;
    for waiting in waiting {
        let answer = waiting.await;
        match answer.is_ok() {
            true => done += 1,
            // Given away before its turn.
            false => assert_eq!(answer.error()["code"], 403),
        }
    }
    let desk = app.login("bob").call("desk", "get", json!("open")).await;
    assert_eq!(desk.result()["tidied"], done + 1);
    assert!(done < 4, "nobody waited behind the one who gave it away");
}

/// A clerk who waits for a desk behind its owner, until the rights of the clerk are changed.
async fn changed_while_waiting(op: Value, change: (&str, Value)) -> (TestApp, TestClient, Value) {
    let (app, gate) = desks().await;
    let (ann, bob) = (app.login("ann"), app.login("bob"));
    let hired = json!({ "id": "bob" });
    ann.call("clerk", "create", hired).await.result();
    let mut tidy = vec!["desk".into(), "tidy_now".into(), json!({ "id": "open" })];
    tidy.push(op);
    bob.emit(&tidy[..3]).await.result();
    let tidied = tokio::spawn(ann.emit(&["desk".into(), "tidy".into(), json!({ "id": "open" })]));
    gate.is_taken().await;
    let waiting = tokio::spawn(bob.emit(&tidy));
    for _ in 0..50 {
        yield_now().await;
    }
    assert!(!waiting.is_finished());
    let root = app.anonymous();
    root.call("clerk", change.0, change.1).await.result();
    gate.open();
    tidied.await.unwrap().result();
    let answer = waiting.await.unwrap();
    let desk = ann.call("desk", "get", json!("open")).await;
    assert_eq!(desk.result()["tidied"], 2, "not by who may not");
    (app, bob, answer.error().clone())
}

#[tokio::test]
async fn who_loses_a_right_while_waiting_is_refused() {
    let fired = ("destroy", json!("bob"));
    let (_app, _bob, error) = changed_while_waiting(json!({}), fired).await;
    assert_eq!(
        (&error["code"], &error["reason"]),
        (&json!(403), &json!("policy"))
    );
}

#[tokio::test]
async fn who_is_shut_out_while_waiting_is_refused_and_may_try_again_later() {
    let banned = ("update", json!({ "id": "bob", "banned": true }));
    let op = json!({ "op": "1" });
    let (app, bob, error) = changed_while_waiting(op.clone(), banned).await;
    assert_eq!(error["reason"], "user_refused");
    let back = json!({ "id": "bob", "banned": false });
    app.anonymous().call("clerk", "update", back).await.result();
    let again = bob.call_with("desk", "tidy_now", json!({ "id": "open" }), op);
    let again = again.await;
    again.result();
    assert!(!again.is_replayed(), "it was not done");
}

#[tokio::test]
async fn a_call_that_runs_again_does_so_with_the_rights_of_then() {
    let (app, _) = desks().await;
    let bob = app.login("bob");
    bob.call("clerk", "create", json!({ "id": "bob" }))
        .await
        .result();
    let refused = bob.call("desk", "overtaken", json!({ "id": "open" })).await;
    assert_eq!(refused.error()["code"], 403, "{refused:?}");
    let desk = bob.call("desk", "get", json!("open")).await;
    assert_eq!(desk.result()["tidied"], 100);
}
