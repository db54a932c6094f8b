//! Sessions that are ended because their user may not go on.

use serde_json::json;

use super::*;
use crate::support::server::comes_to_rest;

#[tokio::test]
async fn every_session_of_a_revoked_user_is_closed_and_no_other() {
    let house = house().await;
    let (one, other) = (house.app.login("ann"), house.app.login("ann"));
    let (bob, stranger) = (house.app.login("bob"), house.app.anonymous());
    teams(&one).await;
    house.app.app().revoke("ann");
    assert_eq!(one.closing().await, "revoked");
    assert_eq!(other.closing().await, "revoked");
    assert_eq!(teams(&bob).await, json!([]));
    assert!(stranger.call("door", "knock", json!({})).await.is_ok());
    drop((one, other, bob, stranger));
    comes_to_rest(house.app.app()).await;
}

#[tokio::test]
async fn whoever_logs_in_anew_is_served_and_known_anew() {
    let house = house().await;
    let before = house.app.login("ann");
    teams(&before).await;
    house.app.app().revoke("ann");
    let after = house.app.login("ann");
    assert_eq!(teams(&after).await, json!([]));
    assert_eq!(house.probe.loads(), 2);
    assert_eq!(before.closing().await, "revoked");
    assert_eq!(teams(&after).await, json!([]));
}

#[tokio::test]
async fn no_call_of_a_revoked_session_begins() {
    let house = house().await;
    let ann = house.app.login("ann");
    teams(&ann).await;
    house.app.app().revoke("ann");
    // Sent at once, before the session could have ended.
    ann.send(&["mirror".into(), "create".into(), json!({ "id": "m" })]);
    assert_eq!(ann.closing().await, "revoked");
    let count = house.app.app().system().count(Mirror::query()).await;
    assert_eq!(count.unwrap(), 0);
}

#[tokio::test]
async fn what_runs_for_a_revoked_user_is_given_up() {
    let house = house().await;
    let ann = house.app.login("ann");
    ann.send(&["mirror".into(), "linger".into()]);
    house.probe.waits_for(1).await;
    ann.send(&["mirror".into(), "linger_detached".into()]);
    house.app.app().revoke("ann");
    assert_eq!(ann.closing().await, "revoked");
    drop(ann);
    comes_to_rest(house.app.app()).await;
}

#[tokio::test]
async fn a_handshake_that_began_before_a_revocation_is_looked_at_again() {
    let house = house_with(Config::default(), |app| {
        app.authenticate(async |h: Handshake| {
            let probe = h.state::<Probe>();
            // Looked up before the gate, refused when looked up again.
            let good = *probe.mood.lock().unwrap() == Mood::Well;
            probe.wait().await;
            let refused = || Error::not_authenticated("no longer").reason("gone");
            good.then(|| Some(Login::new("ann"))).ok_or_else(refused)
        })
    })
    .await;
    let connecting = tokio::spawn(house.app.handshake().connect());
    house.probe.waits_for(1).await;
    house.probe.mood(Mood::Fails);
    house.app.app().revoke("ann");
    house.probe.gate.add_permits(2);
    let refused = connecting.await.unwrap().unwrap_err();
    assert_eq!(refused["reason"], "gone");
    comes_to_rest(house.app.app()).await;
}

#[tokio::test]
async fn revocations_of_others_do_not_hold_a_handshake_up() {
    let house = house_with(Config::default(), |app| {
        app.authenticate(async |h: Handshake| {
            h.state::<Probe>().wait().await;
            Ok(Some(Login::new("ann")))
        })
    })
    .await;
    let connecting = tokio::spawn(house.app.handshake().connect());
    house.probe.waits_for(1).await;
    for number in 0..1_000 {
        house.app.app().revoke(&number.to_string());
    }
    house.probe.gate.add_permits(1);
    assert!(connecting.await.unwrap().is_ok());
}

#[tokio::test]
async fn rust_code_that_acts_for_a_user_goes_on_and_learns_anew() {
    let house = house().await;
    let cx = house.app.app().on_behalf_of("ann").await.unwrap();
    house.app.app().revoke("ann");
    assert_eq!(cx.all(Mirror::query()).await.unwrap().len(), 0);
    assert_eq!(house.probe.loads(), 2);
    house.disable("ann", true).await;
    let refused = cx.all(Mirror::query()).await.unwrap_err();
    assert_eq!(refused.reason_text(), "user_refused");
}

#[tokio::test]
async fn to_revoke_nobody_is_no_mistake() {
    let house = house().await;
    house.app.app().revoke("nobody");
    assert_eq!(house.app.app().load(), sockful::Load::default());
}
