//! What one begins with, and what comes behind it, without a gap and without a double.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::*;

/// A copy of what is watched, by answers and pushes alone.
#[derive(Default)]
struct Copy {
    records: BTreeMap<String, Value>,
    last: u64,
}

impl Copy {
    fn of(answer: &sockful::testing::Answer) -> Self {
        let mut copy = Self {
            last: answer.meta()["pos"].as_u64().expect("a position"),
            ..Self::default()
        };
        for record in answer.result()["records"].as_array().expect("records") {
            copy.put("enter", record);
        }
        copy
    }

    fn put(&mut self, action: &str, record: &Value) {
        let id = record["id"].as_str().expect("an id").to_owned();
        let before = match action {
            "leave" => self.records.remove(&id),
            _ => self.records.insert(id, record.clone()),
        };
        // Of one without a gap and without a double nothing comes that is known.
        assert_eq!(before.is_some(), action != "enter", "{action} {record}");
    }

    fn apply(&mut self, event: &Value) {
        let meta = &event[3];
        let (pos, prev) = (meta["pos"].as_u64(), meta["prev"].as_u64());
        assert!(pos > Some(self.last), "twice: {event}");
        assert!(prev <= Some(self.last), "a gap: {event}");
        self.last = pos.expect("a position");
        match event[1].as_str() {
            Some("batch") => {
                for item in event[2].as_array().expect("a list") {
                    self.put(item[0].as_str().expect("an action"), &item[1]);
                }
            }
            action => self.put(action.expect("an action"), &event[2]),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_others_write_a_watch_begins_without_a_gap_and_without_a_double() {
    let house = Arc::new(House::new().await);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|writer: u64| {
            let (house, stop) = (Arc::clone(&house), Arc::clone(&stop));
            tokio::spawn(async move {
                let client = house.app.anonymous();
                let mut dice = fastrand::Rng::with_seed(writer);
                while !stop.load(Ordering::SeqCst) {
                    let card =
                        json!({ "id": dice.u32(0..20).to_string(), "size": dice.u32(0..10) });
                    let actions = ["create", "update", "replace"];
                    let action = actions[dice.usize(0..3)];
                    // Some are there already, others are not: the more happens of everything.
                    client.call("card", action, card.clone()).await;
                    if dice.bool() {
                        client.call("card", "destroy", card["id"].clone()).await;
                    }
                }
            })
        })
        .collect();
    let mut clients = Vec::new();
    let mut pushes = 0;
    for _ in 0..20 {
        let client = house.app.anonymous();
        let query = json!({ "size": { "$gt": 4 } });
        let mut copy = Copy::of(&client.call("card", "watch", query).await);
        for _ in 0..10 {
            copy.apply(&hears(&client).await);
            pushes += 1;
        }
        clients.push((client, copy));
    }
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(pushes, 200);
    for (client, mut copy) in clients {
        for event in house.told(&client).await {
            copy.apply(&event);
        }
        let query = json!({ "size": { "$gt": 4 }, "$sort": { "id": 1 } });
        let now = client.call("card", "all", query).await;
        let copy: Vec<_> = copy.records.into_values().collect();
        assert_eq!(&json!(copy), now.result());
    }
}
