//! A board that everybody looks at together: whoever watches it is told of every change, and after an interruption is told
//! what was missed. Nothing here says so but the two structs, because `push = watch` is what a resource is without a word.
//!
//! `npm ci` in `client/`, then open the page in two windows, or run `node client/terminal.mjs` in two terminals; kill the server
//! and start it again. `PORT` is the port to listen on (3000), `SOCKFUL_STORE` the SQLite file (`board.db`).

use std::error::Error;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use sockful::prelude::*;
use tokio::net::TcpListener;

mod card;

use card::{Board, Card};

/// The stock client for the page, which `npm ci` puts there.
const SOCKET_IO_CLIENT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/client/node_modules/socket.io-client/dist/socket.io.esm.min.js"
);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();

    let app = App::builder()
        .store(Sqlite::open(setting("SOCKFUL_STORE", "board.db"))?)
        .resource::<Board>()
        .resource::<Card>()
        .build()
        .await?;
    card::plant(&app.system()).await?;

    let stock = std::fs::read_to_string(SOCKET_IO_CLIENT)
        .unwrap_or_else(|_| "throw new Error('run `npm ci` in examples/board/client')".to_owned());
    let router = Router::new()
        .route(
            "/",
            get(async || Html(include_str!("../client/index.html"))),
        )
        .route(
            "/live.mjs",
            get(async || script(include_str!("../client/live.mjs"))),
        )
        .route("/socket.io-client.mjs", get(async move || script(stock)))
        .merge(app.router());

    let port = setting("PORT", "3000");
    let port: u16 = port
        .parse()
        .map_err(|_| format!("PORT is `{port}`: a port is a number"))?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    announce(&listener)?;
    sockful::serve(listener, router).await?;
    Ok(())
}

fn script(text: impl IntoResponse) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript")], text)
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[expect(
    clippy::print_stdout,
    reason = "the one line that says the server is ready"
)]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("board listening on http://{}", listener.local_addr()?);
    Ok(())
}
