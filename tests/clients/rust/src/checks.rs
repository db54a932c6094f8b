//! What the documented conversation leaves out.

use futures_util::future::join_all;
use rust_socketio::Payload;
use serde_json::{Value, json};

use crate::connection::{Dialler, creature};

pub async fn a_batch_is_created_as_a_whole_and_pages_show_every_record_once(dialler: &Dialler) {
    let connection = dialler.dial().await;
    let (pos, count) = connection.standing().await;
    let batch: Vec<_> = (0..250)
        .map(|i| creature(&format!("batch-{i:03}"), "Many", 0))
        .collect();
    let made = connection.ask(json!(["create", batch])).await;
    assert_eq!(
        made,
        [
            Value::Null,
            json!(batch),
            json!({ "pos": pos + 1, "revs": vec![pos + 1; 250] })
        ]
    );

    let (mut seen, mut query) = (Vec::new(), json!({}));
    loop {
        let page = connection.ask(json!(["all", query])).await;
        assert_eq!((&page[0], &page[2]["pos"]), (&Value::Null, &json!(pos + 1)));
        seen.extend(page[1].as_array().expect("records").clone());
        match page[2].get("next") {
            Some(next) => query = json!({ "$after": next }),
            None => break,
        }
    }
    assert_eq!(seen.len() as u64, count + 250);
    seen.retain(|record| record["name"] == "Many");
    assert_eq!(seen, batch);
    connection.close().await;
}

pub async fn the_hungriest_come_first_and_a_fed_one_no_longer(dialler: &Dialler) {
    let connection = dialler.dial().await;
    let [wolf, bear, lynx] =
        [("wolf", 9), ("bear", 8), ("lynx", 7)].map(|(id, hunger)| creature(id, id, hunger));
    connection.ask(json!(["create", [wolf, bear, lynx]])).await;
    let two = json!(["hungriest", { "limit": 2 }]);
    assert_eq!(
        connection.ask(two.clone()).await,
        [Value::Null, json!([wolf, bear]), json!({})]
    );
    let fed = connection
        .ask(json!(["feed", { "id": "wolf", "food": "a leg" }]))
        .await;
    assert_eq!(fed[..2], [Value::Null, json!("wolf ate a leg")]);
    assert_eq!(
        connection.ask(two).await,
        [Value::Null, json!([bear, lynx]), json!({})]
    );
    connection.close().await;
}

pub async fn text_comes_back_as_it_was_sent(dialler: &Dialler) {
    let connection = dialler.dial().await;
    for sample in [
        "Grüße",
        "日本語",
        "🐉👩‍👩‍👧",
        "e\u{301}",
        "\"\\/\u{8}\u{c}\n\r\t\u{1}",
        "\u{2028}",
        " ",
    ] {
        let record = creature(&format!("text-{sample}"), sample, 0);
        assert_eq!(
            connection.ask(json!(["create", record])).await[..2],
            [Value::Null, record.clone()]
        );
        assert_eq!(
            connection.ask(json!(["get", record["id"]])).await[..2],
            [Value::Null, record]
        );
    }
    connection.close().await;
}

pub async fn one_argument_per_answer_when_asked_for(dialler: &Dialler) {
    let connection = dialler.dial_for_one().await;
    let record = creature("single", "Single", 9);
    let made = connection.ask(json!(["create", record])).await;
    let pos = made[0]["meta"]["pos"].as_u64().expect("a position");
    assert_eq!(
        made,
        [json!({ "result": record, "meta": { "pos": pos, "rev": pos } })]
    );
    let fed = connection
        .ask(json!(["feed", { "id": "single", "food": "a plum" }]))
        .await;
    assert_eq!(
        fed,
        [json!({ "result": "Single ate a plum", "meta": { "pos": pos + 1, "rev": pos + 1 } })]
    );
    let missing = connection.ask(json!(["get", "nobody"])).await;
    let error = json!({ "code": 404, "name": "NotFound", "reason": "not_found", "message": "there is no such creature" });
    assert_eq!(missing, [json!({ "error": error })]);
    connection.close().await;
}

/// This client sends bytes only as the whole payload, and with an acknowledgement it sends the wrong kind of packet.
pub async fn binary_is_refused_and_the_connection_goes_on(dialler: &Dialler) {
    let connection = dialler.dial().await;
    let before = connection.standing().await;
    for bytes in [b"bytes".to_vec(), vec![0; 50_000]] {
        connection
            .client
            .emit("creature", Payload::from(bytes))
            .await
            .expect("sent");
        assert_eq!(connection.standing().await, before);
    }
    connection.close().await;
}

pub async fn of_200_fresh_connections_that_send_at_once_none_loses_its_request(dialler: &Dialler) {
    let observer = dialler.dial().await;
    let (pos, count) = observer.standing().await;
    let fresh = async |i: usize| {
        let record = creature(&format!("fresh-{i}"), "Fresh", 0);
        let (connection, made) = dialler.dial_and_ask(json!(["create", record])).await;
        assert_eq!(made[..2], [Value::Null, record]);
        connection.close().await;
    };
    for wave in 0..10 {
        join_all((0..20).map(|i| fresh(20 * wave + i))).await;
    }
    assert_eq!(observer.standing().await, (pos + 200, count + 200));
    observer.close().await;
}

/// This client draws the id of an acknowledgement at random from 999, so of many at once some share theirs: only the
/// last request asks for one. Each of the others holds only if all before it have taken effect.
pub async fn pipelined_requests_take_effect_in_order(dialler: &Dialler) {
    let connection = dialler.dial().await;
    let made = connection
        .ask(json!(["create", creature("piped", "Piped", 0)]))
        .await;
    let first = made[2]["rev"].as_u64().expect("a revision");
    for behind in 1..2_000 {
        let if_rev = first + behind - 1;
        connection
            .tell(json!(["update", { "id": "piped", "name": format!("{behind} behind") }, { "if_rev": if_rev }]))
            .await;
    }
    let last = connection
        .ask(json!(["update", { "id": "piped", "hunger": 1 }, { "if_rev": first + 1_999 }]))
        .await;
    assert_eq!(
        last[..2],
        [Value::Null, creature("piped", "1999 behind", 1)]
    );
    assert_eq!(last[2]["rev"], first + 2_000);
    connection.close().await;
}
