//! Hooks that follow calls, and take their time: who has called waits for them in the end, and nobody else does.

use sockful::testing::Answer;
use sockful::{Config, Handshake, Login};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::*;

/// An app in which a hook follows each new audit and waits at the gate. Two of one caller's may do so.
async fn gated(parts: impl FnOnce(AppBuilder) -> AppBuilder) -> (TestApp, Seen, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let closed = Arc::clone(&gate);
    let mut config = Config::default();
    config.hooks_in_flight = 2;
    let (app, seen) = cards(|app| {
        parts(app.config(config).after("audit.create", move |_, _| {
            let closed = Arc::clone(&closed);
            async move {
                closed.acquire().await.expect("never closed").forget();
                Ok(())
            }
        }))
    })
    .await;
    (app, seen, gate)
}

/// Sends a `create` whose hook waits at the gate.
fn create(client: &TestClient, id: &str) -> impl Future<Output = Answer> + use<> {
    client.emit(&[
        "audit".into(),
        "create".into(),
        json!({ "id": id, "about": "" }),
    ])
}

/// The reason why this answer is not there yet, if it is not: its hooks would be too many.
async fn is_late(app: &TestApp, answer: impl Future<Output = Answer>, written: u64) -> bool {
    while app.app().system().count(Audit::query()).await.unwrap() < written {
        tokio::task::yield_now().await;
    }
    let mut answer = std::pin::pin!(answer);
    for _ in 0..100 {
        if futures_util::poll!(answer.as_mut()).is_ready() {
            return false;
        }
        tokio::task::yield_now().await;
    }
    true
}

#[tokio::test]
async fn answers_of_a_user_wait_while_too_many_hooks_of_the_user_run() {
    let (app, _, gate) = gated(|app| app).await;
    let sessions = [app.login("ann"), app.login("ann"), app.login("ann")];
    create(&sessions[0], "1").await.result();
    create(&sessions[1], "2").await.result();
    assert!(is_late(&app, create(&sessions[0], "3"), 3).await);
    assert!(is_late(&app, create(&sessions[2], "4"), 4).await);
    assert_eq!(app.app().load().following, 2);
    gate.add_permits(4);
    idle(&app).await;
    assert_eq!(count(&sessions[0], "audit").await, 4);
}

#[tokio::test]
async fn hooks_run_although_their_client_has_gone_before_its_answer_came() {
    let (app, seen, gate) = gated(|app| {
        app.after("audit.create", async |cx: Cx, _| {
            cx.state::<Seen>().push("followed");
            Ok(())
        })
    })
    .await;
    let ann = app.login("ann");
    create(&ann, "1").await.result();
    create(&ann, "2").await.result();
    let hasty = app.login("ann");
    hasty.send(&[
        "audit".into(),
        "create".into(),
        json!({ "id": "3", "about": "" }),
    ]);
    while app.app().system().count(Audit::query()).await.unwrap() < 3 {
        tokio::task::yield_now().await;
    }
    hasty.disconnect().await;
    gate.add_permits(3);
    assert_eq!(seen.wait(3).await.len(), 3);
}

#[tokio::test]
async fn nobody_waits_for_the_hooks_of_others() {
    let (app, _, gate) = gated(|app| app).await;
    let ann = app.login("ann");
    let mut waiting = Vec::new();
    for id in ["a1", "a2", "a3"] {
        waiting.push(create(&ann, id));
    }
    for name in ["bob", "cleo"] {
        let client = app.login(name);
        create(&client, &format!("{name} 1")).await.result();
        create(&client, &format!("{name} 2")).await.result();
    }
    for number in 0..3 {
        let nobody = app.anonymous();
        create(&nobody, &format!("{number} 1")).await.result();
        create(&nobody, &format!("{number} 2")).await.result();
    }
    let dan = app.app().on_behalf_of("dan").await.unwrap();
    for (number, cx) in [dan, app.app().system()].iter().enumerate() {
        let audit = Audit {
            id: format!("rust {number}"),
            about: String::new(),
        };
        cx.create(audit).await.unwrap();
    }
    gate.add_permits(100);
    for answer in waiting {
        answer.await.result();
    }
    idle(&app).await;
}

#[tokio::test]
async fn what_reads_for_the_system_on_behalf_of_a_user_is_of_that_user() {
    let gate = Arc::new(Semaphore::new(0));
    let closed = Arc::clone(&gate);
    let mut config = Config::default();
    config.hooks_in_flight = 1;
    let (app, _) = cards(|app| {
        app.config(config)
            .resource::<Spy>()
            .after("audit.count", move |_, _| {
                let closed = Arc::clone(&closed);
                async move {
                    closed.acquire().await.expect("never closed").forget();
                    Ok(())
                }
            })
    })
    .await;
    for name in ["ann", "bob", "cleo"] {
        let seen = app.login(name).call("spy", "look", json!({})).await;
        assert_eq!(seen.result(), 0);
    }
    gate.add_permits(3);
    idle(&app).await;
}

/// Looks at what others may not see.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Spy {
    id: String,
}

#[remote]
impl Spy {
    #[remote(read)]
    async fn look(cx: &Cx) -> Result<u64> {
        cx.system().count(Audit::query()).await
    }
}

#[tokio::test]
async fn a_client_of_nobody_gets_no_more_by_logging_in_as_nobody_again() {
    let (app, _, gate) =
        gated(|app| app.authenticate(async |_: Handshake| Ok(None::<Login>))).await;
    let nobody = app.handshake().connect().await.expect("anybody may");
    create(&nobody, "1").await.result();
    create(&nobody, "2").await.result();
    let again = nobody.call("sockful", "auth", json!({})).await;
    assert_eq!(again.result()["user"], Value::Null);
    assert!(is_late(&app, create(&nobody, "3"), 3).await);
    gate.add_permits(3);
    idle(&app).await;
}

