//! Clients that are thrown out, on a server that gives them reason to be.

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
fn socket_io_client_4_8_comes_back_by_itself() {
    comes_back("4.8");
}

#[test]
fn socket_io_client_4_0_comes_back_by_itself() {
    comes_back("4.0");
}

#[test]
fn socket_io_client_3_1_comes_back_by_itself() {
    comes_back("3.1");
}

fn comes_back(version: &str) {
    let _quiet = quiet();
    let runtime = Runtime::new().expect("a runtime");
    let url = runtime.block_on(serve());
    for transports in ["default", "websocket", "polling"] {
        let mut client = node("comeback.mjs");
        client.args([version, transports, &url]);
        checks(&mut client).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// Never gets anywhere.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Snail {
    id: String,
}

#[remote]
impl Snail {
    #[remote]
    async fn arrive() {
        std::future::pending::<()>().await;
    }
}

/// Serves snails until the runtime ends; few requests may wait for one.
async fn serve() -> String {
    let mut config = Config::default();
    config.inbox_requests = 4;
    let app = App::builder().store(Memory::new()).config(config);
    let app = app.resource::<Snail>().build().await;
    let app = app.expect("a snail makes an app");
    let tcp = TcpListener::bind("127.0.0.1:0").await;
    let listener = Listener::with_config(tcp.expect("there is a port"), app.config());
    let address = listener.local_addr().expect("a listener has an address");
    tokio::spawn(sockful::serve(listener, app.router()).into_future());
    format!("http://{address}")
}
