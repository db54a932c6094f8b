//! What is no request at all: broken frames, broken packets, broken HTTP. At most the connection they came
//! on ends; its neighbours do not notice, and nothing is left behind.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

use crate::support::creatures;
use crate::support::pair::error;
use crate::support::raw::Raw;
use crate::support::server::Server;

mod http;

async fn server() -> Server {
    Server::start(creatures().await.app().clone()).await
}

async fn assert_serves(client: &mut Raw) {
    let count = json!([null, 0, {}]);
    assert_eq!(client.call(json!(["creature", "count"])).await, count);
}

/// A frame of any kind.
fn frame(opcode: OpCode, bytes: &[u8]) -> Message {
    let header = FrameHeader {
        opcode,
        ..FrameHeader::default()
    };
    Message::Frame(Frame::from_payload(header, bytes.to_vec().into()))
}

/// Nothing but the farewell of the carrier comes until the connection ends.
async fn assert_closed(client: &mut Raw) {
    let rest = client.rest().await;
    assert!(rest.iter().all(|frame| frame == "1"), "{rest:?}");
}

/// A text frame of any bytes.
fn text(bytes: &[u8]) -> Message {
    let opcode = OpCode::Data(Data::Text);
    Message::Frame(Frame::message(bytes.to_vec(), opcode, true))
}

/// The server ends this connection, or goes on to serve it; the neighbour it serves in any case.
async fn at_most_this_ends(
    server: &Server,
    neighbour: &mut Raw,
    what: &str,
    messages: Vec<Message>,
) {
    let mut client = server.client().await;
    for message in messages {
        client.send_message(message).await;
    }
    // A request behind it: either it is answered, or the connection ends.
    client.send("425555[\"creature\",\"count\"]").await;
    while let Some(frame) = client.frame().await {
        if frame == "435555[null,0,{}]" {
            break;
        }
        let kinds = ["1", "41", "43", "44"];
        assert!(
            kinds.iter().any(|kind| frame.starts_with(kind)),
            "{what}: {frame}"
        );
    }
    drop(client);
    assert_serves(neighbour).await;
}

