//! Connecting, and leaving again.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::*;

#[tokio::test]
async fn a_page_of_a_foreign_origin_is_refused_with_the_name_of_the_setting() {
    let (app, _) = beasts(config(|_| {})).await;
    let server = Server::start(app.app().clone()).await;
    for origin in [
        "https://evil.example",
        "null",
        "http://127.0.0.1.evil.example",
        "file://",
    ] {
        let mut client = Raw::open_from(server.address, Some(origin)).await;
        client.send("40").await;
        let refused = client.frame().await.expect("an answer");
        let refused: Value =
            serde_json::from_str(refused.strip_prefix("44").expect(&refused)).expect("JSON");
        let message =
            "pages of this origin may not connect; the server allows one by `.allow_origin(..)`";
        let told = error(403, "Forbidden", "origin", message);
        let told: Value =
            json!({ "message": serde_json::to_value(&told).expect("JSON").to_string() });
        // The order of keys inside the text is the server's.
        let parse = |value: &Value| -> Value {
            serde_json::from_str(value["message"].as_str().expect("text")).expect("JSON")
        };
        assert_eq!(parse(&refused), parse(&told));
        assert_eq!(refused.as_object().map(serde_json::Map::len), Some(1));
        // Asking all the same gets nothing but the end.
        client.send("420[\"beast\",\"get\",\"rex\"]").await;
        let rest = client.rest().await;
        assert!(rest.iter().all(|frame| frame == "1"), "{rest:?}");
    }
    let mut client = server.client().await;
    assert_eq!(client.call(json!(["beast", "count"])).await[1], 1);
    drop(client);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn a_hundred_clients_that_come_and_go_leave_nothing_behind() {
    let (app, cage) = beasts(config(|_| {})).await;
    let server = Server::start(app.app().clone()).await;
    for round in 0..100 {
        let mut client = server.client().await;
        if round % 2 == 0 {
            // In the middle of something.
            client.emit(json!(["beast", "slow", { "id": "rex" }])).await;
            cage.has_begun(round / 2 + 1).await;
        }
        match round % 3 {
            0 => client.send("41").await,
            1 => client.send("1").await,
            _ => {}
        }
        drop(client);
        // The next waits for rex as long as this one holds it.
        server.comes_to_rest().await;
    }
    let mut client = server.client().await;
    assert_eq!(
        client.call(json!(["beast", "get", "rex"])).await[1]["bites"],
        0
    );
}

#[tokio::test]
async fn a_connection_may_join_and_leave_again_and_again() {
    let (app, _) = beasts(config(|_| {})).await;
    let server = Server::start(app.app().clone()).await;
    let mut client = Raw::open(server.address).await;
    for _ in 0..100 {
        client.join().await;
        assert_eq!(client.call(json!(["beast", "count"])).await[1], 1);
        client.send("41").await;
    }
    server.comes_to_rest().await;
}

#[tokio::test]
async fn whoever_asks_for_unknown_namespaces_is_told_each_time_and_leaves_nothing_behind() {
    let (app, _) = beasts(config(|_| {})).await;
    let server = Server::start(app.app().clone()).await;
    let mut client = server.client().await;
    for number in 0..500 {
        client.send(&format!("40/nowhere{number},")).await;
        let told = client.frame().await.expect("an answer");
        assert_eq!(
            told,
            format!("44/nowhere{number},{{\"message\":\"Invalid namespace\"}}")
        );
    }
    assert_eq!(client.call(json!(["beast", "count"])).await[1], 1);
    assert_eq!(server.app.load().sessions, 1);
    drop(client);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn joining_twice_does_not_make_two_sessions() {
    let (app, _) = beasts(config(|_| {})).await;
    let server = Server::start(app.app().clone()).await;
    let mut client = server.client().await;
    for _ in 0..100 {
        client.send("40").await;
    }
    assert_eq!(client.call(json!(["beast", "count"])).await[1], 1);
    assert_eq!(server.app.load().sessions, 1);
    drop(client);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn one_address_has_so_many_polling_sessions_and_no_more() {
    let (app, _) = beasts(config(|config| config.max_polling_per_address = 3)).await;
    let server = Server::start(app.app().clone()).await;
    for _ in 0..3 {
        let hello = server.polling("GET", "", b"").await;
        assert!(hello.starts_with("HTTP/1.1 200"), "{hello}");
    }
    for query in [
        "",
        "&t=1",
        "&EIO=4",
        "&transport=polling",
        "=",
        "&transport=websocket",
    ] {
        let refused = server.polling("GET", query, b"").await;
        assert!(refused.starts_with("HTTP/1.1 429"), "{query}: {refused}");
    }
    // WebSockets are no polling sessions.
    let mut client = server.client().await;
    assert_eq!(client.call(json!(["beast", "count"])).await[1], 1);
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let (app, _) = beasts(config(|config| config.max_connections_per_address = 2)).await;
    let server = Server::start(app.app().clone()).await;
    let (mut first, second) = (server.client().await, server.client().await);
    let refused = server.http(b"").await;
    assert_eq!(refused, "");
    assert_eq!(first.call(json!(["beast", "count"])).await[1], 1);
    drop(second);
    let third = timeout(GUARD, async {
        while server.polling("GET", "", b"").await.is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    });
    third.await.expect("a place is free again");
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_does_not_keep_its_place() {
    let limits = config(|config| {
        config.max_connections = 3;
        config.connect_timeout = Duration::from_millis(300);
    });
    let (app, _) = beasts(limits).await;
    let server = Server::start(app.app().clone()).await;
    let mut held = Vec::new();
    // Silent from the beginning, after an answer, and in the middle of a second head.
    for sent in [
        "",
        "GET /none HTTP/1.1\r\nhost: x\r\n\r\n",
        "GET /none HTTP/1.1\r\nhost: x\r\n\r\nGET /none HTT",
    ] {
        let mut tcp = TcpStream::connect(server.address).await.expect("a place");
        tcp.write_all(sent.as_bytes()).await.expect("it is taken");
        held.push(tcp);
    }
    let mut newcomer = timeout(GUARD, async {
        while server.polling("GET", "", b"").await.is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
        server.client().await
    })
    .await
    .expect("there are places again");
    drop(held);
    // Whoever is connected may be silent.
    sleep(Duration::from_millis(1_000)).await;
    assert_eq!(newcomer.call(json!(["beast", "count"])).await[1], 1);
}

#[tokio::test]
async fn a_request_may_run_longer_than_the_next_may_be_waited_for() {
    let limits = config(|config| {
        config.connect_timeout = Duration::from_millis(300);
        config.ping_interval = Duration::from_millis(1_000);
    });
    let (app, _) = beasts(limits).await;
    let server = Server::start(app.app().clone()).await;
    let hello = server.polling("GET", "", b"").await;
    let query = format!("&sid={}", session(&hello));
    server.polling("POST", &query, b"40").await;
    assert!(server.polling("GET", &query, b"").await.contains("40{"));
    server.polling("POST", &query, b"3").await;
    // Nothing comes before the next heartbeat.
    let heartbeat = server.polling("GET", &query, b"").await;
    assert!(heartbeat.ends_with("\r\n\r\n2"), "{heartbeat}");
}

#[tokio::test]
async fn a_polling_client_with_too_much_waiting_is_told_so_and_its_session_ended() {
    let limits = config(|config| {
        config.inbox_requests = 16;
        config.max_polling_per_address = 1;
    });
    let (app, cage) = beasts(limits).await;
    let server = Server::start(app.app().clone()).await;
    let hello = server.polling("GET", "", b"").await;
    let query = format!("&sid={}", session(&hello));
    server.polling("POST", &query, b"40").await;
    let slow = r#"420["beast","slow",{"id":"rex"}]"#;
    server.polling("POST", &query, slow.as_bytes()).await;
    cage.has_begun(1).await;
    let counts = [r#"421["beast","count"]"#; 17].join("\u{1e}");
    server.polling("POST", &query, counts.as_bytes()).await;
    let ended = timeout(GUARD, async {
        let mut told = String::new();
        loop {
            let polled = server.polling("GET", &query, b"").await;
            if polled.starts_with("HTTP/1.1 400") {
                return told;
            }
            told.push_str(&polled);
            // The heartbeat is answered, so it is not for this that the session ends.
            server.polling("POST", &query, b"3").await;
        }
    });
    let told = ended.await.expect("the session ends");
    assert!(told.contains(&closing("overloaded")), "{told}");
    let again = server.polling("GET", "", b"").await;
    assert!(again.starts_with("HTTP/1.1 200"), "{again}");
    server.comes_to_rest().await;
}

/// The id of the session that was opened.
fn session(hello: &str) -> &str {
    let rest = hello.split("\"sid\":\"").nth(1).expect(hello);
    rest.split('"').next().expect(hello)
}

#[tokio::test]
async fn a_polling_client_that_never_polls_is_gone_and_its_place_free() {
    let limits = config(|config| {
        config.max_polling_per_address = 1;
        config.write_deadline = Duration::from_millis(200);
        config.ping_interval = Duration::from_millis(300);
        config.ping_timeout = Duration::from_millis(200);
    });
    let (app, _) = beasts(limits).await;
    let server = Server::start(app.app().clone()).await;
    let hello = server.polling("GET", "", b"").await;
    let query = format!("&sid={}", session(&hello));
    server.polling("POST", &query, b"40").await;
    for number in 0..20 {
        let requests: Vec<_> = (0..20)
            .map(|place| {
                let payload = json!({ "bytes": 10_000, "number": number });
                format!(
                    "42{}{}",
                    number * 20 + place,
                    json!(["beast", "fat", payload])
                )
            })
            .collect();
        let body = requests.join("\u{1e}");
        server.polling("POST", &query, body.as_bytes()).await;
    }
    server.comes_to_rest().await;
    let again = timeout(GUARD, async {
        while !server
            .polling("GET", "", b"")
            .await
            .starts_with("HTTP/1.1 200")
        {
            sleep(Duration::from_millis(20)).await;
        }
    });
    again.await.expect("the place is free again");
}
