//! What is made: one's own, somebody else's, under an id that is free or taken, alone and beside another.

use super::*;

/// What a draft is, for one caller.
const DRAFTS: [&str; 7] = ["own", "other", "written", "read", "opened", "mine", "taken"];

/// How many cells an action has for one caller; `None` for what makes nothing.
pub(super) fn cells(action: &str) -> Option<usize> {
    (action == "create").then_some(DRAFTS.len())
}

/// The same for batches, for all callers.
pub(super) fn cells_of_batches(action: &str) -> usize {
    let others = DRAFTS.len() - 1;
    cells(action).unwrap_or(0) * others * (Role::ALL.len() - 1)
}

/// Every draft of a caller; the ids of those that are new end so.
pub(super) fn drafts(role: Role, end: &str) -> [Record; 7] {
    let me = role.key().unwrap_or("nobody");
    DRAFTS.map(|what| {
        let owner = match what {
            "own" | "mine" | "taken" => me,
            "opened" => "ann",
            _ => "zoe",
        };
        let id = match what {
            "mine" => "mine".to_owned(),
            "taken" => "foreign".to_owned(),
            _ => format!("{what}{end}"),
        };
        Record {
            id,
            owner: owner.to_owned(),
            public: what == "opened",
            readers: (what == "read")
                .then(|| me.to_owned())
                .into_iter()
                .collect(),
            writer: (what == "written").then(|| me.to_owned()),
            text: what.to_owned(),
            keeper: None,
        }
    })
}

pub(super) async fn judge(matrix: &mut Matrix, resource: &str, clients: &[(Role, TestClient)]) {
    for (role, client) in clients {
        for draft in drafts(*role, "") {
            let request = request(resource, draft.sent());
            let told = matrix.ask(client, request).await;
            let expected = expected(resource, *role, &[&draft]);
            let expected = expected.map(|shown| shown[0].clone());
            let what = format!("{role:?} {draft:?}");
            let cell = (resource, "create", Road::Request);
            matrix.judge(cell, &told, expected, &what).await;
        }
        for (one, first) in drafts(*role, "").iter().enumerate() {
            for (other, second) in drafts(*role, "2").iter().enumerate() {
                if one == other {
                    continue;
                }
                let batch = json!([first.sent(), second.sent()]);
                let told = matrix.ask(client, request(resource, batch)).await;
                let both = [first, second];
                let expected = expected(resource, *role, &both);
                let what = format!("{role:?} {both:?}");
                let cell = (resource, "create", Road::Batch);
                matrix.judge(cell, &told, expected, &what).await;
            }
        }
    }
}

fn request(resource: &str, payload: Value) -> [Value; 4] {
    [resource.into(), "create".into(), payload, json!({})]
}

/// What the oracle says of records that are made together: all are judged before one of them is found to exist.
pub(super) fn expected(resource: &str, role: Role, drafts: &[&Record]) -> Result<Value, Value> {
    if !oracle::may_call(resource, "create", role) {
        return Err(oracle::not_logged_in());
    }
    // Of a batch the error names the record.
    let of_item = |place: usize, mut error: Value| {
        if drafts.len() > 1 {
            error["item"] = place.into();
        }
        error
    };
    for (place, draft) in drafts.iter().enumerate() {
        if !oracle::may(resource, Verb::Create, role, draft) {
            return Err(of_item(place, oracle::forbidden(resource, Verb::Create)));
        }
    }
    let stored = Record::stored();
    for (place, draft) in drafts.iter().enumerate() {
        if stored.iter().any(|record| record.id == draft.id) {
            let path = match drafts.len() {
                1 => "id".to_owned(),
                _ => format!("[{place}].id"),
            };
            return Err(of_item(place, oracle::exists(resource, &path)));
        }
    }
    let shown = drafts.iter();
    Ok(shown
        .map(|draft| oracle::shown(resource, role, draft))
        .collect())
}
