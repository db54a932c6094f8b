//! The server of our side.

use std::io;

use sockful::{App, Memory};
use tokio::net::TcpListener;

use crate::creature::Creature;

/// Serves the resource from the memory store.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    let app = App::builder()
        .store(Memory::new())
        .resource::<Creature>()
        .build()
        .await
        .map_err(io::Error::other)?;
    sockful::serve(listener, app.router()).await
}
