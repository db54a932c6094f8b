//! The page, and the examples on it.

use serde_json::Value;

/// One line of an example, by the sign in front of it.
#[derive(Debug)]
pub(super) enum Line {
    /// `->` The client asks.
    Asks(Value),
    /// `<-` It is answered.
    Answered(Value),
    /// `<<` It is told something that it has not asked for.
    Told(Value),
    /// `=>` Another client asks.
    OtherAsks(Value),
    /// `~>` The client has lost its connection, and connects with this `auth` payload.
    Connects(Value),
}

/// The lines in the blocks of this mark.
pub(super) fn lines(mark: &str) -> Vec<Line> {
    // Read when it is played, so that the page alone can change.
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/protocol.md");
    let page = std::fs::read_to_string(path).expect("there is the page");
    let opening = format!("```{mark}\n");
    let blocks = page.split(&opening).skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks.flat_map(block).collect()
}

fn block(text: &str) -> Vec<Line> {
    let mut parts: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        match line.split_once(' ') {
            Some((sign @ ("->" | "<-" | "<<" | "=>" | "~>"), rest)) => {
                parts.push((sign, rest.to_owned()));
            }
            _ => {
                let (_, part) = parts.last_mut().expect("an example begins with a sign");
                part.push('\n');
                part.push_str(line);
            }
        }
    }
    parts.iter().map(|(sign, text)| line(sign, text)).collect()
}

fn line(sign: &str, text: &str) -> Line {
    let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    match sign {
        "->" => Line::Asks(value),
        "<-" => Line::Answered(value),
        "<<" => Line::Told(value),
        "=>" => Line::OtherAsks(value),
        _ => Line::Connects(value),
    }
}

/// Equal, where `<text>` stands for any text. A `prev` may be less: a push that follows an earlier one follows this one as well.
pub(super) fn matches(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::String(any), Value::String(_)) if any == "<text>" => true,
        (Value::Array(expected), Value::Array(found)) => {
            let mut pairs = expected.iter().zip(found);
            expected.len() == found.len() && pairs.all(|(expected, found)| matches(expected, found))
        }
        (Value::Object(expected), Value::Object(found)) => {
            let is_in = |(key, expected): (&String, &Value)| match found.get(key) {
                Some(found) if key == "prev" => found.as_u64() <= expected.as_u64(),
                Some(found) => matches(expected, found),
                None => false,
            };
            expected.len() == found.len() && expected.iter().all(is_in)
        }
        _ => expected == found,
    }
}
