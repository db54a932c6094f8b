//! The rule of clients, case by case.

mod unwatched;

use serde_json::{Value, json};

use super::{Replica, Sub, Todo};

const QUERY: &str = r#"{"kind":"fig"}"#;

fn watch() -> Sub {
    Sub::Watch("w".to_owned())
}

/// A copy of one watch with one record, at position 5.
fn watching() -> Replica {
    let mut replica = Replica::default();
    let query = serde_json::from_str(QUERY).expect("JSON");
    let result = json!({ "watch": "w", "records": [{ "id": "a", "level": 1 }] });
    let meta = json!({ "pos": 5, "revs": [3], "epoch": "e", "view": "v" });
    assert_eq!(replica.watched("note", &query, &result, &meta), watch());
    replica
}

fn push(replica: &mut Replica, action: &str, record: Value, pos: u64, prev: u64) -> Todo {
    let meta = json!({ "pos": pos, "prev": prev, "rev": pos, "watch": "w" });
    replica.apply("note", &[json!(action), record, meta])
}

fn resume(sub: Sub) -> Todo {
    Todo {
        resume: vec![sub],
        ..Todo::default()
    }
}

/// The records of one, without the outer shape: id, level, revision.
#[track_caller]
fn holds(replica: &Replica, sub: &Sub, expected: &[(&str, i64, u64)]) {
    let records = &replica.of(sub).expect("it is followed").records;
    let held: Vec<_> = records
        .values()
        .map(|(record, rev)| {
            let id = record["id"].as_str().expect("an id");
            (id, record["level"].as_i64().expect("a level"), *rev)
        })
        .collect();
    assert_eq!(held, expected);
}

#[test]
fn what_is_old_is_dropped() {
    let mut replica = watching();
    for pos in [4, 5] {
        let todo = push(
            &mut replica,
            "update",
            json!({ "id": "a", "level": 9 }),
            pos,
            3,
        );
        assert_eq!(todo, Todo::default());
    }
    holds(&replica, &watch(), &[("a", 1, 3)]);
}

#[test]
fn what_else_may_be_read_since_is_applied_at_the_same_position() {
    let mut replica = watching();
    let told = |pos: u64| {
        let meta = json!({ "pos": pos, "prev": pos, "rev": pos, "watch": "w", "view": "other" });
        [json!("leave"), json!({ "id": "a" }), meta]
    };
    assert_eq!(replica.apply("note", &told(4)), Todo::default());
    holds(&replica, &watch(), &[("a", 1, 3)]);
    assert_eq!(replica.apply("note", &told(5)), Todo::default());
    holds(&replica, &watch(), &[]);
}

#[test]
fn what_follows_is_applied() {
    let mut replica = watching();
    let entered = push(
        &mut replica,
        "enter",
        json!({ "id": "b", "level": 2 }),
        7,
        5,
    );
    // The group may have had its last push before this client came.
    let updated = push(
        &mut replica,
        "update",
        json!({ "id": "a", "level": 3 }),
        9,
        2,
    );
    assert_eq!((entered, updated), (Todo::default(), Todo::default()));
    holds(&replica, &watch(), &[("a", 3, 9), ("b", 2, 7)]);
    push(&mut replica, "leave", json!({ "id": "a" }), 10, 9);
    holds(&replica, &watch(), &[("b", 2, 7)]);
}

#[test]
fn what_is_beyond_is_a_gap_and_is_asked_for_once() {
    let mut replica = watching();
    let beyond = json!({ "id": "b", "level": 2 });
    assert_eq!(
        push(&mut replica, "enter", beyond.clone(), 8, 6),
        resume(watch())
    );
    assert!(!replica.is_whole());
    assert_eq!(push(&mut replica, "update", beyond, 9, 8), Todo::default());
    holds(&replica, &watch(), &[("a", 1, 3)]);
    let state = replica.state(|sub| *sub == watch());
    let asked = json!({ "epoch": "e", "subs": [
        { "watch": "w", "resource": "note", "query": { "kind": "fig" }, "pos": 5, "view": "v" },
    ] });
    assert_eq!(state, asked);
}

