//! Logins that begin and end while somebody watches.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use sockful::prelude::*;
use tokio::time::advance;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Tokens are the names of users, and after a space how many seconds they last.
async fn house() -> House {
    House::with(
        |config| config.expiry_grace = 5 * SECOND,
        |app| {
            app.authenticate(async |h: Handshake| {
                #[derive(Deserialize)]
                struct Auth {
                    token: Option<String>,
                }
                let token = h.auth::<Auth>()?.token;
                Ok(token.map(|token| match token.split_once(' ') {
                    Some((user, lasts)) => until(user, lasts.parse().expect("seconds")),
                    None => Login::new(token),
                }))
            })
        },
    )
    .await
}

fn until(user: &str, seconds: u64) -> Login {
    Login::new(user).expires(SystemTime::now() + Duration::from_secs(seconds))
}

#[tokio::test]
async fn who_logs_in_sees_what_they_may_read_from_then_on() {
    let house = house().await;
    house.moves("ann", "red").await;
    house.note("1", "red").await;
    let ann = house.app.anonymous();
    let watched = ann.call("note", "watch", json!({})).await;
    assert_eq!(watched.result()["records"], json!([]));
    house.note("2", "red").await;
    assert_eq!(house.brief(&ann).await, [""; 0]);
    let token = json!({ "token": "ann" });
    ann.call("sockful", "auth", token).await.result();
    assert_eq!(brief(&hears(&ann).await), "enter 1 + enter 2");
    house.note("3", "red").await;
    assert_eq!(house.brief(&ann).await, ["enter 3"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_watched_ends_with_the_login() {
    let house = house().await;
    house.moves("ann", "red").await;
    house.note("1", "red").await;
    let ann = house.app.login(until("ann", 100));
    ann.call("note", "watch", json!({})).await.result();
    advance(99 * SECOND).await;
    house.writes("1", "in time").await;
    let mut told = [brief(&hears(&ann).await), brief(&hears(&ann).await)];
    told.sort();
    assert_eq!(told, ["token_expiring", "update 1"]);
    advance(7 * SECOND).await;
    house.writes("1", "too late").await;
    assert_eq!(brief(&hears(&ann).await), "reset token_expired");
    let cx = house.app.app().system();
    let id = "1".to_owned();
    cx.tell::<Note>(&id, "typing", &json!("too late"))
        .await
        .unwrap();
    house.writes("1", "far too late").await;
    assert_eq!(house.brief(&ann).await, [""; 0]);
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_said_to_those_who_watch_is_not_said_to_one_whose_login_has_ended() {
    let house = house().await;
    house.moves("ann", "red").await;
    house.note("1", "red").await;
    let ann = house.app.login(until("ann", 200));
    ann.call("note", "watch", json!({})).await.result();
    advance(206 * SECOND).await;
    let cx = house.app.app().system();
    let id = "1".to_owned();
    cx.tell::<Note>(&id, "typing", &json!("too late"))
        .await
        .unwrap();
    for event in house.told(&ann).await {
        assert!(!event.to_string().contains("too late"), "{event}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_renewed_interrupts_nothing() {
    let house = house().await;
    house.moves("ann", "red").await;
    house.note("1", "red").await;
    let ann = house.app.login(until("ann", 100));
    ann.call("note", "watch", json!({})).await.result();
    let token = json!({ "token": "ann 1000" });
    ann.call("sockful", "auth", token).await.result();
    advance(200 * SECOND).await;
    house.writes("1", "later").await;
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "update 1") {
        told.push(brief(&hears(&ann).await));
    }
    assert!(
        !told.iter().any(|event| event.contains("reset")),
        "{told:?}"
    );
}
