//! What is known of users: loaded once, shared, and never guessed.

use serde_json::{Value, json};
use sockful::{ErrorKind, Load};

use super::*;
use crate::support;
use crate::support::server::comes_to_rest;

#[tokio::test]
async fn methods_see_the_facts_of_who_calls() {
    let house = house().await;
    house.join("ann", "red").await;
    let (ann, bob) = (house.app.login("ann"), house.app.login("bob"));
    assert_eq!(teams(&ann).await, json!(["red"]));
    assert_eq!(teams(&bob).await, json!([]));
    let key = ann.call("mirror", "key", json!({})).await;
    assert_eq!(key.result(), "ann");
}

#[tokio::test]
async fn calls_within_a_call_know_the_same_and_the_system_knows_nobody() {
    let house = house().await;
    house.join("ann", "red").await;
    let ann = house.app.login("ann");
    let deep = ann.call("mirror", "deep", json!({})).await;
    assert_eq!(deep.result(), 2);
    assert_eq!(house.probe.loads(), 1);
}

#[tokio::test]
async fn facts_are_loaded_once_for_all_sessions_of_a_user() {
    let house = house().await;
    let sessions: Vec<_> = (0..10).map(|_| house.app.login("ann")).collect();
    assert_eq!(house.probe.loads(), 0, "nobody has asked yet");
    for session in &sessions {
        assert_eq!(teams(session).await, json!([]));
        assert_eq!(teams(session).await, json!([]));
    }
    assert_eq!(house.probe.loads(), 1);
    assert_eq!(teams(&house.app.login("bob")).await, json!([]));
    assert_eq!(house.probe.loads(), 2);
}

#[tokio::test]
async fn calls_that_wait_for_facts_wait_for_one_load() {
    let house = house().await;
    house.probe.mood(Mood::Slow);
    let sessions: Vec<_> = (0..10).map(|_| house.app.login("ann")).collect();
    let calls: Vec<_> = sessions
        .iter()
        .map(|it| tokio::spawn(it.emit(&["mirror".into(), "teams".into()])))
        .collect();
    house.probe.waits_for(1).await;
    house.probe.gate.add_permits(1);
    for call in calls {
        assert_eq!(call.await.unwrap().result(), &json!([]));
    }
    assert_eq!(house.probe.loads(), 1);
}

#[tokio::test]
async fn a_load_goes_on_when_the_client_that_began_it_has_gone() {
    let house = house().await;
    house.probe.mood(Mood::Slow);
    let (first, second) = (house.app.login("ann"), house.app.login("ann"));
    first.send(&["mirror".into(), "teams".into()]);
    house.probe.waits_for(1).await;
    let waiting = tokio::spawn(second.emit(&["mirror".into(), "teams".into()]));
    tokio::task::yield_now().await;
    first.disconnect().await;
    house.probe.gate.add_permits(1);
    assert_eq!(waiting.await.unwrap().result(), &json!([]));
    assert_eq!(house.probe.loads(), 1);
}

#[tokio::test]
async fn nothing_is_left_of_users_that_have_gone() {
    let house = house().await;
    let (ann, again) = (house.app.login("ann"), house.app.login("ann"));
    teams(&ann).await;
    assert_eq!(house.app.app().load().users, 1);
    ann.disconnect().await;
    teams(&again).await;
    assert_eq!(house.probe.loads(), 1);
    drop((ann, again));
    comes_to_rest(house.app.app()).await;
    teams(&house.app.login("ann")).await;
    assert_eq!(house.probe.loads(), 2);
}

#[tokio::test]
async fn a_load_that_nobody_waits_for_any_more_is_given_up() {
    let house = house().await;
    house.probe.mood(Mood::Hangs);
    let ann = house.app.login("ann");
    ann.send(&["mirror".into(), "teams".into()]);
    while house.probe.loads() == 0 {
        tokio::task::yield_now().await;
    }
    ann.disconnect().await;
    drop(ann);
    comes_to_rest(house.app.app()).await;
    assert_eq!(house.probe.running.load(Ordering::SeqCst), 0);
    house.probe.mood(Mood::Well);
    assert_eq!(teams(&house.app.login("ann")).await, json!([]));
}

#[tokio::test]
async fn a_user_whom_the_app_does_not_want_is_refused_everything_and_stays_connected() {
    let house = house().await;
    house.disable("ann", true).await;
    let ann = house.app.login("ann");
    assert_eq!(refused(&ann).await, "user_refused");
    let public = ann.call("door", "knock", json!({})).await;
    assert_eq!(public.error()["reason"], "user_refused");
    assert_eq!(public.error()["code"], 401);
    assert_eq!(house.probe.loads(), 1, "that is known too");
    let stranger = house.app.anonymous().call("door", "knock", json!({})).await;
    assert_eq!(stranger.result(), &Value::Null);
    house.disable("ann", false).await;
    assert_eq!(teams(&ann).await, json!([]));
}

#[tokio::test]
async fn an_unknown_user_is_refused() {
    let house = house().await;
    assert_eq!(refused(&house.app.login("zoe")).await, "user_refused");
}

