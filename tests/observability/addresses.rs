//! Whoever runs a server is told that addresses are not what they seem, once.

use std::net::SocketAddr;

use serde_json::json;
use sockful::Config;
use tokio::net::TcpListener;

use super::traces::Log;
use crate::support::beast::beasts;
use crate::support::raw::Raw;
use crate::support::server::Server;

async fn asks(address: SocketAddr, headers: &[(&'static str, &str)]) {
    let mut raw = Raw::open_with(address, "", headers).await;
    raw.join().await;
    assert_eq!(raw.call(json!(["beast", "count"])).await[1], 1);
}

/// What the log says of addresses.
fn told(log: &Log) -> Vec<String> {
    let told = log.lines("per address").into_iter();
    told.filter(|line| line.contains("WARN")).collect()
}

#[tokio::test]
async fn a_server_that_does_not_know_addresses_is_told_of_once() {
    let (log, _guard) = Log::new();
    let (app, _cage) = beasts(Config::default()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router: axum::Router = app.app().router();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    for _ in 0..3 {
        asks(address, &[]).await;
    }
    let told = told(&log);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("sockful::serve"), "{told:?}");
    serving.abort();
}

/// What the log says after clients have come with this header, where these proxies are trusted.
async fn behind(header: (&'static str, &str), trusted: &str) -> Vec<String> {
    let (log, _guard) = Log::new();
    let mut config = Config::default();
    config.trusted_proxies = vec![trusted.to_owned()];
    let (app, _cage) = beasts(config).await;
    let server = Server::start(app.app().clone()).await;
    for _ in 0..3 {
        asks(server.address, &[header]).await;
    }
    told(&log)
}

const HEADERS: [(&str, &str); 2] = [
    ("forwarded", "for=198.51.100.1"),
    ("x-forwarded-for", "198.51.100.1"),
];

#[tokio::test]
async fn a_proxy_that_nobody_has_named_is_told_of_once() {
    for header in HEADERS {
        let told = behind(header, "192.0.2.1").await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("trusted_proxies"), "{told:?}");
        assert!(!told[0].contains("198.51.100.1"), "{told:?}");
    }
}

#[tokio::test]
async fn of_a_proxy_that_is_trusted_nothing_is_told() {
    for header in HEADERS {
        let told = behind(header, "127.0.0.1").await;
        assert!(told.is_empty(), "{told:?}");
    }
}
