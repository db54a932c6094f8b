//! A client that misbehaves, and a neighbour that must not notice.

use serde_json::{Value, json};
use sockful::testing::{TestApp, TestClient};

/// Two connected clients of one app, and what both of them see.
pub(crate) struct Pair {
    pub(crate) client: TestClient,
    neighbour: TestClient,
    resource: &'static str,
    seen: Value,
}

impl Pair {
    /// Two clients; `seed` are the records of `resource` that are there.
    pub(crate) async fn new(app: &TestApp, resource: &'static str, seed: Value) -> Self {
        let (client, neighbour) = (app.anonymous(), app.anonymous());
        let created = client.call(resource, "create", seed).await;
        assert!(created.is_ok(), "{created:?}");
        let seen = client.call(resource, "all", json!({})).await.to_json();
        Self {
            client,
            neighbour,
            resource,
            seen,
        }
    }

    /// The arguments are refused with exactly this error, nothing has changed, and both are still served.
    #[track_caller]
    pub(crate) fn refuses<'a>(
        &'a self,
        arguments: Value,
        error: Value,
    ) -> impl Future<Output = ()> + 'a {
        let place = std::panic::Location::caller();
        async move {
            let Value::Array(list) = &arguments else {
                panic!("arguments are a list: {arguments}")
            };
            let answer = self.client.emit(list).await.to_json();
            let expected = json!([error, null, null]);
            assert!(
                answer == expected,
                "{place}: {}\n expected {expected}\n answered {answer}",
                cut(&arguments.to_string())
            );
            self.unharmed().await;
        }
    }

    /// Both clients are served, and see what they saw in the beginning.
    pub(crate) async fn unharmed(&self) {
        for client in [&self.client, &self.neighbour] {
            let seen = client.call(self.resource, "all", json!({})).await.to_json();
            assert_eq!(seen, self.seen);
        }
    }
}

/// An error without fields.
pub(crate) fn error(code: u16, name: &str, reason: &str, message: &str) -> Value {
    json!({ "code": code, "name": name, "reason": reason, "message": message })
}

/// Unprocessable, for fields: path, code, message.
pub(crate) fn invalid(fields: &[(&str, &str, &str)]) -> Value {
    let mut paths: Vec<_> = fields.iter().map(|(path, ..)| *path).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut lines = Vec::new();
    let mut errors = json!({});
    for path in paths {
        let of_path = fields.iter().filter(|field| field.0 == path);
        let mut list = Vec::new();
        for (path, code, message) in of_path {
            lines.push(format!("{path} {message}"));
            list.push(json!({ "code": code, "message": message }));
        }
        errors[path] = list.into();
    }
    json!({ "code": 422, "name": "Unprocessable", "reason": "invalid", "message": lines.join("; "), "errors": errors })
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
