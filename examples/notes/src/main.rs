//! Notes that belong to somebody: logging in with a token, a policy that guards every way to a record, a hook, sharing.
//!
//! `PORT` is the port to listen on (3000), `NOTES_DB` the file (`notes.db`), `JWT_SECRET` what tokens are signed with: 32 bytes or
//! more. Without it a new one is made at each start, so that all have to log in again.
//!
//! What clients ask over sockets has its limits. `/signup` and `/login` are routes like any others: put a proxy in front that limits them by
//! address, and name it in `Config::trusted_proxies`.

use std::error::Error;

use axum::Router;
use axum::routing::post;
use sockful::Jwt;
use sockful::prelude::*;
use tokio::net::TcpListener;

mod account;
mod note;

use account::{Account, Accounts};
use note::Note;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();

    let secret = std::env::var("JWT_SECRET").unwrap_or_else(|_| account::new_secret());
    let app = App::builder()
        .store(Sqlite::open(setting("NOTES_DB", "notes.db"))?)
        .authenticate(Jwt::hs256(&secret)?.authenticator())
        .user(account::user)
        .refresh::<Account>(|account| &account.id)
        .resource::<Account>()
        .resource::<Note>()
        .build()
        .await?;

    let accounts = Accounts {
        app: app.clone(),
        secret,
    };
    let router = Router::new()
        .route("/signup", post(account::sign_up))
        .route("/login", post(account::log_in))
        .with_state(accounts)
        .merge(app.router());

    let port = setting("PORT", "3000").parse::<u16>()?;
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
    println!("notes listening on http://{}", listener.local_addr()?);
    Ok(())
}
