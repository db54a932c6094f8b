//! The smallest whole server: one resource with two remote methods, beside a route of its own.
//!
//! `PORT` is the port to listen on (3000), `SOCKFUL_STORE` where creatures live: `sqlite:FILE`
//! (`sqlite:creatures.db`), `memory`, or the URL of a PostgreSQL database, `postgres://USER:PASSWORD@HOST/DATABASE`.

use std::error::Error;

use axum::Router;
use axum::routing::get;
use sockful::prelude::*;
use tokio::net::TcpListener;

mod creature;

use creature::Creature;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();

    let store = setting("SOCKFUL_STORE", "sqlite:creatures.db");
    let app = match store.split_once(':') {
        Some(("sqlite", path)) => App::builder().store(Sqlite::open(path)?),
        Some(("postgres" | "postgresql", _)) => App::builder().store(Postgres::open(store)?),
        None if store == "memory" => App::builder().store(Memory::new()),
        _ => {
            // What was given stays out: there may be a password in it.
            let message = "SOCKFUL_STORE is none of `sqlite:FILE`, `memory` and `postgres://..`";
            return Err(message.into());
        }
    };
    let app = app.resource::<Creature>().build().await?;
    let router = Router::new()
        .route("/", get(async || "creatures\n"))
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

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[expect(
    clippy::print_stdout,
    reason = "the one line that says the server is ready"
)]
fn announce(listener: &TcpListener) -> std::io::Result<()> {
    println!("creatures listening on http://{}", listener.local_addr()?);
    Ok(())
}
