//! Numbers that JSON, JavaScript or the field cannot hold, and texts that are no texts.

use super::*;

/// A resource with a field of each kind of number.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Sample {
    id: String,
    #[serde(default)]
    small: i8,
    #[serde(default)]
    whole: i64,
    #[serde(default, with = "sockful::Bigint")]
    #[resource(bigint)]
    big: u64,
    #[serde(default)]
    ratio: f64,
    #[serde(default)]
    inside: Inside,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
struct Inside {
    ratios: Vec<f32>,
}

#[remote]
impl Sample {
    #[remote]
    fn divide(&mut self, by: f64) -> f64 {
        self.small += 1;
        self.ratio / by
    }

    #[remote(read)]
    fn ratios(of: Vec<f64>) -> Vec<f64> {
        of.into_iter().map(|ratio| 1.0 / ratio).collect()
    }

    #[remote]
    fn spoil(&mut self) {
        self.ratio = f64::NAN;
    }

    #[remote]
    fn spoil_inside(&mut self) {
        self.inside.ratios = vec![1.0, f32::INFINITY];
    }

    #[remote(read)]
    fn unsafe_integer() -> u64 {
        1 << 53
    }
}

async fn samples() -> (TestApp, Pair) {
    let app = App::builder()
        .store(crate::support::store())
        .resource::<Sample>()
        .build()
        .await;
    let app = TestApp::new(app.expect("samples make an app"));
    let pair = Pair::new(&app, "sample", json!({ "id": "one" })).await;
    (app, pair)
}

#[tokio::test]
async fn integers_beyond_javascript_are_refused_wherever_they_are_kept() {
    let (_app, pair) = samples().await;
    let beyond = "is an integer beyond ±9007199254740991";
    let as_text = "is beyond ±9007199254740991: send it as decimal text";
    for value in [1_i64 << 53, -(1 << 53), i64::MAX, i64::MIN] {
        for (path, message) in [("whole", beyond), ("big", as_text)] {
            let refused = invalid(&[(path, "unsafe_integer", message)]);
            pair.refuses(
                json!(["sample", "update", { "id": "one", path: value }]),
                refused,
            )
            .await;
        }
    }
}

#[tokio::test]
async fn a_large_whole_number_is_welcome_where_fractions_are() {
    let (app, _pair) = samples().await;
    // What `JSON.stringify(1e20)` writes.
    let large: Value = serde_json::from_str("100000000000000000000").expect("a number");
    let payload = json!({ "id": "one", "ratio": large, "inside": { "ratios": [large] } });
    let updated = app.anonymous().call("sample", "update", payload).await;
    assert_eq!(updated.result()["ratio"], json!(1e20));
}

#[tokio::test]
async fn the_largest_safe_integers_come_back_as_they_were() {
    let (app, _pair) = samples().await;
    let client = app.anonymous();
    for whole in [(1_i64 << 53) - 1, -((1_i64 << 53) - 1)] {
        let updated = client
            .call("sample", "update", json!({ "id": "one", "whole": whole }))
            .await;
        assert_eq!(updated.result()["whole"], whole);
        let got = client.call("sample", "get", json!("one")).await;
        assert_eq!(got.result()["whole"], whole);
    }
    let payload = json!({ "id": "one", "big": i64::MAX.to_string() });
    let updated = client.call("sample", "update", payload).await;
    assert_eq!(updated.result()["big"], i64::MAX.to_string());
}

#[tokio::test]
async fn a_number_out_of_the_range_of_its_field_is_refused() {
    let (_app, pair) = samples().await;
    for value in [128, -129, 70_000] {
        let message = format!("expected an integer from -128 to 127, found {value}");
        let refused = invalid(&[("small", "out_of_range", &message)]);
        pair.refuses(
            json!(["sample", "update", { "id": "one", "small": value }]),
            refused,
        )
        .await;
    }
}

/// Sends a payload that `serde_json::Value` cannot hold.
async fn raw_payload(resource: &str, action: &str, payload: &str) -> Value {
    let app = App::builder()
        .store(crate::support::store())
        .resource::<Sample>()
        .build()
        .await;
    let server = crate::support::server::Server::start(app.expect("samples make an app")).await;
    let mut client = server.client().await;
    let created = client
        .call(json!(["sample", "create", { "id": "one" }]))
        .await;
    assert_eq!(created[0], json!(null));
    let before = client.call(json!(["sample", "all"])).await;
    client
        .send(&format!("427777[\"{resource}\",\"{action}\",{payload}]"))
        .await;
    let answered = client.answer().await;
    let Some((7777, answer)) = answered else {
        panic!("{payload}: {answered:?}")
    };
    assert_eq!(
        client.call(json!(["sample", "all"])).await,
        before,
        "{payload}"
    );
    let mut neighbour = server.client().await;
    assert_eq!(neighbour.call(json!(["sample", "all"])).await, before);
    answer[0].clone()
}

