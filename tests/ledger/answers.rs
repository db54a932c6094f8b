//! What a repeated operation is answered.

use super::*;

use crate::support::raw::Raw;
use crate::support::server::Server;

#[tokio::test]
async fn another_request_under_the_same_id_is_refused_and_not_done() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    let id = counter(&ann).await;
    let payload = json!({ "id": id, "count": 1 });
    operation(&ann, "update", payload.clone(), "1").await;
    for (action, payload) in [
        ("update", json!({ "id": id, "count": 2 })),
        ("replace", payload),
        ("add", json!({ "id": id, "amount": 1 })),
        ("create", json!({ "name": "two" })),
    ] {
        let refused = operation(&ann, action, payload, "1").await;
        assert_eq!(refused.error()["name"], "Conflict", "{action}");
        assert_eq!(refused.error()["reason"], "op_reused", "{action}");
        assert!(!refused.is_replayed());
    }
    let got = ann.call("counter", "get", id).await;
    assert_eq!(got.result()["count"], 1);
}

#[tokio::test]
async fn the_order_of_keys_in_a_payload_makes_no_other_request() {
    let (app, _) = counters().await;
    let mut ann = Wire::new(&app).await;
    let first = ann.call(r#"["counter","create",{"name":"é","count":3},{"op":"OP"}]"#);
    let first = first.await;
    let again = ann.call(r#"["counter","create", {"count": 3, "name": "\u00e9"}, {"op":"OP"}]"#);
    assert_eq!(again.await[1], first[1]);
    ann.server.stop();
}

#[tokio::test]
async fn every_user_has_ids_of_their_own() {
    let (app, _) = counters().await;
    let (ann, bob, nobody) = (app.login("ann"), app.login("bob"), app.anonymous());
    for client in [&ann, &bob, &nobody] {
        let made = operation(client, "create", json!({ "name": "one" }), OP).await;
        assert!(!made.is_replayed());
    }
    // The key of a user is no part of an id.
    let made = operation(&app.login("an"), "create", json!({ "name": "one" }), "n1").await;
    let other = operation(&ann, "create", json!({ "name": "one" }), "1").await;
    assert!(!made.is_replayed() && !other.is_replayed());
    assert_eq!(how_many(&ann).await, 5);
}

#[tokio::test]
async fn another_connection_of_the_same_user_gets_the_same_answer() {
    let (app, _) = counters().await;
    let first = operation(&app.login("ann"), "create", json!({ "name": "one" }), "1").await;
    let again = operation(&app.login("ann"), "create", json!({ "name": "one" }), "1").await;
    assert!(again.is_replayed());
    assert_eq!(again.result(), first.result());
}

#[tokio::test]
async fn an_error_is_answered_again_although_the_request_would_now_succeed() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    let id = "018f2d5e-7a77-7c3e-8f7e-0123456789ab";
    let payload = json!({ "id": id, "count": 1 });
    let first = operation(&ann, "update", payload.clone(), "1").await;
    assert_eq!(first.error()["reason"], "not_found");
    assert_eq!(first.to_json()[2], Value::Null);
    let created = json!({ "id": id, "name": "one" });
    assert!(ann.call("counter", "create", created).await.is_ok());
    let again = operation(&ann, "update", payload, "1").await;
    assert_eq!(again.error(), first.error());
    assert_eq!(again.to_json()[2], json!({ "replayed": true }));
    let got = ann.call("counter", "get", json!(id)).await;
    assert_eq!(got.result()["count"], 0);
}

#[tokio::test]
async fn every_kind_of_refusal_is_answered_again() {
    let (app, shared) = counters().await;
    let ann = app.login("ann");
    let id = counter(&ann).await;
    for (op, action, payload) in [
        ("exists", "create", json!({ "id": id, "name": "two" })),
        (
            "batch",
            "create",
            json!([{ "name": "x" }, { "name": 5, "hue": 1 }]),
        ),
        (
            "types",
            "update",
            json!({ "id": id, "count": -1, "hue": [1] }),
        ),
        ("own", "fails", json!({ "how": "never" })),
        ("argument", "add", json!({ "id": id, "amount": 1.5 })),
    ] {
        let first = operation(&ann, action, payload.clone(), op).await;
        let again = operation(&ann, action, payload, op).await;
        assert_eq!(again.error(), first.error());
        assert!(again.is_replayed() && !first.is_replayed(), "{op}");
    }
    assert_eq!(shared.runs(), 1);
    assert_eq!(how_many(&ann).await, 1);
}

#[tokio::test]
async fn an_error_that_may_pass_is_not_kept() {
    let (app, shared) = counters().await;
    let ann = app.login("ann");
    for how in ["unavailable", "too many", "internal", "soon", "panic"] {
        shared.fails.store(true, Ordering::SeqCst);
        let failed = operation(&ann, "fails", json!({ "how": how }), how).await;
        assert!(!failed.is_ok(), "{how}");
        shared.fails.store(false, Ordering::SeqCst);
        let done = operation(&ann, "fails", json!({ "how": how }), how).await;
        assert_eq!(done.to_json(), json!([null, "done", {}]), "{how}");
    }
    assert_eq!(shared.runs(), 10);
}

#[tokio::test(start_paused = true)]
async fn after_a_timeout_the_operation_runs_again() {
    let (app, shared) = counters().await;
    let ann = app.login("ann");
    let options = json!({ "op": "1", "timeout_ms": 20 });
    let payload = json!({ "how": "hang" });
    let late = ann.call_with("counter", "fails", payload.clone(), options);
    assert_eq!(late.await.error()["reason"], "timeout");
    shared.fails.store(false, Ordering::SeqCst);
    let done = operation(&ann, "fails", payload, "1").await;
    assert_eq!(done.result(), "done");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_anew() {
    let (app, _) = counters().await;
    let ann = app.login("ann");
    for _ in 0..2 {
        let refused = operation(&ann, "update", json!([]), "1").await;
        assert_eq!(refused.error()["reason"], "invalid_payload");
        assert!(!refused.is_replayed());
    }
    assert!(
        operation(&ann, "create", json!({ "name": "one" }), "1")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn who_may_not_call_is_refused_anew() {
    let (app, _) = counters().await;
    let nobody = app.anonymous();
    for _ in 0..2 {
        let options = json!({ "op": OP });
        let payload = json!({ "id": "x" });
        let refused = nobody.call_with("diary", "create", payload, options).await;
        assert_eq!(refused.error()["reason"], "not_authenticated");
        assert!(!refused.is_replayed());
    }
}

#[tokio::test]
async fn who_asks_for_one_argument_learns_it_beside_error_and_result() {
    let (app, _) = counters().await;
    let ann = app.login("ann").ack_one();
    for (op, action, payload) in [
        ("1", "create", json!({ "name": "one" })),
        ("2", "create", json!({ "nom": "one" })),
    ] {
        let first = operation(&ann, action, payload.clone(), op).await;
        let mut expected = first.to_json();
        expected[0]["meta"]["replayed"] = json!(true);
        let again = operation(&ann, action, payload, op).await;
        assert_eq!(again.to_json(), expected);
    }
}

#[tokio::test]
async fn over_the_wire_result_and_error_are_the_same_bytes() {
    let (app, _) = counters().await;
    let mut ann = Wire::new(&app).await;
    for (request, first, again) in [
        (
            r#"["counter","create",{"name":"\u00fcber","id":"018f2d5e-7a77-7c3e-8f7e-0123456789ab"},{"op":"OP1"}]"#,
            r#"[null,{"id":"018f2d5e-7a77-7c3e-8f7e-0123456789ab","name":"über","count":0},{"pos":1,"rev":1}]"#,
            r#"[null,{"id":"018f2d5e-7a77-7c3e-8f7e-0123456789ab","name":"über","count":0},{"pos":1,"rev":1,"replayed":true}]"#,
        ),
        (
            r#"["counter","fails",{"how":"never"},{"op":"OP2"}]"#,
            r#"[{"code":409,"name":"Conflict","reason":"own","message":"never"},null,null]"#,
            r#"[{"code":409,"name":"Conflict","reason":"own","message":"never"},null,{"replayed":true}]"#,
        ),
    ] {
        assert_eq!(ann.text(request).await, first);
        assert_eq!(ann.text(request).await, again);
    }
    ann.server.stop();
}

/// A client without manners, whose text nobody has touched. `OP` stands for a UUID.
struct Wire {
    server: Server,
    raw: Raw,
    next: u64,
}

impl Wire {
    async fn new(app: &TestApp) -> Self {
        let server = Server::start(app.app().clone()).await;
        let raw = server.client().await;
        Self {
            server,
            raw,
            next: 0,
        }
    }

    /// The text of the arguments of the acknowledgement.
    async fn text(&mut self, request: &str) -> String {
        let request = request
            .replace("OP1", "9d0c1f6e-52a7-4f0b-8a4e-6a1f0f0c7b22")
            .replace("OP2", "f2b7c1de-0f5e-4c58-b0a5-8a0f5b1f9a33")
            .replace("OP", OP);
        let id = self.next;
        self.next += 1;
        self.raw.send(&format!("42{id}{request}")).await;
        let head = format!("43{id}");
        loop {
            let frame = self.raw.frame().await.expect("an answer");
            if let Some(text) = frame.strip_prefix(&head) {
                return text.to_owned();
            }
        }
    }

    async fn call(&mut self, request: &str) -> Value {
        serde_json::from_str(&self.text(request).await).expect("JSON")
    }
}