#[tokio::test]
async fn broken_packets_end_at_most_their_own_connection() {
    let server = server().await;
    let mut neighbour = server.client().await;
    let long = format!("420[\"creature\",\"get\",{}", "[".repeat(100_000));
    let packets = [
        "",
        "4",
        "42",
        "42[",
        "42[]",
        "42{}",
        "42\"creature\"",
        "42[\"creature\"",
        "42[\"creature\",",
        "42[,]",
        "420",
        "420[",
        "420[]",
        "420[null]",
        "420[[\"creature\"]]",
        "420[\"creature\",\"get\",}]",
        "42-1[\"creature\",\"get\"]",
        "4299999999999999999999[\"creature\",\"get\"]",
        "429223372036854775807[\"creature\",\"count\"]",
        "42/nowhere,0[\"creature\",\"get\"]",
        "42/,0[\"creature\",\"count\"]",
        "42/[\"creature\"]",
        "420[\"cr\\u0065ature\",\"count\"]",
        "420[\"кот\",\"get\"]",
        "420[\"\",\"get\"]",
        "420[\"creature\",\"c\\u006funt\"]",
        "430[]",
        "43",
        "430[1,2,3]",
        "4399[{}]",
        "40",
        "40{",
        "40{}",
        "40[]",
        "40null",
        "44",
        "44{\"message\":\"no\"}",
        "45",
        "451-",
        "451-[\"creature\"]",
        "450-0[\"creature\",\"count\"]",
        "4599999999999-[\"creature\"]",
        "46",
        "461-0[]",
        "47",
        "49",
        "4ü",
        "42ü",
        "420[\"ü",
        "ü",
        "0",
        "0{}",
        "1",
        "2",
        "2probe",
        "3",
        "3probe",
        "5",
        "6",
        "7",
        "9",
        "b",
        "bAAAA",
        "\u{0}",
        &long,
    ];
    for packet in packets {
        at_most_this_ends(&server, &mut neighbour, packet, vec![Message::text(packet)]).await;
    }
    drop(neighbour);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn broken_frames_end_at_most_their_own_connection() {
    let server = server().await;
    let mut neighbour = server.client().await;
    let binary = |bytes: &[u8]| Message::binary(bytes.to_vec());
    for (what, messages) in [
        (
            "text that is no UTF-8",
            vec![text(b"420[\"creature\",\"get\",\"\xff\xfe\"]")],
        ),
        (
            "half a character",
            vec![text(b"420[\"creature\",\"get\",\"\xe2\x82")],
        ),
        (
            "a surrogate as UTF-8",
            vec![text(b"420[\"creature\",\"get\",\"\xed\xa0\x80\"]")],
        ),
        ("binary", vec![binary(b"\x00\x01\x02\xff")]),
        ("empty binary", vec![binary(b"")]),
        (
            "a text packet as binary",
            vec![binary(b"420[\"creature\",\"count\"]")],
        ),
        (
            "an attachment that was not announced",
            vec![binary(b"abc"), binary(b"abc")],
        ),
        (
            "too few attachments",
            vec![
                Message::text("452-0[\"creature\",\"get\",{\"_placeholder\":true,\"num\":0}]"),
                binary(b"a"),
            ],
        ),
        (
            "text where an attachment was announced",
            vec![
                Message::text("451-0[\"creature\",\"get\"]"),
                Message::text("420[\"creature\",\"count\"]"),
            ],
        ),
        (
            "a continuation of nothing",
            vec![Message::Frame(Frame::message(
                b"x".to_vec(),
                OpCode::Data(Data::Continue),
                true,
            ))],
        ),
        (
            "a reserved opcode",
            vec![frame(OpCode::Data(Data::Reserved(5)), b"x")],
        ),
        (
            "a reserved control opcode",
            vec![frame(OpCode::Control(Control::Reserved(12)), b"x")],
        ),
        (
            "a ping longer than a ping may be",
            vec![frame(OpCode::Control(Control::Ping), &[b'x'; 200])],
        ),
        (
            "a close frame without a reason",
            vec![frame(OpCode::Control(Control::Close), b"\x03")],
        ),
        (
            "pings",
            (0..100)
                .map(|_| Message::Ping(b"hello".to_vec().into()))
                .collect(),
        ),
        (
            "pongs nobody asked for",
            (0..100)
                .map(|_| Message::Pong(b"hello".to_vec().into()))
                .collect(),
        ),
        (
            "an unfinished message",
            vec![
                Message::Frame(Frame::message(
                    b"420[\"crea".to_vec(),
                    OpCode::Data(Data::Text),
                    false,
                )),
                Message::text("420[]"),
            ],
        ),
    ] {
        at_most_this_ends(&server, &mut neighbour, what, messages).await;
    }
    drop(neighbour);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn attachments_are_refused_and_the_connection_served_on() {
    let server = server().await;
    let mut client = server.client().await;
    let message = "binary attachments are not supported: send base64 text";
    let refused = json!([
        error(400, "BadRequest", "binary_unsupported", message),
        null,
        null
    ]);
    for (ack, count) in [(11, 1), (12, 3), (13, 10)] {
        let placeholders: Vec<_> = (0..count)
            .map(|num| json!({ "_placeholder": true, "num": num }))
            .collect();
        let request = json!(["creature", "create", { "name": "Cy", "tags": placeholders }]);
        client.send(&format!("45{count}-{ack}{request}")).await;
        for _ in 0..count {
            client.send_message(Message::binary(vec![0; 1_000])).await;
        }
        assert_eq!(client.answer().await, Some((ack, refused.clone())));
    }
    assert_serves(&mut client).await;
    assert_serves(&mut server.client().await).await;
}

#[tokio::test]
async fn attachments_without_end_end_their_connection() {
    let server = server().await;
    let mut neighbour = server.client().await;
    let mut client = server.client().await;
    client.send("451000-0[\"creature\",\"create\"]").await;
    for _ in 0..100 {
        client.send_message(Message::binary(vec![0; 100_000])).await;
    }
    assert_closed(&mut client).await;
    assert_serves(&mut neighbour).await;
}

#[tokio::test]
async fn a_message_somewhat_too_large_is_answered() {
    let server = server().await;
    let mut client = server.client().await;
    let message = "a payload may have 262144 bytes";
    let refused = json!([
        error(400, "BadRequest", "payload_too_large", message),
        null,
        null
    ]);
    for size in [256 * 1024, 1_000_000] {
        let payload = json!({ "name": "x".repeat(size) });
        assert_eq!(
            client.call(json!(["creature", "create", payload])).await,
            refused
        );
    }
    assert_serves(&mut client).await;
}

#[tokio::test]
async fn a_message_far_too_large_ends_its_connection_alone() {
    let server = server().await;
    let mut neighbour = server.client().await;
    let mut client = server.client().await;
    client
        .emit(json!(["creature", "create", { "name": "x".repeat(2 * 1024 * 1024) }]))
        .await;
    assert_closed(&mut client).await;
    assert_serves(&mut neighbour).await;
    drop(neighbour);
    server.comes_to_rest().await;
}

#[tokio::test]
async fn garbage_instead_of_a_connection_is_refused_as_json_text() {
    let server = server().await;
    let mut client = Raw::open(server.address).await;
    client.send("40{\"ack\":\"two\"}").await;
    let refused = client.frame().await.expect("an answer");
    let refused: serde_json::Value =
        serde_json::from_str(refused.strip_prefix("44").expect(&refused)).expect("JSON");
    let message: serde_json::Value =
        serde_json::from_str(refused["message"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        message,
        error(
            400,
            "BadRequest",
            "invalid_auth",
            "auth.ack can be 'one', or absent"
        )
    );
    // Anything else in `auth` is not ours to judge.
    for auth in [
        "{\"ack\":null}",
        "{\"ack\":[1]}",
        "[1,2]",
        "5",
        "\"text\"",
        "null",
        "{\"__proto__\":{\"ack\":\"one\"}}",
    ] {
        let mut client = Raw::open(server.address).await;
        client.send(&format!("40{auth}")).await;
        let joined = client.frame().await;
        assert!(
            joined
                .as_ref()
                .is_some_and(|joined| joined.starts_with("40{")),
            "{auth}: {joined:?}"
        );
        assert_serves(&mut client).await;
    }
}
