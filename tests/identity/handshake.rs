//! What an authenticator learns of a client.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::{TestApp, TestHandshake};

use super::Door;
use crate::support;

/// An app whose clients are who this says.
async fn app<F, Fut>(authenticate: F) -> TestApp
where
    F: Fn(Handshake) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Option<Login>>> + Send + 'static,
{
    support::app(|app| {
        let app = app.state("a state".to_owned()).resource::<Door>();
        app.authenticate(authenticate)
    })
    .await
}

/// Who the client is that shows this; null for nobody.
async fn who(handshake: TestHandshake) -> Value {
    let client = handshake.connect().await.expect("it may connect");
    client
        .call("door", "knock", json!({}))
        .await
        .result()
        .clone()
}

fn login(user: Option<&str>) -> Result<Option<Login>> {
    Ok(user.map(Login::new))
}

#[tokio::test]
async fn without_an_authenticator_every_client_is_nobody() {
    let app = support::app(|app| app.resource::<Door>()).await;
    let shown = app.handshake().header("authorization", "Bearer ann");
    assert_eq!(who(shown).await, Value::Null);
}

#[tokio::test]
async fn a_client_is_who_the_authenticator_says_or_nobody() {
    let app = app(async |h: Handshake| login(h.header("x-user"))).await;
    assert_eq!(who(app.handshake().header("x-user", "ann")).await, "ann");
    assert_eq!(who(app.handshake()).await, Value::Null);
}

#[tokio::test]
async fn an_authenticator_may_be_a_closure_that_captures() {
    let secret = "s3cr3t".to_owned();
    let app = app(move |h| {
        let secret = secret.clone();
        async move { login((h.bearer() == Some(&secret)).then_some("ann")) }
    })
    .await;
    let shown = app.handshake().header("authorization", "Bearer s3cr3t");
    assert_eq!(who(shown).await, "ann");
    assert_eq!(who(app.handshake()).await, Value::Null);
}

#[tokio::test]
async fn it_reads_cookies() {
    let app = app(async |h: Handshake| login(h.cookie("session"))).await;
    for (cookies, expected) in [
        (&["session=ann"][..], json!("ann")),
        (&["theme=dark; session=ann ; session=bob"], json!("ann")),
        (&["theme=dark", "session=\"ann\""], json!("ann")),
        (&["session=a=b%20c"], json!("a=b%20c")),
        (&["my_session=ann; sessions=bob; Session=cid"], Value::Null),
        (&["session"], Value::Null),
        (&[], Value::Null),
    ] {
        let mut shown = app.handshake();
        for cookie in cookies {
            shown = shown.header("cookie", cookie);
        }
        assert_eq!(who(shown).await, expected, "{cookies:?}");
    }
}

#[tokio::test]
async fn it_reads_a_bearer_token() {
    let app = app(async |h: Handshake| login(h.bearer())).await;
    for (header, expected) in [
        ("Bearer ann", json!("ann")),
        ("bearer  ann ", json!("ann")),
        ("Basic ann", Value::Null),
        ("Bearer", Value::Null),
        ("Bearerann", Value::Null),
    ] {
        let shown = app.handshake().header("authorization", header);
        assert_eq!(who(shown).await, expected, "{header}");
    }
}

#[tokio::test]
async fn it_reads_the_query_decoded() {
    let app = app(async |h: Handshake| login(h.query("user").as_deref())).await;
    for (query, expected) in [
        ("EIO=4&user=ann&user=bob", json!("ann")),
        ("user=a%26n+n%C3%A9", json!("a&n né")),
        ("users=ann", Value::Null),
        ("", Value::Null),
    ] {
        assert_eq!(who(app.handshake().query(query)).await, expected, "{query}");
    }
}

#[derive(Deserialize)]
struct Auth {
    token: Option<String>,
    device: Option<Device>,
}

#[derive(Deserialize)]
struct Device {
    number: u8,
}

async fn by_payload() -> TestApp {
    app(async |h: Handshake| {
        let auth = h.auth::<Auth>()?;
        let device = auth.device.map_or(0, |device| device.number);
        Ok(auth
            .token
            .map(|token| Login::new(format!("{token} {device}"))))
    })
    .await
}

#[tokio::test]
async fn it_reads_the_auth_payload() {
    let app = by_payload().await;
    let auth = json!({ "token": "ann", "device": { "number": 7 }, "ack": "one" });
    assert_eq!(who(app.handshake().auth(&auth)).await, "ann 7");
    for nobody in [json!({}), json!(null), json!({ "user": "ann" })] {
        assert_eq!(who(app.handshake().auth(&nobody)).await, Value::Null);
    }
    assert_eq!(who(app.handshake()).await, Value::Null);
}

