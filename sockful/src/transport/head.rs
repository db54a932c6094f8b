//! What a request shows of its client, without the server it came by.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::request::Parts;

use super::Peer;
use super::polling::Slot;
use crate::app::App;
use crate::identity::Head;

/// The head of the request that a connection began with. Nothing is kept where nobody will ask.
pub(super) fn of(parts: &Parts, app: &App) -> Arc<Head> {
    if app.identity().authenticator.is_none() {
        return Arc::default();
    }
    let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let address = connection
        .map(|ConnectInfo(connection)| app.identity().proxies.client(*connection, &parts.headers));
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
