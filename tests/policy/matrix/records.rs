//! What is done with one record: one's own, a foreign one, an open one, and one that is not there.

use super::*;

/// The records that are asked for, the last of which is not there.
pub(super) const IDS: [&str; 4] = ["foreign", "mine", "open", "missing"];

/// What a call would leave behind.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// The text alone changes.
    Stay,
    /// It becomes somebody else's, whom nobody here is.
    Away,
    /// It becomes the caller's.
    Mine,
    /// Everybody may see it.
    Open,
}

const MOVES: [Move; 4] = [Move::Stay, Move::Away, Move::Mine, Move::Open];

/// How many cells an action has for one caller; `None` for what is done with no record.
pub(super) fn cells(action: &str) -> Option<usize> {
    let ways = match action {
        // The revision that is asked for is another.
        "update" => 2 * MOVES.len(),
        "replace" => MOVES.len(),
        "sign" | "hand_over" => 3,
        // By id alone, and in an object.
        "get" | "destroy" => 2,
        "length" | "peek" | "show" | "touch" | "copy" => 1,
        _ => return None,
    };
    Some(ways * IDS.len())
}

impl Move {
    fn of(self, old: &Record, role: Role) -> Record {
        let mut new = old.clone();
        new.text = "new".to_owned();
        match self {
            Self::Stay => {}
            Self::Away => {
                new.owner = "zoe".to_owned();
                new.readers = Vec::new();
                new.writer = None;
                new.public = false;
            }
            Self::Mine => role.key().unwrap_or("nobody").clone_into(&mut new.owner),
            Self::Open => new.public = true,
        }
        new
    }
}

/// One request, and what it would do.
pub(super) struct Attempt {
    pub(super) action: &'static str,
    pub(super) payload: Value,
    pub(super) options: Value,
    /// The record as the call would leave it.
    after: Option<Record>,
    /// What is answered where that is done.
    done: Value,
}

pub(super) async fn judge(matrix: &mut Matrix, resource: &str, clients: &[(Role, TestClient)]) {
    for (role, client) in clients {
        // How often the store is asked about a record that is not there, by action.
        let mut missing = BTreeMap::new();
        for id in IDS.into_iter().rev() {
            let stored = Record::stored();
            let old = stored.iter().find(|record| record.id == id);
            for (place, attempt) in attempts(resource, *role, id, old).into_iter().enumerate() {
                let Attempt {
                    action,
                    payload,
                    options,
                    ..
                } = &attempt;
                let request = [
                    resource.into(),
                    (*action).into(),
                    payload.clone(),
                    options.clone(),
                ];
                let mut told = matrix.ask(client, request).await;
                without_revision(&mut told);
                let expected = expected(resource, *role, old, &attempt);
                let what = format!("{role:?} {id} {payload} {options}");
                if expected == Err(oracle::not_found(resource)) {
                    let asked = *missing.entry(place).or_insert(told.asked);
                    assert_eq!(told.asked, asked, "of the store: {action} {what}");
                }
                let cell = (resource, *action, Road::Request);
                matrix.judge(cell, &told, expected, &what).await;
            }
        }
    }
}

/// Leaves out of an error which revision a record has.
pub(super) fn without_revision(told: &mut Told) {
    if let Err(error) = &mut told.answer
        && error["reason"] == "stale"
    {
        let message = error["message"].as_str().unwrap_or_default();
        let message = message.trim_end_matches(|it: char| it.is_ascii_digit());
        error["message"] = message.trim_end().into();
    }
}

/// Everything that can be tried with a record: the same for one that is not there.
pub(super) fn attempts(resource: &str, role: Role, id: &str, old: Option<&Record>) -> Vec<Attempt> {
    let absent = Record {
        id: id.to_owned(),
        ..Record::stored()[0].clone()
    };
    let old = old.unwrap_or(&absent);
    let simple = |action, after: Option<Record>, done| Attempt {
        action,
        payload: json!({ "id": id }),
        options: json!({}),
        after,
        done,
    };
    let mut attempts = vec![
        simple("get", None, old.shown()),
        Attempt {
            payload: json!(id),
            ..simple("get", None, old.shown())
        },
        simple("destroy", None, old.shown()),
        Attempt {
            payload: json!(id),
            ..simple("destroy", None, old.shown())
        },
        simple("length", None, json!(old.text.len())),
        simple("peek", None, json!(old.text)),
        simple("show", None, json!(old.text)),
        simple("touch", None, Value::Null),
        simple("copy", None, {
            let mut copy = old.shown();
            copy["id"] = "copy".into();
            copy
        }),
    ];
    for way in MOVES {
        let new = way.of(old, role);
        let done = oracle::shown(resource, role, &new);
        let mut changed = json!({ "id": id, "code": fixture::code() });
        for (field, value) in new.shown().as_object().expect("a record") {
            if old.shown()[field] != *value {
                changed[field] = value.clone();
            }
        }
        attempts.push(Attempt {
            payload: changed.clone(),
            ..simple("update", Some(new.clone()), done.clone())
        });
        attempts.push(Attempt {
            payload: changed,
            options: json!({ "if_rev": 4_000_000_000_u64 }),
            ..simple("update", Some(new.clone()), done.clone())
        });
        attempts.push(Attempt {
            payload: new.sent(),
            ..simple("replace", Some(new), done)
        });
    }
    for owner in [None, Some("zoe"), Some(role.key().unwrap_or("nobody"))] {
        let mut new = old.clone();
        new.text.push('!');
        new.owner = owner.map_or(new.owner, str::to_owned);
        for action in ["sign", "hand_over"] {
            attempts.push(Attempt {
                payload: json!({ "id": id, "owner": owner }),
                ..simple(action, Some(new.clone()), json!(new.text))
            });
        }
    }
    attempts
}

/// What the oracle says of an attempt.
pub(super) fn expected(
    resource: &str,
    role: Role,
    old: Option<&Record>,
    attempt: &Attempt,
) -> Result<Value, Value> {
    let action = attempt.action;
    if !oracle::may_call(resource, action, role) {
        return Err(oracle::not_logged_in());
    }
    let change = |verb, after| oracle::change(resource, role, old, verb, after);
    match action {
        "get" | "length" | "peek" | "show" => change(Verb::Read, None),
        "destroy" => change(Verb::Destroy, None),
        "touch" | "sign" => change(Verb::Update, None),
        "update" if attempt.options != json!({}) => {
            change(Verb::Update, None)?;
            return Err(stale(resource));
        }
        "update" | "replace" | "hand_over" => change(Verb::Update, attempt.after.as_ref()),
        "copy" => {
            change(Verb::Read, None)?;
            // Rust code makes it, as the caller.
            let copy = old.expect("a record that can be read");
            if oracle::may(resource, Verb::Create, role, copy) {
                Ok(())
            } else {
                Err(oracle::forbidden(resource, Verb::Create))
            }
        }
        _ => panic!("nobody has said what `{action}` does"),
    }?;
    Ok(attempt.done.clone())
}

/// The error about a record that is at another revision, whichever that is.
fn stale(resource: &str) -> Value {
    let message = format!("the {resource} has changed: it is at revision");
    json!({ "code": 409, "name": "Conflict", "reason": "stale", "message": message })
}
