//! Every record has a revision: the position of the commit that last changed it. A field may hold it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::{TestApp, TestClient};

use crate::support::{self, codes};

/// Tells its revision.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Page {
    id: String,
    #[serde(default)]
    text: String,
    #[resource(rev)]
    version: u64,
}

#[remote]
impl Page {
    /// Changes the text, and tries to change the revision.
    #[remote]
    fn forge(&mut self, text: String) -> u64 {
        let before = self.version;
        self.text = text;
        self.version = 999;
        before
    }

    /// Writes by the context and answers the revisions it sees.
    #[remote]
    async fn within(cx: &Cx) -> Result<Vec<u64>> {
        let new = cx.create(Self::new("new", 999)).await?;
        let a = "a".to_owned();
        let old = cx.update::<Self, _, _>(&a, |a| a.text = "x".into()).await?;
        Ok(vec![new.version, old.version])
    }
}

impl Page {
    fn new(id: &str, version: u64) -> Self {
        Self {
            id: id.into(),
            text: String::new(),
            version,
        }
    }
}

/// An app with the page `a`, whose first commit was the first of all.
async fn stocked() -> (TestApp, TestClient) {
    let app = support::app(|app| app.resource::<Page>()).await;
    let client = app.anonymous();
    let created = client.call("page", "create", json!({ "id": "a" })).await;
    let a = json!({ "id": "a", "text": "", "version": 1 });
    assert_eq!(created.to_json(), json!([null, a, { "pos": 1, "rev": 1 }]));
    (app, client)
}

#[tokio::test]
async fn a_mutation_answers_the_revision_it_has_made() {
    let (_app, client) = stocked().await;
    for (rev, action, text) in [(2, "update", "b"), (3, "replace", "c")] {
        let payload = json!({ "id": "a", "text": text });
        let done = client.call("page", action, payload).await;
        assert_eq!(done.result()["version"], rev, "{action}");
        assert_eq!(done.meta()["rev"], rev);
        let got = client.call("page", "get", json!("a")).await;
        assert_eq!(got.result(), done.result());
    }
    let batch = json!([{ "id": "b" }, { "id": "c" }]);
    let made = client.call("page", "create", batch).await;
    assert_eq!(made.result()[0]["version"], 4);
    assert_eq!(made.result()[1]["version"], 4);
    // A destroyed record is answered as it was.
    let gone = client.call("page", "destroy", json!("a")).await;
    assert_eq!(gone.result()["version"], 3);
    assert_eq!(gone.meta()["rev"], 5);
}

#[tokio::test]
async fn what_changes_nothing_makes_no_revision() {
    let (_app, client) = stocked().await;
    let payload = json!({ "id": "a", "text": "" });
    let done = client.call("page", "update", payload).await;
    assert_eq!(done.result()["version"], 1);
    assert_eq!(done.meta(), &json!({ "rev": 1 }));
}

#[tokio::test]
async fn create_does_not_take_the_revision() {
    let (_app, client) = stocked().await;
    for version in [json!(0), json!(1), json!("x")] {
        let payload = json!({ "id": "b", "version": version });
        let refused = client.call("page", "create", payload).await;
        assert_eq!(codes(refused.error()), json!({ "version": "read_only" }));
    }
}

#[tokio::test]
async fn a_record_can_be_sent_back_with_the_revision_it_has() {
    let (_app, client) = stocked().await;
    for (rev, action) in [(1, "update"), (2, "replace")] {
        let payload = json!({ "id": "a", "text": action, "version": rev });
        let done = client.call("page", action, payload).await;
        assert_eq!(done.result()["version"], rev + 1, "{done:?}");
    }
}

#[tokio::test]
async fn any_other_revision_is_refused() {
    let (_app, client) = stocked().await;
    for action in ["update", "replace"] {
        for version in [json!(0), json!(2), json!(1.5), json!("1"), json!(null)] {
            let payload = json!({ "id": "a", "text": "b", "version": version });
            let refused = client.call("page", action, payload).await;
            assert_eq!(codes(refused.error()), json!({ "version": "read_only" }));
            let message = "version is kept by the server: the record is at 1";
            assert_eq!(refused.error()["message"], message);
        }
    }
    let got = client.call("page", "get", json!("a")).await;
    assert_eq!(got.meta()["rev"], 1);
}

#[tokio::test]
async fn a_method_cannot_change_the_revision() {
    let (_app, client) = stocked().await;
    let payload = json!({ "id": "a", "text": "b" });
    let forged = client.call("page", "forge", payload.clone()).await;
    assert_eq!(forged.to_json(), json!([null, 1, { "pos": 2, "rev": 2 }]));
    let got = client.call("page", "get", json!("a")).await;
    assert_eq!(got.result()["version"], 2);
    // With nothing else changed there is nothing to commit.
    let again = client.call("page", "forge", payload).await;
    assert_eq!(again.to_json(), json!([null, 2, { "rev": 2 }]));
}

#[tokio::test]
async fn rust_code_sees_the_revision_and_cannot_set_it() {
    let (app, _client) = stocked().await;
    let cx = app.app().system();
    let made = cx.create(Page::new("b", 999)).await.unwrap();
    assert_eq!(made.version, 2);
    let forge = |page: &mut Page| page.version = 999;
    let same = cx.update::<Page, _, _>(&made.id, forge).await.unwrap();
    assert_eq!(same.version, 2);
    let change = |page: &mut Page| page.text = "b".into();
    let changed = cx.update::<Page, _, _>(&made.id, change).await.unwrap();
    assert_eq!(changed.version, 3);
    assert_eq!(cx.get::<Page>(&made.id).await.unwrap().version, 3);
    assert_eq!(cx.all(Page::query()).await.unwrap()[1].version, 3);
}

#[tokio::test]
async fn within_a_call_a_record_has_the_revision_it_had_before() {
    let (_app, client) = stocked().await;
    let seen = client.call("page", "within", json!({})).await;
    assert_eq!(seen.result(), &json!([0, 1]));
    let all = client.call("page", "all", json!({})).await;
    assert_eq!(all.result()[0]["version"], 2);
    assert_eq!(all.result()[1]["version"], 2);
    assert_eq!(all.meta()["revs"], json!([2, 2]));
}

#[tokio::test]
async fn a_replayed_answer_holds_the_revision_of_its_own_commit() {
    let (_app, client) = stocked().await;
    let options = json!({ "op": "6b4c2ad4-13d0-4b7e-8d4c-3f2f8dbb1f11" });
    let payload = json!({ "id": "a", "text": "b" });
    let first = client
        .call_with("page", "update", payload.clone(), options.clone())
        .await;
    let other = json!({ "id": "a", "text": "c" });
    assert!(client.call("page", "update", other).await.is_ok());
    let again = client.call_with("page", "update", payload, options).await;
    assert_eq!(again.result(), first.result());
    assert_eq!(again.result()["version"], 2);
}
