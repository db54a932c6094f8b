//! What a client is told without watching.

use super::*;

#[test]
fn what_is_pushed_to_everybody_begins_where_the_client_joined() {
    let mut replica = Replica::default();
    let joined = json!({ "epoch": "e", "subs": [{ "resource": "note", "view": "v", "pos": 5 }] });
    let todo = replica.apply("sockful", &[json!("joined"), joined]);
    assert_eq!(todo.read, ["note"]);
    let all = Sub::All("note".to_owned());
    let mut push = |action: &str, record: Value, pos: u64, prev: u64| {
        let meta = json!({ "pos": pos, "prev": prev, "rev": pos });
        replica.apply("note", &[json!(action), record, meta])
    };
    push("create", json!({ "id": "a", "level": 1 }), 6, 5);
    push("create", json!({ "id": "b", "level": 1 }), 7, 6);
    push("update", json!({ "id": "b", "level": 2 }), 8, 7);
    push("destroy", json!({ "id": "a" }), 9, 8);
    assert_eq!(
        push("create", json!({ "id": "c", "level": 1 }), 12, 10),
        resume(all.clone())
    );
    // Nothing is known of what was there before, until it was read.
    holds(&replica, &all, &[]);
    assert!(!replica.is_whole());
    let before = json!([{ "id": "a", "level": 1 }, { "id": "old", "level": 0 }]);
    replica.read("note", &before, &json!({ "pos": 6, "revs": [6, 2] }));
    holds(&replica, &all, &[("b", 2, 8), ("old", 0, 2)]);
    let asked = json!([{ "resource": "note", "view": "v", "pos": 9 }]);
    assert_eq!(replica.state(|_| true)["subs"], asked);
}

#[test]
fn who_was_answered_a_record_hears_of_it_alone() {
    let mut replica = Replica::default();
    let record = json!({ "id": 7, "level": 1 });
    let sub = replica.interested("note", &record, 3, 5);
    let mut push = |action: &str, record: Value, pos: u64, prev: u64| {
        let meta = json!({ "pos": pos, "prev": prev, "rev": pos });
        replica.apply("note", &[json!(action), record, meta])
    };
    assert_eq!(
        push("update", json!({ "id": 8, "level": 1 }), 9, 8),
        Todo::default()
    );
    assert_eq!(
        push("update", json!({ "id": 7, "level": 2 }), 6, 5),
        Todo::default()
    );
    assert_eq!(
        push("update", json!({ "id": 7, "level": 3 }), 9, 8),
        resume(sub.clone())
    );
    let asked = json!([{ "resource": "note", "id": 7, "pos": 6 }]);
    assert_eq!(replica.state(|_| true)["subs"], asked);
    let records = &replica.of(&sub).expect("it is followed").records;
    assert_eq!(records["7"], (json!({ "id": 7, "level": 2 }), 6));
}

#[test]
fn what_was_read_before_a_reset_is_too_old() {
    let mut replica = Replica::default();
    let joined = json!({ "epoch": "e", "subs": [{ "resource": "note", "view": "v", "pos": 5 }] });
    replica.apply("sockful", &[json!("joined"), joined]);
    let told = json!({ "resource": "note", "reason": "overflow" });
    let todo = replica.apply("sockful", &[json!("reset"), told, json!({ "pos": 9 })]);
    assert_eq!(todo.read, ["note"]);
    let all = Sub::All("note".to_owned());
    let read = |replica: &mut Replica, pos: u64| {
        let records = json!([{ "id": "a", "level": pos }]);
        replica.read("note", &records, &json!({ "pos": pos, "revs": [pos] }));
    };
    read(&mut replica, 8);
    holds(&replica, &all, &[]);
    read(&mut replica, 9);
    holds(&replica, &all, &[("a", 9, 9)]);
    assert!(replica.is_whole());
}

#[test]
fn all_records_that_were_answered_end_together() {
    let mut replica = Replica::default();
    let subs = [7, 8].map(|id| replica.interested("note", &json!({ "id": id }), 3, 5));
    replica.interested("card", &json!({ "id": 7 }), 3, 5);
    let told = json!({ "resource": "note", "reason": "policy" });
    let todo = replica.apply("sockful", &[json!("reset"), told, json!({ "pos": 9 })]);
    assert_eq!(todo.renew, subs);
}
