//! How fast one connection may ask.

use tokio::time::advance;

use super::*;

async fn paced() -> House {
    House::new(|config| {
        config.requests_per_second = Some(10);
        config.request_burst = 5;
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn who_asks_faster_than_it_may_is_told_when_to_ask_again() {
    let house = paced().await;
    let (client, neighbour) = (house.app.login("ann"), house.app.login("ann"));
    for _ in 0..5 {
        assert!(client.call("beast", "count", json!({})).await.is_ok());
    }
    for _ in 0..10_000 {
        let refused = client.call("beast", "count", json!({})).await;
        let (reason, wait) = refusal(refused.error());
        assert_eq!(reason, "rate_limited");
        assert_eq!(wait, Duration::from_millis(101));
    }
    // Each connection has its own.
    assert!(neighbour.call("beast", "count", json!({})).await.is_ok());
    advance(Duration::from_millis(101)).await;
    assert!(client.call("beast", "count", json!({})).await.is_ok());
    let refused = client.call("beast", "count", json!({})).await;
    assert_eq!(refusal(refused.error()).0, "rate_limited");
    drop((client, neighbour));
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_not_done_and_answered_in_its_turn() {
    let house = paced().await;
    let client = house.app.anonymous();
    let create = |number: usize| {
        let id = number.to_string();
        client.emit(&[json!("beast"), json!("create"), json!({ "id": id })])
    };
    let answers: Vec<_> = (0..20).map(create).collect();
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.await.is_ok(), number < 5, "{number}");
    }
    let neighbour = house.app.anonymous();
    let count = neighbour.call("beast", "count", json!({})).await;
    assert_eq!(count.result(), 5);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_read_counts_too() {
    let house = paced().await;
    let client = house.app.anonymous();
    for _ in 0..5 {
        let refused = client.emit(&[json!("beast"), json!(7)]).await;
        assert_eq!(refused.error()["reason"], "malformed_request");
    }
    let refused = client.call("beast", "count", json!({})).await;
    assert_eq!(refusal(refused.error()).0, "rate_limited");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_slowed_down_unless_the_app_says_so() {
    let house = House::new(|_| {}).await;
    let client = house.app.anonymous();
    for _ in 0..10_000 {
        assert!(client.call("beast", "count", json!({})).await.is_ok());
    }
}

#[tokio::test]
async fn a_rate_of_none_at_all_is_refused_when_the_app_is_built() {
    let mut config = Config::default();
    config.requests_per_second = Some(0);
    config.request_burst = 0;
    config.handshakes_per_minute = 0;
    config.failed_logins_per_minute = 0;
    config.max_sessions_per_user = 0;
    let app = App::builder().store(store()).config(config).build().await;
    let problems: Vec<_> = app.expect_err("no such app").problems().collect();
    assert_eq!(
        problems,
        [
            "config: `max_sessions_per_user` cannot be zero",
            "config: `requests_per_second` cannot be zero",
            "config: `request_burst` cannot be zero",
            "config: `handshakes_per_minute` cannot be zero",
            "config: `failed_logins_per_minute` cannot be zero",
        ]
    );
}
