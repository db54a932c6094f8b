//! One Socket.IO connection over WebSocket, spoken on the bare stream.
//!
//! A WebSocket library would cost the load more per request than the servers cost, on the cores they share.
//! Messages of this load are short and whole, so framing them is a few lines.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

/// The masking key of every frame; servers unmask whatever it is.
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// What our own server tells now and then to who watches anything.
const BEAT: &[u8] = br#"42["sockful","pos""#;

/// A connection that has joined the main namespace.
pub(crate) struct Wire {
    stream: TcpStream,
    /// Bytes taken from the stream are at `taken..held`: before it they are done with, behind it is room.
    input: Vec<u8>,
    taken: usize,
    held: usize,
    output: Vec<u8>,
}

/// An acknowledgement: its id, and the JSON array of its arguments.
pub(crate) struct Answer<'a> {
    pub(crate) id: usize,
    pub(crate) arguments: &'a str,
}

impl Wire {
    pub(crate) async fn connect(server: SocketAddr) -> io::Result<Self> {
        Self::with_room(server, 64 * 1024).await
    }

    /// One with room for so many bytes to begin with: for sockets of which there are many, and none is asked much.
    pub(crate) async fn with_room(server: SocketAddr, room: usize) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let mut wire = Self {
            stream,
            input: vec![0; room],
            taken: 0,
            held: 0,
            output: Vec::new(),
        };
        wire.output.extend_from_slice(
            format!(
                "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\n\
                 Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c29ja2Z1bHNvY2tmdWxzbw==\r\n\r\n"
            )
            .as_bytes(),
        );
        wire.flush().await?;
        let head = loop {
            if let Some(end) = wire.input[..wire.held]
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
            {
                break end + 4;
            }
            wire.fill().await?;
        };
        if !wire.input.starts_with(b"HTTP/1.1 101") {
            return Err(surprise(
                "the handshake",
                &String::from_utf8_lossy(&wire.input[..wire.held]),
            ));
        }
        wire.taken = head;
        wire.push("40");
        wire.flush().await?;
        loop {
            match wire.message()? {
                Some(text) if text.starts_with("40") => return Ok(wire),
                Some(text) if text.starts_with('0') => {}
                Some("2") => wire.pong(),
                Some(other) => return Err(surprise("connecting", other)),
                None => wire.fill().await?,
            }
        }
    }

    /// Asks until an answer comes: a server may register its handlers after it has let the client in.
    pub(crate) async fn await_handlers(&mut self, probe: &str) -> io::Result<()> {
        self.ask_until_answered(probe, Duration::from_millis(250))
            .await
    }

    /// The same, asking again so soon that several answers may come: for sockets that are many, and pass by what comes late.
    pub(crate) async fn await_handlers_soon(&mut self, probe: &str) -> io::Result<()> {
        let first = self.ask_until_answered(probe, Duration::from_millis(5));
        match first.await {
            Ok(()) => Ok(()),
            Err(_) => self.await_handlers(probe).await,
        }
    }

    async fn ask_until_answered(&mut self, probe: &str, pause: Duration) -> io::Result<()> {
        for attempt in 0..40 {
            self.send(1_000 + attempt, probe);
            self.flush().await?;
            if tokio::time::timeout(pause, self.next()).await.is_ok() {
                return Ok(());
            }
        }
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no answer to {probe}"),
        ))
    }

    /// One request and its answer.
    pub(crate) async fn call(&mut self, request: &str) -> io::Result<String> {
        self.send(0, request);
        self.flush().await?;
        loop {
            let (id, arguments) = self.next().await?;
            if id == 0 {
                return Ok(arguments);
            }
        }
    }

    /// The next answer: its id, and its arguments.
    pub(crate) async fn next(&mut self) -> io::Result<(usize, String)> {
        loop {
            if let Some(answer) = self.answer()? {
                return Ok((answer.id, answer.arguments.to_owned()));
            }
            self.flush().await?;
            self.fill().await?;
        }
    }

    /// Queues an event that asks for an acknowledgement.
    pub(crate) fn send(&mut self, id: usize, arguments: &str) {
        let id = id.to_string();
        self.frame(&["42", &id, arguments]);
    }

    /// Writes what is queued.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        let mut written = 0;
        while written < self.output.len() {
            match self.stream.try_write(&self.output[written..]) {
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stream.writable().await?;
                }
                Err(error) => return Err(error),
            }
        }
        self.output.clear();
        Ok(())
    }

    /// Waits for bytes and takes them. Nothing is lost if the wait is given up.
    pub(crate) async fn fill(&mut self) -> io::Result<()> {
        self.input.copy_within(self.taken..self.held, 0);
        self.held -= self.taken;
        self.taken = 0;
        if self.held == self.input.len() {
            self.input.resize(self.held * 2, 0);
        }
        loop {
            self.stream.readable().await?;
            match self.stream.try_read(&mut self.input[self.held..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.held += count;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next acknowledgement among the bytes taken. Heartbeats are answered on the way.
    pub(crate) fn answer(&mut self) -> io::Result<Option<Answer<'_>>> {
        loop {
            let Some((start, end)) = self.next_frame()? else {
                return Ok(None);
            };
            if &self.input[start..end] == b"2" {
                self.pong();
                continue;
            }
            if self.input[start..end].starts_with(BEAT) {
                continue;
            }
            let text = text(&self.input[start..end])?;
            return match text
                .strip_prefix("43")
                .and_then(|rest| rest.split_at_checked(rest.find('[')?))
            {
                Some((id, arguments)) => {
                    let id = id
                        .parse()
                        .map_err(|_| surprise("an acknowledgement", text))?;
                    Ok(Some(Answer { id, arguments }))
                }
                None => Err(surprise("an acknowledgement", text)),
            };
        }
    }

    /// The next event among the bytes taken: the JSON array of its name and its arguments. Heartbeats are answered on the way, the
    /// beats of our own server and late answers passed by.
    pub(crate) fn event(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            let Some((start, end)) = self.next_frame()? else {
                return Ok(None);
            };
            match &self.input[start..end] {
                b"2" => self.pong(),
                frame if frame.starts_with(BEAT) || frame.starts_with(b"43") => {}
                frame if frame.starts_with(b"42[") => return Ok(Some(&self.input[start + 2..end])),
                other => return Err(surprise("an event", text(other)?)),
            }
        }
    }

    fn message(&mut self) -> io::Result<Option<&str>> {
        match self.next_frame()? {
            Some((start, end)) => text(&self.input[start..end]).map(Some),
            None => Ok(None),
        }
    }

    fn pong(&mut self) {
        self.push("3");
    }

    fn push(&mut self, text: &str) {
        self.frame(&[text]);
    }

    /// Queues one masked text frame.
    fn frame(&mut self, parts: &[&str]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        self.output.push(0x81);
        match length {
            0..=125 => self.output.push(0x80 | length as u8),
            126..=0xffff => {
                self.output.push(0x80 | 126);
                self.output
                    .extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                self.output.push(0x80 | 127);
                self.output
                    .extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        self.output.extend_from_slice(&KEY);
        let bytes = parts.iter().flat_map(|part| part.bytes());
        self.output
            .extend(bytes.zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    }

    /// Where the payload of the next whole text frame lies.
    fn next_frame(&mut self) -> io::Result<Option<(usize, usize)>> {
        let rest = &self.input[self.taken..self.held];
        let Some(&[kind, short]) = rest.first_chunk() else {
            return Ok(None);
        };
        let (header, length) = match short {
            126 => match rest.get(2..4) {
                Some(bytes) => (
                    4,
                    bytes
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
                ),
                None => return Ok(None),
            },
            127 => match rest.get(2..10) {
                Some(bytes) => (
                    10,
                    bytes
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
                ),
                None => return Ok(None),
            },
            short => (2, usize::from(short)),
        };
        if rest.len() < header + length {
            return Ok(None);
        }
        if kind != 0x81 {
            return Err(surprise(
                "a whole text frame",
                &format!("a frame of kind {kind:#x}"),
            ));
        }
        let start = self.taken + header;
        self.taken = start + length;
        Ok(Some((start, start + length)))
    }
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(io::Error::other)
}

fn surprise(expected: &str, found: &str) -> io::Error {
    io::Error::other(format!("expected {expected}, found {found}"))
}
