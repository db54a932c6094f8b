//! Logging in with JSON Web Tokens.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use sockful::Jwt;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestHandshake};

use super::Door;
use crate::support;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
// Made for these tests by `openssl genpkey`.
const RSA: &[u8] = include_bytes!("keys/rsa.pem");
const RSA_PUBLIC: &[u8] = include_bytes!("keys/rsa_public.pem");
const EC: &[u8] = include_bytes!("keys/ec.pem");
const EC_PUBLIC: &[u8] = include_bytes!("keys/ec_public.pem");

fn hs256() -> Jwt {
    Jwt::hs256(SECRET).expect("a long secret")
}

/// Seconds since 1970, so many from now.
fn from_now(seconds: i64) -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    i64::try_from(now.as_secs()).expect("a clock") + seconds
}

fn sign(algorithm: Algorithm, key: &EncodingKey, claims: &Value) -> String {
    encode(&Header::new(algorithm), claims, key).expect("a token")
}

/// A token of the shared secret.
fn token(claims: &Value) -> String {
    sign(Algorithm::HS256, &EncodingKey::from_secret(SECRET), claims)
}

/// Claims that are fine.
fn ann() -> Value {
    json!({ "sub": "ann", "exp": from_now(600) })
}

/// The same with others.
fn with(changes: Value) -> Value {
    let mut claims = ann();
    let (Value::Object(claims_of), Value::Object(changes)) = (&mut claims, changes) else {
        unreachable!("claims are objects")
    };
    claims_of.extend(changes);
    claims_of.retain(|_, value| !value.is_null());
    claims
}

async fn app(jwt: Jwt) -> TestApp {
    support::app(|app| app.resource::<Door>().authenticate(jwt.authenticator())).await
}

/// Who shows this: a user, or why nobody.
async fn who(handshake: TestHandshake) -> Value {
    match handshake.connect().await {
        Ok(client) => client
            .call("door", "knock", json!({}))
            .await
            .result()
            .clone(),
        Err(error) => error["reason"].clone(),
    }
}

/// Who has a token, as this app sees it.
async fn holder(jwt: Jwt, token: &str) -> Value {
    who(app(jwt).await.handshake().auth(&json!({ "token": token }))).await
}

#[tokio::test]
async fn the_subject_of_a_good_token_is_logged_in() {
    assert_eq!(holder(hs256(), &token(&ann())).await, "ann");
    let rsa = EncodingKey::from_rsa_pem(RSA).unwrap();
    let signed = sign(Algorithm::RS256, &rsa, &ann());
    assert_eq!(
        holder(Jwt::rs256(RSA_PUBLIC).unwrap(), &signed).await,
        "ann"
    );
    let ec = EncodingKey::from_ec_pem(EC).unwrap();
    let signed = sign(Algorithm::ES256, &ec, &ann());
    assert_eq!(holder(Jwt::es256(EC_PUBLIC).unwrap(), &signed).await, "ann");
}

#[tokio::test]
async fn a_token_is_found_in_the_payload_the_header_or_the_cookie() {
    let (ann, bob) = (token(&ann()), token(&with(json!({ "sub": "bob" }))));
    let app = app(hs256().cookie("token")).await;
    let [bearer, cookie] = [format!("Bearer {bob}"), format!("token={ann}")];
    let in_cookie = || app.handshake().header("cookie", &cookie);
    assert_eq!(who(in_cookie()).await, "ann");
    let in_both = || in_cookie().header("authorization", &bearer);
    assert_eq!(who(in_both()).await, "bob");
    assert_eq!(who(in_both().auth(&json!({ "token": ann }))).await, "ann");
    assert_eq!(who(in_both().auth(&json!({ "token": "" }))).await, "bob");
    assert_eq!(who(app.handshake()).await, Value::Null);
    // A cookie counts only where it was named.
    let without = support::app(|app| app.resource::<Door>().authenticate(hs256().authenticator()));
    let shown = without.await.handshake().header("cookie", &cookie);
    assert_eq!(who(shown).await, Value::Null);
}

#[tokio::test]
async fn an_expired_token_is_told_apart() {
    let expired = token(&with(json!({ "exp": from_now(-61) })));
    assert_eq!(holder(hs256(), &expired).await, "token_expired");
    let just_now = token(&with(json!({ "exp": from_now(-10) })));
    assert_eq!(holder(hs256(), &just_now).await, "ann", "clocks differ");
    let strict = hs256().leeway(std::time::Duration::ZERO);
    assert_eq!(holder(strict, &just_now).await, "token_expired");
}

#[tokio::test]
async fn a_token_that_is_not_of_the_key_is_refused() {
    let other = EncodingKey::from_secret(b"another secret of thirty-two byte");
    let forged = sign(Algorithm::HS256, &other, &ann());
    assert_eq!(holder(hs256(), &forged).await, "token_invalid");
    let good = token(&ann());
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = head.split_once('.').unwrap();
    let claims = token(&with(json!({ "sub": "root" })));
    let claims = claims.split('.').nth(1).unwrap();
    for changed in [
        format!("{header}.{claims}.{signature}"),
        format!("{head}."),
        head.to_owned(),
        format!("{good}x"),
        format!("{good}.{signature}"),
        "rubbish".to_owned(),
        "..".to_owned(),
    ] {
        assert_eq!(
            holder(hs256(), &changed).await,
            "token_invalid",
            "{changed}"
        );
    }
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let claims = base64.encode(ann().to_string());
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let header = base64.encode(json!({ "typ": "JWT", "alg": algorithm }).to_string());
        for unsigned in [format!("{header}.{claims}."), format!("{header}.{claims}")] {
            for jwt in [hs256(), Jwt::rs256(RSA_PUBLIC).unwrap()] {
                assert_eq!(holder(jwt, &unsigned).await, "token_invalid", "{algorithm}");
            }
        }
    }
}

