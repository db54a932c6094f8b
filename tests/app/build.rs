//! `build()` finds every mistake that the compiler cannot, and tells all of them at once.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use sockful::prelude::*;
use sockful::{AppBuilder, BuildError};

/// A resource without mistakes.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Fine {
    id: String,
}

/// Another struct of the same name.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, name = "fine")]
struct Namesake {
    id: String,
}

/// Two of its fields cannot be indexed.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Nested {
    id: String,
    #[resource(index)]
    tags: Vec<String>,
    #[resource(unique)]
    place: Place,
    #[resource(index)]
    name: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Place {
    x: i32,
}

/// Queries could not name its fields.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct OddNames {
    id: String,
    #[serde(rename = "$cost")]
    cost: u32,
    #[serde(rename = "a.b")]
    path: u32,
}

/// Described by hand, with a name that serde does not use.
#[derive(Serialize, Deserialize, Resource)]
#[resource(access = public)]
struct Misdescribed {
    id: String,
    user_name: String,
}

impl JsonSchema for Misdescribed {
    fn schema_name() -> Cow<'static, str> {
        "Misdescribed".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({
            "type": "object",
            "properties": { "id": { "type": "string" }, "userName": { "type": "string" } }
        })
    }
}

/// schemars does not know of one of its fields.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Undescribed {
    id: String,
    #[schemars(skip)]
    #[serde(default)]
    hidden: u32,
}

/// Its id is described as something that cannot be one.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct OddId {
    #[schemars(with = "Option<Place>")]
    id: String,
}

/// Its revision is described as something that cannot be one.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct OddRevision {
    id: String,
    #[resource(rev)]
    #[schemars(with = "String")]
    version: u64,
}

fn app() -> AppBuilder {
    App::builder().store(Memory::new())
}

async fn refused(app: AppBuilder) -> BuildError {
    app.build().await.expect_err("the app was built")
}

/// The beginnings of the problems: what stands before the first colon.
fn subjects(error: &BuildError) -> Vec<String> {
    let subject = |problem: String| problem.split(": ").next().unwrap().to_owned();
    error.problems().map(subject).collect()
}

#[tokio::test]
async fn an_app_without_mistakes_is_built() {
    assert!(app().resource::<Fine>().build().await.is_ok());
    assert!(app().build().await.is_ok());
}

#[tokio::test]
async fn an_app_needs_a_store() {
    let error = refused(App::builder().resource::<Fine>()).await;
    assert_eq!(subjects(&error), ["store"]);
    assert!(
        error.to_string().contains(".store(Memory::new())"),
        "{error}"
    );
}

#[tokio::test]
async fn two_resources_cannot_have_one_name() {
    let error = refused(app().resource::<Fine>().resource::<Namesake>()).await;
    assert_eq!(subjects(&error), ["fine"]);
    assert!(
        error.to_string().contains("#[resource(name = \"..\")]"),
        "{error}"
    );
}

#[tokio::test]
async fn a_resource_cannot_be_added_twice() {
    let error = refused(app().resource::<Fine>().resource::<Fine>()).await;
    assert_eq!(subjects(&error), ["fine"]);
}

#[tokio::test]
async fn a_nested_field_cannot_be_indexed_or_unique() {
    let error = refused(app().resource::<Nested>()).await;
    assert_eq!(subjects(&error), ["nested.tags", "nested.place"]);
}

#[tokio::test]
async fn a_field_that_queries_could_not_name_is_refused() {
    let error = refused(app().resource::<OddNames>()).await;
    assert_eq!(subjects(&error), ["odd_names.$cost", "odd_names.a.b"]);
}

#[tokio::test]
async fn a_field_that_is_described_under_another_name_is_refused() {
    let error = refused(app().resource::<Misdescribed>()).await;
    assert_eq!(subjects(&error), ["misdescribed.user_name"]);
}

#[tokio::test]
async fn a_field_that_is_not_described_is_refused() {
    let error = refused(app().resource::<Undescribed>()).await;
    assert_eq!(subjects(&error), ["undescribed.hidden"]);
    assert!(error.to_string().contains("#[schemars(skip)]"), "{error}");
}

#[tokio::test]
async fn an_id_that_is_described_as_something_nested_is_refused() {
    let error = refused(app().resource::<OddId>()).await;
    assert_eq!(subjects(&error), ["odd_id.id", "odd_id.id"]);
}

#[tokio::test]
async fn a_revision_that_is_described_as_no_integer_is_refused() {
    let error = refused(app().resource::<OddRevision>()).await;
    assert_eq!(subjects(&error), ["odd_revision.version"]);
}

