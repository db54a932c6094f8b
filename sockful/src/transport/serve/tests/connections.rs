//! What a connection of the listener does to its peer.

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
        let waiting = timeout(Duration::from_millis(50), listener.accept());
        assert!(waiting.await.is_err(), "the third of two");
    });
    assert!(closed);

    // It has its place until both sides have closed it.
    drop((first, accepted));
    let freed = async {
        loop {
            let _third = TcpStream::connect(addr).await.unwrap();
            let waiting = timeout(Duration::from_millis(50), listener.accept());
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
async fn whatever_is_written_leaves_a_connection_that_is_hung_up() {
    let (mut listener, addr) = listen(&Config::default()).await;
    let mut peer = TcpStream::connect(addr).await.unwrap();
    let (connection, _) = listener.accept().await;
    let line = Arc::clone(connection.line());
    let (mut reader, mut writer) = split(connection);
    let reading = tokio::spawn(async move { reader.read_u8().await.unwrap_err().kind() });
    tokio::task::yield_now().await;
    line.hang_up();
    for word in ["fare", "well"] {
        peer.write_all(b"more").await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        writer.write_all(word.as_bytes()).await.unwrap();
    }
    // Nothing of what the peer has sent, and not the end of the stream.
    assert_eq!(soon(reading).await.unwrap(), ErrorKind::ConnectionAborted);
    drop(writer);
    let mut told = String::new();
    soon(peer.read_to_string(&mut told)).await.unwrap();
    assert_eq!(told, "farewell");
}

#[tokio::test]
async fn a_peer_that_sends_all_it_has_before_it_reads_gets_what_was_written_before_it_was_hung_up()
{
    const MUCH: usize = 4 * 1024 * 1024;

    let (mut listener, addr) = listen(&Config::default()).await;
    let mut peer = small_peer(addr).await;
    let (connection, _) = listener.accept().await;
    let line = Arc::clone(connection.line());
    let (mut reader, mut writer) = split(connection);
    let writing = tokio::spawn(async move { writer.write_all(&vec![0; MUCH]).await });
    line.hang_up();
    let reading = tokio::spawn(async move { reader.read_u8().await.unwrap_err().kind() });
    soon(peer.write_all(&vec![0; MUCH])).await.unwrap();
    // Longer than a connection is quiet before it ends.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!reading.is_finished());
    soon(peer.read_exact(&mut vec![0; MUCH])).await.unwrap();
    soon(writing).await.unwrap().unwrap();
    assert_eq!(soon(reading).await.unwrap(), ErrorKind::ConnectionAborted);
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
