//! Methods that panic, hang or answer what cannot be said: one answer, nothing stored, everything goes on.

use serde_json::{Value, json};
use sockful::testing::TestClient;
use tokio::time::{Duration, Instant};

use crate::support::beast::beasts;
use crate::support::pair::error;
use crate::support::server::{comes_to_rest, config};

/// Rex as it was, and nobody else.
async fn assert_untouched(client: &TestClient) {
    let all = client.call("beast", "all", json!({})).await.to_json();
    let rex = json!({ "id": "rex", "bites": 0, "fur": "" });
    assert_eq!(all, json!([null, [rex], { "pos": 1, "revs": [1] }]));
}

/// An error of the server, of which the client learns an id.
fn assert_internal(answer: &Value) {
    let message = answer["message"].as_str().unwrap_or_default();
    let id = message.strip_prefix("the server failed; its log knows this as ");
    assert_eq!(id.map(str::len), Some(36), "{answer}");
    assert_eq!(answer, &error(500, "Internal", "internal", message));
}

fn payload(action: &str) -> Value {
    let of_one = action.contains("changing") || action.contains("reading");
    if of_one && !action.contains("of_all") {
        json!({ "id": "rex" })
    } else {
        json!({})
    }
}

#[tokio::test(start_paused = true)]
async fn a_method_that_panics_is_answered_and_leaves_nothing_stored() {
    let (app, _) = beasts(config(|_| {})).await;
    let (client, neighbour) = (app.anonymous(), app.anonymous());
    for action in [
        "panic_changing",
        "panic_changing_later",
        "panic_reading",
        "panic_reading_later",
        "panic_of_all",
        "panic_of_all_reading_later",
        "panic_after_writing",
        "panic_detached",
    ] {
        let answer = client.call("beast", action, payload(action)).await;
        assert_internal(answer.error());
        assert_untouched(&client).await;
        assert_untouched(&neighbour).await;
    }
    drop((client, neighbour));
    comes_to_rest(app.app()).await;
}

