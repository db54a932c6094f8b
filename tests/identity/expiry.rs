//! Logins that end, and new tokens on live connections.

use std::time::SystemTime;

use serde_json::{Value, json};
use tokio::time::advance;

use super::*;
use crate::support;

const SECOND: Duration = Duration::from_secs(1);

/// The client shows its user and how many seconds the login lasts: `ann 100`. One that shows nothing is nobody.
async fn by_token() -> House {
    house_with(Config::default(), |app| {
        app.authenticate(async |h: Handshake| {
            #[derive(Deserialize)]
            struct Auth {
                token: Option<String>,
            }
            let Some(token) = h.auth::<Auth>()?.token else {
                return Ok(None);
            };
            let bad = || Error::not_authenticated("a bad token").reason("bad_token");
            let (user, seconds) = token.split_once(' ').ok_or_else(bad)?;
            let device = h.header("x-device").unwrap_or_default();
            let login = Login::new(format!("{user}{device}"));
            let lasts: Option<u64> = seconds.parse().ok();
            Ok(Some(match lasts {
                Some(lasts) => login.expires(SystemTime::now() + Duration::from_secs(lasts)),
                None => login,
            }))
        })
    })
    .await
}

fn until(seconds: u64) -> Login {
    Login::new("ann").expires(SystemTime::now() + Duration::from_secs(seconds))
}

/// Sends a new token.
async fn renew(client: &TestClient, token: &str) -> Value {
    let renewed = client
        .call("sockful", "auth", json!({ "token": token }))
        .await;
    renewed.to_json()
}

async fn knock(client: &TestClient) -> Value {
    client.call("door", "knock", json!({})).await.to_json()
}

