//! The servers of our side.

use std::io;
use std::path::Path;

use sockful::store::Store;
use sockful::{App, AppBuilder, Config, Listener, Memory, Sqlite};
use tokio::net::TcpListener;

use crate::albums::{Album, Note, Song};
use crate::creature::Creature;

/// Serves the resource from memory.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn memory(listener: TcpListener) -> io::Result<()> {
    serve(listener, Memory::new(), creatures).await
}

/// Serves the resource from memory to thousands of clients of one address, who come all at once.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn live(listener: TcpListener) -> io::Result<()> {
    let mut config = Config::default();
    config.max_connections_per_address = config.max_connections;
    config.max_sessions_per_address = config.max_connections;
    config.handshakes_per_minute = 1_000_000;
    let listener = Listener::with_config(listener, &config);
    let roomy = |app: AppBuilder| creatures(app.config(config));
    serve(listener, Memory::new(), roomy).await
}

/// Serves the resource from an SQLite database, as it comes: what is acknowledged is on the disk.
///
/// # Errors
/// When the listener or the database fails.
pub(crate) async fn sqlite(listener: TcpListener, database: &Path) -> io::Result<()> {
    let store = Sqlite::open(database).map_err(io::Error::other)?;
    serve(listener, store, creatures).await
}

/// Serves albums with their songs and notes in the same way.
///
/// # Errors
/// When the listener or the database fails.
pub(crate) async fn albums(listener: TcpListener, database: &Path) -> io::Result<()> {
    let store = Sqlite::open(database).map_err(io::Error::other)?;
    let albums = |app: AppBuilder| {
        app.resource::<Album>()
            .resource::<Song>()
            .resource::<Note>()
    };
    serve(listener, store, albums).await
}

fn creatures(app: AppBuilder) -> AppBuilder {
    app.resource::<Creature>()
}

async fn serve(
    listener: impl Into<Listener>,
    store: impl Store,
    resources: impl FnOnce(AppBuilder) -> AppBuilder,
) -> io::Result<()> {
    let app = resources(App::builder().store(store)).build().await;
    let app = app.map_err(io::Error::other)?;
    sockful::serve(listener, app.router()).await
}