#[tokio::test]
async fn a_method_that_no_hook_follows_is_followed_by_nothing() {
    let (app, _) = cards(|app| app.resource::<Bell>()).await;
    let ann = app.login("ann");
    assert_eq!(ann.call("bell", "ring", json!({})).await.result(), "ding");
    assert_eq!(app.app().load().following, 0);
}

/// Has hooks, and none after its method.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote, hooks)]
struct Bell {
    id: String,
}

impl Hooks for Bell {
    async fn after_create(_cx: &Cx, _new: &Self) -> Result<()> {
        Ok(())
    }
}

#[remote]
impl Bell {
    #[remote]
    fn ring() -> &'static str {
        "ding"
    }
}

#[tokio::test(start_paused = true)]
async fn hooks_that_call_the_app_itself_do_not_wait_for_each_other() {
    let mut config = Config::default();
    config.hooks_in_flight = 1;
    let (app, _) = cards(|app| app.config(config).resource::<Link>()).await;
    let began = Instant::now();
    let ann = app.login("ann");
    ann.call("link", "create", json!({ "id": 8 }))
        .await
        .result();
    idle(&app).await;
    assert_eq!(count(&ann, "link").await, 9);
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn hooks_that_cause_each_other_through_the_app_itself_come_to_an_end() {
    let (app, _) = cards(|app| app.resource::<Link>()).await;
    let ann = app.login("ann");
    ann.call("link", "create", json!({ "id": 1_000 }))
        .await
        .result();
    idle(&app).await;
    let links = count(&ann, "link").await.as_u64().unwrap();
    assert!((2..=20).contains(&links), "{links}");
}

/// Makes the one before it, by a context that begins anew.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Link {
    id: i64,
}

impl Hooks for Link {
    async fn after_create(cx: &Cx, new: &Self) -> Result<()> {
        if new.id == 0 {
            return Ok(());
        }
        let before = Self { id: new.id - 1 };
        cx.app().system().create(before).await.map(drop)
    }
}

#[tokio::test]
async fn hooks_of_sessions_wait_for_none_that_follow_calls() {
    let (app, seen, gate) = gated(|app| {
        app.connected(async |cx: Cx, _| {
            cx.state::<Seen>().push("connected");
            Ok(())
        })
        .disconnected(async |cx: Cx, _| {
            cx.state::<Seen>().push("gone");
            Ok(())
        })
    })
    .await;
    let ann = app.login("ann");
    let waiting = ["1", "2", "3"].map(|id| create(&ann, id));
    assert_eq!(seen.wait(1).await, ["connected"]);
    while app.app().load().following < 2 {
        tokio::task::yield_now().await;
    }
    let again = app.login("ann");
    assert_eq!(count(&again, "audit").await, 3);
    assert_eq!(seen.take(), ["connected"]);
    again.disconnect().await;
    assert_eq!(seen.wait(1).await, ["gone"]);
    gate.add_permits(3);
    for answer in waiting {
        answer.await.result();
    }
}

#[tokio::test]
async fn clients_of_nobody_at_one_address_share_their_places_also_when_they_come_anew() {
    let (app, _, gate) = gated(|app| app).await;
    let connect = |address: [u8; 4]| app.handshake().address(address.into()).connect();
    let hasty = connect([198, 51, 100, 1]).await.expect("anybody may");
    create(&hasty, "1").await.result();
    create(&hasty, "2").await.result();
    hasty.disconnect().await;
    let again = connect([198, 51, 100, 1]).await.expect("anybody may");
    assert!(is_late(&app, create(&again, "3"), 3).await);
    let neighbour = connect([198, 51, 100, 2]).await.expect("anybody may");
    create(&neighbour, "4").await.result();
    gate.add_permits(4);
    idle(&app).await;
}

/// Its hook writes to the very record that it follows.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, hooks)]
struct Page {
    id: String,
    #[serde(default)]
    edits: u32,
    #[serde(default)]
    seen: u32,
}

impl Hooks for Page {
    async fn after_update(cx: &Cx, old: &Self, new: &Self) -> Result<()> {
        if old.edits != new.edits {
            let gate = cx.state::<Arc<Semaphore>>();
            gate.acquire().await.expect("never closed").forget();
            cx.update(&new.id, |page: &mut Self| page.seen += 1).await?;
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn hooks_may_write_to_the_record_that_the_call_is_about_whose_answer_waits_for_them() {
    let gate = Arc::new(Semaphore::new(0));
    let mut config = Config::default();
    config.hooks_in_flight = 1;
    let (app, _) = cards(|app| {
        app.config(config)
            .state(Arc::clone(&gate))
            .resource::<Page>()
    })
    .await;
    let ann = app.login("ann");
    ann.call("page", "create", json!({ "id": "p" }))
        .await
        .result();
    let edit = |edits: u32| {
        let page = json!({ "id": "p", "edits": edits });
        ann.emit(&["page".into(), "update".into(), page])
    };
    edit(1).await.result();
    let late = edit(2);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    gate.add_permits(2);
    late.await.result();
    idle(&app).await;
    let page = ann.call("page", "get", json!("p")).await;
    assert_eq!(*page.result(), json!({ "id": "p", "edits": 2, "seen": 2 }));
    assert_eq!(began.elapsed(), Duration::ZERO);
}
