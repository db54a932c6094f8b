//! What a request shows of its client, without the server it came by.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

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
    let ConnectInfo(connection) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(app.identity().proxies.client(*connection, headers))
}
