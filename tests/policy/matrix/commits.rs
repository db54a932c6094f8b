//! Mutations in `sockful.commit`: each alone, and each beside another, where one of both is refused and nothing is done.

use super::*;

/// Everything else changes nothing, and is refused.
const MUTATIONS: [&str; 8] = [
    "create",
    "update",
    "replace",
    "destroy",
    "sign",
    "hand_over",
    "touch",
    "copy",
];

/// How many cells an action has, for all callers.
pub(super) fn cells(action: &str) -> usize {
    let cells = if MUTATIONS.contains(&action) {
        let tried = records::cells(action).or(creates::cells(action));
        2 * tried.expect("a mutation that others judge")
    } else {
        1
    };
    cells * (Role::ALL.len() - 1)
}

/// What is tried by one caller: an item, and what it is answered.
struct Tried {
    action: &'static str,
    item: Value,
    expected: Result<Value, Value>,
    what: String,
}

pub(super) async fn judge(matrix: &mut Matrix, resource: &str, clients: &[(Role, TestClient)]) {
    for (role, client) in clients {
        for action in matrix.actions(resource) {
            if !MUTATIONS.contains(&&*action) {
                let items = json!([[resource, action, {}]]);
                let told = ask(matrix, client, items).await;
                let expected = oracle::of_item(oracle::not_a_mutation(&action), 0);
                let cell = (resource, &*action, Road::Commit);
                let what = format!("{role:?}");
                matrix.judge(cell, &told, Err(expected), &what).await;
            }
        }
        // How often the store is asked about a record that is not there, by what is tried.
        let mut missing = BTreeMap::new();
        for id in records::IDS.into_iter().rev() {
            let tried = of_record(resource, *role, id);
            for (place, tried) in tried.into_iter().enumerate() {
                let asked = alone_and_beside(matrix, resource, client, &tried).await;
                if tried.expected == Err(oracle::not_found(resource)) {
                    let expected = *missing.entry(place).or_insert(asked);
                    assert_eq!(asked, expected, "of the store: {}", tried.what);
                }
            }
        }
        for tried in of_drafts(resource, *role) {
            alone_and_beside(matrix, resource, client, &tried).await;
        }
    }
}

async fn ask(matrix: &mut Matrix, client: &TestClient, items: Value) -> Told {
    let request = ["sockful".into(), "commit".into(), items, json!({})];
    let mut told = matrix.ask(client, request).await;
    records::without_revision(&mut told);
    told
}

/// What can be tried with a record.
fn of_record(resource: &str, role: Role, id: &str) -> Vec<Tried> {
    let stored = Record::stored();
    let old = stored.iter().find(|record| record.id == id);
    let attempts = records::attempts(resource, role, id, old).into_iter();
    let attempts = attempts.filter(|attempt| MUTATIONS.contains(&attempt.action));
    let tried = attempts.map(|attempt| Tried {
        expected: records::expected(resource, role, old, &attempt),
        what: format!("{role:?} {id} {} {}", attempt.payload, attempt.options),
        item: json!([resource, attempt.action, attempt.payload, attempt.options]),
        action: attempt.action,
    });
    tried.collect()
}

/// What can be made.
fn of_drafts(resource: &str, role: Role) -> impl Iterator<Item = Tried> {
    let drafts = creates::drafts(role, "").into_iter();
    drafts.map(move |draft| Tried {
        action: "create",
        item: json!([resource, "create", draft.sent()]),
        expected: creates::expected(resource, role, &[&draft]).map(|shown| shown[0].clone()),
        what: format!("{role:?} {draft:?}"),
    })
}

/// Judges what is tried, and tells how often the store was asked.
async fn alone_and_beside(
    matrix: &mut Matrix,
    resource: &str,
    client: &TestClient,
    tried: &Tried,
) -> [usize; 2] {
    let Tried {
        action,
        item,
        expected,
        what,
    } = tried;
    let cell = (resource, *action, Road::Commit);
    let alone = ask(matrix, client, json!([item])).await;
    let shown = expected.clone().map(|done| json!([done]));
    let shown = shown.map_err(|error| oracle::of_item(error, 0));
    matrix.judge(cell, &alone, shown, what).await;

    // Before what is refused stands what everybody may do, behind what is done what nobody may.
    let (items, refused) = match expected {
        Ok(_) => (
            json!([item, ["grave", "destroy", "foreign"]]),
            oracle::not_found("grave"),
        ),
        Err(error) => (
            json!([["poster", "create", { "id": "first", "owner": "zoe" }], item]),
            error.clone(),
        ),
    };
    let beside = ask(matrix, client, items).await;
    let refused = oracle::of_item(refused, 1);
    matrix.judge(cell, &beside, Err(refused), what).await;
    assert_eq!(beside.meta, Value::Null, "{what}");
    let stored: Vec<_> = Record::stored().iter().map(Record::shown).collect();
    for resource in [resource, "poster"] {
        let system = matrix.app.app().system();
        let kept = Typed(&system, resource).all().await.expect("a list");
        assert_eq!(kept, json!(stored), "{resource} after {action} {what}");
    }
    [alone.asked, beside.asked]
}
