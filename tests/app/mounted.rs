//! An app beside other things: routes, a `SocketIo` of the user's own; and what it is busy with.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use socketioxide::SocketIo;
use sockful::prelude::*;
use sockful::testing::TestApp;
use sockful::{App, Load};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_tungstenite::{WebSocketStream, connect_async};

use crate::support;

/// Serves a router until the test ends.
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { sockful::serve(listener, router).await });
    address
}

/// The answer to one `GET`, head and body.
async fn http(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// What a stock client would see of one request, sent over a WebSocket to a namespace.
async fn emit(address: SocketAddr, namespace: &str, request: &str) -> String {
    let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
    let (mut socket, _) = connect_async(url).await.unwrap();
    let prefix = if namespace == "/" {
        String::new()
    } else {
        format!("{namespace},")
    };
    let connected = format!("40{prefix}");
    exchange(&mut socket, connected.clone(), &connected).await;
    let (event, answer) = (format!("42{prefix}0{request}"), format!("43{prefix}0"));
    exchange(&mut socket, event, &answer).await
}

/// Sends a packet and waits for one that begins as `awaited`: what comes after that.
async fn exchange<S>(socket: &mut WebSocketStream<S>, packet: String, awaited: &str) -> String
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    socket.send(packet.into()).await.unwrap();
    loop {
        let message = socket.next().await.expect("a packet").unwrap();
        let message = message.into_text().unwrap();
        if let Some(rest) = message.strip_prefix(awaited) {
            return rest.to_owned();
        }
        assert!(!message.starts_with("44"), "refused: {message}");
    }
}

const COUNT: &str = r#"["creature","count"]"#;
const NONE: &str = "[null,0,{}]";

#[tokio::test]
async fn routes_of_ones_own_stand_beside_the_app() {
    let app = support::creatures().await;
    let router = Router::new()
        .route("/own", get(async || "mine"))
        .merge(app.app().router());
    let address = serve(router).await;

    let own = http(address, "/own").await;
    assert!(
        own.starts_with("HTTP/1.1 200") && own.ends_with("mine"),
        "{own}"
    );
    let handshake = http(address, "/socket.io/?EIO=4&transport=polling").await;
    assert!(handshake.starts_with("HTTP/1.1 200"), "{handshake}");
    assert!(handshake.contains("\"sid\""), "{handshake}");
    let absent = http(address, "/nothing").await;
    assert!(absent.starts_with("HTTP/1.1 404"), "{absent}");
    assert_eq!(emit(address, "/", COUNT).await, NONE);
}

#[tokio::test]
async fn the_app_may_have_another_path() {
    let mut config = sockful::Config::default();
    config.path = "/live".to_owned();
    let app = support::app(|app| app.resource::<support::Creature>().config(config)).await;
    let address = serve(app.app().router()).await;
    let handshake = http(address, "/live/?EIO=4&transport=polling").await;
    assert!(handshake.contains("\"sid\""), "{handshake}");
    let absent = http(address, "/socket.io/?EIO=4&transport=polling").await;
    assert!(absent.starts_with("HTTP/1.1 404"), "{absent}");
}

#[tokio::test]
async fn the_app_may_be_nested_in_a_router_with_state() {
    let app = support::creatures().await;
    let router: Router<u8> = Router::new().merge(app.app().router());
    let address = serve(router.with_state(5)).await;
    assert_eq!(emit(address, "/", COUNT).await, NONE);
}

#[tokio::test]
async fn an_app_answers_a_namespace_of_somebody_elses_socket_io() {
    let app = support::creatures().await;
    let (layer, io) = SocketIo::new_layer();
    io.ns("/", async |socket: socketioxide::extract::SocketRef| {
        socket.on("creature", async |ack: socketioxide::extract::AckSender| {
            ack.send("not sockful").ok();
        });
    });
    app.app().attach(&io, "/creatures");
    let address = serve(Router::new().layer(layer)).await;
    assert_eq!(emit(address, "/creatures", COUNT).await, NONE);
    assert_eq!(emit(address, "/", COUNT).await, "[\"not sockful\"]");
}

