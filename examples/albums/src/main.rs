//! Albums, their songs, and notes about those: what is declared on three structs is reflected in actions such as `createSong`,
//! in queries that include relatives, and in what becomes of songs when their album goes.
//!
//! `PORT` is the port to listen on (3000), `SOCKFUL_STORE` the SQLite file (`albums.db`). A new file gets a few albums.

use std::error::Error;

use axum::Router;
use sockful::prelude::*;
use tokio::net::TcpListener;

mod music;
mod seed;

use music::{Album, Note, Song};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();

    let app = App::builder()
        .store(Sqlite::open(setting("SOCKFUL_STORE", "albums.db"))?)
        .resource::<Album>()
        .resource::<Song>()
        .resource::<Note>()
        .build()
        .await?;
    seed::plant(&app.system()).await?;

    let port = setting("PORT", "3000");
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`: a port is a number"))?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    announce(&listener)?;
    sockful::serve(listener, Router::new().merge(app.router())).await?;
    Ok(())
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[expect(
    clippy::print_stdout,
    reason = "the one line that says the server is ready"
)]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("albums listening on http://{}", listener.local_addr()?);
    Ok(())
}
