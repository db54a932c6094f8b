//! Clients that flood, that do not read, that come and go: they hurt nobody but themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::support::beast::beasts;
use crate::support::pair::error;
use crate::support::raw::{GUARD, Raw};
use crate::support::server::{Server, config};

mod answers;
mod blocking;
mod comings;
mod shutdown;

const DISCONNECTED: &str = "41";

fn closing(reason: &str) -> String {
    let told = json!({ "reason": reason, "retry_after_ms": 5_000 });
    format!("42{}", json!(["sockful", "closing", told]))
}

/// Neighbours that ask, one request after the other, until they are told to stop.
struct Neighbours {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    running: Vec<tokio::task::JoinHandle<usize>>,
}

impl Neighbours {
    async fn start(server: &Server, count: usize) -> Self {
        let (stop, answered) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let mut running = Vec::new();
        for _ in 0..count {
            let mut client = server.client().await;
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            running.push(tokio::spawn(async move {
                let mut own = 0;
                // At least one request after the flood has begun, and one after it has ended.
                loop {
                    let last = stop.load(Ordering::SeqCst);
                    assert_eq!(
                        client.call(json!(["beast", "count"])).await,
                        json!([null, 1, {}])
                    );
                    own += 1;
                    answered.fetch_add(1, Ordering::SeqCst);
                    if last {
                        return own;
                    }
                }
            }));
        }
        Self {
            stop,
            answered,
            running,
        }
    }

    async fn end(self) {
        self.stop.store(true, Ordering::SeqCst);
        for neighbour in self.running {
            let answered = timeout(GUARD, neighbour)
                .await
                .expect("a neighbour is answered");
            assert!(answered.expect("a neighbour is answered rightly") > 1);
        }
    }
}

/// Sends `frames` requests, reading at the same time if `reads`; what came back, until the connection ended
/// or all was answered.
async fn flood(client: &mut Raw, frames: usize, request: &Value) -> (usize, Vec<String>) {
    let mut sent = 0;
    while sent < frames {
        if !client.feed(format!("42{sent}{request}")).await {
            break;
        }
        sent += 1;
    }
    client.flush().await;
    let mut rest = Vec::new();
    while rest.len() < sent {
        let Some(frame) = client.frame().await else {
            break;
        };
        rest.push(frame);
    }
    (sent, rest)
}

