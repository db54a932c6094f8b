//! Logging in over real connections.

use axum::Router;
use serde_json::{Value, json};
use sockful::Load;

use super::*;
use crate::support::raw::Raw;
use crate::support::server::{Server, comes_to_rest, config};

/// A server whose clients are who the header says, the cookie, the query or the payload; `slow` waits at the gate,
/// `where` is named after its address, `hang` and `panic` do so.
async fn serve(config: Config) -> (Server, Probe) {
    let house = house_with(config, |app| app.authenticate(authenticate)).await;
    (Server::start(house.app.app().clone()).await, house.probe)
}

async fn authenticate(h: Handshake) -> Result<Option<Login>> {
    #[derive(Deserialize)]
    struct Auth {
        token: Option<String>,
    }
    let shown = h.auth::<Auth>()?.token;
    let shown = shown.or_else(|| h.bearer().map(str::to_owned));
    let shown = shown.or_else(|| h.cookie("session").map(str::to_owned));
    match shown.or_else(|| h.query("user")).as_deref() {
        None => Ok(None),
        Some("slow") => {
            h.state::<Probe>().wait().await;
            Ok(Some(Login::new("ann")))
        }
        Some("where") => Ok(h.address().map(Login::new)),
        Some("hang") => std::future::pending().await,
        Some("panic") => panic!("a secret of the server"),
        Some("bad") => Err(Error::not_authenticated("who is that?").reason("bad_token")),
        Some(user) => Ok(Some(Login::new(user))),
    }
}

/// Joins with this payload: who the client is then, or the error that it is refused with.
async fn join(raw: &mut Raw, auth: &str) -> Value {
    raw.send(&format!("40{auth}")).await;
    let frame = raw.frame().await.expect("the server answers");
    if let Some(refused) = frame.strip_prefix("44") {
        let refused: Value = serde_json::from_str(refused).expect("JSON");
        assert_eq!(refused.as_object().map(serde_json::Map::len), Some(1));
        let message = refused["message"].as_str().expect("text");
        return serde_json::from_str(message).expect("an error in JSON");
    }
    assert!(frame.starts_with("40{"), "{frame}");
    raw.call(json!(["door", "knock"])).await[1].clone()
}

