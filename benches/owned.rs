//! The same resource twice: every user may have its records, and their owner alone. What is between a `get` of one and of the
//! other is what the policy takes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::testing::TestApp;

use crate::Outcome;
use crate::creature::Kind;

/// What is known of a caller.
struct User {
    id: String,
}

#[derive(Deserialize, JsonSchema, Resource, Serialize)]
#[resource(access = authenticated)]
struct Free {
    id: String,
    #[resource(index)]
    owner: String,
    name: String,
    hunger: u8,
    kind: Option<Kind>,
    tags: Vec<String>,
}

#[derive(Deserialize, JsonSchema, Resource, Serialize)]
#[policy(user = User, read(owner == user.id), write(owner == user.id))]
struct Owned {
    id: String,
    #[resource(index)]
    owner: String,
    name: String,
    hunger: u8,
    kind: Option<Kind>,
    tags: Vec<String>,
}

/// Makes so many requests for one record, as its owner; `burst` of them are sent before the last is awaited.
///
/// # Errors
/// When the app does not build, or did not answer the record.
pub(crate) async fn get(resource: &str, mut record: Value, count: usize, burst: usize) -> Outcome {
    let app = App::builder()
        .store(Memory::new())
        .resource::<Free>()
        .resource::<Owned>()
        .user(async |_: Cx, id: String| Ok(Some(User { id })))
        .build()
        .await?;
    let client = TestApp::new(app).login("ann");
    record["owner"] = json!("ann");
    let id = record["id"].clone();
    client.call(resource, "create", record.clone()).await;
    for turn in 0..count {
        if turn % burst == burst - 1 {
            let answer = client.call(resource, "get", id.clone()).await;
            if *answer.result() != record {
                return Err(format!("the record is {}", answer.result()).into());
            }
        } else {
            client.send(&[resource.into(), "get".into(), id.clone()]);
        }
    }
    Ok(())
}