#[tokio::test]
async fn an_origin_is_a_scheme_and_a_host() {
    for wrong in [
        "",
        "app.example.com",
        "https://",
        "https://example.com/",
        "https://example.com/path",
        "*",
    ] {
        let error = refused(app().allow_origin(wrong)).await;
        assert_eq!(subjects(&error), ["allow_origin"], "{wrong}");
        assert!(error.to_string().contains(&format!("`{wrong}`")), "{error}");
    }
    for right in [
        "https://example.com",
        "http://localhost:3000",
        "capacitor://localhost",
    ] {
        assert!(app().allow_origin(right).build().await.is_ok(), "{right}");
    }
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let app = App::builder()
        .allow_origin("nowhere")
        .resource::<Fine>()
        .resource::<Namesake>()
        .resource::<Nested>()
        .resource::<Misdescribed>();
    let error = refused(app).await;
    assert_eq!(
        subjects(&error),
        [
            "allow_origin",
            "fine",
            "nested.tags",
            "nested.place",
            "misdescribed.user_name",
            "store"
        ]
    );
    assert_eq!(error.to_string().lines().count(), 7, "{error}");
}

/// An argument has the name of its id.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Item {
    #[resource(id)]
    code: String,
}

#[remote]
impl Item {
    #[remote]
    fn relabel(&mut self, code: String) -> String {
        code
    }

    #[remote(read, rename = "labelAs")]
    fn label(code: String) -> String {
        code
    }
}

#[tokio::test]
async fn an_argument_that_the_id_would_hide_is_refused() {
    let refused = refused(app().resource::<Item>()).await;
    let told: Vec<_> = refused.problems().collect();
    let expected =
        "item.relabel(code): `code` names the record the method is called on; choose another name";
    assert_eq!(told, [expected]);
}

#[tokio::test]
async fn limits_that_no_server_can_run_with_are_refused() {
    let mut config = sockful::Config::default();
    config.calls_in_flight = 0;
    config.inbox_requests = 0;
    config.call_timeout = std::time::Duration::MAX;
    config.path = "io".to_owned();
    let app = App::builder().store(Memory::new()).config(config);
    let refused = app.build().await.expect_err("four limits are wrong");
    let told: Vec<_> = refused.problems().collect();
    let expected = [
        "config: `inbox_requests` cannot be zero",
        "config: `calls_in_flight` cannot be zero",
        "config: `call_timeout` cannot be longer than a year",
        "config: `path` is `io`: write a plain path such as `/socket.io`",
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn limits_of_pushing_are_never_zero() {
    let mut config = sockful::Config::default();
    config.max_watches = 0;
    config.max_interest = 0;
    config.max_snapshot = 0;
    config.watch_scan = 0;
    config.push_bytes = 0;
    config.max_push = 0;
    config.max_replay = 0;
    config.position_interval = std::time::Duration::ZERO;
    let refused = refused(app().config(config)).await;
    let expected = [
        "max_watches",
        "max_interest",
        "max_snapshot",
        "watch_scan",
        "push_bytes",
        "max_push",
        "max_replay",
        "position_interval",
    ];
    let expected = expected.map(|name| format!("config: `{name}` cannot be zero"));
    assert_eq!(refused.problems().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_path_that_no_router_could_have_is_refused() {
    let built = async |path: &str| {
        let mut config = sockful::Config::default();
        config.path = path.to_owned();
        app().config(config).build().await
    };
    for wrong in [
        "", "/", "//", "//io", "io", "/io//", "/a//b", "/a/:b", "/:b", "/*", "/{x}", "/a b", "/.",
        "/a/..", "/io?x", "/io#x", "/%69o", "/\u{e9}",
    ] {
        let error = built(wrong).await.expect_err(wrong);
        let expected =
            format!("config: `path` is `{wrong}`: write a plain path such as `/socket.io`");
        assert_eq!(error.problems().collect::<Vec<_>>(), [expected]);
    }
    for right in ["/socket.io", "/io/", "/api/v1/live", "/~me/a-b_c"] {
        let app = built(right).await.expect(right);
        let _: axum::Router = app.router();
    }
}

#[tokio::test]
async fn a_page_that_no_answer_could_hold_is_refused() {
    let mut config = sockful::Config::default();
    config.max_answer = 1000;
    config.page_bytes = 1001;
    let app = App::builder().store(Memory::new()).config(config.clone());
    let refused = app.build().await.expect_err("no answer holds such a page");
    let told: Vec<_> = refused.problems().collect();
    let expected = "config: `page_bytes` is 1001 and `max_answer` 1000: a page is an answer, so it cannot be larger";
    assert_eq!(told, [expected]);
    config.page_bytes = 1000;
    let app = App::builder().store(Memory::new()).config(config);
    assert!(app.build().await.is_ok());
}
