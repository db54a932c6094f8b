//! What one user may do, over all sessions.

use super::*;

#[tokio::test(start_paused = true)]
async fn one_user_has_so_many_sessions() {
    let house = House::new(|config| config.max_sessions_per_user = 2).await;
    // From wherever they come.
    let first = house.connect(1, "ann").await.expect("the first");
    let second = house.connect(2, "ann").await.expect("the second");
    for host in 3..100 {
        let refused = house.connect(host, "ann").await.expect_err("the third");
        assert_eq!(refusal(&refused).0, "too_many_sessions");
    }
    is_untouched(&house.connect(3, "bob").await.expect("another user")).await;
    first.disconnect().await;
    let third = house.connect(3, "ann").await.expect("one has left");
    is_untouched(&second).await;
    drop((second, third));
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn who_logs_in_on_a_live_connection_counts_as_well() {
    let house = House::new(|config| config.max_sessions_per_user = 1).await;
    let nobody = house.app.handshake().connect().await.expect("anonymous");
    let other = house.app.handshake().connect().await.expect("anonymous");
    let log_in = |client: &TestClient| {
        client.emit(&[json!("sockful"), json!("auth"), json!({ "token": "ann" })])
    };
    assert!(log_in(&nobody).await.is_ok());
    // The same session once more is no further one.
    assert!(log_in(&nobody).await.is_ok());
    let refused = log_in(&other).await;
    assert_eq!(refusal(refused.error()).0, "too_many_sessions");
    is_untouched(&other).await;
    nobody.disconnect().await;
    assert!(log_in(&other).await.is_ok());
    drop(other);
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn the_calls_of_one_user_are_bounded_over_all_sessions() {
    let house = House::new(|config| config.max_calls_per_user = 8).await;
    let sessions: Vec<_> = (0..4).map(|_| house.app.login("ann")).collect();
    let slow = || {
        let calls = sessions.iter().flat_map(|client| [client; 10]);
        calls.map(|client| client.emit(&[json!("beast"), json!("slow_read"), json!({})]))
    };
    let flood: Vec<_> = slow().collect();
    house.cage.has_begun(8).await;
    // While they run others are answered.
    let bob = house.app.login("bob");
    is_untouched(&bob).await;
    let nobody = house.app.anonymous();
    is_untouched(&nobody).await;
    assert_eq!(house.app.app().load().calls, 8);
    let another = house.app.login("ann");
    let refused = another.call("beast", "count", json!({})).await;
    assert_eq!(refusal(refused.error()).0, "too_many_calls");

    house.cage.gate.add_permits(8);
    let (mut done, mut refused) = (0, 0);
    for answer in flood {
        let answer = answer.await;
        if answer.is_ok() {
            done += 1;
        } else {
            assert_eq!(refusal(answer.error()).0, "too_many_calls");
            refused += 1;
        }
    }
    assert_eq!((done, refused), (8, 32));
    is_untouched(&sessions[0]).await;
    drop((sessions, another, bob, nobody));
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn who_has_all_calls_running_may_still_show_a_new_token() {
    let house = House::new(|config| config.max_calls_per_user = 1).await;
    let busy = house.connect(1, "ann").await.expect("ann is let in");
    let other = house.connect(2, "ann").await.expect("ann is let in");
    let slow = busy.emit(&[json!("beast"), json!("slow_read"), json!({})]);
    house.cage.has_begun(1).await;
    let refused = other.call("beast", "count", json!({})).await;
    assert_eq!(refusal(refused.error()).0, "too_many_calls");
    let renewed = other.call("sockful", "auth", json!({ "token": "ann" }));
    assert_eq!(renewed.await.result()["user"], "ann");
    house.cage.gate.add_permits(1);
    assert!(slow.await.is_ok());
    drop((busy, other));
    house.comes_to_rest().await;
}

/// So much tokio lets a task do before others have their turn.
const TURN: usize = 128;

#[tokio::test]
async fn each_session_has_its_turn_however_many_one_user_has() {
    const SESSIONS: usize = 50;
    const EACH: usize = 1_000;
    let house = House::new(|_| {}).await;
    let sessions: Vec<_> = (0..SESSIONS).map(|_| house.app.login("ann")).collect();
    let bob = house.app.login("bob");
    // Each waits at the gate first, so that all else lies in its inbox.
    let system = house.app.app().system();
    for (number, client) in sessions.iter().chain([&bob]).enumerate() {
        let beast = json!({ "id": number.to_string() });
        let beast: Beast = serde_json::from_value(beast).expect("a beast");
        system.create(beast).await.expect("a new beast");
        client.send(&[
            json!("beast"),
            json!("slow"),
            json!({ "id": number.to_string() }),
        ]);
    }
    house.cage.has_begun(SESSIONS + 1).await;
    let fat = || {
        [
            json!("beast"),
            json!("fat"),
            json!({ "bytes": 1, "number": 1 }),
        ]
    };
    for client in &sessions {
        (0..EACH).for_each(|_| client.send(&fat()));
    }
    let answers: Vec<_> = (0..TURN / 2).map(|_| bob.emit(&fat())).collect();
    house.cage.gate.add_permits(SESSIONS + 1);
    for answer in answers {
        assert!(answer.await.is_ok());
    }
    // The last of all to come is behind a turn of each, or two where a store wakes them one after the other: a quarter of what
    // they have asked at most.
    let begun = house.cage.begun.load(Ordering::SeqCst);
    assert!(begun <= 2 * (SESSIONS + 1) * TURN, "{begun}");
    house.cage.has_begun(SESSIONS * EACH).await;
    drop((sessions, bob));
    house.comes_to_rest().await;
}
