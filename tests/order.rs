//! The requests of one connection take effect in the order sent, and are answered in it.

mod creates;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::store::Store;
use sockful::testing::TestApp;
use tokio::time::{Instant, sleep};

use crate::support::server::Server;

const CONNECTIONS: usize = 4;

/// What is running for each connection.
#[derive(Default)]
struct Watch {
    running: Mutex<[Running; CONNECTIONS]>,
    most_reads: AtomicUsize,
    overlaps: AtomicUsize,
}

#[derive(Clone, Copy, Default)]
struct Running {
    reads: usize,
    mutations: usize,
}

/// One call, until it is dropped.
struct Span<'a> {
    watch: &'a Watch,
    who: usize,
    mutation: bool,
}

impl Watch {
    fn begin(&self, who: usize, mutation: bool) -> Span<'_> {
        let mut running = self.running.lock().expect("no panic");
        let own = &mut running[who];
        if own.mutations > 0 || (mutation && own.reads > 0) {
            self.overlaps.fetch_add(1, Ordering::SeqCst);
        }
        if mutation {
            own.mutations += 1;
        } else {
            own.reads += 1;
            self.most_reads.fetch_max(own.reads, Ordering::SeqCst);
        }
        drop(running);
        Span {
            watch: self,
            who,
            mutation,
        }
    }
}

impl Drop for Span<'_> {
    fn drop(&mut self) {
        let own = &mut self.watch.running.lock().expect("no panic")[self.who];
        if self.mutation {
            own.mutations -= 1;
        } else {
            own.reads -= 1;
        }
    }
}

/// Counts.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Counter {
    id: String,
    #[serde(default)]
    value: u64,
}

#[remote]
impl Counter {
    #[remote]
    async fn add(&mut self, cx: &Cx, who: usize, micros: u64) -> u64 {
        let _span = cx.state::<Watch>().begin(who, true);
        sleep(Duration::from_micros(micros)).await;
        self.value += 1;
        self.value
    }

    #[remote]
    async fn add_by_context(cx: &Cx, id: String, who: usize, micros: u64) -> Result<u64> {
        let _span = cx.state::<Watch>().begin(who, true);
        sleep(Duration::from_micros(micros)).await;
        let counter = cx
            .update::<Self, _, _>(&id, |counter| counter.value += 1)
            .await?;
        Ok(counter.value)
    }

    #[remote]
    async fn read(&self, cx: &Cx, who: usize, micros: u64) -> u64 {
        let _span = cx.state::<Watch>().begin(who, false);
        sleep(Duration::from_micros(micros)).await;
        self.value
    }

    #[remote(read)]
    async fn read_late(cx: &Cx, id: String, who: usize, micros: u64) -> Result<u64> {
        let _span = cx.state::<Watch>().begin(who, false);
        sleep(Duration::from_micros(micros)).await;
        Ok(cx.get::<Self>(&id).await?.value)
    }

    #[remote(detached)]
    async fn wander(micros: u64) -> u64 {
        sleep(Duration::from_micros(micros)).await;
        micros
    }
}

async fn counters() -> App {
    counters_in(crate::support::store()).await
}

