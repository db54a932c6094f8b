//! The end of the server, with clients in the middle of something.

use super::*;

fn told_to_leave() -> String {
    let told = json!({ "reason": "shutdown", "retry_after_ms": 1_000 });
    format!("42{}", json!(["sockful", "closing", told]))
}

#[tokio::test]
async fn what_runs_at_shutdown_is_answered_and_what_waits_is_refused() {
    let (app, cage) = beasts(config(|_| {})).await;
    let server = Server::start(app.app().clone()).await;
    let app = server.app.clone();
    let (mut client, mut reader, mut idle) = (
        server.client().await,
        server.client().await,
        server.client().await,
    );
    client.emit(json!(["beast", "slow", { "id": "rex" }])).await;
    for _ in 0..3 {
        client.emit(json!(["beast", "bite", { "id": "rex" }])).await;
    }
    for _ in 0..2 {
        reader.emit(json!(["beast", "slow_read"])).await;
    }
    reader.emit(json!(["beast", "bite", { "id": "rex" }])).await;
    cage.has_begun(3).await;

    let ended = server.stop();
    // Whoever is idle is told at once.
    assert_eq!(idle.frame().await, Some(told_to_leave()));
    cage.gate.add_permits(3);

    let mut refused = error(503, "Unavailable", "closing", "the server is shutting down");
    refused["temporary"] = true.into();
    let refused = json!([refused, null, null]);
    assert_eq!(
        client.answer().await,
        Some((0, json!([null, 1, { "pos": 2, "rev": 2 }])))
    );
    for ack in 1..=3 {
        assert_eq!(client.answer().await, Some((ack, refused.clone())));
    }
    assert_eq!(client.frame().await, Some(told_to_leave()));
    for ack in 0..2 {
        assert_eq!(reader.answer().await, Some((ack, json!([null, 0, {}]))));
    }
    assert_eq!(reader.answer().await, Some((2, refused)));
    assert_eq!(reader.frame().await, Some(told_to_leave()));
    for client in [&mut client, &mut reader, &mut idle] {
        let rest = client.rest().await;
        assert!(
            rest.iter()
                .all(|frame| frame == "1" || frame == DISCONNECTED),
            "{rest:?}"
        );
    }
    timeout(GUARD, ended)
        .await
        .expect("it ends")
        .expect("it does not panic")
        .expect("it ends well");
    crate::support::server::comes_to_rest(&app).await;
}

#[tokio::test]
async fn a_call_has_the_grace_that_its_server_was_given() {
    let (app, cage) = beasts(config(|config| {
        config.shutdown_grace = Duration::from_millis(100);
    }))
    .await;
    let server = Server::start_with_grace(app.app().clone(), GUARD).await;
    let mut client = server.client().await;
    client.emit(json!(["beast", "slow", { "id": "rex" }])).await;
    cage.has_begun(1).await;
    let ended = server.stop();
    // Longer than the grace of the limits.
    sleep(Duration::from_millis(500)).await;
    assert!(!ended.is_finished());
    cage.gate.add_permits(1);
    assert_eq!(
        client.answer().await,
        Some((0, json!([null, 1, { "pos": 2, "rev": 2 }])))
    );
    assert_eq!(client.frame().await, Some(told_to_leave()));
    client.rest().await;
    timeout(GUARD, ended)
        .await
        .expect("it ends")
        .expect("it does not panic")
        .expect("it ends well");
}

#[test]
fn whoever_is_cut_off_at_the_end_of_the_program_has_been_told() {
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let program = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let limits = config(|config| config.shutdown_grace = Duration::from_millis(1_500));
            let (app, cage) = beasts(limits).await;
            let server = Server::start(app.app().clone()).await;
            tell.send(server.address).expect("somebody listens");
            cage.has_begun(20).await;
            let _ = server.stop().await;
        });
        // As at the end of `main`: what is still running is dropped.
    });
    let address = told.recv().expect("the server starts");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let clients = (0..20).map(|_| {
            tokio::spawn(async move {
                let mut client = Raw::connect(address).await;
                client.emit(json!(["beast", "slow_read"])).await;
                // It goes on sending, which must not cost it the farewell.
                let mut received = Vec::new();
                loop {
                    client.send(r#"42["beast","count"]"#).await;
                    match timeout(Duration::from_millis(5), client.frame()).await {
                        Ok(Some(frame)) => received.push(frame),
                        Ok(None) => return received,
                        Err(_) => {}
                    }
                }
            })
        });
        for client in clients.collect::<Vec<_>>() {
            let received = client.await.expect("a client does not panic");
            assert!(received.contains(&told_to_leave()), "{received:?}");
        }
    });
    program.join().expect("the program ends");
}

#[tokio::test]
async fn a_call_that_never_ends_does_not_keep_the_server_from_ending() {
    let (app, cage) = beasts(config(|config| {
        config.shutdown_grace = Duration::from_millis(300);
    }))
    .await;
    let server = Server::start(app.app().clone()).await;
    let app = server.app.clone();
    let mut client = server.client().await;
    client.emit(json!(["beast", "slow", { "id": "rex" }])).await;
    cage.has_begun(1).await;
    let ended = server.stop();
    timeout(GUARD, ended)
        .await
        .expect("it ends")
        .expect("it does not panic")
        .expect("it ends well");
    let rex = sockful::testing::TestApp::new(app).anonymous();
    drop((rex, client));
}

#[tokio::test]
async fn whoever_does_not_read_does_not_keep_the_server_from_ending() {
    let (app, _) = beasts(config(|config| {
        config.shutdown_grace = Duration::from_millis(500);
    }))
    .await;
    let server = Server::start(app.app().clone()).await;
    let mut client = server.client().await;
    for number in 0..300 {
        client
            .emit(json!(["beast", "fat", { "bytes": 200_000, "number": number }]))
            .await;
    }
    sleep(Duration::from_millis(200)).await;
    let ended = server.stop();
    timeout(GUARD, ended)
        .await
        .expect("it ends")
        .expect("it does not panic")
        .expect("it ends well");
}