#[tokio::test]
async fn a_public_key_is_no_secret() {
    // The server's own public key, which everybody has, as the secret of an HMAC.
    let confused = sign(
        Algorithm::HS256,
        &EncodingKey::from_secret(RSA_PUBLIC),
        &ann(),
    );
    let jwt = || Jwt::rs256(RSA_PUBLIC).unwrap();
    assert_eq!(holder(jwt(), &confused).await, "token_invalid");
    let stronger = sign(Algorithm::HS512, &EncodingKey::from_secret(SECRET), &ann());
    assert_eq!(holder(hs256(), &stronger).await, "token_invalid");
    let ec = EncodingKey::from_ec_pem(EC).unwrap();
    let of_the_other = sign(Algorithm::ES256, &ec, &ann());
    assert_eq!(holder(jwt(), &of_the_other).await, "token_invalid");
    assert_eq!(holder(hs256(), &of_the_other).await, "token_invalid");
}

#[tokio::test]
async fn a_token_is_for_the_audience_and_of_the_issuer_that_are_asked_for() {
    let jwt = || {
        hs256()
            .audience("notes")
            .audience("notes-beta")
            .issuer("login")
    };
    let fine = json!({ "aud": "notes", "iss": "login" });
    for (claims, expected) in [
        (fine, "ann"),
        (
            json!({ "aud": ["mail", "notes-beta"], "iss": "login" }),
            "ann",
        ),
        (json!({ "aud": "mail", "iss": "login" }), "token_invalid"),
        (json!({ "aud": [], "iss": "login" }), "token_invalid"),
        (json!({ "aud": 7, "iss": "login" }), "token_invalid"),
        (json!({ "iss": "login" }), "token_invalid"),
        (json!({ "aud": "notes", "iss": "evil" }), "token_invalid"),
        (json!({ "aud": "notes" }), "token_invalid"),
    ] {
        let token = token(&with(claims.clone()));
        assert_eq!(holder(jwt(), &token).await, expected, "{claims}");
    }
    let for_somebody = token(&with(json!({ "aud": "mail" })));
    assert_eq!(holder(hs256(), &for_somebody).await, "token_invalid");
}

#[tokio::test]
async fn what_a_token_must_say_it_must_say() {
    for claims in [
        json!({ "sub": null }),
        json!({ "sub": 7 }),
        json!({ "exp": null }),
        json!({ "exp": "tomorrow" }),
        json!({ "exp": -1 }),
        json!({ "nbf": from_now(600) }),
        json!({ "nbf": "yesterday" }),
    ] {
        let token = token(&with(claims.clone()));
        assert_eq!(holder(hs256(), &token).await, "token_invalid", "{claims}");
    }
    let later = token(&with(json!({ "exp": 1e300 })));
    assert_ne!(holder(hs256(), &later).await, "internal");
    let no_text = app(hs256()).await.handshake().auth(&json!({ "token": 7 }));
    assert_eq!(who(no_text).await, "invalid_auth");
}

#[tokio::test(start_paused = true)]
async fn a_login_ends_when_its_token_does() {
    let app = app(hs256().leeway(std::time::Duration::from_secs(5))).await;
    let auth = json!({ "token": token(&ann()) });
    let client = app.handshake().auth(&auth).connect().await.unwrap();
    assert_eq!(client.event().await[1], "token_expiring");
    tokio::time::advance(std::time::Duration::from_secs(60 + 30)).await;
    let refused = client.call("door", "knock", json!({})).await;
    assert_eq!(refused.error()["reason"], "token_expired");
    let fresh = json!({ "token": token(&with(json!({ "exp": from_now(9_000) }))) });
    let renewed = client.call("sockful", "auth", fresh).await;
    assert_eq!(renewed.result()["user"], "ann");
}

#[tokio::test]
async fn an_authenticator_of_ones_own_may_look_at_the_token_first() {
    let app = support::app(|app| {
        app.resource::<Door>().state(hs256()).authenticate(
            async |h: Handshake| -> Result<Option<Login>> {
                let login = h.state::<Jwt>().login(&h)?;
                Ok(login.filter(|login| login.user != "ann"))
            },
        )
    })
    .await;
    let shown = |claims: Value| app.handshake().auth(&json!({ "token": token(&claims) }));
    assert_eq!(who(shown(ann())).await, Value::Null);
    assert_eq!(who(shown(with(json!({ "sub": "bob" })))).await, "bob");
}

#[test]
fn keys_that_are_none_are_refused() {
    let short = Jwt::hs256("secret").unwrap_err().to_string();
    assert!(short.starts_with("the secret has 6 bytes"), "{short}");
    assert!(Jwt::rs256("rubbish").is_err());
    assert!(Jwt::rs256(EC_PUBLIC).is_err());
    assert!(Jwt::es256(RSA_PUBLIC).is_err());
    assert!(!format!("{:?}", hs256()).contains("0123456789"));
}
