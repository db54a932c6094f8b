//! What is watched: what one begins with, what one is told of every change, what one is told who comes back, and what is said
//! about records. All of it is what the caller may read, and of what leaves the id.

use futures_util::FutureExt;
use sockful::testing::Answer;
use tokio::task::unconstrained;

use super::lists::{HIDDEN, QUESTIONS, counted, visible};
use super::*;

/// How many cells an action has for one caller; `None` for what is nothing to be watched.
pub(super) fn cells(action: &str) -> Option<usize> {
    ["watch", "unwatch"]
        .contains(&action)
        .then_some(QUESTIONS.len())
}

/// The same by the other roads, for all callers.
pub(super) fn cells_by(action: &str, road: Road) -> usize {
    let clients = Role::ALL.len() - 1;
    match (action, road) {
        ("watch", Road::Push) => clients * steps().len(),
        ("watch", Road::Tell) => clients * Record::stored().len(),
        ("watch", Road::Replay) => clients,
        _ => 0,
    }
}

/// One change of one record.
struct Step {
    old: Option<Record>,
    new: Option<Record>,
}

/// Every record becomes everybody's and nobody's, goes and comes back.
fn steps() -> Vec<Step> {
    let mut steps = Vec::new();
    for stored in Record::stored() {
        let changes: [fn(&mut Record); 8] = [
            |it| it.text = "told".to_owned(),
            |it| it.public = !it.public,
            |it| it.owner = "sam".to_owned(),
            |it| it.readers = vec!["sam".to_owned(), "rita".to_owned()],
            |it| it.writer = Some("will".to_owned()),
            |it| it.public = !it.public,
            |it| {
                it.owner = "zoe".to_owned();
                it.readers = Vec::new();
                it.writer = None;
            },
            |it| it.owner = "ann".to_owned(),
        ];
        let mut now = stored.clone();
        for change in changes {
            let old = now.clone();
            change(&mut now);
            // What changes nothing is told to nobody.
            if now.whole() == old.whole() {
                continue;
            }
            steps.push(Step {
                old: Some(old),
                new: Some(now.clone()),
            });
        }
        steps.push(Step {
            old: Some(now),
            new: None,
        });
        steps.push(Step {
            old: None,
            new: Some(stored),
        });
    }
    steps
}

impl Step {
    async fn make(&self, app: &App, resource: &str) {
        let system = app.system();
        let typed = Typed(&system, resource);
        let made = match (&self.old, &self.new) {
            (Some(old), Some(new)) => typed.update(&old.id, new).await,
            (Some(old), None) => typed.destroy(&old.id).await,
            (_, new) => typed.create(new.as_ref().expect("a record").whole()).await,
        };
        made.expect("the system may do everything");
    }

    /// What somebody is told of it: an action and a record.
    fn told(&self, resource: &str, role: Role) -> Option<Value> {
        let sees = |it: &&Record| {
            oracle::may_call(resource, "watch", role) && oracle::may(resource, Verb::Read, role, it)
        };
        let (old, new) = (self.old.as_ref(), self.new.as_ref());
        match (old.filter(sees), new.filter(sees)) {
            (None, None) => None,
            (None, Some(new)) => Some(json!(["enter", new.shown()])),
            (Some(_), Some(new)) => Some(json!(["update", new.shown()])),
            (Some(old), None) => Some(json!(["leave", { "id": old.id }])),
        }
    }
}

pub(super) async fn judge(matrix: &mut Matrix, resource: &str) {
    let clients = matrix.clients();
    for (role, client) in &clients {
        snapshots(matrix, resource, *role, client).await;
        hidden(matrix, resource, client).await;
    }
    let mut watched = Vec::new();
    for (_, client) in &clients {
        let request = [resource.into(), "watch".into(), json!({}), json!({})];
        watched.push(client.emit(&request).await);
    }
    said(matrix, resource, &clients).await;
    let mut missed = vec![Vec::new(); clients.len()];
    for (place, step) in steps().into_iter().enumerate() {
        step.make(matrix.app.app(), resource).await;
        for ((role, client), missed) in clients.iter().zip(&mut missed) {
            let told = heard(matrix, client).await;
            missed.extend(told.clone());
            let expected: Vec<_> = step.told(resource, *role).into_iter().collect();
            let what = format!("{role:?} step {place}");
            let cell = (resource, "watch", Road::Push);
            judge_told(matrix, cell, &brief(&told), json!(expected), &what).await;
        }
    }
    for (((role, client), watched), missed) in clients.iter().zip(&watched).zip(&missed) {
        replay(matrix, resource, (*role, client), watched, missed).await;
    }
    fixture::reset(matrix.app.app(), resource).await;
    for (_, client) in &clients {
        client.disconnect().await;
    }
}

