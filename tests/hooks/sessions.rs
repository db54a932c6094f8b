//! Hooks of sessions: when a client has connected, and when it has gone.

use std::time::SystemTime;

use sockful::{Config, Handshake, Login, SessionInfo};
use tokio::sync::Semaphore;

use super::*;
use crate::support::raw::Raw;
use crate::support::server::{Server, comes_to_rest};

/// A hook that tells where it is and of whom.
fn tell(place: &'static str) -> impl Fn(Cx, SessionInfo) -> std::future::Ready<Result<()>> {
    move |cx, _| {
        let who = cx.user_key().unwrap_or("nobody");
        cx.state::<Seen>().push(format!("{place} {who}"));
        std::future::ready(Ok(()))
    }
}

async fn told(parts: impl FnOnce(AppBuilder) -> AppBuilder) -> (TestApp, Seen) {
    cards(|app| parts(app.connected(tell("connected")).disconnected(tell("gone")))).await
}

#[tokio::test]
async fn they_run_when_a_client_has_connected_and_when_it_has_gone() {
    let (app, seen) = told(|app| app).await;
    let ann = app.login("ann");
    assert_eq!(seen.wait(1).await, ["connected ann"]);
    let nobody = app.anonymous();
    assert_eq!(seen.wait(1).await, ["connected nobody"]);
    ann.disconnect().await;
    assert_eq!(seen.wait(1).await, ["gone ann"]);
    nobody.disconnect().await;
    assert_eq!(seen.wait(1).await, ["gone nobody"]);
    comes_to_rest(app.app()).await;
}

#[tokio::test]
async fn several_run_in_the_order_they_were_added() {
    let parts = |app: AppBuilder| app.connected(tell("and")).disconnected(tell("and"));
    let (app, seen) = told(parts).await;
    let ann = app.login("ann");
    assert_eq!(seen.wait(2).await, ["connected ann", "and ann"]);
    ann.disconnect().await;
    assert_eq!(seen.wait(2).await, ["gone ann", "and ann"]);
}

