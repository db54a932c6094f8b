//! What the answers to one client may hold in memory is bounded, however much it asks.

use super::*;

/// What the kernels of both ends may have taken from the server.
const IN_THE_KERNEL: usize = 32 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_for_a_client_that_never_reads_is_bounded_by_the_limits() {
    let (app, cage) = beasts(config(|config| {
        config.max_answer = 2 * 1024 * 1024;
        config.carrier_messages = 4;
        config.outbox_bytes = 4 * 1024 * 1024;
        config.calls_in_flight = 4;
        config.detached_in_flight = 1;
        config.write_deadline = Duration::from_millis(300);
    }))
    .await;
    let server = Server::start(app.app().clone()).await;
    let mut neighbour = server.client().await;
    let mut client = server.client().await;
    let (asked, bytes) = (1_000, 2_000_000);
    for number in 0..asked {
        client
            .emit(json!(["beast", "fat", { "bytes": bytes, "number": number }]))
            .await;
    }
    let evicted = timeout(GUARD, async {
        while server.app.load().sessions > 1 {
            assert_eq!(neighbour.call(json!(["beast", "count"])).await[1], 1);
            sleep(Duration::from_millis(10)).await;
        }
    });
    evicted.await.expect("whoever does not read is evicted");
    let limits = server.app.config();
    let answers = limits.carrier_messages + limits.calls_in_flight + limits.detached_in_flight + 2;
    let held = limits.outbox_bytes + answers * limits.max_answer;
    let made = cage.begun.load(Ordering::SeqCst);
    assert!(made * bytes <= held + IN_THE_KERNEL, "{made}");
    drop((client, neighbour));
    server.comes_to_rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_too_large_cost_their_client_an_error_each_and_nobody_else_anything() {
    let (app, _) = beasts(config(|_| {})).await;
    let server = Server::start(app.app().clone()).await;
    let mut neighbour = server.client().await;
    let mut client = server.client().await;
    for number in 0..100 {
        let bytes = if number % 2 == 0 { 2_000_000 } else { 10 };
        client
            .emit(json!(["beast", "fat", { "bytes": bytes, "number": number }]))
            .await;
    }
    for number in 0..100 {
        let (ack, answer) = client.answer().await.expect("the connection stands");
        assert_eq!(ack, number);
        let reason = answer[0].get("reason").and_then(Value::as_str);
        let expected = (number % 2 == 0).then_some("answer_too_large");
        assert_eq!(reason, expected, "{number}");
        assert_eq!(neighbour.call(json!(["beast", "count"])).await[1], 1);
    }
    drop((client, neighbour));
    server.comes_to_rest().await;
}