/// What one begins with.
async fn snapshots(matrix: &mut Matrix, resource: &str, role: Role, client: &TestClient) {
    for (query, finds) in QUESTIONS {
        let what = format!("{role:?} {}", query());
        let request = [resource.into(), "watch".into(), query(), json!({})];
        let mut told = matrix.ask(client, request).await;
        let mut watch = json!("nothing");
        told.answer = told.answer.map(|result| {
            watch = result["watch"].clone();
            result["records"].clone()
        });
        let found = finds(visible(resource, role));
        let shown = found.iter().map(Record::shown).collect();
        let expected = counted(resource, "watch", role, shown);
        let cell = (resource, "watch", Road::Request);
        matrix.judge(cell, &told, expected, &what).await;
        let request = [resource.into(), "unwatch".into(), watch, json!({})];
        let told = matrix.ask(client, request).await;
        let expected = counted(resource, "unwatch", role, Value::Null);
        let cell = (resource, "unwatch", Road::Request);
        matrix.judge(cell, &told, expected, &what).await;
    }
}

/// By what clients never see nothing is watched.
async fn hidden(matrix: &mut Matrix, resource: &str, client: &TestClient) {
    for field in HIDDEN {
        for query in [
            json!({ field: tape::SECRETS[0] }),
            json!({ "$select": [field] }),
        ] {
            let request = [resource.into(), "watch".into(), query, json!({})];
            let told = matrix.ask(client, request).await;
            let error = told.answer.expect_err("there is no such field");
            assert_eq!(error["reason"], "invalid_query");
            assert_eq!(told.asked, 0, "of the store");
        }
    }
}

/// What is said about a record is said to those who may read it.
async fn said(matrix: &mut Matrix, resource: &str, clients: &[(Role, TestClient)]) {
    for record in Record::stored() {
        let system = matrix.app.app().system();
        let typed = Typed(&system, resource);
        let about = typed.tell(&record.id, "typing").await;
        about.expect("the system may say everything");
        for (role, client) in clients {
            let told: Vec<_> = heard(matrix, client).await;
            let told: Vec<_> = told
                .iter()
                .map(|event| json!([event[1], event[3]]))
                .collect();
            let hears = oracle::may_call(resource, "watch", *role)
                && oracle::may(resource, Verb::Read, *role, &record);
            let expected = match hears {
                true => json!([["typing", { "id": record.id }]]),
                false => json!([]),
            };
            let cell = (resource, "watch", Road::Tell);
            let what = format!("{role:?} {}", record.id);
            judge_told(matrix, cell, &told, expected, &what).await;
        }
    }
}

/// Who comes back is told what it was told, and nothing else.
async fn replay(
    matrix: &mut Matrix,
    resource: &str,
    (role, client): (Role, &TestClient),
    watched: &Answer,
    missed: &[Value],
) {
    let mut sub = json!({ "resource": resource, "watch": "x", "query": {}, "pos": 0, "view": "x" });
    let mut epoch = json!("x");
    if watched.is_ok() {
        sub["pos"] = watched.meta()["pos"].clone();
        sub["view"] = watched.meta()["view"].clone();
        epoch = watched.meta()["epoch"].clone();
    }
    let request = ["sockful", "resume"].map(Value::from);
    let [sockful, resume] = request;
    let resumed = json!({ "epoch": epoch, "subs": [sub] });
    let told = matrix
        .ask(client, [sockful, resume, resumed, json!({})])
        .await;
    let outcome = told.answer.expect("an answer")["subs"][0].clone();
    if !oracle::may_call(resource, "watch", role) {
        assert_eq!(outcome["error"], oracle::not_logged_in());
    } else if missed.is_empty() {
        assert_eq!(outcome["outcome"], "nothing");
    } else {
        assert_eq!(outcome["outcome"], "replayed");
        assert_eq!(outcome["n"], missed.len());
    }
    let told = heard(matrix, client).await;
    let cell = (resource, "watch", Road::Replay);
    let what = format!("{role:?}");
    judge_told(matrix, cell, &brief(&told), json!(brief(missed)), &what).await;
}

/// All that a client has been told by now, searched.
async fn heard(matrix: &mut Matrix, client: &TestClient) -> Vec<Value> {
    // An answer comes after whatever was to be told before it.
    client.call("note", "count", json!({})).await;
    let mut told = Vec::new();
    while let Some(event) = unconstrained(client.event()).now_or_never() {
        let text = event.to_string();
        tape::hear(text.as_bytes());
        matrix.heard += text.len();
        // How far everybody has been told says nothing of records.
        if event[0] != "sockful" || event[1] != "pos" {
            told.push(event);
        }
    }
    told
}

/// The action and the record of each push.
fn brief(pushes: &[Value]) -> Vec<Value> {
    let brief = pushes.iter().map(|push| json!([push[1], push[2]]));
    brief.collect()
}

async fn judge_told(
    matrix: &mut Matrix,
    cell: (&str, &str, Road),
    told: &[Value],
    expected: Value,
    what: &str,
) {
    let told = Told {
        answer: Ok(json!(told)),
        meta: json!({}),
        asked: 0,
    };
    matrix.judge(cell, &told, Ok(expected), what).await;
}