#[tokio::test]
async fn a_number_too_large_for_any_float_is_refused() {
    for (action, payload) in [
        ("update", r#"{"id":"one","ratio":1e400}"#),
        ("create", r#"{"id":"two","ratio":-1e400}"#),
        ("create", r#"{"id":"two","inside":{"ratios":[1e400]}}"#),
        ("divide", r#"{"id":"one","by":1e400}"#),
        ("get", r#"{"id":1e400}"#),
        ("get", "1e400"),
        ("all", r#"{"$limit":1e400}"#),
        ("update", r#"{"id":"one","unknown":1e400}"#),
    ] {
        let error = raw_payload("sample", action, payload).await;
        let code = error["code"].as_u64().unwrap_or(0);
        assert!((400..500).contains(&code), "{action} {payload}: {error}");
    }
}

#[tokio::test]
async fn text_that_is_no_unicode_is_the_mistake_of_the_client() {
    for (action, payload) in [
        ("update", r#"{"id":"one","\ud800":1}"#),
        ("replace", r#"{"id":"one","\ud800":1}"#),
        ("create", r#"{"id":"two","\ud800":1}"#),
        ("create", r#"{"id":"\ud800"}"#),
        ("create", r#"[{"id":"\udc00\ud800"}]"#),
        ("divide", r#"{"id":"one","by":1,"\ud800":1}"#),
        ("divide", r#"{"id":"one","by":"\ud800"}"#),
        ("get", r#"{"id":"\ud800"}"#),
        ("get", r#""\ud800""#),
        ("get", r#"{"\ud800":"one"}"#),
        ("destroy", r#"{"\ud800":"one"}"#),
        ("all", r#"{"\ud800":1}"#),
        ("count", r#"{"\ud800":1}"#),
        ("all", r#"{"$after":"\ud800"}"#),
        ("update", r#"{"id":"one"},{"\ud800":1}"#),
        ("update", r#"{"id":"one"},{"op":"\ud800"}"#),
    ] {
        let error = raw_payload("sample", action, payload).await;
        let code = error["code"].as_u64().unwrap_or(0);
        assert!((400..500).contains(&code), "{action} {payload}: {error}");
    }
}

#[tokio::test]
async fn a_field_given_twice_is_refused() {
    let twice = invalid(&[("small", "duplicate_field", "is given twice")]);
    for (action, payload) in [
        ("create", r#"{"id":"two","small":1,"small":2}"#),
        ("update", r#"{"id":"one","small":1,"small":2}"#),
        ("replace", r#"{"id":"one","small":1,"small":2}"#),
    ] {
        assert_eq!(
            raw_payload("sample", action, payload).await,
            twice,
            "{action}"
        );
    }
    let twice = invalid(&[("id", "duplicate_field", "is given twice")]);
    for (action, payload) in [
        ("create", r#"{"id":"two","id":"three"}"#),
        ("update", r#"{"id":"one","id":"two","small":1}"#),
        ("replace", r#"{"id":"one","id":"two","small":1}"#),
        ("get", r#"{"id":"one","id":"two"}"#),
        ("destroy", r#"{"id":"one","id":"two"}"#),
        ("divide", r#"{"id":"one","id":"two","by":1}"#),
    ] {
        assert_eq!(
            raw_payload("sample", action, payload).await,
            twice,
            "{action}"
        );
    }
}

/// The client learns an id and nothing else.
fn assert_internal(error: &Value) {
    let message = error["message"].as_str().unwrap_or_default();
    let id = message.strip_prefix("the server failed; its log knows this as ");
    assert_eq!(id.map(str::len), Some(36), "{error}");
    let expected =
        json!({ "code": 500, "name": "Internal", "reason": "internal", "message": message });
    assert_eq!(error, &expected);
}

#[tokio::test]
async fn a_result_that_is_no_number_is_an_error_of_the_server() {
    let (_app, pair) = samples().await;
    for (action, payload) in [
        ("divide", json!({ "id": "one", "by": 0 })),
        ("ratios", json!({ "of": [1, 0, 2] })),
        ("unsafe_integer", json!({})),
    ] {
        let answer = pair.client.call("sample", action, payload).await;
        assert_internal(answer.error());
        pair.unharmed().await;
    }
}

#[tokio::test]
async fn a_method_that_makes_a_record_hold_no_number_saves_nothing() {
    let (_app, pair) = samples().await;
    for action in ["spoil", "spoil_inside"] {
        let answer = pair
            .client
            .call("sample", action, json!({ "id": "one" }))
            .await;
        assert_internal(answer.error());
        pair.unharmed().await;
    }
}