#[tokio::test]
async fn where_facts_cannot_be_loaded_calls_are_unavailable_and_nobody_is_taken_for_nobody() {
    let house = house().await;
    let ann = house.app.login("ann");
    for (place, mood) in [Mood::Fails, Mood::Panics, Mood::PanicsLater, Mood::Loops]
        .into_iter()
        .enumerate()
    {
        house.probe.mood(mood);
        for action in [("mirror", "teams"), ("door", "knock")] {
            let call = ann.call(action.0, action.1, json!({})).await;
            let error = call.error();
            assert_eq!(error["reason"], "user_unavailable", "mood {place}");
            assert_eq!(error["code"], 503);
            assert_eq!(error["temporary"], true);
            assert_eq!(error["message"], "who you are cannot be looked up now");
        }
    }
    house.probe.mood(Mood::Well);
    assert_eq!(teams(&ann).await, json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_loader_that_hangs_is_given_up() {
    let house = house().await;
    house.probe.mood(Mood::Hangs);
    let (ann, again) = (house.app.login("ann"), house.app.login("ann"));
    let waiting = again.emit(&["mirror".into(), "teams".into()]);
    let (one, other) = tokio::join!(refused(&ann), waiting);
    assert_eq!(one, "user_unavailable");
    assert_eq!(other.error()["reason"], "user_unavailable");
    assert_eq!(house.probe.loads(), 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_facts_counts_as_waiting_for_the_call() {
    let house = house().await;
    house.probe.mood(Mood::Hangs);
    let ann = house.app.login("ann");
    let options = json!({ "timeout_ms": 10 });
    let call = ann.call_with("mirror", "teams", json!({}), options).await;
    assert_eq!(call.error()["reason"], "timeout");
}

#[tokio::test(start_paused = true)]
async fn a_loader_that_asks_for_a_user_does_not_wait_for_itself() {
    let house = house().await;
    house.probe.mood(Mood::Loops);
    let begun = tokio::time::Instant::now();
    assert_eq!(refused(&house.app.login("bob")).await, "user_unavailable");
    // Of the paused clock, which runs on to the time limit when everybody waits.
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(house.probe.loads(), 1);
}

#[tokio::test]
async fn asking_for_facts_of_another_type_is_a_mistake_of_the_program() {
    let house = house().await;
    for client in [house.app.login("ann"), house.app.login("bob")] {
        let call = client.call("mirror", "mistaken", json!({})).await;
        assert_eq!(call.error()["reason"], "internal");
    }
    let without = support::app(|app| app.resource::<Mirror>()).await;
    let ann = without.login("ann");
    let call = ann.call("mirror", "teams", json!({})).await;
    assert_eq!(call.error()["reason"], "internal");
    // Nothing else asks for them.
    let key = ann.call("mirror", "key", json!({})).await;
    assert_eq!(key.result(), "ann");
}

#[tokio::test]
async fn rust_code_acts_for_a_user_with_its_facts() {
    let house = house().await;
    house.join("ann", "red").await;
    let app = house.app.app();
    let cx = app.on_behalf_of("ann").await.unwrap();
    assert_eq!(cx.user_key(), Some("ann"));
    assert_eq!(cx.user::<Facts>().unwrap().teams, ["red"]);
    assert_eq!(cx.system().user::<Facts>(), None);
    assert_eq!(cx.all(Mirror::query()).await.unwrap().len(), 0);
    assert_eq!(app.load().users, 1);
    drop(cx);
    assert_eq!(app.load(), Load::default());
}

#[tokio::test]
async fn rust_code_cannot_act_for_a_user_whom_the_app_does_not_want() {
    let house = house().await;
    let app = house.app.app();
    let cx = app.on_behalf_of("ann").await.unwrap();
    house.disable("ann", true).await;
    let refused = cx.all(Mirror::query()).await.unwrap_err();
    assert_eq!(refused.reason_text(), "user_refused");
    let refused = app.on_behalf_of("ann").await.unwrap_err();
    assert_eq!(refused.reason_text(), "user_refused");
    let impossible = app.on_behalf_of("").await.unwrap_err();
    assert_eq!(impossible.kind(), ErrorKind::Internal);
    house.probe.mood(Mood::Fails);
    let refused = app.on_behalf_of("bob").await.unwrap_err();
    assert_eq!(refused.reason_text(), "user_unavailable");
}

#[tokio::test]
async fn reads_that_overlap_keep_their_order_while_facts_are_loaded() {
    let house = house().await;
    house.probe.mood(Mood::Slow);
    let ann = house.app.login("ann");
    let calls: Vec<_> = (0..20)
        .map(|number| {
            let action = if number % 3 == 0 { "linger" } else { "key" };
            tokio::spawn(ann.emit(&["mirror".into(), action.into()]))
        })
        .collect();
    house.probe.waits_for(1).await;
    house.probe.gate.add_permits(100);
    for (number, call) in calls.into_iter().enumerate() {
        let expected = if number % 3 == 0 {
            json!(1)
        } else {
            json!("ann")
        };
        assert_eq!(call.await.unwrap().result(), &expected);
    }
    assert_eq!(house.probe.loads(), 1);
}
