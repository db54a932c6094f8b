//! What schemas tell of remote methods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::describe::{Action, Argument, Effect, Schema};
use sockful::prelude::*;
use sockful::{Access, App};

use crate::support;

/// A lamp.
///
/// It shines.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated, remote)]
struct Lamp {
    /// What it is called.
    id: String,
    #[serde(default)]
    brightness: u8,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    maker: Option<String>,
}

/// How light changes.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Fade {
    /// In seconds.
    seconds: f64,
}

/// Nobody describes it.
#[derive(Serialize, Deserialize)]
struct Undescribed(u8);

/// Without private fields, so a method may take what nobody describes.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Crate {
    id: String,
}

#[remote]
impl Crate {
    #[remote]
    fn put(given: Undescribed) -> Undescribed {
        given
    }
}

#[remote]
impl Lamp {
    /// Makes it brighter.
    ///
    /// Or darker.
    #[remote]
    fn dim(&mut self, to: u8, fade: Option<Fade>, #[remote(default)] times: u32) -> u8 {
        let times = fade.map_or(times, |fade| times + fade.seconds as u32);
        self.brightness = to.saturating_mul(u8::try_from(times).unwrap_or(1));
        self.brightness
    }

    #[remote]
    fn shine(&self, _cx: &Cx) {}

    #[remote(read, access = public)]
    async fn brightest(cx: &Cx) -> Result<Vec<Self>> {
        cx.all(Self::query()).await
    }

    #[remote(detached, rename = "burnIn")]
    fn burn_in() {}

    #[expect(dead_code, reason = "only there to stay out of the schema")]
    fn unmarked(&self) {}
}

async fn app() -> App {
    support::app(|app| app.resource::<Lamp>())
        .await
        .app()
        .clone()
}

fn action<'a>(schema: &'a Schema, name: &str) -> &'a Action {
    let found = schema.actions.iter().find(|action| action.name == name);
    found.expect("a described action")
}

fn argument<'a>(action: &'a Action, name: &str) -> &'a Argument {
    let found = action.arguments.iter().find(|it| it.name == name);
    found.expect("a described argument")
}

/// One schema of the app, checked by `check`.
async fn of_the_lamp(check: impl FnOnce(&Schema)) {
    let app = app().await;
    let schemas: Vec<_> = app.schemas().collect();
    assert_eq!(schemas.len(), 1);
    check(schemas[0]);
}

#[tokio::test]
async fn the_marked_methods_are_described_and_no_others() {
    of_the_lamp(|lamp| {
        let names: Vec<_> = lamp.actions.iter().map(|action| action.name).collect();
        assert_eq!(names, ["dim", "shine", "brightest", "burnIn"]);
    })
    .await;
}

#[tokio::test]
async fn doc_comments_are_kept() {
    of_the_lamp(|lamp| {
        assert_eq!(lamp.docs, "A lamp.\n\nIt shines.");
        assert_eq!(lamp.fields[0].docs, "What it is called.");
        assert_eq!(action(lamp, "dim").docs, "Makes it brighter.\n\nOr darker.");
        assert_eq!(action(lamp, "shine").docs, "");
    })
    .await;
}

#[tokio::test]
async fn arguments_are_described_in_order_without_the_context() {
    of_the_lamp(|lamp| {
        let dim = action(lamp, "dim");
        let names: Vec<_> = dim.arguments.iter().map(|it| it.name).collect();
        assert_eq!(names, ["to", "fade", "times"]);
        let required: Vec<_> = dim.arguments.iter().map(|it| it.required).collect();
        assert_eq!(required, [true, false, false]);
        let to = argument(dim, "to").schema.as_ref().unwrap();
        assert_eq!(
            (&to["type"], &to["maximum"]),
            (&json!("integer"), &json!(255))
        );
        let fade = argument(dim, "fade").schema.as_ref().unwrap();
        assert!(fade.to_string().contains("#/$defs/Fade"), "{fade}");
        let fade = &lamp.definitions["Fade"];
        assert_eq!(fade["description"], "How light changes.");
        assert_eq!(fade["properties"]["seconds"]["description"], "In seconds.");
        assert!(action(lamp, "shine").arguments.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_returned_is_described_without_its_result() {
    of_the_lamp(|lamp| {
        let returns = |name| action(lamp, name).returns.as_ref();
        assert_eq!(returns("dim").unwrap()["maximum"], 255);
        assert_eq!(returns("shine").unwrap()["type"], "null");
        let brightest = returns("brightest").unwrap();
        assert_eq!(brightest["type"], "array");
        assert!(brightest["items"]["$ref"].is_string(), "{brightest}");
    })
    .await;
}

#[tokio::test]
async fn nothing_private_is_described() {
    of_the_lamp(|lamp| {
        let definitions = Value::Object(lamp.definitions.clone()).to_string();
        assert!(!definitions.contains("maker"), "{definitions}");
        assert!(lamp.visible().all(|field| field.name != "maker"));
    })
    .await;
}

#[tokio::test]
async fn a_type_that_nobody_describes_is_allowed() {
    let app = support::app(|app| app.resource::<Crate>()).await;
    let schema = app.app().schemas().next().unwrap();
    let put = action(schema, "put");
    assert_eq!(argument(put, "given").schema, None);
    assert!(argument(put, "given").required);
    assert_eq!(put.returns, None);
}

#[tokio::test]
async fn who_may_call_and_what_it_does_is_described() {
    of_the_lamp(|lamp| {
        assert_eq!(lamp.access, Access::Authenticated);
        let words = |name| {
            let it = action(lamp, name);
            (it.effect, it.member, it.detached, it.access)
        };
        let (read, mutation) = (Effect::Read, Effect::Mutation);
        assert_eq!(words("dim"), (mutation, true, false, None));
        assert_eq!(words("shine"), (read, true, false, None));
        assert_eq!(
            words("brightest"),
            (read, false, false, Some(Access::Public))
        );
        assert_eq!(words("burnIn"), (mutation, false, true, None));
    })
    .await;
}
