//! A stock client whose acknowledgements can be awaited.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use rust_socketio::asynchronous::{Client, ClientBuilder};
use rust_socketio::{Payload, TransportType};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Dialler {
    url: String,
    transport: TransportType,
}

impl Dialler {
    pub fn new(url: &str, transport: TransportType) -> Self {
        Self {
            url: url.to_owned(),
            transport,
        }
    }

    pub async fn dial(&self) -> Connection {
        Connection {
            client: self.open(|builder| builder, None).await.0,
        }
    }

    /// Answers that are one argument.
    pub async fn dial_for_one(&self) -> Connection {
        let auth = |builder: ClientBuilder| builder.auth(json!({ "ack": "one" }));
        Connection {
            client: self.open(auth, None).await.0,
        }
    }

    /// Sends the request from within the connect event; gives the arguments of its answer too.
    pub async fn dial_and_ask(&self, request: Value) -> (Connection, Vec<Value>) {
        let (client, answer) = self.open(|builder| builder, Some(request)).await;
        (Connection { client }, answer)
    }

    async fn open(
        &self,
        options: impl FnOnce(ClientBuilder) -> ClientBuilder,
        first: Option<Value>,
    ) -> (Client, Vec<Value>) {
        let (connected, at_connect) = oneshot::channel();
        let connected = Arc::new(Mutex::new(Some(connected)));
        let builder = ClientBuilder::new(&*self.url)
            .transport_type(self.transport.clone())
            .on("open", move |_, client| {
                let (connected, first) = (connected.clone(), first.clone());
                async move {
                    let answer = match first {
                        Some(request) => {
                            Some(send(&client, "creature", Payload::Text(arguments(request))).await)
                        }
                        None => None,
                    };
                    let once = connected.lock().unwrap().take().expect("connects once");
                    let _ = once.send(answer);
                }
                .boxed()
            });
        let client = options(builder).connect().await.expect("a connection");
        let answer = timeout(PATIENCE, at_connect)
            .await
            .expect("a connect event in time")
            .unwrap();
        let answer = match answer {
            Some(answer) => soon(answer).await,
            None => Vec::new(),
        };
        (client, answer)
    }
}

pub struct Connection {
    pub client: Client,
}

impl Connection {
    /// The arguments of the acknowledgement of `["creature", …]`.
    pub async fn ask(&self, request: Value) -> Vec<Value> {
        self.ask_with("creature", Payload::Text(arguments(request)))
            .await
    }

    pub async fn ask_with(&self, event: &str, payload: Payload) -> Vec<Value> {
        soon(send(&self.client, event, payload).await).await
    }

    /// Sends without asking for an answer.
    pub async fn tell(&self, request: Value) {
        self.client
            .emit("creature", Payload::Text(arguments(request)))
            .await
            .expect("sent");
    }

    /// The position of the log, and how many creatures there are.
    pub async fn standing(&self) -> (u64, u64) {
        let all = self.ask(json!(["all", { "$limit": 1 }])).await;
        let count = self.ask(json!(["count"])).await;
        (
            all[2]["pos"].as_u64().expect("a position"),
            count[1].as_u64().expect("a number"),
        )
    }

    pub async fn close(self) {
        self.client
            .disconnect()
            .await
            .expect("the connection still stands");
    }
}

/// A creature as the server answers it.
pub fn creature(id: &str, name: &str, hunger: u8) -> Value {
    json!({ "id": id, "name": name, "hunger": hunger, "kind": null, "tags": [] })
}

type Answer = oneshot::Receiver<Payload>;

async fn send(client: &Client, event: &str, payload: Payload) -> Answer {
    let (answered, answer) = oneshot::channel();
    let mut answered = Some(answered);
    let callback = move |payload, _| {
        let _ = answered.take().expect("one answer").send(payload);
        async {}.boxed()
    };
    client
        .emit_with_ack(event, payload, PATIENCE, callback)
        .await
        .expect("sent");
    answer
}

/// All arguments of an acknowledgement arrive as one array.
async fn soon(answer: Answer) -> Vec<Value> {
    match timeout(PATIENCE, answer)
        .await
        .expect("an answer in time")
        .expect("an answer")
    {
        Payload::Text(mut nested) if nested.len() == 1 => arguments(nested.remove(0)),
        other => panic!("an acknowledgement is one array, not {other:?}"),
    }
}

fn arguments(list: Value) -> Vec<Value> {
    match list {
        Value::Array(arguments) => arguments,
        other => panic!("expected a list of arguments: {other}"),
    }
}