#[tokio::test]
async fn a_session_keeps_its_id_and_shares_it_with_none() {
    let (app, seen) = cards(|app| {
        let id = |cx: Cx, session: SessionInfo| async move {
            cx.state::<Seen>().push(session.id().to_string());
            Ok(())
        };
        app.connected(id).disconnected(id)
    })
    .await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let ann = app.login("ann");
        ann.disconnect().await;
        let both = seen.wait(2).await;
        assert_eq!(both[0], both[1]);
        ids.extend(both);
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn requests_are_answered_once_the_hook_has_ended() {
    let (app, seen) = cards(|app| {
        app.connected(async |cx: Cx, _| {
            tokio::task::yield_now().await;
            let about = cx.user_key().unwrap_or_default().to_owned();
            cx.system()
                .create(Audit {
                    id: "here".to_owned(),
                    about,
                })
                .await?;
            Ok(())
        })
        .before("*", async |cx: Cx, call: HookedCall| {
            if call.is_from_client() {
                cx.state::<Seen>().push("asked");
            }
            Ok(())
        })
    })
    .await;
    let ann = app.login("ann");
    let here = ann.call("audit", "get", json!("here")).await;
    assert_eq!(here.result()["about"], "ann");
    assert_eq!(seen.take(), ["asked"]);
}

#[tokio::test]
async fn a_hook_that_fails_or_panics_costs_the_client_nothing() {
    for panics in [false, true] {
        let (app, seen) = told(|app| {
            app.connected(move |_, _| async move {
                assert!(!panics, "a hook panics");
                Err(Error::forbidden("a hook refuses"))
            })
            .connected(tell("next"))
        })
        .await;
        let ann = app.login("ann");
        assert_eq!(count(&ann, "audit").await, 0);
        ann.disconnect().await;
        assert_eq!(
            seen.wait(3).await,
            ["connected ann", "next ann", "gone ann"]
        );
        comes_to_rest(app.app()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_hangs_holds_a_client_up_for_a_time() {
    let mut config = Config::default();
    config.hook_timeout = Duration::from_secs(3);
    let (app, seen) = told(|app| {
        app.config(config)
            .connected(|_, _| std::future::pending())
            .connected(tell("next"))
    })
    .await;
    let ann = app.login("ann");
    let asked = tokio::time::Instant::now();
    assert_eq!(count(&ann, "audit").await, 0);
    let waited = asked.elapsed().as_secs();
    assert!((2..=4).contains(&waited), "{waited}");
    assert_eq!(seen.take(), ["connected ann", "next ann"]);
}

#[tokio::test]
async fn who_goes_at_once_is_greeted_to_the_end_and_gone_after_that() {
    static GO_ON: Semaphore = Semaphore::const_new(0);
    let (app, seen) = cards(|app| {
        app.connected(async |cx: Cx, _| {
            cx.state::<Seen>().push("begins");
            GO_ON.acquire().await.map_err(Error::internal)?.forget();
            cx.state::<Seen>().push("ends");
            Ok(())
        })
        .disconnected(tell("gone"))
    })
    .await;
    let ann = app.login("ann");
    assert_eq!(seen.wait(1).await, ["begins"]);
    ann.disconnect().await;
    assert_eq!(app.app().load().sessions, 0);
    assert!(seen.take().is_empty());
    GO_ON.add_permits(1);
    assert_eq!(seen.wait(2).await, ["ends", "gone ann"]);
    comes_to_rest(app.app()).await;
}

#[tokio::test]
async fn who_logged_in_meanwhile_is_gone_as_that_user() {
    let (app, seen) = told(|app| {
        app.authenticate(async |h: Handshake| {
            #[derive(Deserialize)]
            struct Auth {
                user: Option<String>,
            }
            Ok(h.auth::<Auth>()?.user.map(Login::new))
        })
    })
    .await;
    let client = app.handshake().connect().await.expect("anybody may");
    let login = client
        .call("sockful", "auth", json!({ "user": "ann" }))
        .await;
    assert_eq!(login.result()["user"], "ann");
    client.disconnect().await;
    assert_eq!(seen.wait(2).await, ["connected nobody", "gone ann"]);
}

#[tokio::test]
async fn they_know_the_user_and_run_also_where_the_user_is_not_to_be_known() {
    let (app, seen) = cards(|app| {
        let who = |cx: Cx, _| async move {
            let known = cx.user::<String>().map_or("unknown", String::as_str);
            cx.state::<Seen>().push(known);
            Ok(())
        };
        app.user(async |_, key: String| Ok((key != "bob").then(|| format!("dear {key}"))))
            .connected(who)
            .disconnected(who)
    })
    .await;
    app.login("ann").disconnect().await;
    assert_eq!(seen.wait(2).await, ["dear ann", "dear ann"]);
    app.login("bob").disconnect().await;
    assert_eq!(seen.wait(2).await, ["unknown", "unknown"]);
}

#[tokio::test]
async fn a_revoked_client_is_gone_too() {
    let (app, seen) = told(|app| app).await;
    let ann = app.login("ann");
    assert_eq!(seen.wait(1).await, ["connected ann"]);
    app.app().revoke("ann");
    assert_eq!(ann.closing().await, "revoked");
    assert_eq!(seen.wait(1).await, ["gone ann"]);
}

#[tokio::test]
async fn a_server_that_stops_waits_for_them() {
    let (app, seen) = told(|app| {
        app.disconnected(async |cx: Cx, _| {
            let id = cx.user_key().unwrap_or_default().to_owned();
            cx.system()
                .create(Audit {
                    id,
                    about: "gone".to_owned(),
                })
                .await?;
            Ok(())
        })
    })
    .await;
    let _clients = [app.login("ann"), app.login("bob")];
    seen.wait(2).await;
    app.app().shutdown().await;
    let mut gone = seen.take();
    gone.sort();
    assert_eq!(gone, ["gone ann", "gone bob"]);
    let written = app.app().system().count(Audit::query()).await;
    assert_eq!(written.expect("a count"), 2);
}

#[tokio::test]
async fn their_hooks_may_have_hooks() {
    let mut config = Config::default();
    config.hooks_in_flight = 1;
    let (app, seen) = cards(|app| {
        app.config(config).connected(async |cx: Cx, _| {
            let card = json!({ "id": "card", "title": "after_create audits" });
            let card: Card = serde_json::from_value(card).map_err(Error::internal)?;
            cx.create(card).await?;
            Ok(())
        })
    })
    .await;
    let ann = app.login("ann");
    assert_eq!(count(&ann, "audit").await, 1);
    assert_eq!(seen.take(), ["before_create", "after_create"]);
}

#[tokio::test]
async fn a_session_keeps_its_place_until_its_hooks_have_run() {
    static GO_ON: Semaphore = Semaphore::const_new(0);
    let mut config = Config::default();
    config.max_sessions_per_user = 2;
    let (app, _) = cards(|app| {
        app.config(config)
            .authenticate(async |_: Handshake| Ok(Some(Login::new("ann"))))
            .disconnected(async |_, _| {
                GO_ON.acquire().await.map_err(Error::internal)?.forget();
                Ok(())
            })
    })
    .await;
    for _ in 0..2 {
        let ann = app.handshake().connect().await.expect("there is a place");
        assert_eq!(count(&ann, "card").await, 0);
        ann.disconnect().await;
    }
    let refused = app.handshake().connect().await.expect_err("the third");
    assert_eq!(refused["reason"], "too_many_sessions");
    GO_ON.add_permits(1);
    while app.app().load().following > 1 {
        tokio::task::yield_now().await;
    }
    assert!(app.handshake().connect().await.is_ok());
    GO_ON.add_permits(2);
    comes_to_rest(app.app()).await;
}

#[tokio::test]
async fn a_real_client_comes_and_goes() {
    let (app, seen) = cards(|app| {
        let tell = |cx: Cx, session: SessionInfo| async move {
            let address = session.address().map(|it| it.to_string());
            cx.state::<Seen>().push(address.unwrap_or_default());
            Ok(())
        };
        app.connected(tell).disconnected(tell)
    })
    .await;
    let server = Server::start(app.app().clone()).await;
    for _ in 0..3 {
        let mut raw = server.client().await;
        assert_eq!(raw.call(json!(["audit", "count"])).await[1], 0);
        assert_eq!(seen.take(), ["127.0.0.1"]);
        drop(raw);
        assert_eq!(seen.wait(1).await, ["127.0.0.1"]);
    }
    // One that is gone before it has asked for anything is seen to come and go as well.
    let mut hasty = Raw::open(server.address).await;
    hasty.send("40").await;
    drop(hasty);
    assert_eq!(seen.wait(2).await.len(), 2);
    server.comes_to_rest().await;
}

/// What a session has to tell at once may be ready before its client is told that it is connected.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_told_at_once_reaches_a_client_that_has_just_connected() {
    let (app, _) = cards(|app| {
        app.authenticate(async |_| {
            let soon = SystemTime::now() + Duration::from_secs(30);
            Ok(Some(Login::new("ann").expires(soon)))
        })
    })
    .await;
    let server = Server::start(app.app().clone()).await;
    for _ in 0..50 {
        let mut clients = Vec::new();
        for _ in 0..10 {
            let mut raw = Raw::open(server.address).await;
            raw.send("40").await;
            clients.push(raw);
        }
        for mut raw in clients {
            let joined = raw.frame().await.expect("the server answers");
            assert!(joined.starts_with("40{"), "{joined}");
            let told = raw.frame().await.expect("the session tells");
            assert!(told.contains("token_expiring"), "{told}");
        }
    }
    server.comes_to_rest().await;
}
