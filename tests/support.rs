//! The resource that most tests use, an app with it, and clients of several manners.

pub(crate) mod beast;
pub(crate) mod counting;
pub(crate) mod debian;
pub(crate) mod folder;
pub(crate) mod gate;
pub(crate) mod pair;
pub(crate) mod partly;
pub(crate) mod postgres;
pub(crate) mod raw;
pub(crate) mod server;
pub(crate) mod staged;
pub(crate) mod store;
pub(crate) mod tape;

use serde_json::{Value, json};
use sockful::AppBuilder;
use sockful::prelude::*;
use sockful::testing::TestApp;

pub(crate) mod source;

#[path = "../examples/creatures/src/creature.rs"]
mod creature;

pub(crate) use creature::Creature;
pub(crate) use store::store;

/// An app of these parts, on an empty store.
pub(crate) async fn app(parts: impl FnOnce(AppBuilder) -> AppBuilder) -> TestApp {
    let app = parts(App::builder().store(store())).build().await;
    TestApp::new(app.expect("these parts make an app"))
}

/// An app with creatures, on an empty store.
pub(crate) async fn creatures() -> TestApp {
    app(|app| app.resource::<Creature>()).await
}

/// The codes of the fields at fault, by path.
pub(crate) fn codes(error: &Value) -> Value {
    let Some(Value::Object(errors)) = error.get("errors") else {
        return json!({});
    };
    let codes = errors
        .iter()
        .map(|(path, errors)| (path.clone(), errors[0]["code"].clone()));
    Value::Object(codes.collect())
}
