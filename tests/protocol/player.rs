//! Plays examples against an app.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::Value;
use sockful::testing::{TestApp, TestClient};

use super::page::{self, Line};

/// What an example refers to by `<next>` and so on: what the last answer or push had under this key.
const REMEMBERED: [&str; 4] = ["next", "watch", "epoch", "view"];

pub(super) struct Player<'a> {
    app: &'a TestApp,
    client: TestClient,
    other: TestClient,
    remembered: HashMap<String, Value>,
}

impl<'a> Player<'a> {
    pub(super) fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            client: app.anonymous(),
            other: app.anonymous(),
            remembered: HashMap::new(),
        }
    }

    /// Plays the blocks of this mark; how many answers and pushes they have.
    pub(super) async fn play(mut self, mark: &str) -> usize {
        let mut lines = page::lines(mark).into_iter().peekable();
        let mut count = 0;
        while let Some(line) = lines.next() {
            match line {
                Line::Asks(request) => {
                    let answer = self.ask(&self.client, &request).await;
                    // Whatever stands in between was told before the answer.
                    while let Some(Line::Told(expected)) =
                        lines.next_if(|line| matches!(line, Line::Told(_)))
                    {
                        let told = self.client.event().now_or_never();
                        let told = told.unwrap_or_else(|| panic!("{request}: not {expected}"));
                        self.check(&expected, &told);
                        count += 1;
                    }
                    let Some(Line::Answered(expected)) = lines.next() else {
                        panic!("{request} has no answer")
                    };
                    self.check(&expected, &answer);
                    count += 1;
                }
                Line::Told(expected) => {
                    let told = tokio::time::timeout(Duration::from_secs(30), self.client.event());
                    let told = told.await.unwrap_or_else(|_| panic!("not {expected}"));
                    self.check(&expected, &told);
                    count += 1;
                }
                Line::OtherAsks(request) => {
                    let answer = self.ask(&self.other, &request).await;
                    let error = answer.get(0);
                    assert_eq!(error, Some(&Value::Null), "{request} is refused");
                }
                Line::Connects(mut auth) => {
                    self.fill_in(&mut auth);
                    self.client.disconnect().await;
                    let connected = self.app.handshake().auth(&auth).connect().await;
                    self.client = connected.unwrap_or_else(|error| panic!("{auth}: {error}"));
                }
                Line::Answered(answer) => panic!("nobody has asked for {answer}"),
            }
        }
        let more = self.client.event().now_or_never();
        assert_eq!(more, None, "told more than the page says");
        count
    }

    async fn ask(&self, client: &TestClient, request: &Value) -> Value {
        let mut request = request.clone();
        self.fill_in(&mut request);
        let Value::Array(arguments) = &request else {
            panic!("a request is a list: {request}")
        };
        client.emit(arguments).await.to_json()
    }

    fn check(&mut self, expected: &Value, found: &Value) {
        assert!(
            page::matches(expected, found),
            "\nexpected {expected}\nfound    {found}"
        );
        self.remember(found);
    }

    fn remember(&mut self, found: &Value) {
        match found {
            Value::Array(parts) => parts.iter().for_each(|part| self.remember(part)),
            Value::Object(parts) => {
                for (key, part) in parts {
                    if REMEMBERED.contains(&key.as_str()) && part.is_string() {
                        self.remembered.insert(format!("<{key}>"), part.clone());
                    }
                    self.remember(part);
                }
            }
            _ => {}
        }
    }

    /// Puts what is remembered where `<next>` and the like stand.
    fn fill_in(&self, request: &mut Value) {
        match request {
            Value::String(text) => {
                if let Some(remembered) = self.remembered.get(text) {
                    *request = remembered.clone();
                }
            }
            Value::Array(parts) => parts.iter_mut().for_each(|part| self.fill_in(part)),
            Value::Object(parts) => parts.values_mut().for_each(|part| self.fill_in(part)),
            _ => {}
        }
    }
}
