//! The same over a real socket, in which much is on its way.

use serde_json::{Value, json};
use sockful::prelude::*;

use super::*;
use crate::support::raw::Raw;
use crate::support::server::{Server, config};
use crate::support::store;

/// Each change is told so often.
const WATCHES: usize = 20;

/// A server whose record is large, so that a socket is soon full of it.
async fn server() -> Server {
    let config = config(|config| config.push_bytes = 300_000);
    let app = App::builder().store(store()).config(config);
    let app = app.resource::<Card>().build().await.expect("an app");
    let mut card = Card::new("a", 10_000);
    card.title = "t".repeat(50_000);
    app.system().create(card).await.expect("a card");
    Server::start(app).await
}

async fn watch(client: &mut Raw) {
    for size in 0..WATCHES {
        let query = json!({ "size": { "$gt": size } });
        let watched = client.call(json!(["card", "watch", query])).await;
        assert_eq!(watched[0], Value::Null, "{watched}");
    }
}

/// Changes the record until its client has overflown.
async fn flood(server: &Server) {
    let (system, id) = (server.app.system(), "a".to_owned());
    for _ in 0..500 {
        let resized = system.update::<Card, _, _>(&id, |it| it.size += 1);
        resized.await.expect("a card");
        if server.app.load().members == 0 {
            return;
        }
    }
    panic!("nothing overflows: {:?}", server.app.load());
}

/// The arguments of an event, its name first.
fn event(frame: &str) -> Value {
    let list = frame
        .strip_prefix("42")
        .unwrap_or_else(|| panic!("no event: {frame}"));
    serde_json::from_str(list).expect("an event is JSON")
}

#[tokio::test]
async fn who_does_not_read_its_socket_begins_anew_and_is_cut_off_the_second_time() {
    let server = server().await;
    let mut ann = server.client().await;
    watch(&mut ann).await;
    flood(&server).await;
    assert_eq!(server.app.load().sessions, 1, "it is told so, and stays");
    let (mut pushes, mut last, mut resets) = (0, 0, 0);
    while resets < WATCHES {
        let event = event(&ann.frame().await.expect("it stands"));
        if event[0] == "sockful" {
            assert_eq!(brief(&event), "reset overflow");
            assert!(event[3]["pos"].as_u64() >= Some(last), "{event}");
            resets += 1;
        } else {
            assert_eq!(resets, 0, "nothing follows");
            let pos = event[3]["pos"].as_u64().unwrap();
            assert!(pos >= last, "in order");
            last = pos;
            pushes += 1;
        }
    }
    assert!(pushes > WATCHES, "{pushes}");

    // It goes on from what it reads then.
    watch(&mut ann).await;
    let system = server.app.system();
    system.create(Card::new("b", 10_000)).await.unwrap();
    for _ in 0..WATCHES {
        let event = event(&ann.frame().await.expect("it stands"));
        assert_eq!(brief(&event), "enter b");
    }

    flood(&server).await;
    let rest = ann.rest().await;
    let closing = rest.iter().filter(|frame| frame.contains("closing"));
    let closing: Vec<_> = closing.map(|frame| event(frame)).collect();
    assert_eq!(closing.len(), 1, "{:?}", rest.last());
    assert_eq!(
        (&closing[0][1], &closing[0][2]["reason"]),
        (&json!("closing"), &json!("slow_consumer"))
    );
    server.comes_to_rest().await;
}