#[tokio::test]
async fn two_apps_may_share_one_socket_io() {
    let (one, other) = (support::creatures().await, support::creatures().await);
    let client = one.anonymous();
    client
        .call("creature", "create", json!({ "name": "Bob" }))
        .await;
    let (layer, io) = SocketIo::new_layer();
    one.app().attach(&io, "/one");
    other.app().attach(&io, "/other");
    let address = serve(Router::new().layer(layer)).await;
    assert_eq!(emit(address, "/one", COUNT).await, "[null,1,{}]");
    assert_eq!(emit(address, "/other", COUNT).await, NONE);
}

/// A bell that rings until it is told to stop.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Bell {
    id: String,
}

#[remote]
impl Bell {
    #[remote]
    async fn ring(&mut self, cx: &Cx) {
        cx.state::<Notify>().notified().await;
    }
}

/// Lets everything run that can.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn load(app: &App) -> (usize, usize, usize) {
    let Load {
        sessions,
        calls,
        records,
        ..
    } = app.load();
    (sessions, calls, records)
}

#[tokio::test]
async fn an_app_knows_what_it_is_busy_with_and_nothing_is_left_when_all_are_gone() {
    // In memory, where a call is done when everything else has had its turn.
    let app = App::builder().store(Memory::new()).resource::<Bell>();
    let app = app.state(Notify::new()).build().await;
    let app = TestApp::new(app.expect("bells make an app"));
    assert_eq!(load(app.app()), (0, 0, 0));
    let (one, other) = (app.anonymous(), app.anonymous());
    one.call("bell", "create", json!([{ "id": "a" }, { "id": "b" }]))
        .await;
    settle().await;
    assert_eq!(load(app.app()), (2, 0, 0));
    let ring = |id: &str| ["bell".into(), "ring".into(), json!({ "id": id })];
    let (first, second) = (one.emit(&ring("a")), other.emit(&ring("b")));
    settle().await;
    assert_eq!(load(app.app()), (2, 2, 2));

    app.app().state::<Notify>().notify_waiters();
    assert!(first.await.is_ok() && second.await.is_ok());
    settle().await;
    assert_eq!(load(app.app()), (2, 0, 0));

    drop(one.emit(&ring("a")));
    settle().await;
    assert_eq!(load(app.app()), (2, 1, 1));
    drop((one, other));
    settle().await;
    assert_eq!(load(app.app()), (0, 0, 0));
}

#[tokio::test]
async fn an_app_acts_on_behalf_of_a_user_outside_requests() {
    let app = support::creatures().await;
    let cx = app.app().on_behalf_of("ann").await.unwrap();
    assert_eq!(cx.user_key(), Some("ann"));
    assert_eq!(cx.count(support::Creature::query()).await.unwrap(), 0);
}

/// Tells when the app it was given to is gone.
struct Trace(std::sync::Arc<()>);

#[tokio::test]
async fn an_app_is_gone_when_nobody_holds_it_or_its_router() {
    let trace = std::sync::Arc::new(());
    let app = App::builder().store(Memory::new());
    let app = app.state(Trace(trace.clone())).build().await.unwrap();
    assert_eq!(std::sync::Arc::strong_count(&app.state::<Trace>().0), 2);
    let router: Router = app.router();
    drop(app);
    assert_eq!(
        std::sync::Arc::strong_count(&trace),
        2,
        "its router needs it"
    );
    drop(router);
    assert_eq!(std::sync::Arc::strong_count(&trace), 1);
}

#[tokio::test]
async fn a_page_that_may_connect_may_also_poll() {
    let app = support::creatures().await;
    let address = serve(app.app().router()).await;
    let allowed = async |origin: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: {address}\r\n\
             Origin: {origin}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.contains(&format!("access-control-allow-origin: {origin}\r\n"))
    };
    assert!(allowed(&format!("http://{address}")).await);
    assert_eq!(
        allowed("http://localhost:5173").await,
        cfg!(debug_assertions)
    );
    assert!(!allowed("https://elsewhere.example").await);
}
