//! A client that comes back after every kill, and asks again for what was not answered.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::sqlite::operation::{Done, Draw, Operation, hashed};

/// So many requests of a client wait for their answers at once.
const IN_FLIGHT: usize = 4;

/// Longer than any answer takes.
const GUARD: Duration = Duration::from_secs(30);

/// What all clients and the test know.
pub(super) struct World {
    pub(super) address: watch::Receiver<Option<SocketAddr>>,
    /// Nothing new is to be begun.
    pub(super) over: AtomicBool,
    /// Changes of records that were acknowledged.
    pub(super) acknowledged: AtomicU64,
    /// Operations that were done, unanswered when the server was killed, and answered by the next.
    pub(super) recovered: AtomicU64,
    /// Answers that were asked for again and were the same.
    pub(super) repeated: AtomicU64,
}

impl World {
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }
}

/// A client, and all it was ever answered.
pub(super) struct Client {
    pub(super) number: usize,
    pub(super) done: Vec<Done>,
    draw: Draw,
    /// What waits for its answer, in the order it was first sent.
    pending: VecDeque<Operation>,
    /// What is to be asked for again, by its place among what is done.
    again: VecDeque<usize>,
}

/// What an answer is awaited for.
enum Sent {
    Pending,
    Again(usize),
}

impl Client {
    pub(super) fn new(number: usize, seed: u64) -> Self {
        Self {
            number,
            done: Vec::new(),
            draw: Draw::new(number, seed),
            pending: VecDeque::new(),
            again: VecDeque::new(),
        }
    }

    /// Has the counters created, by an own client, before others add to them.
    pub(super) fn counting(number: usize, seed: u64) -> Self {
        let mut client = Self::new(number, seed);
        client.pending.extend(client.draw.counters());
        client
    }

    /// Asks for one thing after another until all is over, and then again for some of it.
    pub(super) async fn run(mut self, world: Arc<World>) -> Self {
        let mut address = world.address.clone();
        loop {
            let here = address.wait_for(Option::is_some).await;
            let here = here.expect("the test runs").expect("there is one");
            match Connection::open(here).await {
                Some(connection) => {
                    if self.work(connection, &world).await {
                        break;
                    }
                    self.again.clear();
                }
                // The next server has another address.
                None => drop(timeout(Duration::from_millis(10), address.changed()).await),
            }
        }
        let all = self.done.iter().enumerate();
        let again = all.filter(|(place, done)| done.operation.doubted || place % 8 == 0);
        self.again = again.map(|(place, _)| place).collect();
        let here = address.borrow().expect("a server runs");
        let connection = Connection::open(here).await.expect("nothing is killed now");
        assert!(self.work(connection, &world).await, "nothing is killed now");
        self
    }

    /// Whether everything that was begun is answered, because all is over; if not the connection has ended.
    async fn work(&mut self, mut connection: Connection, world: &World) -> bool {
        let mut sent: VecDeque<(u64, Sent)> = VecDeque::new();
        let mut asked = 0;
        let mut next = 0;
        loop {
            while sent.len() < IN_FLIGHT {
                let over = world.over.load(Ordering::Relaxed);
                if asked == self.pending.len() && !over && self.again.is_empty() {
                    self.begin();
                }
                let (operation, what) = if let Some(operation) = self.pending.get(asked) {
                    asked += 1;
                    (operation, Sent::Pending)
                } else if let Some(place) = self.again.pop_front() {
                    (&self.done[place].operation, Sent::Again(place))
                } else {
                    break;
                };
                let text = format!("42{next}{}", operation.arguments(self.number));
                sent.push_back((next, what));
                next += 1;
                connection.feed(text).await;
            }
            if sent.is_empty() {
                return true;
            }
            let Some((ack, answer)) = connection.answer().await else {
                for operation in self.pending.iter_mut().take(asked) {
                    operation.doubted = true;
                }
                return false;
            };
            let (expected, what) = sent.pop_front().expect("something was asked");
            assert_eq!(ack, expected, "answers come in the order of their requests");
            match what {
                Sent::Pending => {
                    asked -= 1;
                    let operation = self.pending.pop_front().expect("it waits");
                    self.answered(operation, answer, world);
                }
                Sent::Again(place) => {
                    let done = &self.done[place];
                    let (answer, replayed) = hashed(answer);
                    assert!(replayed && answer == done.answer, "the answer given before");
                    world.repeated.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    fn answered(&mut self, operation: Operation, answer: [Value; 3], world: &World) {
        let [error, result, meta] = &answer;
        if operation.is_contended(error) {
            // Nothing else of this client waits for a counter.
            return self.pending.push_back(operation);
        }
        let (pos, n) = operation.answered(self.number, error, result, meta);
        let (answer, replayed) = hashed(answer);
        assert!(
            operation.doubted || !replayed,
            "only what was asked before is replayed"
        );
        if replayed {
            world.recovered.fetch_add(1, Ordering::Relaxed);
        }
        let changes = operation.writes(self.number, n).len() as u64;
        world.acknowledged.fetch_add(changes, Ordering::Relaxed);
        self.done.push(Done {
            operation,
            pos,
            n,
            answer,
        });
    }

    /// Begins something new, or asks again for something old.
    fn begin(&mut self) {
        if !self.done.is_empty() && self.draw.rng.u8(..) < 8 {
            let old = self.draw.rng.usize(..self.done.len());
            self.again.push_back(old);
        } else {
            self.pending.push_back(self.draw.next());
        }
    }
}

/// A connection that may end at any moment.
struct Connection(WebSocketStream<TcpStream>);

impl Connection {
    async fn open(address: SocketAddr) -> Option<Self> {
        let tcp = TcpStream::connect(address).await.ok()?;
        tcp.set_nodelay(true).ok()?;
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (ws, _) = client_async(url, tcp).await.ok()?;
        let mut connection = Self(ws);
        connection.frame().await?;
        connection.0.send(Message::text("40")).await.ok()?;
        let joined = connection.frame().await?;
        assert!(joined.starts_with("40{"), "{joined}");
        Some(connection)
    }

    /// Whether it arrives is seen by the answer.
    async fn feed(&mut self, text: String) {
        let _ = self.0.feed(Message::text(text)).await;
    }

    async fn answer(&mut self) -> Option<(u64, [Value; 3])> {
        self.0.flush().await.ok()?;
        let frame = self.frame().await?;
        let rest = frame.strip_prefix("43").expect("an answer");
        let at = rest.find('[').expect("an answer has arguments");
        let values = serde_json::from_str(&rest[at..]).expect("an answer is three values");
        Some((rest[..at].parse().expect("an answer is numbered"), values))
    }

    /// The next frame that is not a heartbeat.
    async fn frame(&mut self) -> Option<String> {
        loop {
            let frame = timeout(GUARD, self.0.next()).await;
            match frame.expect("the server says something, or dies")?.ok()? {
                Message::Text(text) if text.as_str() == "2" => {
                    self.0.send(Message::text("3")).await.ok()?;
                }
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}
