//! `docs/protocol.md` and the server agree: every example of the page is played, in the order written.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use sockful::prelude::*;
use sockful::testing::TestClient;

use crate::support;

const PAGE: &str = include_str!("../docs/protocol.md");

#[tokio::test]
async fn the_examples_of_the_page_are_what_the_server_answers() {
    let client = support::creatures().await.anonymous();
    assert!(play(&client, "wire").await >= 33);
}

#[tokio::test]
async fn the_examples_of_logging_in_are_what_the_server_answers() {
    let app = support::app(|app| app.authenticate(by_token)).await;
    assert!(play(&app.anonymous(), "wire-login").await >= 4);
}

/// Plays the blocks of this mark; how many examples they have.
async fn play(client: &TestClient, mark: &str) -> usize {
    let mut next = Value::Null;
    let examples = examples(mark);
    let count = examples.len();
    for (mut request, expected) in examples {
        fill_in(&mut request, &next);
        let Value::Array(arguments) = &request else {
            panic!("a request is a list: {request}")
        };
        let answer = client.emit(arguments).await.to_json();
        assert!(
            matches(&expected, &answer),
            "{request}\nexpected {expected}\nanswered {answer}"
        );
        if let Some(cursor) = answer[2].get("next") {
            next = cursor.clone();
        }
    }
    count
}

/// The tokens of the page.
async fn by_token(h: Handshake) -> Result<Option<Login>> {
    let shown: Value = h.auth()?;
    let user = match shown["token"].as_str() {
        None => return Ok(None),
        Some("one of ann's") => "ann",
        Some("one of bob's") => "bob",
        Some(_) => {
            return Err(Error::not_authenticated("this token is unknown").reason("bad_token"));
        }
    };
    let end = SystemTime::now() + Duration::from_secs(900);
    Ok(Some(Login::new(user).expires(end)))
}

/// The pairs of `->` and `<-` in the blocks of this mark.
fn examples(mark: &str) -> Vec<(Value, Value)> {
    let opening = format!("```{mark}\n");
    let blocks = PAGE
        .split(&opening)
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let parts = blocks.flat_map(|block| block.split("-> ").skip(1));
    parts
        .map(|part| {
            let (request, answer) = part.split_once("<- ").expect("every request has an answer");
            (json(request), json(answer))
        })
        .collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// Puts the last cursor where `<next>` stands.
fn fill_in(request: &mut Value, next: &Value) {
    match request {
        Value::String(text) if text == "<next>" => request.clone_from(next),
        Value::Array(parts) => parts.iter_mut().for_each(|part| fill_in(part, next)),
        Value::Object(parts) => parts.values_mut().for_each(|part| fill_in(part, next)),
        _ => {}
    }
}

/// Equal, where `<text>` stands for any text.
fn matches(expected: &Value, answer: &Value) -> bool {
    match (expected, answer) {
        (Value::String(any), Value::String(_)) if any == "<text>" => true,
        (Value::Array(expected), Value::Array(answer)) => {
            expected.len() == answer.len()
                && expected
                    .iter()
                    .zip(answer)
                    .all(|(expected, answer)| matches(expected, answer))
        }
        (Value::Object(expected), Value::Object(answer)) => {
            expected.len() == answer.len()
                && expected.iter().all(|(key, expected)| {
                    answer
                        .get(key)
                        .is_some_and(|answer| matches(expected, answer))
                })
        }
        _ => expected == answer,
    }
}
