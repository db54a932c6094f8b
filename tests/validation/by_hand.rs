//! Rules that are written by hand: the word `validate`.

use garde::{Path, Report, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;

use crate::support::{self, codes};

/// A stretch of time.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, validate)]
struct Stretch {
    id: String,
    from: u32,
    to: u32,
}

impl Validate for Stretch {
    type Context = ();

    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> Path, report: &mut Report) {
        if self.to < self.from {
            report.append(
                parent().join("to"),
                garde::Error::new("is before the beginning"),
            );
        }
        if self.to == self.from {
            report.append(parent(), garde::Error::new("is empty"));
        }
    }
}

#[tokio::test]
async fn rules_may_be_written_by_hand() {
    let app = support::app(|app| app.resource::<Stretch>()).await;
    let client = app.anonymous();
    let create = async |to: u32| {
        client
            .call(
                "stretch",
                "create",
                json!({ "id": "a", "from": 3, "to": to }),
            )
            .await
    };
    assert_eq!(codes(create(2).await.error()), json!({ "to": "invalid" }));
    create(4).await.result();
}

/// What is wrong with a record as a whole has no field: its path is empty.
#[tokio::test]
async fn a_mistake_of_the_whole_record_has_an_empty_path() {
    let app = support::app(|app| app.resource::<Stretch>()).await;
    let empty = json!([{ "id": "a", "from": 3, "to": 4 }, { "id": "b", "from": 3, "to": 3 }]);
    let client = app.anonymous();
    let one = client.call("stretch", "create", empty[1].clone()).await;
    assert_eq!(codes(one.error()), json!({ "": "invalid" }));
    let batch = client.call("stretch", "create", empty).await;
    assert_eq!(codes(batch.error()), json!({ "[1]": "invalid" }));
}
