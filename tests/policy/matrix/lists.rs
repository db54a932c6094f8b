//! What is listed and counted: by any query, by fields that clients do not have, page by page, and from where somebody
//! else's page has ended.

use super::*;

/// A query, and what it finds of the records that the caller may read.
pub(super) type Question = (fn() -> Value, fn(Vec<Record>) -> Vec<Record>);

fn only(mut of: Vec<Record>, holds: fn(&Record) -> bool) -> Vec<Record> {
    of.retain(holds);
    of
}

pub(super) const QUESTIONS: [Question; 8] = [
    (|| json!({}), |of| of),
    (
        || json!({ "owner": "ann" }),
        |of| only(of, |it| it.owner == "ann"),
    ),
    (
        || json!({ "$not": { "owner": "ann" } }),
        |of| only(of, |it| it.owner != "ann"),
    ),
    (
        || json!({ "public": false }),
        |of| only(of, |it| !it.public),
    ),
    (
        || json!({ "writer": null }),
        |of| only(of, |it| it.writer.is_none()),
    ),
    (
        || json!({ "$or": [{ "id": "foreign" }, { "id": "mine" }] }),
        |of| only(of, |it| it.id != "open"),
    ),
    (
        || json!({ "readers": { "$contains": "rita" } }),
        |of| only(of, |it| !it.readers.is_empty()),
    ),
    (
        || json!({ "id": { "$nin": ["mine"] } }),
        |of| only(of, |it| it.id != "mine"),
    ),
];

/// Orders and pages, which are not counted.
const PAGES: [Question; 4] = [
    (
        || json!({ "$sort": { "text": -1 } }),
        |of| of.into_iter().rev().collect(),
    ),
    (
        || json!({ "$skip": 1 }),
        |of| of.into_iter().skip(1).collect(),
    ),
    (
        || json!({ "$limit": 1 }),
        |of| of.into_iter().take(1).collect(),
    ),
    (
        || json!({ "$limit": 2, "$sort": { "owner": 1 } }),
        |of| {
            let mut of = of;
            of.sort_by_key(|it| it.owner.clone());
            of.into_iter().take(2).collect()
        },
    ),
];

/// Fields that clients never see, and one that nobody has.
pub(super) const HIDDEN: [&str; 5] = ["secret", "pin", "keeper", "code", "nothing"];

/// What is asked about a field that clients do not have.
fn about(field: &str) -> Vec<Value> {
    vec![
        json!({ field: tape::SECRETS[0] }),
        json!({ field: { "$startsWith": "k" } }),
        json!({ format!("{field}.inside"): 1 }),
        json!({ "$or": [{ "public": true }, { field: { "$gt": 0 } }] }),
    ]
}

/// The same where it is not counted.
fn ordered_by(field: &str) -> Vec<Value> {
    vec![
        json!({ "$sort": { field: 1 } }),
        json!({ "$select": ["id", field] }),
    ]
}

/// How many cells an action has for one caller; `None` for what is no list.
pub(super) fn cells(resource: &str, action: &str) -> Option<usize> {
    let hidden = HIDDEN.len() * about("x").len();
    Some(match action {
        "count" => QUESTIONS.len() + hidden,
        "all" => {
            let ordered = HIDDEN.len() * ordered_by("x").len();
            // Page by page, and from where the first page of others has ended.
            let pages = PAGES.len() + 1 + cursors(resource).count();
            QUESTIONS.len() + hidden + ordered + pages
        }
        "readable" | "titles" => 1,
        _ => return None,
    })
}

/// What a caller may read, in the order of ids.
pub(super) fn visible(resource: &str, role: Role) -> Vec<Record> {
    let stored = Record::stored().into_iter();
    stored
        .filter(|it| oracle::may(resource, Verb::Read, role, it))
        .collect()
}

/// Those whose first page of one record is not the last.
fn cursors(resource: &str) -> impl Iterator<Item = Role> {
    let clients = Role::ALL.into_iter().filter(|role| *role != Role::System);
    clients.filter(move |role| {
        oracle::may_call(resource, "all", *role) && visible(resource, *role).len() > 1
    })
}

pub(super) async fn judge(matrix: &mut Matrix, resource: &str, clients: &[(Role, TestClient)]) {
    let mut ends = Vec::new();
    for (role, client) in clients {
        if cursors(resource).any(|it| it == *role) {
            let page = ask(matrix, client, resource, "all", &json!({ "$limit": 1 })).await;
            ends.push((*role, page.meta["next"].clone()));
        }
    }
    for (role, client) in clients {
        questions(matrix, resource, *role, client).await;
        hidden(matrix, resource, *role, client).await;
        walk(matrix, resource, *role, client).await;
        for (other, end) in &ends {
            let query = json!({ "$limit": 1_000, "$after": end });
            let after = &visible(resource, *other)[0].id;
            let rest = |of: Vec<Record>| of.into_iter().filter(|it| it.id > *after).collect();
            list(matrix, resource, *role, client, &query, &rest).await;
        }
        let seen = visible(resource, *role);
        for (method, found) in [
            ("readable", json!(seen.len())),
            ("titles", seen.iter().map(Record::shown).collect()),
        ] {
            let told = ask(matrix, client, resource, method, &json!({})).await;
            // What a method asks through its context, it asks as the caller: a method that is open to all does not open the
            // records.
            let found = counted(resource, method, *role, found);
            let found = found.and_then(|found| counted(resource, "all", *role, found));
            let cell = (resource, method, Road::Request);
            matrix.judge(cell, &told, found, &format!("{role:?}")).await;
        }
    }
}

