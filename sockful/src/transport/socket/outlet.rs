//! Where the answers of a session leave, and how its connection ends.

use std::sync::{Arc, Weak};
use std::time::Duration;

use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, Value};
use socketioxide::socket::Socket;
use socketioxide::{SendError, SocketError, TransportType};
use tokio::time;

use crate::app::{App, WeakApp};
use crate::live::Told;
use crate::protocol::{Ack, AckStyle, SOCKFUL};
use crate::session::{Blocked, Closing, Outgoing, Outlet};
use crate::transport::serve::Line;

/// The outlet of one socket.
pub(super) struct SocketOutlet {
    // Weak, because the socket's handlers own the session.
    pub(super) socket: Weak<Socket>,
    pub(super) style: AckStyle,
    pub(super) owner: Owner,
    /// Whether the client has been told that it is connected. Until then it can be sent nothing that it has not asked for.
    pub(super) connected: bool,
}

/// Whose connection it is.
#[derive(Clone)]
pub(super) enum Owner {
    /// Carried by the router of an app.
    App {
        app: WeakApp,
        /// The connection, if it was a WebSocket from the beginning and is one of our server.
        line: Option<Weak<Line>>,
    },
    /// Somebody else's, with namespaces of their own. Only the namespace of the session is ours to end.
    Another,
}

impl SocketOutlet {
    /// Whether the client has been told that it is connected.
    fn may_tell(&mut self, socket: &Socket) -> bool {
        self.connected |= socket.connected();
        self.connected
    }
}

impl Outlet for SocketOutlet {
    fn send(&mut self, outgoing: &Outgoing) -> Result<(), Blocked> {
        let Some(socket) = self.socket.upgrade() else {
            return Err(Blocked::Gone);
        };
        let sent = match outgoing {
            Outgoing::Answer { ack, reply } => {
                let mut none = Value::Str("".into(), None);
                let Ok(sender) = AckSender::from_message_parts(&socket, &mut none, &Some(*ack));
                sender.send(&Ack(reply, self.style))
            }
            Outgoing::Notice(_) | Outgoing::Told(_) if !self.may_tell(&socket) => {
                return Err(Blocked::Full);
            }
            Outgoing::Notice(notice) | Outgoing::Told(Told::Notice(notice)) => {
                socket.emit(SOCKFUL, notice)
            }
            Outgoing::Told(Told::Push(push)) => socket.emit(push.resource(), push.text()),
            Outgoing::Told(Told::Tell(tell)) => socket.emit(tell.event, &tell.text),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(SendError::Socket(SocketError::InternalChannelFull)) => Err(Blocked::Full),
            Err(SendError::Socket(SocketError::Closed)) => Err(Blocked::Gone),
            Err(SendError::Serialize(error)) => {
                // The texts of an answer or a notice are JSON that we wrote ourselves.
                tracing::error!(%error, "something could not be sent");
                Ok(())
            }
        }
    }

    fn close(&mut self, reason: Closing) {
        let Some(socket) = self.socket.upgrade() else {
            return;
        };
        let told = tell(&socket, reason);
        // Connections of our own are closed by the app when all sessions have ended.
        if reason == Closing::Shutdown && matches!(self.owner, Owner::App { .. }) {
            return;
        }
        tracing::info!(reason = reason.reason(), "a session is closed");
        if !told || !self.owner.end(&socket) {
            let (socket, owner) = (Weak::clone(&self.socket), self.owner.clone());
            tokio::spawn(owner.dismiss(socket, reason, told));
        }
    }
}

/// How long to wait until something that could not be sent is tried again.
const AGAIN: Duration = Duration::from_millis(50);
/// How often room for a farewell is looked for: for a minute, long after any write deadline.
const FAREWELLS: usize = 1_200;
/// How long a client on long-polling has to fetch its farewell.
const FETCH: Duration = Duration::from_secs(1);

impl Owner {
    /// Ends the connection of a client that has been told why; `false` if that cannot be done at once.
    ///
    /// What waits to be sent still leaves. A client whose connection is closed comes back by itself; one that is
    /// only told to leave its namespace stays away.
    fn end(&self, socket: &Arc<Socket>) -> bool {
        let Self::App { app, line } = self else {
            return Arc::clone(socket).disconnect().is_ok();
        };
        if socket.transport_type() != TransportType::Websocket {
            return false;
        }
        let mut lines: Vec<_> = line.iter().filter_map(Weak::upgrade).collect();
        if let Some(app) = app.upgrade() {
            let session = socket.id.to_string();
            lines.extend(app.carrier().doors().upgraded(&session));
        }
        for line in &lines {
            line.hang_up();
        }
        // A server that is not ours has no means to end the connection.
        !lines.is_empty() || Arc::clone(socket).disconnect().is_ok()
    }

    /// Tells a client why its connection ends, unless it has been told, and ends it.
    ///
    /// A client that does not read may have left no room for that. Left alone its connection would stay open
    /// and deaf, so this is tried until there is room, or until the carrier itself has cut the connection.
    async fn dismiss(self, socket: Weak<Socket>, reason: Closing, mut told: bool) {
        let connected = || socket.upgrade().filter(|socket| socket.connected());
        let mut pause = AGAIN;
        for _ in 0..FAREWELLS {
            time::sleep(pause).await;
            let Some(socket) = connected() else {
                return;
            };
            told = told || tell(&socket, reason);
            if told && self.end(&socket) {
                return;
            }
            if told && let Some(app) = self.polled_by(&socket) {
                if pause == FETCH {
                    app.carrier().end_polling(socket.id).await;
                }
                pause = FETCH;
            }
        }
        if let Some(socket) = connected() {
            self.end(&socket);
        }
    }

    /// The app whose client is on long-polling, where no connection lasts.
    fn polled_by(&self, socket: &Socket) -> Option<App> {
        match self {
            Self::App { app, .. } if socket.transport_type() == TransportType::Polling => {
                app.upgrade()
            }
            _ => None,
        }
    }
}

/// Tells a client why its connection ends; `false` if there is no room for that now.
fn tell(socket: &Socket, reason: Closing) -> bool {
    let (reason, retry_after_ms) = (reason.reason(), reason.retry_after_ms());
    let told = serde_json::json!({ "reason": reason, "retry_after_ms": retry_after_ms });
    let sent = socket.emit(SOCKFUL, &("closing", told));
    !matches!(
        sent,
        Err(SendError::Socket(SocketError::InternalChannelFull))
    )
}
