//! Sessions over Socket.IO. Only this module names socketioxide.
//!
//! socketioxide runs a task for each event, so that two events of one client may overtake each other, and
//! it answers nothing where a handler fails. Here one handler takes every event in the order of the
//! connection and gives it to the session; everything else is the session's.

mod outlet;

use std::borrow::Cow;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use axum::middleware;
use futures_util::FutureExt;
use serde::Deserialize;
use socketioxide::handler::{ConnectHandler, DisconnectHandler, MessageHandler, Value};
use socketioxide::socket::{DisconnectReason, Sid, Socket};
use socketioxide::{ParserConfig, SocketIo, TransportType};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_service::Service;

use self::outlet::{Owner, SocketOutlet};
use super::admit::{Doors, admit};
use super::polling::Slot;
use super::{Peer, head, origin};
use crate::app::{App, WeakApp};
use crate::error::{Error, Result};
use crate::identity::{self, Handshake};
use crate::live::Resume;
use crate::protocol::AckStyle;
use crate::session::{Closing, Job, Refused, Session};

/// How much of a message is read beyond what is answered, so that most oversized requests get an error
/// instead of a broken connection.
const CUT_OFF: usize = 4;
/// The packet that ends a session.
const CLOSE: &str = "1";

/// What an app keeps of its carrier.
#[derive(Debug, Default)]
pub(crate) struct Carrier {
    // Held for a push or a copy alone, never across an await.
    mounted: Mutex<Vec<Mounted>>,
    doors: Doors,
}

/// One router of the app.
#[derive(Clone, Debug)]
struct Mounted {
    io: SocketIo,
    path: String,
    /// Socket.IO alone, without what is in front of it.
    routes: Router,
}

impl Carrier {
    /// Closes every connection that [`App::router`] carries.
    pub(crate) async fn close(&self) {
        let mounted = self.mounted().clone();
        for Mounted { io, .. } in mounted {
            io.close().await;
        }
    }

    pub(super) fn doors(&self) -> &Doors {
        &self.doors
    }

    /// Ends a session on long-polling as its client would, by a packet: nobody else can.
    async fn end_polling(&self, session: Sid) {
        let mounted = self.mounted().clone();
        for Mounted {
            path, mut routes, ..
        } in mounted
        {
            let query = format!("EIO=4&transport=polling&sid={session}");
            let request = Request::post(format!("{path}?{query}")).body(Body::from(CLOSE));
            if let Ok(request) = request {
                // A router that does not know the session refuses it.
                let _ = routes.call(request).await;
            }
        }
    }

    fn mounted(&self) -> MutexGuard<'_, Vec<Mounted>> {
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
    ///
    /// Serve it once, or end all its servers together: the end of one [`serve`](crate::serve()) is the end of the app.
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
            // A client whose authenticator takes too long is to be told so.
            .connect_timeout(config.connect_timeout + config.identity_timeout)
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

        let path = config.path.trim_end_matches('/');
        self.carrier().mounted().push(Mounted {
            io,
            path: config.path.clone(),
            routes: Router::new().route_service(&config.path, service.clone()),
        });
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
    /// may be. Those of requests stay with this app. A client that is thrown out is only told to leave the
    /// namespace, so it does not come back by itself.
    pub fn attach(&self, io: &SocketIo, namespace: impl Into<Cow<'static, str>>) {
        let namespace = namespace.into();
        tracing::warn!(%namespace, "attached: the limits of connections are those of your `SocketIo`");
        io.ns(namespace, Edge::Theirs(self.clone()));
    }
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
    /// Finds out who the client is, opens a session and hands it everything the socket will receive. This runs before
    /// the client is told that it is connected, so that nothing it sends can come too early.
    async fn connect(&self, socket: Arc<Socket>, auth: Option<&Value>) -> Result<()> {
        let app = match self {
            Self::Ours(app) => app.upgrade().ok_or_else(Closing::error)?,
            Self::Theirs(app) => app.clone(),
        };
        let parts = socket.req_parts();
        let peer = parts.extensions.get::<Peer>();
        origin::check(&parts.headers, app.origins())?;
        if let Some(peer) = peer {
            app.follow(peer);
        }
        let auth = auth.and_then(Value::as_str).map(|auth| &**auth);
        let style = style(auth)?;
        let resume = Resume::of_auth(auth)?;
        let head = head::of(parts, &app);
        let handshake = Handshake::new(app.clone(), Arc::clone(&head), auth)?;
        let caller = tokio::select! {
            biased;
            () = app.draining() => return Err(Closing::error()),
            caller = identity::authenticate(&handshake) => caller?,
        };
        drop(handshake);
        let slot = parts.extensions.get::<Arc<Slot>>();
        if let Some(slot) = slot {
            let socket = Arc::downgrade(&socket);
            slot.upgrades(move || {
                socket
                    .upgrade()
                    .is_none_or(|it| it.transport_type() == TransportType::Websocket)
            });
        }
        let outlet = SocketOutlet {
            socket: Arc::downgrade(&socket),
            style,
            owner: match self {
                Self::Ours(app) => Owner::App {
                    app: app.clone(),
                    // What has brought a polling session may bring other things too.
                    line: peer
                        .filter(|_| slot.is_none())
                        .map(|peer| Arc::downgrade(&peer.line)),
                },
                Self::Theirs(_) => Owner::Another,
            },
            connected: false,
        };
        let session = app.open(caller, head, resume, outlet)?;
        socket.on_fallback(Inlet {
            session: session.clone(),
        });
        socket.on_disconnect(Goodbye { session });
        Ok(())
    }
}

fn style(auth: Option<&str>) -> Result<AckStyle> {
    let Some(text) = auth else {
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
        // A panic would leave the client waiting.
        let connecting = AssertUnwindSafe(self.connect(socket, auth.as_ref())).catch_unwind();
        Box::pin(connecting.map(|connected| {
            let connected = connected.unwrap_or_else(|panic| Err(Error::panicked(&*panic)));
            // The only text a refused client gets: the error as JSON.
            connected.map_err(|error| -> Refusal {
                Box::new(serde_json::to_string(&error.report()).unwrap_or_default())
            })
        }))
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

/// Ends the session of a socket that has disconnected, or that was dropped: nobody is told of one that went away before
/// it was connected.
struct Goodbye {
    session: Session,
}

impl Drop for Goodbye {
    fn drop(&mut self) {
        self.session.close();
    }
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
