//! The server as its peers see it, over real sockets on the loopback device.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
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
    tokio::time::timeout(LONG / 2, future)
        .await
        .expect("it does not happen")
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

mod connections {
    use super::*;

    #[tokio::test]
    async fn small_packets_are_sent_at_once_and_dead_peers_found() {
        let config = Config::default();
        let (mut listener, addr) = listen(&config).await;
        let _peer = TcpStream::connect(addr).await.unwrap();
        let (connection, _) = listener.accept().await;
        let tcp = connection.tcp();
        assert!(tcp.nodelay().unwrap());
        #[cfg(target_os = "linux")]
        {
            let socket = socket2::SockRef::from(tcp);
            assert_eq!(
                socket.tcp_user_timeout().unwrap(),
                Some(config.write_deadline)
            );
        }
    }

    /// A peer with so small a buffer of its own that what it does not read stays with the server.
    async fn small_peer(addr: SocketAddr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        socket.connect(addr).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_reads_is_cut_and_the_reader_ends_too() {
        let (mut listener, addr) = listen(&Config::default()).await;
        let mut peer = small_peer(addr).await;
        let (connection, _) = listener.accept().await;
        let (mut reader, mut writer) = split(connection);
        let reading = tokio::spawn(async move { reader.read_u8().await.unwrap_err().kind() });

        let mut written = 0;
        let failed = loop {
            match writer.write(&[0; 16 * 1024]).await {
                Ok(some) => written += some,
                Err(error) => break error,
            }
        };
        assert_eq!(failed.kind(), ErrorKind::TimedOut);
        assert_eq!(soon(reading).await.unwrap(), ErrorKind::TimedOut);
        assert_eq!(
            writer.write(&[0]).await.unwrap_err().kind(),
            ErrorKind::TimedOut
        );
        if cfg!(target_os = "linux") {
            assert!(
                written < 1024 * 1024,
                "the kernel holds {written} bytes of one peer"
            );
        }

        // Both halves are gone: the peer finds a reset behind what it had been sent.
        drop(writer);
        let lost = peer.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(lost.kind(), ErrorKind::ConnectionReset);
    }

    /// In real time, since what counts as moving is up to the kernel.
    #[tokio::test]
    async fn a_peer_that_reads_slowly_is_not_cut() {
        let deadline = Duration::from_secs(2);
        let (mut listener, addr) = listen(&with(|config| config.write_deadline = deadline)).await;
        let mut peer = small_peer(addr).await;
        let (mut connection, _) = listener.accept().await;
        let reading = tokio::spawn(async move {
            let mut some = vec![0; 16 * 1024];
            while peer.read_exact(&mut some).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let begin = Instant::now();
        while begin.elapsed() < deadline * 5 / 4 {
            connection.write_all(&[0; 16 * 1024]).await.unwrap();
        }
        drop(connection);
        soon(reading).await.unwrap();
    }

    #[tokio::test]
    async fn the_cap_of_an_address_refuses_and_is_freed_by_closing() {
        let config = with(|config| config.max_connections_per_address = 2);
        let (mut listener, addr) = listen(&config).await;
        let first = TcpStream::connect(addr).await.unwrap();
        let _second = TcpStream::connect(addr).await.unwrap();
        let accepted = listener.accept().await;
        let _second = listener.accept().await;

        let mut refused = TcpStream::connect(addr).await.unwrap();
        let (closed, ()) = tokio::join!(is_closed(&mut refused), async {
            let waiting = tokio::time::timeout(Duration::from_millis(50), listener.accept());
            assert!(waiting.await.is_err(), "the third of two");
        });
        assert!(closed);

        // It has its place until both sides have closed it.
        drop((first, accepted));
        let freed = async {
            loop {
                let _third = TcpStream::connect(addr).await.unwrap();
                let waiting = tokio::time::timeout(Duration::from_millis(50), listener.accept());
                if waiting.await.is_ok() {
                    return;
                }
            }
        };
        soon(freed).await;
    }

    #[tokio::test]
    async fn what_was_written_last_reaches_a_peer_that_still_sends() {
        let (mut listener, addr) = listen(&Config::default()).await;
        let mut peer = TcpStream::connect(addr).await.unwrap();
        let (mut connection, _) = listener.accept().await;
        peer.write_all(&[0; 16 * 1024]).await.unwrap();
        connection.write_all(b"farewell").await.unwrap();
        // What the peer has sent is unread: closed at once, the connection would be reset.
        drop(connection);
        tokio::task::yield_now().await;
        peer.write_all(&[0; 16 * 1024]).await.unwrap();
        let mut told = String::new();
        soon(peer.read_to_string(&mut told)).await.unwrap();
        assert_eq!(told, "farewell");
    }

    #[tokio::test]
    async fn below_a_plain_axum_server_the_address_is_known_too() {
        use axum::serve::ListenerExt;

        let (listener, addr) = listen(&Config::default()).await;
        let router = Router::new().route("/", get(async |_: ConnectInfo<SocketAddr>| ()));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(axum::serve(listener.tap_io(|_| {}), service).into_future());
        assert_eq!(status(&mut send(addr, "/").await).await, "200");
    }
}

mod shutdown {
    use super::*;

    /// A server that shuts down when told.
    struct Running {
        addr: SocketAddr,
        stop: CancellationToken,
        ended: JoinHandle<io::Result<()>>,
    }

    async fn run(router: Router, grace: Duration) -> Running {
        let (listener, addr) = listen(&Config::default()).await;
        let stop = CancellationToken::new();
        let serve = serve(listener, router)
            .grace(grace)
            .with_shutdown(stop.clone().cancelled_owned());
        Running {
            addr,
            stop,
            ended: tokio::spawn(serve.into_future()),
        }
    }

    /// A router that hands out the peer of each request to `/`.
    fn telling() -> (Router, mpsc::UnboundedReceiver<Peer>) {
        let (tell, told) = mpsc::unbounded_channel();
        let handler = async move |Extension(peer): Extension<Peer>| {
            tell.send(peer).unwrap();
        };
        (Router::new().route("/", get(handler)), told)
    }

    #[tokio::test]
    async fn a_request_knows_its_peer() {
        let (tell, mut told) = mpsc::unbounded_channel();
        let handler = async move |ConnectInfo(addr): ConnectInfo<SocketAddr>,
                                  Extension(peer): Extension<Peer>| {
            tell.send((addr, peer.addr)).unwrap();
        };
        let server = run(Router::new().route("/", get(handler)), LONG).await;
        let mut peer = send(server.addr, "/").await;
        assert_eq!(status(&mut peer).await, "200");
        let addr = peer.local_addr().unwrap();
        assert_eq!(told.recv().await.unwrap(), (addr, addr));
    }

    #[tokio::test]
    async fn an_idle_server_ends_at_once_and_closes_what_it_kept_open() {
        let (router, _told) = telling();
        let server = run(router, LONG).await;
        let mut kept = send(server.addr, "/").await;
        assert_eq!(status(&mut kept).await, "200");
        let _silent = TcpStream::connect(server.addr).await.unwrap();
        server.stop.cancel();
        soon(server.ended).await.unwrap().unwrap();
        kept.read_to_end(&mut Vec::new()).await.unwrap();
        assert!(
            TcpStream::connect(server.addr).await.is_err(),
            "still listening"
        );
    }

    #[tokio::test]
    async fn a_tracked_session_that_ends_by_itself_is_waited_for() {
        let (router, mut told) = telling();
        let server = run(router, LONG).await;
        let _peer = send(server.addr, "/").await;
        let drain = told.recv().await.unwrap().drain;
        let session = drain.track();

        server.stop.cancel();
        soon(drain.token.cancelled()).await;
        // Long enough for the server to end, were it not waiting.
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!server.ended.is_finished());
        drop(session);
        soon(server.ended).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_running_request_is_answered() {
        let begun = Arc::new(Notify::new());
        let go_on = Arc::new(Notify::new());
        let handler = {
            let (begun, go_on) = (begun.clone(), go_on.clone());
            async move || {
                begun.notify_one();
                go_on.notified().await;
            }
        };
        let server = run(Router::new().route("/", get(handler)), LONG).await;
        let mut peer = send(server.addr, "/").await;
        begun.notified().await;
        server.stop.cancel();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!server.ended.is_finished());
        go_on.notify_one();
        assert_eq!(status(&mut peer).await, "200");
        soon(server.ended).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_grace_bounds_sessions_that_never_end() {
        let (router, mut told) = telling();
        let server = run(router, Duration::from_millis(50)).await;
        let _peer = send(server.addr, "/").await;
        let _session = told.recv().await.unwrap().drain.track();
        server.stop.cancel();
        soon(server.ended).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_grace_bounds_requests_that_are_never_answered() {
        let begun = Arc::new(Notify::new());
        let handler = {
            let begun = begun.clone();
            async move || {
                begun.notify_one();
                std::future::pending::<()>().await;
            }
        };
        let server = run(
            Router::new().route("/", get(handler)),
            Duration::from_millis(50),
        )
        .await;
        let _peer = send(server.addr, "/").await;
        begun.notified().await;
        server.stop.cancel();
        soon(server.ended).await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn sessions_are_told_also_when_the_server_is_dropped() {
        let (router, mut told) = telling();
        let server = run(router, LONG).await;
        let _peer = send(server.addr, "/").await;
        let drain = told.recv().await.unwrap().drain;
        server.ended.abort();
        soon(drain.token.cancelled()).await;
    }
}
