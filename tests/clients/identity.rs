//! Clients that log in, on a server whose tokens are short.

use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;
use sockful::{Config, Listener};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::install::quiet;
use super::javascript::node;
use super::program::checks;

#[test]
fn socket_io_client_4_8_logs_in() {
    logs_in("4.8");
}

#[test]
fn socket_io_client_4_0_logs_in() {
    logs_in("4.0");
}

#[test]
fn socket_io_client_3_1_logs_in() {
    logs_in("3.1");
}

fn logs_in(version: &str) {
    let _quiet = quiet();
    let runtime = Runtime::new().expect("a runtime");
    let url = runtime.block_on(serve());
    for transports in ["default", "websocket", "polling"] {
        let mut client = node("identity.mjs");
        client.args([version, transports, &url]);
        checks(&mut client).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// Opens for those who have logged in.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = authenticated, remote)]
struct Door {
    id: String,
}

#[remote]
impl Door {
    #[remote(read)]
    fn knock(cx: &Cx) -> Option<String> {
        cx.user_key().map(str::to_owned)
    }

    /// Throws the caller out.
    #[remote]
    fn slam(cx: &Cx) {
        cx.app().revoke(cx.user_key().unwrap_or_default());
    }
}

/// Serves until the runtime ends. A token is a user and how many seconds it lasts: `ann 30`.
async fn serve() -> String {
    let mut config = Config::default();
    config.expiry_grace = Duration::ZERO;
    let app = App::builder()
        .store(Memory::new())
        .config(config)
        .resource::<Door>()
        .authenticate(async |h: Handshake| -> Result<Option<Login>> {
            #[derive(Deserialize)]
            struct Auth {
                token: Option<String>,
            }
            let Some(token) = h.auth::<Auth>()?.token else {
                return Ok(None);
            };
            let refused = || Error::not_authenticated("who is that?").reason("bad_token");
            let (user, seconds) = token.split_once(' ').ok_or_else(refused)?;
            let lasts = Duration::from_secs(seconds.parse().map_err(|_| refused())?);
            Ok(Some(Login::new(user).expires(SystemTime::now() + lasts)))
        });
    let app = app.build().await.expect("these parts make an app");
    let tcp = TcpListener::bind("127.0.0.1:0").await;
    let listener = Listener::with_config(tcp.expect("there is a port"), app.config());
    let address = listener.local_addr().expect("a listener has an address");
    tokio::spawn(sockful::serve(listener, app.router()).into_future());
    format!("http://{address}")
}
