//! Sessions over Socket.IO. The only file that names socketioxide.
//!
//! socketioxide runs a task for each event, so that two events of one client may overtake each other, and
//! it answers nothing where a handler fails. Here one handler takes every event in the order of the
//! connection and gives it to the session; everything else is the session's.

use std::borrow::Cow;
use std::fmt::Display;
use std::future;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use socketioxide::extract::AckSender;
use socketioxide::handler::{
    ConnectHandler, DisconnectHandler, FromMessageParts, MessageHandler, Value,
};
use socketioxide::socket::{DisconnectReason, Socket};
use socketioxide::{ParserConfig, SendError, SocketError, SocketIo, TransportType};
use tokio::time;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::polling::{PollingSessions, Slot};
use super::{Peer, network, origin};
use crate::app::{App, WeakApp};
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::protocol::{Ack, AckStyle};
use crate::session::{Blocked, Closing, Job, Outgoing, Outlet, Refused, Session};

/// How much of a message is read beyond what is answered, so that most oversized requests get an error
/// instead of a broken connection.
const CUT_OFF: usize = 4;

/// What an app keeps of its carrier.
#[derive(Debug, Default)]
pub(crate) struct Carrier {
    // Held for a push or a copy alone, never across an await.
    mounted: Mutex<Vec<SocketIo>>,
    polling: PollingSessions,
}

impl Carrier {
    /// Closes every connection that [`App::router`] carries.
    pub(crate) async fn close(&self) {
        let mounted = self.mounted().clone();
        for io in mounted {
            io.close().await;
        }
    }

    fn mounted(&self) -> MutexGuard<'_, Vec<SocketIo>> {
        self.mounted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Everything clients need, to be merged into an axum router beside routes of your own.
    ///
    /// ```
    /// # async fn example(app: sockful::App) {
    /// let router: axum::Router = axum::Router::new()
    ///     .route("/", axum::routing::get(async || "hello"))
    ///     .merge(app.router());
    /// # }
    /// ```
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let config = self.config();
        let cut_off = config.max_payload.saturating_mul(CUT_OFF);
        let parser = ParserConfig::common()
            // A request with attachments is answered with an error: read a few, keep nothing.
            .max_incoming_binaries(10)
            .max_incoming_binary_buf_size(cut_off);
        let builder = SocketIo::builder()
            .req_path(config.path.clone())
            .ping_interval(config.ping_interval)
            .ping_timeout(config.ping_timeout)
            .connect_timeout(config.connect_timeout)
            .max_buffer_size(config.carrier_messages)
            .max_payload(cut_off as u64)
            .ws_max_message_size(cut_off)
            .ws_max_frame_size(cut_off)
            .with_parser(parser);
        let builder = if config.polling {
            builder
        } else {
            builder.transports([TransportType::Websocket])
        };
        let (service, io) = builder.build_svc();
        io.ns("/", Edge::Ours(self.downgrade()));
        self.carrier().mounted().push(io);

        let path = config.path.trim_end_matches('/');
        let router = Router::new()
            .route_service(path, service.clone())
            .route_service(&format!("{path}/"), service)
            .layer(middleware::from_fn_with_state(self.clone(), admit));
        // The same rule as for connections: a page that may connect may also poll.
        let origins = self.origins().to_vec();
        let allowed =
            AllowOrigin::predicate(move |_, parts| origin::check(&parts.headers, &origins).is_ok());
        let cors = CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::POST])
            .allow_credentials(true);
        router.layer(cors)
    }

    /// Answers clients of a namespace on a [`SocketIo`] of your own.
    ///
    /// The limits of its connections are yours then: message size, transports, timeouts, and how many there
    /// may be. Those of requests stay with this app.
    pub fn attach(&self, io: &SocketIo, namespace: impl Into<Cow<'static, str>>) {
        let namespace = namespace.into();
        tracing::warn!(%namespace, "attached: the limits of connections are those of your `SocketIo`");
        io.ns(namespace, Edge::Theirs(self.clone()));
    }
}

