use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::*;

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only ever refused")]
struct Board {
    title: String,
    size: (u8, u8),
    #[serde(default)]
    cells: Vec<Cell>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    tagged: Option<Tagged>,
    #[serde(default)]
    either: Option<Either>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only ever refused")]
struct Cell {
    at: [i8; 2],
    letter: char,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only ever refused")]
enum Kind {
    Open,
    Dragon { heads: u8 },
    Pair(bool, u8),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
#[expect(dead_code, reason = "only ever refused")]
enum Tagged {
    Line { length: u8 },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only ever refused")]
enum Either {
    Number(u8),
    Flag(bool),
}

#[track_caller]
fn check<T: DeserializeOwned>(text: &str, expect: &str) {
    let tree = serde_json::from_str(text).unwrap();
    let judge = |value: Node<'_>| T::deserialize(value).map(drop);
    let mistakes = mistakes(&tree, "it", None, judge, |error| error);
    let lines = mistakes
        .iter()
        .map(|error| format!("{} {}: {}", error.path, error.code, error.message));
    assert_eq!(lines.collect::<Vec<_>>(), [expect]);
}

#[test]
fn plain_values() {
    check::<u8>(
        "300",
        "it out_of_range: expected an integer from 0 to 255, found 300",
    );
    check::<u8>(
        "-1",
        "it out_of_range: expected an integer from 0 to 255, found -1",
    );
    check::<i32>(
        "1.5",
        "it wrong_type: expected an integer from -2147483648 to 2147483647, found 1.5",
    );
    check::<u64>(
        "\"x\"",
        "it wrong_type: expected an integer from 0, found text",
    );
    check::<i64>("true", "it wrong_type: expected an integer, found true");
    check::<f64>("[]", "it wrong_type: expected a number, found a list");
    check::<bool>("0", "it wrong_type: expected true or false, found 0");
    check::<String>("null", "it wrong_type: expected text, found null");
    check::<char>(
        "\"ab\"",
        "it invalid: expected a single character, found text",
    );
    check::<std::num::NonZeroU8>(
        "0",
        "it out_of_range: expected an integer from 0 to 255 other than 0, found 0",
    );
    check::<()>("{}", "it wrong_type: expected null, found an object");
    check::<uuid::Uuid>(
        "5",
        "it wrong_type: expected a formatted UUID string, found 5",
    );
}

#[test]
fn lists_and_maps() {
    check::<Vec<u8>>(
        "[1,2,\"3\"]",
        "it[2] wrong_type: expected an integer from 0 to 255, found text",
    );
    check::<Vec<u8>>("{}", "it wrong_type: expected a list, found an object");
    check::<(u8, bool)>(
        "[1]",
        "it invalid: expected a list of 2 items, found 1 item",
    );
    check::<(u8, bool)>("[1,true,3]", "it invalid: expected 2 items, found 3");
    check::<[u8; 1]>("[]", "it invalid: expected a list of 1 item, found 0 items");
    check::<BTreeMap<u8, u8>>(
        r#"{"1":1,"300":1}"#,
        "it.300 out_of_range: expected an integer from 0 to 255, found 300",
    );
    check::<HashMap<String, Vec<bool>>>(
        r#"{"a":[true],"b":[null]}"#,
        "it.b[0] wrong_type: expected true or false, found null",
    );
}

#[test]
fn structs() {
    check::<Board>("5", "it wrong_type: expected an object, found 5");
    check::<Board>(r#"{"size":[1,2]}"#, "it.title required: is required");
    check::<Board>(
        r#"{"title":"a","size":[1,2],"cells":[{"at":[0,0],"letter":"a"},{"at":[0,200],"letter":"b"}]}"#,
        "it.cells[1].at[1] out_of_range: expected an integer from -128 to 127, found 200",
    );
    check::<Cell>(
        r#"{"at":[0,0],"letter":"a","constructor":1}"#,
        "it.constructor unknown_field: is unknown; expected one of: at, letter",
    );
    check::<Cell>(
        r#"{"letter":"a","letter":"b"}"#,
        "it.letter duplicate_field: is given twice",
    );
}

#[test]
fn enums() {
    check::<Kind>(
        r#""Shut""#,
        "it unknown_variant: is unknown; expected one of: Open, Dragon, Pair",
    );
    check::<Kind>(
        "5",
        "it wrong_type: expected one of: Open, Dragon, Pair, found 5",
    );
    check::<Kind>(
        "{}",
        "it wrong_type: expected one of: Open, Dragon, Pair, found an object",
    );
    check::<Kind>(
        r#""Dragon""#,
        "it wrong_type: expected {\"Dragon\": …}, found only the name",
    );
    check::<Kind>(
        r#"{"Dragon":3}"#,
        "it.Dragon wrong_type: expected an object, found 3",
    );
    check::<Kind>(
        r#"{"Dragon":{"heads":-1}}"#,
        "it.Dragon.heads out_of_range: expected an integer from 0 to 255, found -1",
    );
    check::<Kind>(
        r#"{"Pair":[true]}"#,
        "it.Pair invalid: expected a list of 2 items, found 1 item",
    );
    check::<Kind>(
        r#"{"Open":5}"#,
        "it.Open wrong_type: expected null, found 5",
    );
    check::<Tagged>(r#"{"length":5}"#, "it.type required: is required");
    check::<Tagged>(r#"{"type":"Line"}"#, "it.length required: is required");
    check::<Tagged>(
        r#"{"type":"Line","length":"x"}"#,
        "it wrong_type: expected an integer from 0 to 255, found text",
    );
    check::<Either>(r#""x""#, "it invalid: matches none of the accepted forms");
}

#[test]
fn foreign_messages_pass_only_without_types() {
    let custom = |text: &str| <Fault as de::Error>::custom(text).0.message;
    for harmless in [
        "must be even",
        "invalid character in UUID: expected 0-9",
        "is later than 2026/01/01",
    ] {
        assert_eq!(custom(harmless), harmless);
    }
    for telling in [
        "",
        "invalid type: string \"a\", expected u8",
        "expected struct Pos",
        "no variant of enum Kind",
        "failed in app::secret",
        "ParseIntError { kind: Empty }",
        "invalid value for Vec<u8>",
    ] {
        assert_eq!(custom(telling), NOT_VALID, "{telling}");
    }
    assert!(custom(&"long ".repeat(1_000)).chars().count() <= 200);
}

#[test]
fn a_long_list_of_names_is_cut() {
    let names: Vec<_> = (0..1_000).map(|n| n.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let unknown = FieldError::unknown("it", names.iter().copied()).message;
    assert!(unknown.starts_with("is unknown; expected one of: 0, 1, "));
    assert!(unknown.ends_with(", 31, …"), "{unknown}");
    assert!(wording::one_of(&names).ends_with(", 31, …"));
    assert!(wording::one_of(&names[..32]).ends_with(", 31"));
}
