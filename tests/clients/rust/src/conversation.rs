//! docs/protocol.md, as a stock client hears it.

use rust_socketio::Payload;
use serde_json::Value;

use crate::connection::Dialler;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/protocol.md");

pub async fn every_documented_request_has_the_documented_answer(dialler: &Dialler) {
    let page = std::fs::read_to_string(PAGE).expect(PAGE);
    let exchanges = read(&page);
    assert!(
        exchanges.len() > 20,
        "docs/protocol.md holds the conversation"
    );
    let connection = dialler.dial().await;
    let mut next = Value::Null;
    for (mut request, expected) in exchanges {
        request.iter_mut().for_each(|part| fill_in(part, &next));
        let asked = format!("{request:?}");
        let event = request.remove(0);
        let event = event.as_str().expect("an event is text");
        let answer = connection.ask_with(event, Payload::Text(request)).await;
        assert!(
            alike(&expected, &answer),
            "-> {asked}\n<- {answer:?}\nexpected {expected:?}"
        );
        if let Some(cursor) = answer.get(2).and_then(|meta| meta.get("next")) {
            next = cursor.clone();
        }
    }
    connection.close().await;
}

/// The pairs of `->` and `<-` in the wire blocks; an argument list may go on over several lines.
fn read(page: &str) -> Vec<(Vec<Value>, Vec<Value>)> {
    let mut lists: Vec<(&str, String)> = Vec::new();
    for block in page.split("\n```wire\n").skip(1) {
        let block = block
            .split("\n```")
            .next()
            .expect("split gives at least one");
        for line in block.lines() {
            match (line.get(..3), lists.last_mut()) {
                (Some(arrow @ ("-> " | "<- ")), _) => lists.push((arrow, line[3..].to_owned())),
                (_, Some((_, list))) => list.push_str(line),
                (_, None) => panic!("expected -> or <- in {line}"),
            }
        }
    }
    let (pairs, rest) = lists.as_chunks();
    assert!(rest.is_empty(), "every request has an answer");
    let parse = |list: &str| serde_json::from_str(list).unwrap_or_else(|e| panic!("{e}: {list}"));
    pairs
        .iter()
        .map(|[request, answer]| {
            assert_eq!(
                (request.0, answer.0),
                ("-> ", "<- "),
                "around {}",
                request.1
            );
            (parse(&request.1), parse(&answer.1))
        })
        .collect()
}

/// `<next>` stands for the last cursor.
fn fill_in(part: &mut Value, next: &Value) {
    match part {
        Value::String(text) if text == "<next>" => part.clone_from(next),
        Value::Array(parts) => parts.iter_mut().for_each(|part| fill_in(part, next)),
        Value::Object(parts) => parts.values_mut().for_each(|part| fill_in(part, next)),
        _ => {}
    }
}

/// `<text>` stands for any text.
fn alike(expected: &[Value], found: &[Value]) -> bool {
    expected.len() == found.len() && expected.iter().zip(found).all(|(e, f)| same(e, f))
}

fn same(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::String(any), Value::String(_)) if any == "<text>" => true,
        (Value::Array(expected), Value::Array(found)) => alike(expected, found),
        (Value::Object(expected), Value::Object(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .all(|(key, e)| found.get(key).is_some_and(|f| same(e, f)))
        }
        _ => expected == found,
    }
}