/// What a flooding client got: answers in order without a hole, and then, unless all were answered, why the
/// connection ended.
fn assert_in_order_to_the_end(frames: usize, received: &[String]) {
    let answers = received
        .iter()
        .take_while(|frame| frame.starts_with("43"))
        .count();
    for (place, frame) in received[..answers].iter().enumerate() {
        assert!(
            frame.starts_with(&format!("43{place}[")),
            "at {place}: {frame}"
        );
    }
    if answers < frames {
        let farewell: Vec<_> = received[answers..]
            .iter()
            .filter(|frame| *frame != "1")
            .collect();
        assert_eq!(farewell, [&closing("overloaded")]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_200_000_requests_is_contained_while_neighbours_are_answered() {
    let (app, _) = beasts(config(|_| {})).await;
    let server = Server::start(app.app().clone()).await;
    let neighbours = Neighbours::start(&server, 8).await;
    let most = Arc::new(AtomicUsize::new(0));
    let watcher = tokio::spawn({
        let (app, most) = (server.app.clone(), Arc::clone(&most));
        async move {
            loop {
                most.fetch_max(app.load().calls, Ordering::SeqCst);
                sleep(Duration::from_millis(1)).await;
            }
        }
    });
    let mut left = 200_000;
    let mut connections = 0;
    while left > 0 {
        // Whoever is thrown out comes again, until all has been sent.
        let mut client = server.client().await;
        let requests = [
            json!(["beast", "count"]),
            json!(["beast", "get", "rex"]),
            json!(["dragon", "get", "rex"]),
            json!(["beast", "bite", { "id": "nobody" }]),
        ];
        let (sent, received) = flood(&mut client, left, &requests[connections % 4]).await;
        assert_in_order_to_the_end(sent, &received);
        assert!(sent > 0);
        left -= sent.min(left);
        connections += 1;
    }
    watcher.abort();
    let answered = neighbours.answered.load(Ordering::SeqCst);
    assert!(answered >= 8, "{answered}");
    neighbours.end().await;
    // A flood of calls that are done at once never has more than one running beside those of its neighbours.
    let most = most.load(Ordering::SeqCst);
    assert!(most <= 256 + 8, "{most}");
    server.comes_to_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_too_much_waiting_is_told_so_and_its_connection_closed() {
    let (app, cage) = beasts(config(|config| config.inbox_requests = 16)).await;
    let server = Server::start(app.app().clone()).await;
    let mut neighbour = server.client().await;
    let mut client = server.client().await;
    client.emit(json!(["beast", "slow", { "id": "rex" }])).await;
    cage.has_begun(1).await;
    for _ in 0..17 {
        client.emit(json!(["beast", "count"])).await;
    }
    assert_eq!(client.frame().await, Some(closing("overloaded")));
    assert_eq!(client.frame().await, None);
    assert_eq!(neighbour.call(json!(["beast", "count"])).await[1], 1);
    assert_eq!(
        neighbour.call(json!(["beast", "get", "rex"])).await[1]["bites"],
        0
    );
    drop((client, neighbour));
    server.comes_to_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_have_no_hole_when_a_client_that_did_not_read_is_overloaded() {
    let (app, cage) = beasts(config(|config| config.inbox_requests = 16)).await;
    let server = Server::start(app.app().clone()).await;
    let mut client = server.client().await;
    // Answers that fill everything between the server and the client, which reads only afterwards.
    let mut sent = 0;
    let mut going = true;
    while going {
        client
            .emit(json!(["beast", "fat", { "bytes": 100_000, "number": sent }]))
            .await;
        sent += 1;
        let begun = timeout(Duration::from_millis(500), cage.has_begun(sent));
        going = begun.await.is_ok();
    }
    for _ in 0..100 {
        client.emit(json!(["beast", "count"])).await;
    }
    server.comes_to_rest().await;
    let received = client.rest().await;
    assert_in_order_to_the_end(sent + 100, &received);
    server.comes_to_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_reads_is_cut_and_its_session_gone() {
    let (app, _) = beasts(config(|config| {
        config.write_deadline = Duration::from_millis(300);
    }))
    .await;
    let server = Server::start(app.app().clone()).await;
    let mut neighbour = server.client().await;
    let mut client = server.client().await;
    for number in 0..500 {
        client
            .emit(json!(["beast", "fat", { "bytes": 200_000, "number": number }]))
            .await;
    }
    let evicted = timeout(GUARD, async {
        while server.app.load().sessions > 1 {
            assert_eq!(neighbour.call(json!(["beast", "count"])).await[1], 1);
            sleep(Duration::from_millis(10)).await;
        }
    });
    evicted.await.expect("whoever does not read is evicted");
    // The connection is closed as well: what was on its way comes, and then the end.
    let received = client.rest().await;
    assert!(received.len() < 500, "{}", received.len());
    assert_eq!(neighbour.call(json!(["beast", "count"])).await[1], 1);
    drop(neighbour);
    server.comes_to_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_slowly_gets_every_answer() {
    let (app, _) = beasts(config(|config| {
        config.write_deadline = Duration::from_millis(1_000);
    }))
    .await;
    let server = Server::start(app.app().clone()).await;
    let mut client = server.client().await;
    let requests = 400;
    for number in 0..requests {
        client
            .emit(json!(["beast", "fat", { "bytes": 100_000, "number": number }]))
            .await;
    }
    for number in 0..requests {
        sleep(Duration::from_millis(5)).await;
        let (ack, answer) = client.answer().await.expect("the connection stands");
        assert_eq!(ack, number);
        assert!(
            answer[1]
                .as_str()
                .is_some_and(|text| text.starts_with(&format!("{number} ")))
        );
    }
    drop(client);
    server.comes_to_rest().await;
}
