//! What each request below [`serve`](super::serve()) carries, and what its connection is told of it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, Version};
use axum::response::Response;
use axum::serve::IncomingStream;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body::{Frame, SizeHint};
use tower_service::Service;

use super::drain::Drain;
use super::line::{Line, Running};
use super::listener::Listener;

/// Whom a request came from; in the extensions of every request below [`serve`](super::serve()).
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    /// The address of the other end of the TCP connection.
    pub(crate) addr: SocketAddr,
    /// The TCP connection.
    pub(crate) line: Arc<Line>,
    /// How the server tells that it shuts down.
    pub(crate) drain: Drain,
}

/// Makes the service of each connection.
pub(super) struct Peers {
    pub(super) router: Router,
    pub(super) drain: Drain,
}

impl Service<IncomingStream<'_, Listener>> for Peers {
    type Response = PeerService;
    type Error = Infallible;
    type Future = Ready<Result<PeerService, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, Listener>) -> Self::Future {
        let line = stream.io().line();
        line.will_tell();
        let peer = Peer {
            addr: *stream.remote_addr(),
            line: Arc::clone(line),
            drain: self.drain.clone(),
        };
        ready(Ok(PeerService {
            router: self.router.clone(),
            peer,
        }))
    }
}

/// Puts the peer into every request of one connection, and tells the connection of it.
#[derive(Clone)]
pub(super) struct PeerService {
    router: Router,
    peer: Peer,
}

impl Service<Request> for PeerService {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.router, cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let line = Arc::clone(&self.peer.line);
        let running = line.request();
        if request.version() > Version::HTTP_11 {
            // Its requests are streams, and what they become may outlive them.
            line.upgraded();
        }
        let extensions = request.extensions_mut();
        extensions.insert(ConnectInfo(self.peer.addr));
        extensions.insert(self.peer.clone());
        let answered = self.router.call(request).map(move |answered| {
            answered.map(|response| {
                if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                    line.upgraded();
                }
                response.map(|body| {
                    Body::new(Answer {
                        body,
                        _running: running,
                    })
                })
            })
        });
        answered.boxed()
    }
}

/// The body of an answer, whose request runs until it has been sent.
struct Answer {
    body: Body,
    _running: Running,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