/// Looks at every request before socketioxide does: counts new polling sessions, and passes their place on.
async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let asks = |pair: &str| query.split('&').any(|part| part == pair);
    let begins = !query.split('&').any(|part| part.starts_with("sid="));
    if begins && asks("transport=polling") {
        // A server that does not tell addresses has no cap for each: all its clients would share one.
        let Some(address) = address(&request) else {
            return next.run(request).await;
        };
        let max = app.config().max_polling_per_address;
        let Some(slot) = app.carrier().polling.enter(address, max) else {
            tracing::debug!(%address, "too many polling sessions");
            return StatusCode::TOO_MANY_REQUESTS.into_response();
        };
        request.extensions_mut().insert(slot);
    }
    next.run(request).await
}

fn address(request: &Request) -> Option<IpAddr> {
    let ConnectInfo(address) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    Some(network(address.ip()))
}

/// Takes connections in.
#[derive(Clone)]
enum Edge {
    /// Connections that [`App::router`] carries. The app owns what owns this, so it holds no app.
    Ours(WeakApp),
    /// Those of a [`SocketIo`] that somebody else owns.
    Theirs(App),
}

/// What a client says when it connects.
#[derive(Default, Deserialize)]
struct Auth {
    ack: Option<String>,
}

impl Edge {
    /// Opens a session and hands it everything the socket will receive. This runs before the client is told
    /// that it is connected, so that nothing it sends can come too early.
    fn connect(&self, socket: &Arc<Socket>, auth: Option<&Value>) -> Result<()> {
        let app = match self {
            Self::Ours(app) => app.upgrade().ok_or_else(Closing::error)?,
            Self::Theirs(app) => app.clone(),
        };
        let parts = socket.req_parts();
        origin::check(&parts.headers, app.origins())?;
        if let Some(peer) = parts.extensions.get::<Peer>() {
            app.follow(peer);
        }
        let style = style(auth)?;
        if let Some(slot) = parts.extensions.get::<Arc<Slot>>() {
            let socket = Arc::downgrade(socket);
            slot.upgrades(move || {
                socket
                    .upgrade()
                    .is_none_or(|it| it.transport_type() == TransportType::Websocket)
            });
        }
        let outlet = SocketOutlet {
            socket: Arc::downgrade(socket),
            style,
            owned: matches!(self, Self::Ours(_)),
        };
        let session = app.open(Caller::Anonymous, outlet);
        socket.on_fallback(Inlet {
            session: session.clone(),
        });
        socket.on_disconnect(Goodbye { session });
        Ok(())
    }
}

fn style(auth: Option<&Value>) -> Result<AckStyle> {
    let Some(text) = auth.and_then(Value::as_str) else {
        return Ok(AckStyle::Three);
    };
    let auth: Option<Auth> = serde_json::from_str(text).unwrap_or_default();
    match auth.and_then(|auth| auth.ack).as_deref() {
        None => Ok(AckStyle::Three),
        Some("one") => Ok(AckStyle::One),
        Some(_) => {
            Err(Error::bad_request("auth.ack can be 'one', or absent").reason("invalid_auth"))
        }
    }
}

type Refusal = Box<dyn Display + Send>;

impl ConnectHandler<socketioxide::adapter::LocalAdapter, Self> for Edge {
    fn call(&self, _socket: Arc<Socket>, _auth: Option<Value>) {}

    fn call_middleware<'a>(
        &'a self,
        socket: Arc<Socket>,
        auth: &'a Option<Value>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>> {
        let connected = self.connect(&socket, auth.as_ref());
        // The only text a refused client gets: the error as JSON.
        let refused = connected.map_err(|error| -> Refusal {
            Box::new(serde_json::to_string(&error.report()).unwrap_or_default())
        });
        Box::pin(future::ready(refused))
    }
}

/// Gives every event of a socket to its session, in the order they come.
struct Inlet {
    session: Session,
}

