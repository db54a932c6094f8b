//! The server as its peers see it, over real sockets on the loopback device.

mod connections;
mod shutdown;

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::routing::get;
use axum::serve::Listener as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::Config;

/// A grace that no test waits for.
const LONG: Duration = Duration::from_secs(60);

/// What does not happen soon does not happen: better a failed test than one that hangs.
async fn soon<F: IntoFuture>(future: F) -> F::Output {
    timeout(LONG / 2, future).await.expect("it does not happen")
}

fn with(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}

async fn listen(config: &Config) -> (Listener, SocketAddr) {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listener = Listener::with_config(tcp, config);
    let addr = listener.local_addr().unwrap();
    (listener, addr)
}

/// Whether the other side closed the connection, without having sent anything.
async fn is_closed(peer: &mut TcpStream) -> bool {
    match peer.read(&mut [0]).await {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

async fn send(addr: SocketAddr, path: &str) -> TcpStream {
    let mut peer = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n");
    peer.write_all(request.as_bytes()).await.unwrap();
    peer
}

async fn status(peer: &mut TcpStream) -> String {
    let mut line = [0; 12];
    peer.read_exact(&mut line).await.unwrap();
    String::from_utf8(line[9..].to_vec()).unwrap()
}
