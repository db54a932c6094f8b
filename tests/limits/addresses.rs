//! What one address may do.

use std::net::Ipv6Addr;

use tokio::time::advance;

use super::*;

#[tokio::test(start_paused = true)]
async fn of_20_000_handshakes_of_one_address_those_beyond_the_limit_are_refused_unseen() {
    let house = House::new(|_| {}).await;
    let neighbour = house.connect(2, "bob").await.expect("bob is let in");
    let (mut let_in, mut refused) = (0, 0);
    for _ in 0..20_000 {
        match house.connect(1, "ann").await {
            Ok(client) => {
                client.disconnect().await;
                let_in += 1;
            }
            Err(error) => {
                let (reason, wait) = refusal(&error);
                assert_eq!(reason, "too_many_handshakes");
                assert!(wait <= Duration::from_millis(21), "{wait:?}");
                refused += 1;
            }
        }
    }
    assert_eq!((let_in, refused), (3_000, 17_000));
    assert_eq!(house.asked(), 3_001);
    is_untouched(&neighbour).await;
    assert!(house.connect(2, "cleo").await.is_ok());
    // As long as it was told to wait.
    advance(Duration::from_millis(21)).await;
    assert!(house.connect(1, "ann").await.is_ok());
    neighbour.disconnect().await;
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn the_addresses_of_one_network_count_as_one() {
    let house = House::new(|config| config.handshakes_per_minute = 4).await;
    let connect = async |network: u16, host: u16| {
        let address = Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, host);
        house
            .app
            .handshake()
            .address(address.into())
            .connect()
            .await
    };
    for host in 1..=4 {
        assert!(connect(1, host).await.is_ok());
    }
    let refused = connect(1, 5).await.expect_err("the fifth");
    assert_eq!(refusal(&refused).0, "too_many_handshakes");
    assert!(connect(2, 5).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn so_many_of_one_address_may_be_about_to_log_in() {
    let house = House::new(|config| config.max_handshakes_per_address = 3).await;
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let shown = house.app.handshake().address([192, 0, 2, 1].into());
            tokio::spawn(shown.auth(&json!({ "token": "slow" })).connect())
        })
        .collect();
    while house.asked() < 3 {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        let refused = house.connect(1, "ann").await.expect_err("one too many");
        assert_eq!(refusal(&refused).0, "too_many_handshakes");
    }
    assert_eq!(house.asked(), 3);
    is_untouched(&house.connect(2, "bob").await.expect("bob is let in")).await;
    house.gate.open.add_permits(3);
    for waiting in waiting {
        assert!(waiting.await.expect("no panic").is_ok());
    }
    assert!(house.connect(1, "ann").await.is_ok());
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn an_authenticator_that_hangs_gives_its_places_back() {
    let house = House::new(|config| config.max_handshakes_per_address = 1).await;
    let refused = house.connect(1, "slow").await.expect_err("nobody opens");
    assert_eq!(refused["reason"], "timeout");
    assert!(house.connect(1, "ann").await.is_ok());
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn who_fails_to_log_in_too_often_is_refused_unseen() {
    let house = House::new(|config| config.failed_logins_per_minute = 6).await;
    for _ in 0..6 {
        let refused = house.connect(1, "bad").await.expect_err("a bad token");
        assert_eq!(refused["reason"], "bad_token");
    }
    // Whatever the next guess is.
    for token in ["bad", "ann", "late"].repeat(1_000) {
        let refused = house.connect(1, token).await.expect_err("one too many");
        let (reason, wait) = refusal(&refused);
        assert_eq!(reason, "too_many_failed_logins");
        assert!(wait <= Duration::from_millis(10_001), "{wait:?}");
    }
    assert_eq!(house.asked(), 6);
    is_untouched(&house.connect(2, "bob").await.expect("bob is let in")).await;
    advance(Duration::from_millis(10_001)).await;
    assert!(house.connect(1, "ann").await.is_ok());
    let refused = house.connect(1, "bad").await.expect_err("a bad token");
    assert_eq!(refused["reason"], "bad_token");
    let refused = house.connect(1, "bad").await.expect_err("one too many");
    assert_eq!(refusal(&refused).0, "too_many_failed_logins");
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn a_guess_on_a_live_connection_counts_too() {
    let house = House::new(|config| config.failed_logins_per_minute = 6).await;
    let client = house.connect(1, "ann").await.expect("ann is let in");
    let guess = || client.call("sockful", "auth", json!({ "token": "bad" }));
    for _ in 0..6 {
        assert_eq!(guess().await.error()["reason"], "bad_token");
    }
    for _ in 0..100 {
        let refused = guess().await;
        assert_eq!(refusal(refused.error()).0, "too_many_failed_logins");
    }
    assert_eq!(house.asked(), 7);
    // Who has logged in goes on.
    is_untouched(&client).await;
}

/// Guesses of host 1, all of which are looked at before the first of them is refused.
async fn guess_at_once(house: &House, count: usize) {
    let asked = house.asked();
    let guesses: Vec<_> = (0..count)
        .map(|_| {
            let shown = house.app.handshake().address([192, 0, 2, 1].into());
            tokio::spawn(shown.auth(&json!({ "token": "guess" })).connect())
        })
        .collect();
    while house.asked() < asked + count {
        tokio::task::yield_now().await;
    }
    house.gate.open.add_permits(count);
    for guess in guesses {
        let refused = guess.await.expect("no panic").expect_err("a wrong guess");
        assert_eq!(refused["reason"], "bad_token");
    }
}

#[tokio::test(start_paused = true)]
async fn guesses_that_come_at_once_count_each() {
    let house = House::new(|config| config.failed_logins_per_minute = 6).await;
    guess_at_once(&house, 100).await;
    for _ in 0..69 {
        let refused = house.connect(1, "bad").await.expect_err("one too many");
        assert_eq!(refusal(&refused).0, "too_many_failed_logins");
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(house.asked(), 100);
    // So many at once count for two minutes, of which the limit forgives one.
    advance(Duration::from_secs(2)).await;
    assert!(house.connect(1, "ann").await.is_ok());
    house.comes_to_rest().await;
}

#[tokio::test(start_paused = true)]
async fn no_number_of_guesses_shuts_an_address_out_for_long() {
    let house = House::new(|config| config.failed_logins_per_minute = 1).await;
    guess_at_once(&house, 500).await;
    let refused = house.connect(1, "ann").await.expect_err("not yet");
    let (_, wait) = refusal(&refused);
    assert!(wait <= Duration::from_millis(120_001), "{wait:?}");
    advance(wait).await;
    assert!(house.connect(1, "ann").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_to_be_refused_counts_as_refused() {
    let house = House::new(|config| config.failed_logins_per_minute = 6).await;
    let guess = [json!("sockful"), json!("auth"), json!({ "token": "guess" })];
    let hasty = house.connect(1, "ann").await.expect("ann is let in");
    for _ in 0..3 {
        let [resource, action, payload] = guess.clone();
        let given_up = hasty.emit(&[resource, action, payload, json!({ "timeout_ms": 1 })]);
        assert_eq!(given_up.await.error()["reason"], "timeout");
    }
    for _ in 0..3 {
        let leaving = house.connect(1, "ann").await.expect("ann is let in");
        let asked = house.asked();
        leaving.send(&guess);
        while house.asked() == asked {
            tokio::task::yield_now().await;
        }
        leaving.disconnect().await;
    }
    while house.app.app().load().handshakes > 0 {
        tokio::task::yield_now().await;
    }
    let refused = house.connect(1, "bad").await.expect_err("one too many");
    assert_eq!(refusal(&refused).0, "too_many_failed_logins");
}

#[tokio::test(start_paused = true)]
async fn tokens_that_have_expired_are_no_guesses() {
    let house = House::new(|config| config.failed_logins_per_minute = 1).await;
    for _ in 0..100 {
        let refused = house.connect(1, "late").await.expect_err("a late token");
        assert_eq!(refused["reason"], "token_expired");
    }
    assert!(house.connect(1, "ann").await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn one_address_has_so_many_sessions() {
    let house = House::new(|config| config.max_sessions_per_address = 2).await;
    let ann = house.connect(1, "ann").await.expect("the first");
    let bob = house.connect(1, "bob").await.expect("the second");
    for _ in 0..100 {
        let refused = house.connect(1, "cleo").await.expect_err("the third");
        assert_eq!(refusal(&refused).0, "too_many_sessions");
    }
    is_untouched(&house.connect(2, "cleo").await.expect("elsewhere")).await;
    ann.disconnect().await;
    let cleo = house.connect(1, "cleo").await.expect("one has left");
    is_untouched(&bob).await;
    drop((bob, cleo));
    house.comes_to_rest().await;
}
