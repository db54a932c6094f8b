//! The typed calls of Rust code, on behalf of a user and for the application itself.

use super::*;

/// Those that there is a context of.
fn roles() -> impl Iterator<Item = Role> {
    let roles = Role::ALL.into_iter();
    roles.filter(|role| *role != Role::Anonymous)
}

const IDS: [&str; 4] = ["foreign", "mine", "open", "missing"];
/// What an update makes of a record.
const MOVES: [fn(&mut Record, Role); 3] = [
    |_, _| {},
    |it, _| "zoe".clone_into(&mut it.owner),
    |it, role| role.key().unwrap_or("nobody").clone_into(&mut it.owner),
];

/// How many cells an action has, for all callers.
pub(super) fn cells(action: &str) -> usize {
    let cells = match action {
        "get" | "destroy" => IDS.len(),
        "update" => IDS.len() * MOVES.len(),
        "all" | "count" => 1,
        "create" => creates::cells(action).unwrap_or(0),
        // Rust code replaces nothing, and calls methods itself.
        _ => 0,
    };
    cells * roles().count()
}

pub(super) async fn judge(matrix: &mut Matrix, resource: &str) {
    for role in roles() {
        let app = matrix.app.app();
        let cx = match role.key() {
            Some(key) => app.on_behalf_of(key).await.expect("a user"),
            None => app.system(),
        };
        let typed = Typed(&cx, resource);
        let change = |old: Option<&Record>, verb, after: Option<&Record>| {
            oracle::change(resource, role, old, verb, after)
        };
        let mut one = async |action, answer: Result<Value>, expected, what: String| {
            let told = told(answer);
            let cell = (resource, action, Road::Rust);
            matrix.judge(cell, &told, expected, &what).await;
        };
        let seen = lists::visible(resource, role);
        let all = seen.iter().map(Record::shown).collect();
        one("all", typed.all().await, Ok(all), format!("{role:?}")).await;
        let count = typed.count().await.map(|count| json!(count));
        one("count", count, Ok(json!(seen.len())), format!("{role:?}")).await;
        for id in IDS {
            let stored = Record::stored();
            let old = stored.iter().find(|it| it.id == id);
            let shown = old.map_or(Value::Null, Record::shown);
            let what = format!("{role:?} {id}");
            let expected = change(old, Verb::Read, None).map(|()| shown.clone());
            one("get", typed.get(id).await, expected, what.clone()).await;
            let expected = change(old, Verb::Destroy, None).map(|()| shown);
            one("destroy", typed.destroy(id).await, expected, what).await;
            for step in MOVES {
                let mut new = old.unwrap_or(&stored[0]).clone();
                step(&mut new, role);
                new.text = "new".to_owned();
                let expected = change(old, Verb::Update, Some(&new)).map(|()| new.shown());
                let updated = typed.update(id, &new).await;
                one(
                    "update",
                    updated,
                    expected,
                    format!("{role:?} {id} {new:?}"),
                )
                .await;
            }
        }
        for draft in creates::drafts(role, "") {
            let expected = creates::expected(resource, role, &[&draft]);
            // Who has made it, has it.
            let expected = expected.map(|_| draft.shown());
            let created = typed.create(draft.whole()).await;
            one("create", created, expected, format!("{role:?} {draft:?}")).await;
        }
    }
}

/// What Rust code was answered, as a client would be.
fn told(answer: Result<Value>) -> Told {
    let wrote = answer.is_ok();
    Told {
        answer: answer.map_err(|error| json!(error)),
        // So that the records are put back.
        meta: if wrote {
            json!({ "pos": 0 })
        } else {
            json!({})
        },
        asked: 0,
    }
}
