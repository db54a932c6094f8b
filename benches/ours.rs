//! The servers of our side.

use std::io;
use std::path::Path;

use sockful::store::Store;
use sockful::{App, Memory, Sqlite};
use tokio::net::TcpListener;

use crate::creature::Creature;

/// Serves the resource from memory.
///
/// # Errors
/// When the listener fails.
pub(crate) async fn memory(listener: TcpListener) -> io::Result<()> {
    serve(listener, Memory::new()).await
}

/// Serves the resource from an SQLite database, as it comes: what is acknowledged is on the disk.
///
/// # Errors
/// When the listener or the database fails.
pub(crate) async fn sqlite(listener: TcpListener, database: &Path) -> io::Result<()> {
    let store = Sqlite::open(database).map_err(io::Error::other)?;
    serve(listener, store).await
}

async fn serve(listener: TcpListener, store: impl Store) -> io::Result<()> {
    let app = App::builder()
        .store(store)
        .resource::<Creature>()
        .build()
        .await
        .map_err(io::Error::other)?;
    sockful::serve(listener, app.router()).await
}
