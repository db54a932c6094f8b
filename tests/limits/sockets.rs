//! The same over real connections, some of them behind a proxy.

use super::*;
use crate::support::raw::Raw;
use crate::support::server::Server;

/// A server behind a proxy on this machine.
async fn serve(change: impl FnOnce(&mut Config)) -> (Server, House) {
    let house = House::new(|config| {
        config.trusted_proxies = vec!["127.0.0.1".to_owned()];
        change(config);
    })
    .await;
    (Server::start(house.app.app().clone()).await, house)
}

/// A WebSocket from this address, as the proxy tells.
async fn open(server: &Server, address: &str) -> Raw {
    Raw::open_with(server.address, "", &[("x-forwarded-for", address)]).await
}

/// Joins with this token; the error that the client is refused with, if it is.
async fn join(raw: &mut Raw, token: &str) -> Option<Value> {
    raw.send(&format!("40{{\"token\":\"{token}\"}}")).await;
    answer(raw).await
}

async fn answer(raw: &mut Raw) -> Option<Value> {
    let frame = raw.frame().await.expect("the server answers");
    let Some(refused) = frame.strip_prefix("44") else {
        assert!(frame.starts_with("40{"), "{frame}");
        return None;
    };
    let refused: Value = serde_json::from_str(refused).expect("JSON");
    let message = refused["message"].as_str().expect("text");
    Some(serde_json::from_str(message).expect("an error in JSON"))
}

#[tokio::test]
async fn of_20_000_guesses_few_reach_the_authenticator_and_neighbours_are_let_in() {
    let (server, house) = serve(|_| {}).await;
    let mut refused = 0;
    for _ in 0..10 {
        // One connection may try to join as often as it likes.
        let mut raw = open(&server, "198.51.100.1").await;
        for _ in 0..20 {
            for _ in 0..100 {
                assert!(raw.feed("40{\"token\":\"bad\"}".to_owned()).await);
            }
            assert!(raw.flush().await);
            for _ in 0..100 {
                let error = answer(&mut raw).await.expect("a bad token");
                if error["reason"] != "bad_token" {
                    assert_eq!(refusal(&error).0, "too_many_failed_logins");
                    refused += 1;
                }
            }
        }
    }
    // One more each second, for as long as this takes.
    assert!(refused > 19_000, "{refused}");
    assert_eq!(house.asked(), 20_000 - refused);
    let mut neighbour = open(&server, "198.51.100.2").await;
    assert_eq!(join(&mut neighbour, "bob").await, None);
    assert_eq!(neighbour.call(json!(["beast", "count"])).await[1], 0);
    drop(neighbour);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn what_a_proxy_tells_is_what_counts() {
    let (server, house) = serve(|config| config.max_sessions_per_address = 2).await;
    let mut inside = Vec::new();
    for _ in 0..2 {
        let mut raw = open(&server, "198.51.100.1").await;
        assert_eq!(join(&mut raw, "ann").await, None);
        inside.push(raw);
    }
    let mut third = open(&server, "203.0.113.9, 198.51.100.1").await;
    let refused = join(&mut third, "ann").await.expect("one too many");
    assert_eq!(refusal(&refused).0, "too_many_sessions");
    let mut neighbour = open(&server, "198.51.100.2").await;
    assert_eq!(join(&mut neighbour, "ann").await, None);
    drop((inside, third, neighbour));
    server.comes_to_rest().await;
    assert_eq!(house.asked(), 4);
}

#[tokio::test]
async fn without_an_authenticator_addresses_have_their_limits_too() {
    let mut config = Config::default();
    config.handshakes_per_minute = 2;
    let app = App::builder().store(store()).config(config).build().await;
    let server = Server::start(app.expect("an app")).await;
    let clients = [server.client().await, server.client().await];
    let mut third = Raw::open(server.address).await;
    let refused = join(&mut third, "none").await.expect("one too many");
    assert_eq!(refusal(&refused).0, "too_many_handshakes");
    drop((clients, third));
    server.comes_to_rest().await;
}

#[tokio::test]
async fn polling_sessions_count_by_what_a_proxy_tells() {
    let (server, _house) = serve(|config| config.max_polling_per_address = 1).await;
    let hello = async |address: &str| {
        let request = format!(
            "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nhost: here\r\n\
             x-forwarded-for: {address}\r\nconnection: close\r\n\r\n"
        );
        server.http(request.as_bytes()).await
    };
    assert!(hello("198.51.100.1").await.starts_with("HTTP/1.1 200"));
    assert!(hello("198.51.100.1").await.starts_with("HTTP/1.1 429"));
    assert!(hello("198.51.100.2").await.starts_with("HTTP/1.1 200"));
}