#[tokio::test(start_paused = true)]
async fn a_method_that_hangs_is_answered_timeout_and_leaves_nothing_stored() {
    let limit = Duration::from_secs(7);
    let (app, _) = beasts(config(|config| {
        config.call_timeout = limit;
        config.detached_timeout = limit * 2;
    }))
    .await;
    let (client, neighbour) = (app.anonymous(), app.anonymous());
    let mut timeout = error(
        408,
        "Timeout",
        "timeout",
        "the call took too long, and was not done",
    );
    timeout["temporary"] = true.into();
    for (action, limit) in [
        ("hang_changing", limit),
        ("hang_reading", limit),
        ("hang_of_all", limit),
        ("hang_after_writing", limit),
        ("hang_detached", limit * 2),
    ] {
        let begin = Instant::now();
        let hangs = client.emit(&[json!("beast"), json!(action), payload(action)]);
        // The neighbour does not wait.
        assert_untouched(&neighbour).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        assert_eq!(hangs.await.error(), &timeout, "{action}");
        assert!(begin.elapsed() >= limit && begin.elapsed() < limit + Duration::from_millis(10));
        assert_untouched(&client).await;
    }
    drop((client, neighbour));
    comes_to_rest(app.app()).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_may_ask_for_a_shorter_timeout_but_not_for_a_longer() {
    let limit = Duration::from_secs(7);
    let (app, _) = beasts(config(|config| config.call_timeout = limit)).await;
    let client = app.anonymous();
    for (asked, waits) in [
        (0, Duration::ZERO),
        (100, Duration::from_millis(100)),
        (u64::MAX, limit),
    ] {
        let begin = Instant::now();
        let options = json!({ "timeout_ms": asked });
        let answer = client
            .call_with("beast", "hang_changing", json!({ "id": "rex" }), options)
            .await;
        assert_eq!(answer.error()["reason"], "timeout");
        assert!(begin.elapsed() >= waits && begin.elapsed() < waits + Duration::from_millis(10));
        assert_untouched(&client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_a_record_somebody_holds_times_out_too() {
    let (app, cage) = beasts(config(|_| {})).await;
    let (holder, waiting) = (app.anonymous(), app.anonymous());
    let held = holder.emit(&[json!("beast"), json!("slow"), json!({ "id": "rex" })]);
    cage.has_begun(1).await;
    let options = json!({ "timeout_ms": 50 });
    let refused = waiting
        .call_with("beast", "bite", json!({ "id": "rex" }), options)
        .await;
    assert_eq!(refused.error()["reason"], "timeout");
    cage.gate.add_permits(1);
    assert_eq!(held.await.result(), 1);
    assert_eq!(
        waiting
            .call("beast", "bite", json!({ "id": "rex" }))
            .await
            .result(),
        2
    );
    drop((holder, waiting));
    comes_to_rest(app.app()).await;
}

#[tokio::test]
async fn a_result_that_cannot_be_said_is_answered_and_leaves_nothing_stored() {
    let (app, _) = beasts(config(|_| {})).await;
    let (client, neighbour) = (app.anonymous(), app.anonymous());
    for action in ["odd_changing", "odd_reading_later", "odd_after_writing"] {
        let answer = client.call("beast", action, payload(action)).await;
        assert_internal(answer.error());
        assert_untouched(&client).await;
        assert_untouched(&neighbour).await;
    }
}

#[tokio::test]
async fn a_method_that_fails_after_it_has_written_leaves_nothing_stored() {
    let (app, _) = beasts(config(|_| {})).await;
    let client = app.anonymous();
    let answer = client.call("beast", "fail_after_writing", json!({})).await;
    assert_eq!(answer.error(), &error(409, "Conflict", "enough", "enough"));
    let answer = client.call("beast", "write_in_a_read", json!({})).await;
    assert_internal(answer.error());
    assert_untouched(&client).await;
}

#[tokio::test(start_paused = true)]
async fn a_detached_call_keeps_nobody_waiting_but_its_own_answer_comes() {
    let (app, _) = beasts(config(|_| {})).await;
    let client = app.anonymous();
    let begin = Instant::now();
    let detached = client.emit(&[json!("beast"), json!("hang_detached"), json!({})]);
    for bites in 1..=10 {
        assert_eq!(
            client
                .call("beast", "bite", json!({ "id": "rex" }))
                .await
                .result(),
            bites
        );
    }
    assert_eq!(begin.elapsed(), Duration::ZERO);
    assert_eq!(detached.await.error()["reason"], "timeout");
    assert_eq!(begin.elapsed().as_secs(), 600);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_in_the_middle_of_a_mutation_leaves_nothing_behind() {
    let (app, cage) = beasts(config(|_| {})).await;
    let leaving = app.anonymous();
    leaving.send(&[json!("beast"), json!("slow"), json!({ "id": "rex" })]);
    leaving.send(&[json!("beast"), json!("bite"), json!({ "id": "rex" })]);
    cage.has_begun(1).await;
    assert_eq!((app.app().load().calls, app.app().load().records), (1, 1));
    drop(leaving);
    comes_to_rest(app.app()).await;
    cage.gate.add_permits(1);
    assert_untouched(&app.anonymous()).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_never_has_more_calls_running_than_it_may() {
    let (app, cage) = beasts(config(|config| config.calls_in_flight = 8)).await;
    let client = app.anonymous();
    let answers: Vec<_> = (0..100)
        .map(|_| client.emit(&[json!("beast"), json!("slow_read"), json!({})]))
        .collect();
    cage.has_begun(8).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(app.app().load().calls, 8);
    let neighbour = app.anonymous();
    assert_untouched(&neighbour).await;
    cage.gate.add_permits(100);
    for answer in answers {
        assert_eq!(answer.await.result(), 0);
    }
    drop((client, neighbour));
    comes_to_rest(app.app()).await;
}

#[tokio::test(start_paused = true)]
async fn more_detached_calls_than_may_run_are_refused_and_the_connection_goes_on() {
    let (app, _cage) = beasts(config(|config| config.detached_in_flight = 2)).await;
    let client = app.anonymous();
    let detached = || client.emit(&[json!("beast"), json!("hang_detached"), json!({})]);
    let running = [detached(), detached()];
    let refused = detached().await;
    assert_eq!(refused.error()["reason"], "too_many_requests");
    assert!(client.call("beast", "count", json!({})).await.is_ok());
    for running in running {
        assert_eq!(running.await.error()["reason"], "timeout");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_outlasts_the_grace_is_cut_off_by_the_shutdown() {
    let (app, _cage) = beasts(config(|config| {
        config.shutdown_grace = Duration::from_secs(1);
        config.detached_timeout = Duration::from_secs(60);
    }))
    .await;
    let client = app.anonymous();
    let _never = client.emit(&[json!("beast"), json!("hang_detached"), json!({})]);
    assert!(client.call("beast", "count", json!({})).await.is_ok());
    assert_eq!(app.app().load().calls, 1);
    app.app().shutdown().await;
    assert_eq!(app.app().load(), sockful::Load::default());
}
