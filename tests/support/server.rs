//! An app on a real port.

use std::io;
use std::net::SocketAddr;

use sockful::{App, Config, Listener, Load};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Duration, sleep, timeout};

use super::raw::{GUARD, Raw};
use super::tape;

/// A server that runs until it is stopped.
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Serves `app`, with the limits it was built with.
    pub(crate) async fn start(app: App) -> Self {
        let grace = app.config().shutdown_grace;
        Self::start_with_grace(app, grace).await
    }

    /// The same, with a grace of its own for the server.
    pub(crate) async fn start_with_grace(app: App, grace: Duration) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("there is a port");
        let address = tcp.local_addr().expect("a listener has an address");
        let listener = Listener::with_config(tcp, app.config());
        let (stop, stopped) = oneshot::channel();
        let serve = sockful::serve(listener, app.router())
            .grace(grace)
            .with_shutdown(async {
                let _ = stopped.await;
            });
        let running = tokio::spawn(serve.into_future());
        Self {
            app,
            address,
            stop,
            running,
        }
    }

    /// A connected client.
    pub(crate) async fn client(&self) -> Raw {
        Raw::connect(self.address).await
    }

    /// Tells the server to end; what it answers when it has.
    pub(crate) fn stop(self) -> JoinHandle<io::Result<()>> {
        let _ = self.stop.send(());
        self.running
    }

    /// Sends bytes over a connection of their own, and answers all that comes back.
    pub(crate) async fn http(&self, request: &[u8]) -> String {
        let mut tcp = TcpStream::connect(self.address)
            .await
            .expect("the server listens");
        tcp.write_all(request).await.expect("the server reads");
        let mut answer = Vec::new();
        let read = timeout(GUARD, tcp.read_to_end(&mut answer)).await;
        // A connection may also be reset: what came before counts.
        let _ = read.expect("the server answers and closes");
        tape::hear(&answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// One HTTP request to the path of Socket.IO.
    pub(crate) async fn polling(&self, method: &str, query: &str, body: &[u8]) -> String {
        let mut request = format!(
            "{method} /socket.io/?EIO=4&transport=polling{query} HTTP/1.1\r\nhost: {}\r\n\
             connection: close\r\ncontent-length: {}\r\n\r\n",
            self.address,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.http(&request).await
    }

    /// Waits until the app is busy with nothing and nobody.
    pub(crate) async fn comes_to_rest(&self) {
        comes_to_rest(&self.app).await;
    }
}

/// Waits until the app is busy with nothing and nobody.
pub(crate) async fn comes_to_rest(app: &App) {
    let rested = timeout(GUARD, async {
        while app.load() != Load::default() {
            sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(rested.await.is_ok(), "left behind: {:?}", app.load());
}

/// The default limits, changed.
pub(crate) fn config(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::default();
    change(&mut config);
    config
}
