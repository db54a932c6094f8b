//! The resource that most tests use, an app with it, and clients of several manners.

pub(crate) mod beast;
pub(crate) mod pair;
pub(crate) mod raw;
pub(crate) mod server;
pub(crate) mod tape;

use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

#[path = "../examples/creatures/src/creature.rs"]
mod creature;

pub(crate) use creature::Creature;

/// An app with creatures, on an empty store in memory.
pub(crate) async fn creatures() -> TestApp {
    let app = App::builder()
        .store(Memory::new())
        .resource::<Creature>()
        .build()
        .await;
    TestApp::new(app.expect("creatures make an app"))
}

/// A client of an app with creatures.
pub(crate) async fn client() -> TestClient {
    creatures().await.anonymous()
}