#[tokio::test]
async fn an_auth_payload_that_does_not_fit_is_refused_with_the_field_at_fault() {
    let app = by_payload().await;
    for (auth, path, code) in [
        (
            json!({ "token": 5, "ack": "one" }),
            "auth.token",
            "wrong_type",
        ),
        (
            json!({ "token": "ann", "device": { "number": 300 } }),
            "auth.device.number",
            "out_of_range",
        ),
        (json!({ "device": {} }), "auth.device.number", "required"),
    ] {
        let refused = app.handshake().auth(&auth).connect().await.unwrap_err();
        assert_eq!(refused["code"], 400);
        assert_eq!(refused["reason"], "invalid_auth");
        assert_eq!(support::codes(&refused), json!({ path: code }), "{auth}");
    }
    for odd in [json!([]), json!("ann"), json!(7)] {
        let refused = app.handshake().auth(&odd).connect().await.unwrap_err();
        assert_eq!(refused["reason"], "invalid_auth", "{odd}");
        assert!(refused["errors"].is_object(), "{refused}");
    }
}

#[tokio::test]
async fn an_auth_payload_has_the_bounds_of_any_payload() {
    let app = by_payload().await;
    let long = json!({ "token": "x".repeat(256 * 1024) });
    let refused = app.handshake().auth(&long).connect().await.unwrap_err();
    assert_eq!(refused["reason"], "payload_too_large");
    let mut deep = json!({});
    for _ in 0..64 {
        deep = json!([deep]);
    }
    let refused = app.handshake().auth(&deep).connect().await.unwrap_err();
    assert_eq!(refused["reason"], "too_deep");
}

#[tokio::test]
async fn it_reads_what_layers_have_put_into_the_request() {
    #[derive(Clone)]
    struct Session(&'static str);
    let app = app(async |h: Handshake| login(h.extension::<Session>().map(|it| it.0))).await;
    assert_eq!(who(app.handshake().extension(Session("ann"))).await, "ann");
    assert_eq!(who(app.handshake()).await, Value::Null);
}

#[tokio::test]
async fn it_reads_the_address_and_the_state_of_the_app() {
    let app = app(async |h: Handshake| {
        let address = h
            .address()
            .map_or("nowhere".to_owned(), |it| it.to_string());
        let state = h.state::<String>();
        Ok(Some(Login::new(format!("{address} {state}"))))
    })
    .await;
    let address: IpAddr = "192.0.2.1".parse().unwrap();
    let shown = app.handshake().address(address);
    assert_eq!(who(shown).await, "192.0.2.1 a state");
    assert_eq!(who(app.handshake()).await, "nowhere a state");
}

#[tokio::test]
async fn what_it_refuses_with_is_what_the_client_is_told() {
    let app =
        app(async |_: Handshake| Err(Error::forbidden("not on sundays").reason("sunday"))).await;
    let refused = app.handshake().connect().await.unwrap_err();
    let told = json!({ "code": 403, "name": "Forbidden", "reason": "sunday", "message": "not on sundays" });
    assert_eq!(refused, told);
    assert_eq!(app.app().load(), sockful::Load::default());
}

#[tokio::test]
async fn of_what_is_wrong_with_the_server_the_client_learns_an_id() {
    let fails = app(async |_: Handshake| Err(Error::internal("users.db is gone"))).await;
    let panics = app(async |h: Handshake| {
        let _ = h.state::<u128>();
        Ok(None)
    })
    .await;
    let panics_at_once = app(|_| {
        panic!("secret");
        #[allow(unreachable_code, reason = "says what the closure answers")]
        std::future::ready(Ok(None))
    })
    .await;
    for app in [fails, panics, panics_at_once] {
        let refused = app.handshake().connect().await.unwrap_err();
        assert_eq!(refused["reason"], "internal");
        let message = refused["message"].as_str().unwrap();
        assert!(message.starts_with("the server failed; its log knows this as "));
        assert_eq!(app.app().load(), sockful::Load::default());
    }
}

#[tokio::test]
async fn what_cannot_be_the_key_of_a_user_logs_nobody_in() {
    let app = app(async |h: Handshake| login(h.query("user").as_deref())).await;
    let long = format!("user={}", "x".repeat(257));
    for query in ["user=", "user=a%00b", &long] {
        let refused = app.handshake().query(query).connect().await.unwrap_err();
        assert_eq!(refused["reason"], "internal", "{query}");
    }
    let longest = format!("user={}", "x".repeat(256));
    assert!(app.handshake().query(&longest).connect().await.is_ok());
}

#[tokio::test]
async fn what_it_shows_is_in_no_log_line() {
    let app = app(async |h: Handshake| {
        assert!(!format!("{h:?}").contains("s3cr3t"));
        login(Some("ann"))
    })
    .await;
    let shown = app.handshake().header("cookie", "s3cr3t").query("s3cr3t");
    let shown = shown.auth(&json!({ "token": "s3cr3t" }));
    assert_eq!(who(shown).await, "ann");
}

#[tokio::test(start_paused = true)]
async fn an_authenticator_that_takes_too_long_logs_nobody_in() {
    let app = app(async |_: Handshake| std::future::pending().await).await;
    let refused = app.handshake().connect().await.unwrap_err();
    assert_eq!(refused["reason"], "timeout");
    assert_eq!(app.app().load(), sockful::Load::default());
}
