//! The end of a server.

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
async fn an_idle_server_closes_what_it_kept_open_and_ends_when_its_peers_have() {
    let (router, _told) = telling();
    let server = run(router, LONG).await;
    let mut kept = send(server.addr, "/").await;
    assert_eq!(status(&mut kept).await, "200");
    let mut silent = TcpStream::connect(server.addr).await.unwrap();
    server.stop.cancel();
    kept.read_to_end(&mut Vec::new()).await.unwrap();
    silent.read_to_end(&mut Vec::new()).await.unwrap();
    // Long enough for the server to end, were it not waiting for the others to close their sides.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!server.ended.is_finished());
    drop((kept, silent));
    soon(server.ended).await.unwrap().unwrap();
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
async fn a_peer_that_does_not_close_its_side_is_not_waited_for_long() {
    let (router, _told) = telling();
    let server = run(router, LONG).await;
    let mut kept = send(server.addr, "/").await;
    assert_eq!(status(&mut kept).await, "200");
    server.stop.cancel();
    soon(server.ended).await.unwrap().unwrap();
    drop(kept);
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
