//! Several servers on one database.

use futures_util::future::join_all;
use serde_json::json;
use sockful::store::Store;

use super::{Note, Place, client, create, is_unavailable, op, results};

#[tokio::test]
async fn commits_of_several_nodes_have_one_order_without_holes() {
    const EACH: usize = 100;
    let place = Place::new();
    let nodes = join_all((0..3).map(|_| place.notes())).await;
    let creates = nodes.iter().enumerate().flat_map(|(node, (app, _))| {
        (0..EACH).map(move |number| async move {
            let cx = app.system();
            cx.create(Note::new(format!("{node}-{number}"))).await
        })
    });
    let created = join_all(creates).await;
    assert!(created.iter().all(Result::is_ok));
    for (_, store) in &nodes {
        let entries = store.since(0, 1_000).await.unwrap();
        let positions = entries.iter().map(|entry| entry.pos);
        assert!(positions.eq(1..=3 * EACH as u64));
    }
    // They came at once, so some of them shared a transaction.
    let transactions: u64 = nodes
        .iter()
        .map(|(_, store)| store.load().transactions)
        .sum();
    assert!(transactions < 3 * EACH as u64, "{transactions}");
}

#[tokio::test]
async fn an_operation_happens_once_on_whichever_node() {
    let place = Place::new();
    let nodes = join_all((0..2).map(|_| place.notes())).await;
    let [one, other] = [&nodes[0].0, &nodes[1].0].map(client);
    for number in 0..20 {
        let (id, op) = (number.to_string(), op(number));
        let both = tokio::join!(create(&one, &id, &op), create(&other, &id, &op));
        let answers = [both.0, both.1];
        let [first, second] = results(&answers)[..] else {
            panic!("two answers");
        };
        assert_eq!(first, second);
        let replayed = answers.iter().filter(|it| it.is_replayed()).count();
        assert_eq!(replayed, 1, "{answers:?}");
    }
    assert_eq!(
        place.ask("SELECT count(*), max(pos) FROM sockful_log"),
        "20|20"
    );
}

#[tokio::test]
async fn expectations_hold_against_other_nodes() {
    let place = Place::new();
    let nodes = join_all((0..2).map(|_| place.notes())).await;
    let clients: Vec<_> = nodes.iter().map(|(app, _)| client(app)).collect();
    create(&clients[0], "a", &op(0)).await.result();
    // Each adds a letter to what it has read; if one write came between, it would be lost.
    let adds = clients.iter().zip(&nodes).map(|(_, (app, _))| async move {
        let cx = app.system();
        for _ in 0..25 {
            cx.update::<Note, _, _>(&"a".into(), |note| note.text.push('x'))
                .await
                .unwrap();
        }
    });
    join_all(adds).await;
    let read = clients[0].call("note", "get", json!("a")).await;
    assert_eq!(read.result()["text"].as_str().unwrap().len(), 50);
    let stale = clients[1]
        .call_with(
            "note",
            "update",
            json!({ "id": "a", "text": "" }),
            json!({ "if_rev": 1 }),
        )
        .await;
    assert_eq!(stale.error()["reason"], "stale");
}

#[tokio::test]
async fn a_unique_value_is_held_on_all_nodes() {
    let place = Place::new();
    let nodes = join_all((0..2).map(|_| place.notes())).await;
    let tries = nodes.iter().enumerate().flat_map(|(node, (app, _))| {
        (0..10).map(move |code| async move {
            let note =
                json!({ "id": format!("{node}-{code}"), "text": "", "code": code.to_string() });
            client(app).call("note", "create", note).await
        })
    });
    let answers = join_all(tries).await;
    assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 10);
    for answer in answers.iter().filter(|it| !it.is_ok()) {
        assert!(!is_unavailable(answer), "{answer:?}");
        assert_eq!(answer.error()["name"], "Conflict");
    }
}
