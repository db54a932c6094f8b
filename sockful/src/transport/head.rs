//! What a request shows of its client, without the server it came by.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use super::Peer;
use super::polling::Slot;
use crate::app::App;
use crate::identity::Head;

/// The head of the request that a connection began with. Where nobody will ask for more it is the address alone.
pub(super) fn of(parts: &Parts, app: &App) -> Arc<Head> {
    let address = address(&parts.extensions, &parts.headers, app);
    if app.identity().authenticator.is_none() {
        return Arc::new(Head {
            address,
            ..Head::default()
        });
    }
    let mut extensions = parts.extensions.clone();
    // They count as long as the connection needs them; whoever keeps a handshake must not.
    extensions.remove::<Peer>();
    extensions.remove::<Arc<Slot>>();
    Arc::new(Head {
        headers: parts.headers.clone(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        extensions,
        address,
    })
}

/// Where the client of a request is, as far as that is known: what the app's trusted proxies say, or the other end of the
/// connection.
pub(super) fn address(extensions: &Extensions, headers: &HeaderMap, app: &App) -> Option<IpAddr> {
    let doubts = app.carrier().doors().doubts();
    let Some(ConnectInfo(connection)) = extensions.get() else {
        doubts.nowhere.tell(|| {
            tracing::warn!(
                "this server does not tell where clients are: no limit per address holds; use `sockful::serve`, or axum's \
                 `into_make_service_with_connect_info::<SocketAddr>()`"
            );
        });
        return None;
    };
    let proxies = &app.identity().proxies;
    if proxies.ignores(*connection, headers) {
        doubts.unnamed.tell(|| {
            tracing::warn!(
                peer = %connection.ip(),
                "this peer says that it forwards for others, and is not believed: if it is a proxy of yours name it in \
                 `Config::trusted_proxies`, else all its clients share what there is per address"
            );
        });
    }
    Some(proxies.client(*connection, headers))
}

/// What those who run a server should know of addresses.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// Requests come without the address of their client.
    nowhere: Once,
    /// A proxy may be there that nobody has named.
    unnamed: Once,
}

/// Something that is told once.
#[derive(Debug, Default)]
struct Once(AtomicBool);

impl Once {
    fn tell(&self, tell: impl FnOnce()) {
        // Looked at first: nearly always it has been told, or never is.
        if !self.0.load(Ordering::Relaxed) && !self.0.swap(true, Ordering::Relaxed) {
            tell();
        }
    }
}
