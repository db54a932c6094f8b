//! Socket.IO by hand, over the simulated network.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};
use turmoil::net::TcpStream;

use super::server::{PORT, SERVER};
use super::world::PING;

/// A connection that has been admitted.
pub(super) struct Socket {
    ws: WebSocketStream<TcpStream>,
    next: u64,
    /// When the server has been silent for so long that it must be gone.
    deadline: Instant,
}

/// What the server sends.
pub(super) enum Heard {
    /// The answer to a request: error, result, meta.
    Answer(u64, [Value; 3]),
    /// An event: its name and its arguments.
    Event(String, Vec<Value>),
}

impl Socket {
    /// Connects; `None` where the network or the server does not let it.
    pub(super) async fn connect(auth: &Value) -> Option<Self> {
        timeout(PING * 2, Self::try_connect(auth)).await.ok()?
    }

    async fn try_connect(auth: &Value) -> Option<Self> {
        let tcp = TcpStream::connect((SERVER, PORT)).await.ok()?;
        let url = format!("ws://{SERVER}/socket.io/?EIO=4&transport=websocket");
        let request = url.into_client_request().expect("a URL");
        let (ws, _) = client_async(request, tcp).await.ok()?;
        let mut socket = Self {
            ws,
            next: 0,
            deadline: Instant::now() + PING * 2,
        };
        let hello = socket.frame().await?;
        assert!(hello.starts_with("0{"), "{hello}");
        socket.send(format!("40{auth}")).await?;
        let joined = socket.frame().await?;
        if !joined.starts_with("40{") {
            // A server that ends lets nobody in, and one that has ended does not know what is asked for.
            let ends = ["closing", "Invalid namespace"];
            assert!(
                ends.iter().any(|it| joined.contains(it)),
                "refused: {joined}"
            );
            return None;
        }
        Some(socket)
    }

    /// Sends a request, and answers the number of its acknowledgement; `None` if the connection has ended.
    pub(super) async fn emit(&mut self, arguments: &Value) -> Option<u64> {
        let ack = self.next;
        self.next += 1;
        self.send(format!("42{ack}{arguments}")).await?;
        Some(ack)
    }

    /// What comes next; `None` when the connection has ended.
    ///
    /// Nothing is lost where this is dropped before it completes.
    pub(super) async fn hear(&mut self) -> Option<Heard> {
        let frame = self.frame().await?;
        let Some(packet) = frame.strip_prefix('4') else {
            panic!("an unknown frame: {frame}");
        };
        let at = packet.find('[').unwrap_or(packet.len());
        let (head, body) = packet.split_at(at);
        match head.as_bytes().first() {
            Some(b'3') => {
                let values: [Value; 3] =
                    serde_json::from_str(body).expect("an answer has three values");
                let ack = head[1..].parse().expect("an answer has a number");
                Some(Heard::Answer(ack, values))
            }
            Some(b'2') => {
                let values = serde_json::from_str(body).expect("an event is JSON");
                let Value::Array(mut values) = values else {
                    panic!("an event is a list: {frame}");
                };
                let name = values.remove(0);
                let name = name.as_str().expect("an event has a name").to_owned();
                Some(Heard::Event(name, values))
            }
            Some(b'1') => None,
            _ => panic!("an unknown packet: {frame}"),
        }
    }

    async fn send(&mut self, text: String) -> Option<()> {
        self.ws.send(Message::text(text)).await.ok()
    }

    /// The next frame that is no sign of life.
    async fn frame(&mut self) -> Option<String> {
        loop {
            let message = timeout_at(self.deadline, self.ws.next()).await.ok()??;
            match message.ok()? {
                Message::Text(text) if text.as_str() == "2" => {
                    self.deadline = Instant::now() + PING * 2;
                    self.send("3".to_owned()).await?;
                }
                // The engine closes.
                Message::Text(text) if text.as_str() == "1" => return None,
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}

/// What a client shows when it connects.
pub(super) fn auth(token: Option<&str>, resume: Option<Value>) -> Value {
    let mut auth = json!({});
    if let Some(token) = token {
        auth["token"] = token.into();
    }
    if let Some(resume) = resume {
        auth["resume"] = resume;
    }
    auth
}
