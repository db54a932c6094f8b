//! Records to rows and JSON, and back.

use super::*;
use crate::error::ErrorKind;
use crate::row::json::Scan;
use crate::row::{Value, fields, path_at, plain_text, scan};
use crate::store::MAX_INDEXED_TEXT;

#[test]
fn a_record_is_one_value_per_field() {
    let schema = schema_of::<Creature>();
    let row = encode(&creature(), &schema).unwrap();
    assert_eq!(
        row.values(),
        [
            Value::Text("c1".into()),
            Value::Text("Mo \"the\" mouse\n".into()),
            Value::Int(5),
            Value::Float(1.5),
            Value::Time(1_795_262_400_000_001),
            Value::Text("shy".into()),
            Value::Json(r#"{"x":0.1,"y":-2.0}"#.into()),
            Value::Json(r#"[{"text":"small","hue":7,"weight":-3}]"#.into()),
            Value::Int(90),
            Value::Int(1 << 60),
            Value::Int(42),
        ]
    );
    assert_eq!(decode::<Creature>(&row, &schema).unwrap(), creature());
}

#[test]
fn json_shows_every_field_but_the_private_ones() {
    let schema = schema_of::<Creature>();
    let row = encode(&creature(), &schema).unwrap();
    assert_eq!(
        json(&schema, &row),
        concat!(
            r#"{"id":"c1","name":"Mo \"the\" mouse\n","hunger":5,"speed":1.5,"#,
            r#""born":"2026-11-21T12:00:00.000001Z","nature":"shy","pos":{"x":0.1,"y":-2.0},"#,
            r#""labels":[{"text":"small","hue":7,"weight":-3}],"health":90,"gold":"1152921504606846976"}"#
        )
    );
    let empty = Creature {
        speed: None,
        born: None,
        secret: None,
        ..creature()
    };
    let text = json(&schema, &encode(&empty, &schema).unwrap());
    assert!(text.contains(r#""speed":null,"born":null"#), "{text}");
}

#[test]
fn text_that_indexes_hold_has_so_many_bytes_and_no_more() {
    let schema = schema_of::<Creature>();
    let named = |name: String| encode(&Creature { name, ..creature() }, &schema);
    let half = MAX_INDEXED_TEXT / 2;
    assert!(named("é".repeat(half)).is_ok());
    let refused = named("é".repeat(half) + "x").unwrap_err();
    assert_eq!(
        serde_json::to_value(&refused).unwrap()["errors"],
        serde_json::json!({ "name": [{
            "code": "too_long", "message": "may have at most 2048 bytes", "params": { "max": 2048 }
        }] })
    );
    // No index is on this one.
    let labels = vec![Label {
        text: "x".repeat(100_000),
        hue: 0,
        weight: 0,
    }];
    let labelled = Creature {
        labels,
        ..creature()
    };
    assert!(encode(&labelled, &schema).is_ok());
}

#[test]
fn text_is_escaped_as_serde_json_does() {
    let schema = schema_of::<Creature>();
    let mut name: String = (1..=0x20_u8).map(char::from).collect();
    name.push_str("\"\\/\u{7f}ü\u{2028}🐭");
    let row = encode(
        &Creature {
            name: name.clone(),
            ..creature()
        },
        &schema,
    )
    .unwrap();
    let text = json(&schema, &row);
    assert!(
        text.contains(&serde_json::to_string(&name).unwrap()),
        "{text}"
    );
}

#[test]
fn text_with_a_zero_is_refused() {
    let label = |text: &str| Label {
        text: text.into(),
        hue: 1,
        weight: 1,
    };
    check_refused(
        &Creature {
            name: "a\0b".into(),
            labels: vec![label("\\u0000"), label("\0")],
            ..creature()
        },
        "labels[1].text invalid: contains U+0000, which cannot be stored\n\
            name invalid: contains U+0000, which cannot be stored",
    );
}

#[track_caller]
fn check_refused(record: &Creature, expect: &str) {
    let error = encode(record, &schema_of::<Creature>()).unwrap_err();
    assert_eq!(
        (error.kind(), lines(&error).as_str()),
        (ErrorKind::Unprocessable, expect)
    );
}

#[test]
fn what_cannot_be_kept_is_refused_with_every_field() {
    check_refused(
        &Creature {
            health: 1 << 53,
            speed: Some(f64::NAN),
            pos: Pos {
                x: 1.0,
                y: f32::INFINITY,
            },
            gold: u64::MAX,
            ..creature()
        },
        "gold out_of_range: is an integer beyond 64 bits with sign\n\
         health unsafe_integer: is an integer beyond ±9007199254740991\n\
         pos.y not_finite: is not a finite number\n\
         speed not_finite: is not a finite number",
    );
    let mut heavy = creature();
    heavy.labels.push(Label {
        text: "9007199254740993".into(),
        hue: 0,
        weight: -(1 << 53),
    });
    check_refused(
        &heavy,
        "labels[1].weight unsafe_integer: is an integer beyond ±9007199254740991",
    );
    let edge = Creature {
        health: -((1 << 53) - 1),
        gold: 1 << 62,
        ..creature()
    };
    assert!(encode(&edge, &schema_of::<Creature>()).is_ok());
}

#[test]
fn a_private_value_that_cannot_be_kept_is_not_the_clients_business() {
    let record = Creature {
        secret: Some(1 << 60),
        ..creature()
    };
    let error = encode(&record, &schema_of::<Creature>()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert!(!serde_json::to_string(&error).unwrap().contains("secret"));
}

#[test]
fn a_type_written_differently_than_described_is_internal() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Odd {
        id: String,
        #[schemars(with = "i64")]
        size: Vec<u8>,
    }
    resource!(Odd: String, "odd", [Field::new("id").id(), Field::new("size")]);
    let error = encode(
        &Odd {
            id: "o".into(),
            size: vec![1],
        },
        &schema_of::<Odd>(),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        source,
        "field `size` is described as an integer, but written as a list"
    );
}

#[test]
fn a_stored_value_that_no_longer_fits_is_internal() {
    let schema = schema_of::<Creature>();
    let mut values = encode(&creature(), &schema).unwrap().values().to_vec();
    values[2] = Value::Int(1_000);
    let row = Row::new(values);
    for error in [
        decode::<Creature>(&row, &schema).unwrap_err(),
        overlay::<Creature>(&schema, "{}", Overlay::Update(&row)).unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Internal, "the server failed")
        );
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(
            source.starts_with("`creature.hunger` as stored: "),
            "{source}"
        );
    }
}

#[test]
fn a_field_skipped_when_none_is_null() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Note {
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        id: String,
        #[serde(skip)]
        cached: u8,
    }
    resource!(Note: String, "note", [Field::new("text"), Field::new("id").id()]);
    let schema = schema_of::<Note>();
    let note = Note {
        text: None,
        id: "n".into(),
        cached: 0,
    };
    let row = encode(&note, &schema).unwrap();
    assert_eq!(row.values(), [Value::Null, Value::Text("n".into())]);
    assert_eq!(json(&schema, &row), r#"{"text":null,"id":"n"}"#);
    assert_eq!(decode::<Note>(&row, &schema).unwrap(), note);
}

#[test]
fn scan_finds_depth_and_the_first_unsafe_integer() {
    #[track_caller]
    fn check(text: &str, depth: usize, unsafe_integer: Option<(usize, &str)>) {
        let at = unsafe_integer.map(|(at, _)| at);
        assert_eq!(
            scan(text),
            Scan {
                depth,
                unsafe_integer: at
            },
            "{text}"
        );
        if let Some((at, path)) = unsafe_integer {
            assert_eq!(path_at(text, at), path, "{text}");
        }
    }
    check("1", 0, None);
    check(r#""[99999999999999999""#, 0, None);
    check("9007199254740991", 0, None);
    check("9007199254740992", 0, Some((0, "")));
    check(
        "[-9007199254740991,-9007199254740992]",
        1,
        Some((19, "[1]")),
    );
    check("[90071992547409920.5,1e40,12345678901234567890e1]", 1, None);
    check(
        r#"{"a":{"b":[1,{"c" : 10000000000000000}]}}"#,
        4,
        Some((20, "a.b[1].c")),
    );
    let key = "k".repeat(200);
    check(
        &format!(r#"{{"{key}{key}":{{"a":10000000000000000}}}}"#),
        2,
        Some((409, &format!("{key}.a"))),
    );
    check(
        r#"["99999999999999999","\"[{99999999999999999",{}]"#,
        2,
        None,
    );
    check(
        r#"{"a\"}":"x,y","b":[[],[1,18446744073709551616]]}"#,
        3,
        Some((25, "b[1][1]")),
    );
}

#[test]
fn a_string_without_escapes_is_read_as_it_stands() {
    for text in ["", "c0", "é", "[1]"] {
        let json = format!("\"{text}\"");
        assert_eq!(plain_text(&json), Some(text));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
    for other in [
        r#""\u0000""#,
        r#""\"""#,
        r#""a\\""#,
        "1",
        "null",
        r#"["a"]"#,
    ] {
        assert_eq!(plain_text(other), None, "{other}");
    }
}

#[test]
fn fields_takes_an_object_apart_without_reading_what_is_in_it() {
    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        assert_eq!(fields(text).collect::<Vec<_>>(), expected, "{text}");
    }
    check("{}", &[]);
    check("{ }", &[]);
    check(r#"{"a":1}"#, &[("a", "1")]);
    check(
        r#"{"a":"x,y","b":-1.5e3,"c":null,"d":true}"#,
        &[
            ("a", r#""x,y""#),
            ("b", "-1.5e3"),
            ("c", "null"),
            ("d", "true"),
        ],
    );
    check(
        "{ \"a\" :\t[1, {\"b\" : [false]}]\n,\r\"c\" : {\"}\":\"]\"} }",
        &[("a", "[1, {\"b\" : [false]}]"), ("c", "{\"}\":\"]\"}")],
    );
    check(
        r#"{"a\"}":"\\","ü":"{","a\"}":[]}"#,
        &[(r#"a\"}"#, r#""\\""#), ("ü", r#""{""#), (r#"a\"}"#, "[]")],
    );
}

#[test]
fn what_is_no_object_has_no_fields() {
    for text in ["", "1", "null", r#""""#, r#""{""#, r#"[{"a":1}]"#] {
        assert_eq!(fields(text).next(), None, "{text}");
    }
}