#[tokio::test(start_paused = true)]
async fn a_client_is_told_before_its_login_ends() {
    let house = house().await;
    let ann = house.app.login(until(100));
    advance(39 * SECOND).await;
    let told = ann.event();
    tokio::pin!(told);
    let early = tokio::time::timeout(SECOND / 2, &mut told).await;
    assert!(early.is_err(), "{early:?}");
    let told = told.await;
    assert_eq!(
        (&told[0], &told[1]),
        (&json!("sockful"), &json!("token_expiring"))
    );
    let left = told[2]["expires_in_ms"].as_u64().unwrap();
    assert!((59_000..=60_000).contains(&left), "{left}");
    let expires = told[2]["expires"].as_str().unwrap();
    assert!(expires.ends_with('Z') && expires.len() == 27, "{expires}");
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_login_is_short_is_told_at_once() {
    let house = house().await;
    let ann = house.app.login(until(10));
    assert_eq!(ann.event().await[1], "token_expiring");
}

#[tokio::test(start_paused = true)]
async fn calls_are_refused_from_a_while_after_the_end_and_the_connection_lives() {
    let house = house().await;
    let ann = house.app.login(until(100));
    advance(100 * SECOND).await;
    assert_eq!(teams(&ann).await, json!([]), "there is a grace");
    advance(31 * SECOND).await;
    assert_eq!(refused(&ann).await, "token_expired");
    let public = knock(&ann).await;
    assert_eq!(public[0]["reason"], "token_expired");
    assert_eq!(public[0]["code"], 401);
    advance(3_600 * SECOND).await;
    assert_eq!(refused(&ann).await, "token_expired");
    assert_eq!(house.app.app().load().sessions, 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_without_an_end_lasts() {
    let house = house().await;
    let ann = house.app.login("ann");
    advance(1_000_000 * SECOND).await;
    assert_eq!(teams(&ann).await, json!([]));
}

#[tokio::test]
async fn who_shows_an_expired_login_does_not_get_in() {
    let house = by_token().await;
    let refused = house.app.handshake().auth(&json!({ "token": "ann 0" }));
    assert_eq!(
        refused.connect().await.unwrap_err()["reason"],
        "token_expired"
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_token_makes_a_login_last_longer() {
    let house = by_token().await;
    let ann = house.app.handshake().auth(&json!({ "token": "ann 100" }));
    let ann = ann.connect().await.unwrap();
    assert_eq!(ann.event().await[1], "token_expiring");
    let renewed = renew(&ann, "ann 200").await;
    assert_eq!(renewed[0], Value::Null);
    assert_eq!(renewed[1]["user"], "ann");
    assert!(renewed[1]["expires"].as_str().unwrap().ends_with('Z'));
    assert_eq!(renewed[2], json!({}));
    advance(139 * SECOND).await;
    assert_eq!(knock(&ann).await[1], "ann");
    assert_eq!(ann.event().await[1], "token_expiring", "of the new one");
    advance(100 * SECOND).await;
    assert_eq!(refused(&ann).await, "token_expired");
}

#[tokio::test(start_paused = true)]
async fn a_new_token_is_taken_after_the_old_one_has_expired() {
    let house = by_token().await;
    let ann = house.app.login(until(10));
    advance(1_000 * SECOND).await;
    assert_eq!(refused(&ann).await, "token_expired");
    assert_eq!(
        renew(&ann, "ann for_ever").await[1],
        json!({ "user": "ann", "expires": null })
    );
    assert_eq!(knock(&ann).await[1], "ann");
}

#[tokio::test]
async fn a_connection_stays_with_its_user() {
    let house = by_token().await;
    let ann = house.app.login("ann");
    let other = renew(&ann, "bob 100").await;
    assert_eq!(other[0]["reason"], "user_changed");
    assert_eq!(other[0]["code"], 403);
    let nobody = ann.call("sockful", "auth", json!({})).await;
    assert_eq!(nobody.error()["reason"], "not_authenticated");
    assert_eq!(knock(&ann).await[1], "ann");
    drop(ann);
    support::server::comes_to_rest(house.app.app()).await;
}

#[tokio::test]
async fn a_token_that_is_refused_changes_nothing() {
    let house = by_token().await;
    let ann = house.app.login("ann");
    assert_eq!(renew(&ann, "rubbish").await[0]["reason"], "bad_token");
    assert_eq!(renew(&ann, "ann 0").await[0]["reason"], "token_expired");
    let wrong = ann.call("sockful", "auth", json!({ "token": 5 })).await;
    assert_eq!(wrong.error()["reason"], "invalid_auth");
    assert_eq!(
        support::codes(wrong.error()),
        json!({ "auth.token": "wrong_type" })
    );
    assert_eq!(knock(&ann).await[1], "ann");
}

#[tokio::test]
async fn who_connected_as_nobody_may_log_in_later() {
    let house = by_token().await;
    let client = house.app.anonymous();
    assert_eq!(renew(&client, "ann 100").await[1]["user"], "ann");
    assert_eq!(teams(&client).await, json!([]));
    house.app.app().revoke("ann");
    assert_eq!(client.closing().await, "revoked");
    let nobody = house
        .app
        .anonymous()
        .call("sockful", "auth", json!({}))
        .await;
    assert_eq!(nobody.result(), &json!({ "user": null, "expires": null }));
}

#[tokio::test]
async fn later_requests_are_of_the_new_login_and_earlier_ones_of_the_old() {
    let house = by_token().await;
    let client = house.app.anonymous();
    let knock = || client.emit(&["door".into(), "knock".into()]);
    let before = knock();
    let renewed = client.emit(&[
        "sockful".into(),
        "auth".into(),
        json!({ "token": "ann 100" }),
    ]);
    let after = knock();
    let (before, renewed, after) = tokio::join!(before, renewed, after);
    assert_eq!(before.result(), &Value::Null);
    assert_eq!(renewed.result()["user"], "ann");
    assert_eq!(after.result(), "ann");
}

#[tokio::test]
async fn a_new_token_waits_for_what_came_before_it() {
    let house = by_token().await;
    let ann = house.app.login("ann");
    let running = tokio::spawn(ann.emit(&["mirror".into(), "linger".into()]));
    house.probe.waits_for(1).await;
    let renewed = ann.emit(&["sockful".into(), "auth".into(), json!({ "token": "ann 9" })]);
    let renewed = tokio::spawn(renewed);
    tokio::task::yield_now().await;
    assert!(!renewed.is_finished());
    house.probe.gate.add_permits(1);
    assert_eq!(running.await.unwrap().result(), 1);
    assert_eq!(renewed.await.unwrap().result()["user"], "ann");
}

#[tokio::test]
async fn the_handshake_is_otherwise_what_it_was() {
    let house = by_token().await;
    let shown = house.app.handshake().header("x-device", "'s phone");
    let ann = shown.auth(&json!({ "token": "ann 100" })).connect().await;
    let ann = ann.unwrap();
    assert_eq!(renew(&ann, "ann 200").await[1]["user"], "ann's phone");
}

#[tokio::test(start_paused = true)]
async fn a_new_token_has_the_time_that_a_handshake_has() {
    let house = house_with(Config::default(), |app| {
        app.authenticate(async |_: Handshake| std::future::pending().await)
    })
    .await;
    let ann = house.app.login("ann");
    assert_eq!(renew(&ann, "any").await[0]["reason"], "timeout");
    let options = json!({ "timeout_ms": 1 });
    let hasty = ann.call_with("sockful", "auth", json!({}), options).await;
    assert_eq!(hasty.error()["reason"], "timeout");
    assert_eq!(knock(&ann).await[1], "ann");
    drop(ann);
    support::server::comes_to_rest(house.app.app()).await;
}

#[tokio::test]
async fn a_panic_over_a_new_token_is_answered() {
    let house = house_with(Config::default(), |app| {
        app.authenticate(async |h: Handshake| {
            let _ = h.state::<u128>();
            Ok(None)
        })
    })
    .await;
    let ann = house.app.login("ann");
    assert_eq!(renew(&ann, "any").await[0]["reason"], "internal");
    assert_eq!(knock(&ann).await[1], "ann");
}

#[tokio::test]
async fn a_new_token_takes_no_options_but_a_timeout() {
    let house = by_token().await;
    let ann = house.app.login("ann");
    for options in [
        json!({ "if_rev": 1 }),
        json!({ "op": "x" }),
        json!({ "other": 1 }),
        json!(7),
    ] {
        let refused = ann
            .call_with("sockful", "auth", json!({ "token": "ann 9" }), options)
            .await;
        assert_eq!(refused.error()["reason"], "invalid_options");
    }
    let large = json!({ "token": "x".repeat(256 * 1024) });
    let refused = ann.call("sockful", "auth", large).await;
    assert_eq!(refused.error()["reason"], "payload_too_large");
}

#[tokio::test]
async fn operations_are_kept_by_the_user_and_not_by_the_connection() {
    let house = by_token().await;
    let (ann, bob, later) = (
        house.app.login("ann"),
        house.app.login("bob"),
        house.app.anonymous(),
    );
    renew(&later, "ann 100").await;
    let make = async |client: &TestClient| {
        let record = json!({ "id": client.call("mirror", "key", json!({})).await.result() });
        let answer = client
            .call_with("mirror", "create", record, json!({ "op": "first" }))
            .await;
        (answer.is_ok(), answer.is_replayed())
    };
    assert_eq!(make(&ann).await, (true, false));
    assert_eq!(make(&bob).await, (true, false), "ids of others are others");
    assert_eq!(make(&later).await, (true, true));
}
