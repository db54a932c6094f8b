//! A Socket.IO client without manners: it speaks the frames by hand, and can send anything.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::tape;

/// Longer than anything here takes; only a test that fails waits so long.
pub(crate) const GUARD: Duration = Duration::from_secs(30);

/// One WebSocket.
pub(crate) struct Raw {
    ws: WebSocketStream<TcpStream>,
    next: u64,
    early: VecDeque<String>,
}

impl Raw {
    /// A WebSocket on which nothing of Socket.IO has been said.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::open_from(address, None).await
    }

    /// The same, from a browser page of this origin.
    pub(crate) async fn open_from(address: SocketAddr, origin: Option<&str>) -> Self {
        let origin: Vec<_> = origin.map(|it| ("origin", it)).into_iter().collect();
        Self::open_with(address, "", &origin).await
    }

    /// The same, with more in the query of the URL, and these headers.
    pub(crate) async fn open_with(
        address: SocketAddr,
        query: &str,
        headers: &[(&'static str, &str)],
    ) -> Self {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket{query}");
        let mut request = url.into_client_request().expect("an address makes a URL");
        for (name, value) in headers {
            let value = value.parse().expect("the value of a header");
            request.headers_mut().append(*name, value);
        }
        let tcp = TcpStream::connect(address)
            .await
            .expect("the server listens");
        tcp.set_nodelay(true).expect("a fresh socket takes options");
        let (ws, _) = client_async(request, tcp)
            .await
            .expect("the server speaks WebSocket");
        let mut raw = Self {
            ws,
            next: 0,
            early: VecDeque::new(),
        };
        let hello = raw.frame().await.expect("the server says hello");
        assert!(hello.starts_with("0{"), "{hello}");
        raw
    }

    /// A connected client.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let mut raw = Self::open(address).await;
        raw.join().await;
        raw
    }

    /// Connects to the namespace of sockful.
    pub(crate) async fn join(&mut self) {
        self.send("40").await;
        let joined = self.frame().await.expect("the server answers");
        assert!(joined.starts_with("40{"), "{joined}");
    }

    /// Sends one text frame, if the connection still stands.
    pub(crate) async fn send(&mut self, text: &str) {
        // Whoever wants to know whether it stands reads.
        let _ = self.ws.send(Message::text(text)).await;
    }

    /// Sends one frame of any kind.
    pub(crate) async fn send_message(&mut self, message: Message) {
        let _ = self.ws.send(message).await;
    }

    /// Puts a text frame behind others without sending them yet; whether the connection still stands.
    pub(crate) async fn feed(&mut self, text: String) -> bool {
        self.ws.feed(Message::text(text)).await.is_ok()
    }

    /// Sends what was fed; whether the connection still stands.
    pub(crate) async fn flush(&mut self) -> bool {
        self.ws.flush().await.is_ok()
    }

    /// Sends a request, and answers the acknowledgement it asks for.
    pub(crate) async fn emit(&mut self, arguments: Value) -> u64 {
        let ack = self.next;
        self.next += 1;
        self.send(&format!("42{ack}{arguments}")).await;
        ack
    }

    /// Sends a request and reads its answer: three values. What comes before it is kept for later.
    pub(crate) async fn call(&mut self, arguments: Value) -> Value {
        let ack = self.emit(arguments).await;
        let head = format!("43{ack}[");
        let mut early = std::mem::take(&mut self.early);
        let answer = loop {
            let frame = self.frame().await.expect("the connection stands");
            if frame.starts_with(&head) {
                break frame;
            }
            early.push_back(frame);
        };
        self.early = early;
        serde_json::from_str(&answer[head.len() - 1..]).expect("an answer is JSON")
    }

    /// The next frame that is not a heartbeat; `None` when the connection has ended.
    pub(crate) async fn frame(&mut self) -> Option<String> {
        if let Some(early) = self.early.pop_front() {
            return Some(early);
        }
        timeout(GUARD, self.read())
            .await
            .expect("the server says something, or ends the connection")
    }

    /// The next acknowledgement: its number and its three values.
    pub(crate) async fn answer(&mut self) -> Option<(u64, Value)> {
        let frame = self.frame().await?;
        let rest = frame
            .strip_prefix("43")
            .unwrap_or_else(|| panic!("no answer: {frame}"));
        let at = rest.find('[').expect("an answer has arguments");
        let values = serde_json::from_str(&rest[at..]).expect("an answer is JSON");
        Some((rest[..at].parse().expect("an answer is numbered"), values))
    }

    /// Everything that comes until the connection ends.
    pub(crate) async fn rest(&mut self) -> Vec<String> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frame().await {
            frames.push(frame);
        }
        frames
    }

    async fn read(&mut self) -> Option<String> {
        loop {
            let message = self.ws.next().await?.ok()?;
            tape::hear(&bytes(&message));
            match message {
                Message::Text(text) if text.as_str() == "2" => self.send("3").await,
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }
}

fn bytes(message: &Message) -> Bytes {
    match message {
        Message::Close(Some(frame)) => Bytes::copy_from_slice(frame.reason.as_bytes()),
        message => message.clone().into_data(),
    }
}
