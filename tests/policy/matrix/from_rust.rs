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

/// Whom a method gives a record to.
const OWNERS: [Option<&str>; 2] = [None, Some("zoe")];

/// How many cells an action has, for all callers.
pub(super) fn cells(action: &str) -> usize {
    let cells = match action {
        "get" | "destroy" | "length" | "peek" | "show" | "touch" | "copy" => IDS.len(),
        "update" => IDS.len() * MOVES.len(),
        "all" | "count" | "watch" | "readable" | "titles" => 1,
        "create" => creates::cells(action).unwrap_or(0),
        "sign" | "hand_over" => IDS.len() * OWNERS.len(),
        "replace" | "unwatch" => 0,
        _ => panic!("nobody judges `{action}` of Rust code"),
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
        one("watch", typed.watch().await, Ok(all), format!("{role:?}")).await;
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
        methods(matrix, resource, role, &typed).await;
        let mut one = async |action, answer: Result<Value>, expected, what: String| {
            let told = told(answer);
            let cell = (resource, action, Road::Rust);
            matrix.judge(cell, &told, expected, &what).await;
        };
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

/// Methods are functions: no word of theirs says who may call them, and what they do through a context is the caller's. A change
/// of a record through a context is judged afterwards as well, whichever method makes it.
async fn methods(matrix: &mut Matrix, resource: &str, role: Role, typed: &Typed<'_>) {
    let seen = lists::visible(resource, role);
    let stored = Record::stored();
    let mut cells = vec![
        ("readable", "", None, Ok(json!(seen.len()))),
        (
            "titles",
            "",
            None,
            Ok(seen.iter().map(Record::shown).collect()),
        ),
    ];
    for id in IDS {
        let old = stored.iter().find(|it| it.id == id);
        let text = old.map_or("", |old| &*old.text);
        let change = |verb, after: Option<&Record>, done: Value| {
            oracle::change(resource, role, old, verb, after).map(|()| done)
        };
        let read = |done| change(Verb::Read, None, done);
        cells.push(("length", id, None, read(json!(text.len()))));
        cells.push(("peek", id, None, read(json!(text))));
        cells.push(("show", id, None, read(json!(text))));
        let mut copy = old.unwrap_or(&stored[0]).clone();
        "copy".clone_into(&mut copy.id);
        let copied = read(copy.shown()).and_then(|done| {
            let may = oracle::may(resource, Verb::Create, role, &copy);
            may.then_some(done)
                .ok_or_else(|| oracle::forbidden(resource, Verb::Create))
        });
        cells.push(("copy", id, None, copied));
        cells.push(("touch", id, None, change(Verb::Update, old, Value::Null)));
        for owner in OWNERS {
            let mut new = old.unwrap_or(&stored[0]).clone();
            new.text.push('!');
            new.owner = owner.map_or(new.owner, str::to_owned);
            for method in ["sign", "hand_over"] {
                let done = change(Verb::Update, Some(&new), json!(new.text));
                cells.push((method, id, owner, done));
            }
        }
    }
    for (method, id, owner, expected) in cells {
        let told = told(typed.call(method, id, owner).await);
        let cell = (resource, method, Road::Rust);
        let what = format!("{role:?} {id} {owner:?}");
        matrix.judge(cell, &told, expected, &what).await;
    }
}
