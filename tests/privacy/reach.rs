//! No client reaches a private field through another type either: `build()` refuses what could hold one.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::AppBuilder;
use sockful::prelude::*;

/// What it costs is nobody's business.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Secretive {
    id: String,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    cost: u64,
}

/// A resource with nothing to hide.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Fine {
    id: String,
}

/// Its methods take records, and what holds records.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Taker {
    id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Parcel {
    _content: Vec<Secretive>,
}

#[remote]
impl Taker {
    #[remote]
    fn take(&mut self, secretive: Secretive) -> u64 {
        secretive.cost
    }

    #[remote]
    fn unpack(&mut self, parcel: Option<Parcel>) -> bool {
        parcel.is_some()
    }

    #[remote]
    fn welcome(&mut self, fine: Fine) -> Fine {
        fine
    }
}

/// A method takes what nobody describes.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Blind {
    id: String,
}

#[derive(Deserialize)]
struct Wrapped {
    inner: Secretive,
}

#[remote]
impl Blind {
    #[remote(read)]
    fn peek(wrapped: Wrapped) -> u64 {
        wrapped.inner.cost
    }
}

/// Its fields hold records, and what holds records.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Holder {
    id: String,
    top: Option<Secretive>,
    rest: BTreeMap<String, Vec<Secretive>>,
    fine: Option<Fine>,
    of: Option<Id<Secretive>>,
    /// No client sees this one.
    #[serde(default, skip_serializing)]
    #[resource(private)]
    kept: Vec<Secretive>,
}

/// It holds its own kind.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Chain {
    id: String,
    next: Option<Box<Self>>,
    #[serde(default, skip_serializing)]
    #[resource(private)]
    cost: u64,
}

/// Why an app with these resources is not built.
async fn told(parts: impl FnOnce(AppBuilder) -> AppBuilder) -> Vec<String> {
    let app = parts(App::builder().store(Memory::new())).build().await;
    let refused = app.expect_err("the app was built");
    refused.problems().collect()
}

#[tokio::test]
async fn an_argument_that_holds_a_record_with_private_fields_is_refused() {
    let told = told(|app| {
        app.resource::<Fine>()
            .resource::<Taker>()
            .resource::<Secretive>()
    })
    .await;
    let message = "a client could set the private fields of `Secretive` here; take the fields you need instead";
    let expected = ["take(secretive)", "unpack(parcel)"];
    assert_eq!(
        told,
        expected.map(|place| format!("taker.{place}: {message}"))
    );
}

#[tokio::test]
async fn beside_private_fields_every_argument_is_described() {
    let told = told(|app| app.resource::<Blind>().resource::<Secretive>()).await;
    let expected = "blind.peek(wrapped): its type is not described, so it may hold the private fields of \
        `Secretive`; add `#[derive(schemars::JsonSchema)]` to the type, or take one that has it";
    assert_eq!(told, [expected]);
    // Without any there is nothing to hide.
    let app = App::builder().store(Memory::new()).resource::<Blind>();
    assert!(app.build().await.is_ok());
}

#[tokio::test]
async fn a_field_that_holds_a_record_with_private_fields_is_refused() {
    let told = told(|app| {
        app.resource::<Fine>()
            .resource::<Holder>()
            .resource::<Secretive>()
    })
    .await;
    let message = "a client could set the private fields of `Secretive` here; \
        hold its id, or the fields you need, instead";
    let expected = ["top", "rest"];
    assert_eq!(
        told,
        expected.map(|field| format!("holder.{field}: {message}"))
    );
}

#[tokio::test]
async fn a_record_with_private_fields_does_not_hold_its_own_kind() {
    let told = told(|app| app.resource::<Chain>()).await;
    let expected = "chain.next: a client could set the private fields of `Chain` here; \
        hold its id, or the fields you need, instead";
    assert_eq!(told, [expected]);
}