impl MessageHandler<socketioxide::adapter::LocalAdapter, Self> for Inlet {
    fn call(&self, _socket: Arc<Socket>, event: Value, ack: Option<i64>) {
        // A panic here would leave the connection open and deaf.
        let taken = catch_unwind(AssertUnwindSafe(|| {
            let Value::Str(text, attachments) = &event else {
                return Ok(());
            };
            let binary = attachments
                .as_ref()
                .is_some_and(|attachments| !attachments.is_empty());
            // Copied, because the text is a part of the connection's read buffer.
            self.session.push(Job {
                text: text.as_str().into(),
                ack,
                binary,
            })
        }));
        match taken {
            // A session that takes no more ends, and says why.
            Ok(Ok(()) | Err(Refused::Full | Refused::Closed)) => {}
            Err(_) => tracing::error!("a request could not be taken in"),
        }
    }
}

/// Ends the session of a socket that has disconnected.
struct Goodbye {
    session: Session,
}

impl DisconnectHandler<socketioxide::adapter::LocalAdapter, Self> for Goodbye {
    fn call_with_defer(
        &self,
        socket: Arc<Socket>,
        _reason: DisconnectReason,
        defer: fn(Arc<Socket>),
    ) {
        self.session.close();
        defer(socket);
    }
}

/// Where the answers of a session leave.
struct SocketOutlet {
    // Weak, because the socket's handlers own the session.
    socket: Weak<Socket>,
    style: AckStyle,
    owned: bool,
}

impl Outlet for SocketOutlet {
    fn send(&mut self, answer: &Outgoing) -> Result<(), Blocked> {
        let Some(socket) = self.socket.upgrade() else {
            return Err(Blocked::Gone);
        };
        let mut none = Value::Str("".into(), None);
        let Ok(sender) = AckSender::from_message_parts(&socket, &mut none, &Some(answer.ack));
        match sender.send(&Ack(&answer.reply, self.style)) {
            Ok(()) => Ok(()),
            Err(SendError::Socket(SocketError::InternalChannelFull)) => Err(Blocked::Full),
            Err(SendError::Socket(SocketError::Closed)) => Err(Blocked::Gone),
            Err(SendError::Serialize(error)) => {
                // The texts of an answer are JSON that we wrote ourselves.
                tracing::error!(%error, "an answer could not be sent");
                Ok(())
            }
        }
    }

    fn close(&mut self, reason: Closing) {
        if let Some(socket) = self.socket.upgrade() {
            // Connections of our own are closed by the app when all sessions have ended, so that clients come
            // back by themselves: one that is told to leave stays away.
            if reason == Closing::Shutdown && self.owned {
                let _ = tell(&socket, reason);
            } else {
                dismiss(&socket, reason);
            }
        }
    }
}

/// How often room for a farewell is looked for: for a minute, long after any write deadline.
const FAREWELLS: usize = 1_200;

/// Tells a client why its connection ends, and disconnects it.
///
/// A client that does not read may have left no room for that. Left alone its connection would stay open
/// and deaf, so this is tried until there is room, or until the carrier itself has cut the connection.
fn dismiss(socket: &Arc<Socket>, reason: Closing) {
    tracing::info!(reason = reason.reason(), "a session is closed");
    let mut told = tell(socket, reason);
    if told && Arc::clone(socket).disconnect().is_ok() {
        return;
    }
    let socket = Arc::downgrade(socket);
    tokio::spawn(async move {
        for _ in 0..FAREWELLS {
            time::sleep(Duration::from_millis(50)).await;
            let Some(socket) = socket.upgrade().filter(|socket| socket.connected()) else {
                return;
            };
            told = told || tell(&socket, reason);
            if told && socket.disconnect().is_ok() {
                return;
            }
        }
    });
}

/// Tells a client why its connection ends; `false` if there is no room for that now.
fn tell(socket: &Socket, reason: Closing) -> bool {
    let (reason, retry_after_ms) = (reason.reason(), reason.retry_after_ms());
    let told = serde_json::json!({ "reason": reason, "retry_after_ms": retry_after_ms });
    let sent = socket.emit("sockful", &("closing", told));
    !matches!(
        sent,
        Err(SendError::Socket(SocketError::InternalChannelFull))
    )
}