async fn counters_in(store: impl Store) -> App {
    let app = App::builder()
        .store(store)
        .state(Watch::default())
        .resource::<Counter>()
        .build()
        .await
        .expect("counters make an app");
    for who in 0..CONNECTIONS {
        let counter = Counter {
            id: who.to_string(),
            value: 0,
        };
        app.system().create(counter).await.expect("there is room");
    }
    app
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// A request of this connection, and what it must be answered if everything before it has taken effect.
fn request(dice: &mut Dice, who: usize, value: &mut u64, longest: u64) -> (Value, Value) {
    let id = who.to_string();
    let micros = dice.throw(longest);
    let slow = json!({ "id": id, "who": who, "micros": micros });
    let record = |value: u64| json!({ "id": id, "value": value });
    match dice.throw(10) {
        0 => {
            *value += 1;
            (json!(["counter", "add", slow]), json!(*value))
        }
        1 => {
            *value += 1;
            (json!(["counter", "add_by_context", slow]), json!(*value))
        }
        2 => {
            *value += 10;
            (
                json!(["counter", "update", { "id": id, "value": *value }]),
                record(*value),
            )
        }
        3 => (
            json!(["counter", "replace", { "id": id, "value": *value }]),
            record(*value),
        ),
        4 => (json!(["counter", "get", id]), record(*value)),
        5 => (json!(["counter", "count"]), json!(CONNECTIONS)),
        6 | 7 => (json!(["counter", "read", slow]), json!(*value)),
        _ => (json!(["counter", "read_late", slow]), json!(*value)),
    }
}

fn assert_watched(app: &App) {
    let watch = app.state::<Watch>();
    assert_eq!(
        watch.overlaps.load(Ordering::SeqCst),
        0,
        "something ran beside a mutation"
    );
    assert!(
        watch.most_reads.load(Ordering::SeqCst) > 1,
        "no reads overlapped"
    );
}

#[tokio::test(start_paused = true)]
async fn every_connection_sees_its_own_past_and_is_answered_in_order() {
    for seed in 1..=10 {
        let app = counters().await;
        let clients = TestApp::new(app.clone());
        let connections = (0..CONNECTIONS).map(|who| {
            let client = clients.anonymous();
            tokio::spawn(async move {
                let (mut dice, mut value) = (Dice(seed * 7919 + who as u64), 0);
                let mut answers = FuturesUnordered::new();
                let mut next = 0;
                for place in 0..300 {
                    let (arguments, expected) = request(&mut dice, who, &mut value, 5_000);
                    let answer = client.emit(arguments.as_array().expect("a list"));
                    answers.push(async move { (place, arguments, expected, answer.await) });
                    // Bursts of many sizes.
                    if dice.throw(40) == 0 {
                        while let Some((place, arguments, expected, answer)) = answers.next().await
                        {
                            assert_eq!(answer.result(), &expected, "{place}: {arguments}");
                            assert_eq!(place, next, "answers leave in order");
                            next += 1;
                        }
                    }
                }
                while let Some((place, arguments, expected, answer)) = answers.next().await {
                    assert_eq!(answer.result(), &expected, "{place}: {arguments}");
                    assert_eq!(place, next, "answers leave in order");
                    next += 1;
                }
            })
        });
        for connection in connections.collect::<Vec<_>>() {
            connection.await.expect("a connection sees what it must");
        }
        assert_watched(&app);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_holds_over_the_wire() {
    let server = Server::start(counters().await).await;
    let mut connections = Vec::new();
    for who in 0..CONNECTIONS {
        let mut client = server.client().await;
        connections.push(tokio::spawn(async move {
            let (mut dice, mut value) = (Dice(104_729 + who as u64), 0);
            let mut expected = Vec::new();
            for ack in 0..400 {
                let (arguments, answer) = request(&mut dice, who, &mut value, 2_000);
                assert!(client.feed(format!("42{ack}{arguments}")).await);
                expected.push((ack, arguments, answer));
            }
            assert!(client.flush().await);
            for (ack, arguments, expected) in expected {
                let (answered, answer) = client.answer().await.expect("the connection stands");
                assert_eq!(answered, ack, "answers leave in order");
                assert_eq!(
                    (&answer[0], &answer[1]),
                    (&Value::Null, &expected),
                    "{ack}: {arguments}"
                );
            }
        }));
    }
    for connection in connections {
        connection.await.expect("a connection sees what it must");
    }
    assert_watched(&server.app);
}

#[tokio::test(start_paused = true)]
async fn connections_that_change_the_same_record_lose_nothing() {
    let app = counters().await;
    let clients = TestApp::new(app.clone());
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|who| {
            let client = clients.anonymous();
            tokio::spawn(async move {
                let mut dice = Dice(15_485_863 + who as u64);
                let mut last = 0;
                for _ in 0..100 {
                    let payload = json!({ "id": "0", "who": who, "micros": dice.throw(1_000) });
                    let action = ["add", "add_by_context", "read_late"][dice.throw(3) as usize];
                    let answer = client.call("counter", action, payload).await;
                    let seen = answer.result().as_u64().expect("a number");
                    let least = if action == "read_late" {
                        last
                    } else {
                        last + 1
                    };
                    assert!(seen >= least, "{action} went back from {last} to {seen}");
                    last = seen;
                }
            })
        })
        .collect();
    for connection in connections {
        connection.await.expect("nothing is lost");
    }
    // Every change was counted once.
    let mut changes = 0;
    for who in 0..CONNECTIONS {
        let mut dice = Dice(15_485_863 + who as u64);
        for _ in 0..100 {
            dice.throw(1_000);
            changes += u64::from(dice.throw(3) < 2);
        }
    }
    let counter = app.system().get::<Counter>(&"0".to_owned()).await;
    assert_eq!(counter.expect("it is there").value, changes);
}

#[tokio::test]
async fn what_is_ready_at_once_is_answered_before_anything_else_runs() {
    // What a store on a disk answers is never ready at once.
    let client = TestApp::new(counters_in(Memory::new()).await).anonymous();
    let count = || client.emit(&[json!("counter"), json!("count")]);
    let answer = count().now_or_never().expect("no task had to be woken");
    assert_eq!(answer.result(), CONNECTIONS);
    // Nobody keeps the thread for ever: after so many, others have their turn.
    let waits = (0..1_000).any(|_| count().now_or_never().is_none());
    assert!(waits);
}

#[tokio::test(start_paused = true)]
async fn consecutive_reads_take_as_long_as_the_slowest() {
    let client = TestApp::new(counters().await).anonymous();
    let begin = Instant::now();
    let reads: Vec<_> = (0..50)
        .map(|place| {
            let payload = json!({ "id": "0", "who": 0, "micros": 1_000_000 - place });
            client.emit(&[json!("counter"), json!("read_late"), payload])
        })
        .collect();
    for read in reads {
        assert_eq!(read.await.result(), 0);
    }
    assert_eq!(begin.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_detached_method_leaves_the_order_and_nothing_else_does() {
    let client = TestApp::new(counters().await).anonymous();
    let mut answers = FuturesUnordered::new();
    let slow = |micros: u64| json!({ "id": "0", "who": 0, "micros": micros });
    let requests = [
        json!(["counter", "wander", { "micros": 9_000_000 }]),
        json!(["counter", "add", slow(2_000_000)]),
        json!(["counter", "wander", { "micros": 1_000_000 }]),
        json!(["dragon", "get"]),
        json!(["counter", "read", slow(2_000_000)]),
        json!(["counter", "get", "0"]),
        json!(["counter"]),
        json!(["counter", "add", slow(0)]),
    ];
    for (place, arguments) in requests.iter().enumerate() {
        let answer = client.emit(arguments.as_array().expect("a list"));
        answers.push(async move { (place, answer.await) });
    }
    let mut order = Vec::new();
    while let Some((place, _)) = answers.next().await {
        order.push(place);
    }
    // The second wanderer begins behind the first mutation, and is overtaken by nobody but the errors.
    assert_eq!(
        order
            .iter()
            .filter(|place| ![0, 2].contains(*place))
            .collect::<Vec<_>>(),
        [&1, &3, &4, &5, &6, &7]
    );
    assert_eq!(order.last(), Some(&0));
    assert!(
        order.iter().position(|place| *place == 2) < order.iter().position(|place| *place == 4)
    );
}