async fn ask(
    matrix: &mut Matrix,
    client: &TestClient,
    resource: &str,
    action: &str,
    query: &Value,
) -> Told {
    let request = [resource.into(), action.into(), query.clone(), json!({})];
    matrix.ask(client, request).await
}

/// What is found, if the caller may ask.
pub(super) fn counted(
    resource: &str,
    action: &str,
    role: Role,
    found: Value,
) -> Result<Value, Value> {
    if oracle::may_call(resource, action, role) {
        Ok(found)
    } else {
        Err(oracle::not_logged_in())
    }
}

async fn list(
    matrix: &mut Matrix,
    resource: &str,
    role: Role,
    client: &TestClient,
    query: &Value,
    finds: &dyn Fn(Vec<Record>) -> Vec<Record>,
) {
    let told = ask(matrix, client, resource, "all", query).await;
    let found = finds(visible(resource, role));
    let shown = found.iter().map(Record::shown).collect();
    let what = format!("{role:?} {query}");
    if told.answer.is_ok() {
        let revs = told.meta["revs"].as_array().map(Vec::len);
        assert_eq!(revs, Some(found.len()), "{resource} {what}");
        // That there is more is told of what the caller may read, too.
        let limit = query.get("$limit").and_then(Value::as_u64);
        let more = limit.is_some_and(|limit| visible(resource, role).len() as u64 > limit);
        assert_eq!(told.meta.get("next").is_some(), more, "{resource} {what}");
    }
    let expected = counted(resource, "all", role, shown);
    let cell = (resource, "all", Road::Request);
    matrix.judge(cell, &told, expected, &what).await;
}

async fn questions(matrix: &mut Matrix, resource: &str, role: Role, client: &TestClient) {
    for (query, finds) in QUESTIONS.iter().chain(&PAGES) {
        list(matrix, resource, role, client, &query(), finds).await;
    }
    for (query, finds) in QUESTIONS {
        let found = finds(visible(resource, role)).len();
        let told = ask(matrix, client, resource, "count", &query()).await;
        let expected = counted(resource, "count", role, json!(found));
        let what = format!("{role:?} {}", query());
        let cell = (resource, "count", Road::Request);
        matrix.judge(cell, &told, expected, &what).await;
    }
}

/// A field that clients never see is one that is not there, to everybody.
async fn hidden(matrix: &mut Matrix, resource: &str, role: Role, client: &TestClient) {
    for action in ["all", "count"] {
        for field in HIDDEN {
            let ordered = match action {
                "all" => ordered_by(field),
                _ => Vec::new(),
            };
            for query in about(field).into_iter().chain(ordered) {
                let told = ask(matrix, client, resource, action, &query).await;
                let text = query.to_string().replace(field, "nothing");
                let unknown = serde_json::from_str(&text).expect("a query");
                let unknown = ask(matrix, client, resource, action, &unknown).await;
                let error = unknown.answer.expect_err("there is no such field");
                let (code, reason) = (&error["code"], &error["reason"]);
                assert_eq!((code, reason), (&json!(400), &json!("invalid_query")));
                assert_eq!(told.asked, 0, "of the store");
                let expected = error.to_string().replace("nothing", field);
                let expected = serde_json::from_str(&expected).expect("an error");
                let what = format!("{role:?} {query}");
                let cell = (resource, action, Road::Request);
                matrix.judge(cell, &told, Err(expected), &what).await;
            }
        }
    }
}

/// Page by page one finds what one finds at once.
async fn walk(matrix: &mut Matrix, resource: &str, role: Role, client: &TestClient) {
    let mut query = json!({ "$limit": 1 });
    let mut found = Vec::new();
    let told = loop {
        let mut page = ask(matrix, client, resource, "all", &query).await;
        let Ok(records) = &page.answer else {
            break page;
        };
        found.extend(records.as_array().into_iter().flatten().cloned());
        match page.meta.get("next") {
            Some(next) => query["$after"] = next.clone(),
            None => {
                page.answer = Ok(found.into());
                break page;
            }
        }
    };
    let shown = visible(resource, role).iter().map(Record::shown).collect();
    let expected = counted(resource, "all", role, shown);
    let cell = (resource, "all", Road::Request);
    let what = format!("{role:?} page by page");
    matrix.judge(cell, &told, expected, &what).await;
}