#[tokio::test]
async fn headers_cookies_query_and_payload_reach_the_authenticator() {
    let (server, _) = serve(Config::default()).await;
    for (query, headers, auth, expected) in [
        ("", &[("authorization", "Bearer ann")][..], "", json!("ann")),
        ("", &[("cookie", "session=ann")], "", json!("ann")),
        ("&user=ann", &[], "", json!("ann")),
        ("", &[], r#"{"token":"ann"}"#, json!("ann")),
        (
            "",
            &[("cookie", "session=bob")],
            r#"{"token":"ann"}"#,
            json!("ann"),
        ),
        ("", &[], "", Value::Null),
    ] {
        let mut raw = Raw::open_with(server.address, query, headers).await;
        assert_eq!(
            join(&mut raw, auth).await,
            expected,
            "{query} {headers:?} {auth}"
        );
    }
    server.comes_to_rest().await;
}

#[tokio::test]
async fn a_client_on_long_polling_logs_in_too() {
    let (server, _) = serve(Config::default()).await;
    let hello = server.polling("GET", "", b"").await;
    let sid = hello.split("\"sid\":\"").nth(1).expect(&hello);
    let sid = format!("&sid={}", sid.split('"').next().expect("an id"));
    server.polling("POST", &sid, br#"40{"token":"ann"}"#).await;
    let joined = server.polling("GET", &sid, b"").await;
    assert!(joined.contains("40{"), "{joined}");
    server
        .polling("POST", &sid, br#"420["door","knock"]"#)
        .await;
    let mut answer = server.polling("GET", &sid, b"").await;
    if !answer.contains("430") {
        // A heartbeat may come first.
        answer = server.polling("GET", &sid, b"").await;
    }
    assert!(answer.contains(r#"430[null,"ann",{}]"#), "{answer}");
}

#[tokio::test]
async fn what_is_for_those_who_have_logged_in_is_for_them_alone() {
    let (server, _) = serve(Config::default()).await;
    let mut ann = Raw::open(server.address).await;
    join(&mut ann, r#"{"token":"ann"}"#).await;
    assert_eq!(
        ann.call(json!(["mirror", "teams"])).await,
        json!([null, [], {}])
    );
    let mut nobody = server.client().await;
    let refused = nobody.call(json!(["mirror", "teams"])).await;
    assert_eq!(refused[0]["reason"], "not_authenticated");
    assert_eq!(refused[0]["code"], 401);
}

#[tokio::test]
async fn who_is_refused_is_told_why_and_may_try_again() {
    let (server, _) = serve(Config::default()).await;
    let mut raw = Raw::open(server.address).await;
    let refused = join(&mut raw, r#"{"token":"bad"}"#).await;
    let told = json!({ "code": 401, "name": "NotAuthenticated", "reason": "bad_token", "message": "who is that?" });
    assert_eq!(refused, told);
    let refused = join(&mut raw, r#"{"token":5}"#).await;
    assert_eq!(refused["errors"]["auth.token"][0]["code"], "wrong_type");
    let refused = join(&mut raw, r#"{"token":"panic"}"#).await;
    assert_eq!(refused["reason"], "internal");
    assert!(!refused.to_string().contains("secret"), "{refused}");
    assert_eq!(server.app.load().sessions, 0);
    assert_eq!(join(&mut raw, r#"{"token":"ann"}"#).await, "ann");
    drop(raw);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn an_authenticator_that_hangs_is_given_up_and_the_client_told() {
    let short = config(|config| config.identity_timeout = Duration::from_millis(50));
    let (server, _) = serve(short).await;
    let mut raw = Raw::open(server.address).await;
    let refused = join(&mut raw, r#"{"token":"hang"}"#).await;
    assert_eq!(refused["reason"], "timeout");
    assert_eq!(refused["temporary"], true);
    assert_eq!(join(&mut raw, r#"{"token":"ann"}"#).await, "ann");
    drop(raw);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn a_client_that_goes_away_while_it_logs_in_leaves_nothing_behind() {
    let (server, probe) = serve(Config::default()).await;
    for round in 0..20 {
        let mut raw = Raw::open(server.address).await;
        raw.send(r#"40{"token":"slow"}"#).await;
        probe.waits_for(round + 1).await;
        assert_eq!(server.app.load().handshakes, 1);
        if round % 2 == 0 {
            raw.send("1").await;
        }
        drop(raw);
        // Whether the server has noticed by now or has not.
        tokio::time::sleep(Duration::from_millis(u64::try_from(round % 4).unwrap() * 5)).await;
        probe.gate.add_permits(1);
        server.comes_to_rest().await;
    }
}

#[tokio::test]
async fn nothing_that_a_client_sends_as_soon_as_it_is_connected_is_lost() {
    let (server, probe) = serve(Config::default()).await;
    let mut raw = Raw::open(server.address).await;
    raw.send(r#"40{"token":"slow"}"#).await;
    probe.waits_for(1).await;
    probe.gate.add_permits(1);
    let joined = raw.frame().await.expect("the server answers");
    assert!(joined.starts_with("40{"), "{joined}");
    for _ in 0..100 {
        raw.emit(json!(["door", "knock"])).await;
    }
    for number in 0..100 {
        let (ack, answer) = raw.answer().await.expect("the connection stands");
        assert_eq!((ack, &answer[1]), (number, &json!("ann")));
    }
}

#[tokio::test]
async fn who_logs_in_while_the_server_stops_is_told_so() {
    let (server, probe) = serve(Config::default()).await;
    let mut raw = Raw::open(server.address).await;
    raw.send(r#"40{"token":"slow"}"#).await;
    probe.waits_for(1).await;
    let app = server.app.clone();
    let stopped = server.stop();
    let frame = raw.frame().await.expect("the server answers");
    assert!(
        frame.starts_with("44{") && frame.contains("closing"),
        "{frame}"
    );
    stopped.await.unwrap().unwrap();
    comes_to_rest(&app).await;
}

#[tokio::test]
async fn an_address_that_is_forwarded_counts_from_a_trusted_proxy_alone() {
    let trusting = |proxies: &[&str]| {
        let proxies = proxies.iter().map(ToString::to_string).collect();
        config(|config| config.trusted_proxies = proxies)
    };
    let forwarded = [("x-forwarded-for", "203.0.113.9, 198.51.100.1, 10.1.1.1")];
    for (proxies, headers, expected) in [
        (&[][..], &forwarded[..], "127.0.0.1"),
        (&["10.0.0.0/8"], &forwarded, "127.0.0.1"),
        (&["127.0.0.1"], &forwarded, "10.1.1.1"),
        (&["127.0.0.0/8", "10.0.0.0/8"], &forwarded, "198.51.100.1"),
        (
            &["127.0.0.1"],
            &[("forwarded", "for=198.51.100.1")],
            "198.51.100.1",
        ),
        (&["127.0.0.1"], &[], "127.0.0.1"),
    ] {
        let (server, _) = serve(trusting(proxies)).await;
        let mut raw = Raw::open_with(server.address, "", headers).await;
        raw.send(r#"40{"token":"where"}"#).await;
        raw.frame().await.expect("the server answers");
        // Facts are not for addresses: ask for the key alone, by the operation that it owns.
        let users = server.app.load().users;
        assert_eq!(users, 1);
        let refused = raw.call(json!(["door", "knock"])).await;
        assert_eq!(refused[0]["reason"], "user_refused");
        server.app.revoke(expected);
        let rest = raw.rest().await.join(" ");
        assert!(
            rest.contains("revoked"),
            "{expected} is not the client: {rest}"
        );
    }
}

#[tokio::test]
async fn what_a_tower_layer_has_put_into_the_request_reaches_the_authenticator() {
    #[derive(Clone)]
    struct Session(&'static str);
    let app = App::builder()
        .store(store())
        .resource::<Door>()
        .authenticate(async |h: Handshake| Ok(h.extension::<Session>().map(|it| Login::new(it.0))));
    let app = app.build().await.expect("these parts make an app");
    let router: Router = app.router();
    let router = router.layer(axum::Extension(Session("ann")));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { sockful::serve(listener, router).await });
    let mut raw = Raw::open(address).await;
    assert_eq!(join(&mut raw, "").await, "ann");
}

#[tokio::test]
async fn a_revoked_client_is_told_and_its_connection_ended() {
    let (server, _) = serve(Config::default()).await;
    let mut ann = Raw::open(server.address).await;
    join(&mut ann, r#"{"token":"ann"}"#).await;
    let mut bob = Raw::open(server.address).await;
    join(&mut bob, r#"{"token":"bob"}"#).await;
    server.app.revoke("ann");
    let told = r#"42["sockful","closing",{"reason":"revoked","retry_after_ms":0}]"#;
    assert_eq!(ann.rest().await, [told]);
    assert_eq!(bob.call(json!(["door", "knock"])).await[1], "bob");
    drop(bob);
    server.comes_to_rest().await;
    assert_eq!(server.app.load(), Load::default());
}

#[tokio::test]
async fn a_client_is_told_over_its_connection_that_its_login_ends() {
    let app = App::builder()
        .store(store())
        .resource::<Door>()
        .authenticate(async |_: Handshake| {
            let soon = std::time::SystemTime::now() + Duration::from_secs(30);
            Ok(Some(Login::new("ann").expires(soon)))
        });
    let app = app.build().await.expect("these parts make an app");
    let server = Server::start(app).await;
    let mut raw = Raw::open(server.address).await;
    raw.join().await;
    let told = raw.frame().await.expect("an event");
    let told = told.strip_prefix("42").expect(&told);
    let told: Value = serde_json::from_str(told).expect("JSON");
    assert_eq!(
        (&told[0], &told[1]),
        (&json!("sockful"), &json!("token_expiring"))
    );
    assert!(told[2]["expires_in_ms"].as_u64().unwrap() <= 30_000);
    assert_eq!(told.as_array().map(Vec::len), Some(3));
    let renewed = raw.call(json!(["sockful", "auth", {}])).await;
    assert_eq!(renewed[1]["user"], "ann");
    drop(raw);
    server.comes_to_rest().await;
}