#[test]
fn what_was_missed_comes_after_the_answer() {
    let mut replica = watching();
    push(
        &mut replica,
        "enter",
        json!({ "id": "c", "level": 4 }),
        8,
        6,
    );
    let outcome = json!({ "watch": "w", "resource": "note", "outcome": "replayed", "n": 2, "pos": 8, "view": "v2" });
    let asked = replica.state(|_| true);
    let todo = replica.resumed(&asked, &json!({ "epoch": "e", "subs": [outcome] }));
    assert_eq!(todo, Todo::default());
    assert!(replica.is_whole());
    push(
        &mut replica,
        "enter",
        json!({ "id": "b", "level": 2 }),
        6,
        5,
    );
    push(
        &mut replica,
        "enter",
        json!({ "id": "c", "level": 4 }),
        8,
        6,
    );
    holds(&replica, &watch(), &[("a", 1, 3), ("b", 2, 6), ("c", 4, 8)]);
    let state = replica.state(|_| true);
    assert_eq!(
        (&state["subs"][0]["pos"], &state["subs"][0]["view"]),
        (&json!(8), &json!("v2"))
    );
}

#[test]
fn where_nothing_was_missed_it_goes_on() {
    let mut replica = watching();
    let outcome =
        json!({ "watch": "w", "resource": "note", "outcome": "nothing", "pos": 20, "view": "v" });
    replica.show();
    replica.apply(
        "sockful",
        &[json!("resumed"), json!({ "epoch": "e", "subs": [outcome] })],
    );
    let todo = push(
        &mut replica,
        "enter",
        json!({ "id": "b", "level": 2 }),
        21,
        20,
    );
    assert_eq!(todo, Todo::default());
    holds(&replica, &watch(), &[("a", 1, 3), ("b", 2, 21)]);
}

#[test]
fn a_reset_with_records_replaces_all() {
    let mut replica = watching();
    let outcome = json!({ "watch": "w", "resource": "note", "outcome": "reset", "pos": 2, "view": "v",
        "records": [{ "id": "z", "level": 0 }], "revs": [1] });
    let asked = replica.state(|_| true);
    let todo = replica.resumed(&asked, &json!({ "epoch": "another", "subs": [outcome] }));
    assert_eq!(todo, Todo::default());
    holds(&replica, &watch(), &[("z", 0, 1)]);
    let state = replica.state(|_| true);
    assert_eq!(
        (&state["epoch"], &state["subs"][0]["pos"]),
        (&json!("another"), &json!(2))
    );
}

#[test]
fn a_reset_that_nobody_asked_for_ends_the_watch() {
    let mut replica = watching();
    let told = json!({ "watch": "w", "resource": "note", "reason": "overflow" });
    let todo = replica.apply("sockful", &[json!("reset"), told, json!({ "pos": 9 })]);
    assert_eq!((todo.resume, todo.renew), (vec![], vec![watch()]));
    assert!(!replica.is_whole());
}

#[test]
fn what_cannot_go_on_has_ended() {
    let mut replica = watching();
    let outcome = json!({ "watch": "w", "resource": "note", "error": { "code": 503 }, "pos": 5, "view": "v" });
    let asked = replica.state(|_| true);
    let todo = replica.resumed(&asked, &json!({ "epoch": "e", "subs": [outcome] }));
    assert_eq!(todo.renew, [watch()]);
    assert!(replica.of(&watch()).is_none());
}

#[test]
fn a_batch_is_one_push() {
    let mut replica = watching();
    let batch = |pos: u64, prev: u64| {
        let items = json!([
            ["update", { "id": "a", "level": 7 }, pos],
            ["enter", { "id": "b", "level": 8 }, pos],
            ["leave", { "id": "a" }, pos],
            ["enter", { "id": "c", "level": 9 }, pos],
        ]);
        let meta = json!({ "pos": pos, "prev": prev, "watch": "w" });
        [json!("batch"), items, meta]
    };
    assert_eq!(replica.apply("note", &batch(6, 5)), Todo::default());
    holds(&replica, &watch(), &[("b", 8, 6), ("c", 9, 6)]);
    assert_eq!(replica.apply("note", &batch(5, 4)), Todo::default());
    assert_eq!(replica.apply("note", &batch(9, 8)), resume(watch()));
    holds(&replica, &watch(), &[("b", 8, 6), ("c", 9, 6)]);
}

#[test]
fn a_leave_of_what_is_not_there_is_nothing_and_an_enter_goes_over_what_is() {
    let mut replica = watching();
    let left = push(&mut replica, "leave", json!({ "id": "nobody" }), 6, 5);
    let entered = push(
        &mut replica,
        "enter",
        json!({ "id": "a", "level": 2 }),
        7,
        6,
    );
    assert_eq!((left, entered), (Todo::default(), Todo::default()));
    holds(&replica, &watch(), &[("a", 2, 7)]);
}

#[test]
fn pushes_of_what_is_not_watched_are_nothing() {
    let mut replica = watching();
    replica.forget(&watch());
    let todo = push(
        &mut replica,
        "enter",
        json!({ "id": "b", "level": 2 }),
        9,
        8,
    );
    assert_eq!(todo, Todo::default());
    assert_eq!(replica.followed().count(), 0);
}

#[test]
fn a_beat_tells_of_a_push_that_was_lost() {
    let mut replica = watching();
    let beat = |last: u64| {
        [
            json!("pos"),
            json!({ "pos": 30, "watches": { "w": last, "unknown": 40 } }),
        ]
    };
    assert_eq!(replica.apply("sockful", &beat(5)), Todo::default());
    assert_eq!(replica.apply("sockful", &beat(6)), resume(watch()));
    assert_eq!(replica.apply("sockful", &beat(7)), Todo::default());
}

#[test]
fn what_is_only_told_changes_nothing() {
    let mut replica = watching();
    let told = replica.apply(
        "note",
        &[
            json!("typing"),
            json!({ "who": "bob" }),
            json!({ "id": "a" }),
        ],
    );
    let all = replica.apply(
        "sockful",
        &[json!("tell"), json!({ "name": "hello", "payload": null })],
    );
    assert_eq!((told, all), (Todo::default(), Todo::default()));
    holds(&replica, &watch(), &[("a", 1, 3)]);
}

#[test]
fn what_goes_on_under_another_name_is_known_by_that() {
    let mut replica = watching();
    let asked = replica.state(|_| true);
    let outcome =
        json!({ "watch": "x", "resource": "note", "outcome": "nothing", "pos": 7, "view": "v" });
    let todo = replica.resumed(&asked, &json!({ "epoch": "e", "subs": [outcome] }));
    let now = Sub::Watch("x".to_owned());
    assert_eq!(todo.renamed, [(watch(), now.clone())]);
    holds(&replica, &now, &[("a", 1, 3)]);
}

#[test]
fn a_beat_tells_of_a_push_that_was_lost_of_what_is_not_watched() {
    let mut replica = Replica::default();
    let subs =
        [(7, 5), (8, 6)].map(|(id, pos)| replica.interested("note", &json!({ "id": id }), 3, pos));
    let beat = |last: u64| {
        [
            json!("pos"),
            json!({ "pos": 30, "watches": {}, "resources": { "note": last } }),
        ]
    };
    assert_eq!(replica.apply("sockful", &beat(6)), Todo::default());
    assert_eq!(replica.apply("sockful", &beat(7)).resume, subs);
    assert_eq!(replica.apply("sockful", &beat(8)), Todo::default());
}
