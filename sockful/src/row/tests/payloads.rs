//! Payloads laid over stored rows.

use super::*;
use crate::error::ErrorKind;
use crate::row::Value;

fn stored() -> (Schema, Row) {
    let schema = schema_of::<Creature>();
    let row = encode(&creature(), &schema).unwrap();
    (schema, row)
}

#[track_caller]
fn check_error(payload: &str, how: Overlay<'_>, expect: &str) {
    let (schema, _) = stored();
    let error = overlay::<Creature>(&schema, payload, how).unwrap_err();
    assert_eq!(
        (error.kind(), lines(&error).as_str()),
        (ErrorKind::Unprocessable, expect)
    );
    let text = serde_json::to_string(&error).unwrap();
    for word in ["struct", "Pos", "Label", "u8"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

const NEW: Overlay<'_> = Overlay::Create {
    id: None,
    from_client: false,
    set: &[],
};

#[test]
fn create_takes_defaults_and_the_servers_id() {
    let (schema, _) = stored();
    let id = Value::Text("made".into());
    let how = Overlay::Create {
        id: Some(&id),
        from_client: true,
        set: &[],
    };
    let payload = r#"{"pos":{"x":1,"y":2},"nature":"bold","name":"Mo","hunger":1,"gold":"18"}"#;
    let made: Creature = overlay(&schema, payload, how).unwrap();
    let expect = Creature {
        id: "made".into(),
        name: "Mo".into(),
        hunger: 1,
        speed: None,
        born: None,
        kind: Nature::Bold,
        pos: Pos { x: 1.0, y: 2.0 },
        labels: Vec::new(),
        health: 100,
        gold: 18,
        secret: None,
    };
    assert_eq!(made, expect);

    let chosen =
        payload
            .replace('{', r#"{"id":"mine","#)
            .replacen(r#"{"id":"mine","x""#, r#"{"x""#, 1);
    let how = Overlay::Create {
        id: Some(&id),
        from_client: false,
        set: &[],
    };
    let made: Creature = overlay(&schema, &chosen, how).unwrap();
    assert_eq!(made.id, "mine");
    check_error(
        &chosen,
        Overlay::Create {
            id: Some(&id),
            from_client: true,
            set: &[],
        },
        "id read_only: is chosen by the server",
    );
}

#[test]
fn update_changes_what_is_named_and_nothing_else() {
    let (schema, row) = stored();
    let payload =
        r#"{"id":"ignored","hunger":9,"speed":null,"gold":3,"born":"2026-01-01T01:00:00+01:00"}"#;
    let updated: Creature = overlay(&schema, payload, Overlay::Update(&row)).unwrap();
    let expect = Creature {
        hunger: 9,
        speed: None,
        gold: 3,
        born: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        ..creature()
    };
    assert_eq!(updated, expect);
    let same: Creature = overlay(&schema, "{}", Overlay::Update(&row)).unwrap();
    assert_eq!(same, creature());
}

#[test]
fn replace_keeps_only_the_id_and_private_fields() {
    let (schema, row) = stored();
    let payload = r#"{"name":"Flo","hunger":0,"nature":"bold","pos":{"x":0,"y":0}}"#;
    let replaced: Creature = overlay(&schema, payload, Overlay::Replace(&row)).unwrap();
    assert_eq!((replaced.id.as_str(), replaced.secret), ("c1", Some(42)));
    assert_eq!(
        (replaced.health, replaced.born, replaced.labels.len()),
        (100, None, 0)
    );
    check_error(
        r#"{"name":"Flo"}"#,
        Overlay::Replace(&row),
        "hunger required: is required\nnature required: is required\npos required: is required",
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    let known = "is unknown; expected one of: id, name, hunger, speed, born, nature, pos, labels, health, gold";
    check_error(
        r#"{"name":5,"hunger":-1,"secret":1,"nature":"wild","speed":"fast","speed":1,"__proto__":{},
            "pos":[1,"a"],"born":"soon","gold":9007199254740993,"id":"x"}"#,
        NEW,
        &format!(
            "__proto__ unknown_field: {known}\n\
             born wrong_type: expected a time in RFC 3339, such as 2026-11-21T12:00:00Z\n\
             gold unsafe_integer: is beyond ±9007199254740991: send it as decimal text\n\
             hunger out_of_range: expected an integer from 0 to 255, found -1\n\
             name wrong_type: expected text, found 5\n\
             nature unknown_variant: is unknown; expected one of: shy, bold\n\
             pos wrong_type: expected an object, found a list\n\
             secret unknown_field: {known}\n\
             speed wrong_type: expected a number, found text\n\
             speed duplicate_field: is given twice"
        ),
    );
}

#[test]
fn a_private_field_is_as_unknown_as_any() {
    let (schema, row) = stored();
    for how in [NEW, Overlay::Update(&row), Overlay::Replace(&row)] {
        let answer = |name: &str| {
            let error =
                overlay::<Creature>(&schema, &format!(r#"{{"{name}":1}}"#), how).unwrap_err();
            serde_json::to_string(&error).unwrap().replace(name, "it")
        };
        assert_eq!(answer("secret"), answer("sacred"));
    }
}

#[test]
fn missing_fields_are_listed_together() {
    check_error(
        "{}",
        NEW,
        "hunger required: is required\nid required: is required\nname required: is required\n\
         nature required: is required\npos required: is required",
    );
}

#[test]
fn nested_mistakes_have_paths() {
    let (_, row) = stored();
    let how = Overlay::Update(&row);
    check_error(
        r#"{"labels":[{"text":"a","hue":256,"weight":1},{"text":1,"hue":"red","weight":1.5},{"hue":1}]}"#,
        how,
        "labels[0].hue out_of_range: expected an integer from 0 to 255, found 256\n\
         labels[1].hue wrong_type: expected an integer from 0 to 255, found text\n\
         labels[1].text wrong_type: expected text, found 1\n\
         labels[1].weight wrong_type: expected an integer, found 1.5\n\
         labels[2].text required: is required\n\
         labels[2].weight required: is required",
    );
    check_error(
        r#"{"labels":[{"text":"a","text":"b","hue":1,"weight":1}],"pos":5}"#,
        how,
        "labels[0].text duplicate_field: is given twice\npos wrong_type: expected an object, found 5",
    );
    check_error(
        r#"{"labels":[{"text":"a","hue":1,"weight":1,"colour":1}],"name":null}"#,
        how,
        "labels[0].colour unknown_field: is unknown; expected one of: text, hue, weight\n\
         name wrong_type: expected text, found null",
    );
}

#[test]
fn a_bigint_is_text_or_a_safe_integer() {
    let (schema, row) = stored();
    let gold = |payload: &str| {
        overlay::<Creature>(&schema, payload, Overlay::Update(&row)).map(|it| it.gold)
    };
    assert_eq!(
        gold(r#"{"gold":"9223372036854775807"}"#).unwrap(),
        i64::MAX as u64
    );
    assert_eq!(gold(r#"{"gold":9007199254740991}"#).unwrap(), (1 << 53) - 1);
    for (payload, expect) in [
        (
            r#"{"gold":"-1"}"#,
            "gold out_of_range: expected an integer from 0, found -1",
        ),
        (
            r#"{"gold":"+1"}"#,
            "gold wrong_type: expected an integer as decimal text, found other text",
        ),
        (
            r#"{"gold":"01"}"#,
            "gold wrong_type: expected an integer as decimal text, found other text",
        ),
        (
            r#"{"gold":1.0}"#,
            "gold wrong_type: expected an integer as decimal text, found 1",
        ),
        (
            r#"{"gold":null}"#,
            "gold wrong_type: expected an integer as decimal text, found null",
        ),
    ] {
        assert_eq!(lines(&gold(payload).unwrap_err()), expect);
    }
}

#[test]
fn a_payload_that_is_no_object_is_a_bad_request() {
    let (schema, _) = stored();
    for (payload, message) in [
        ("[]", "expected an object"),
        ("null", "expected an object"),
        (r#""x""#, "expected an object"),
        ("{", "is not valid JSON"),
        ("{} {}", "is not valid JSON"),
    ] {
        let error = overlay::<Creature>(&schema, payload, NEW).unwrap_err();
        assert_eq!(
            (error.kind(), error.reason_text()),
            (ErrorKind::BadRequest, "invalid_payload")
        );
        assert_eq!(error.message(), message);
    }
}

#[test]
fn an_answer_does_not_grow_with_a_hostile_payload() {
    let (schema, _) = stored();
    let keys: Vec<_> = (0..5_000)
        .map(|key| format!(r#""{key}{}":1"#, "x".repeat(500)))
        .collect();
    let payload = format!("{{{}}}", keys.join(","));
    let error = overlay::<Creature>(&schema, &payload, NEW).unwrap_err();
    assert!(serde_json::to_string(&error).unwrap().len() < 64 << 10);
}

#[test]
fn a_field_that_only_serde_requires_is_named() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Sly {
        id: String,
        #[schemars(default)]
        size: u8,
    }
    resource!(Sly: String, "sly", [Field::new("id").id(), Field::new("size")]);
    let error = overlay::<Sly>(&schema_of::<Sly>(), r#"{"id":"s"}"#, NEW).unwrap_err();
    assert_eq!(lines(&error), "size required: is required");
}

#[test]
fn the_place_inside_a_tagged_enum_is_found() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Zoo {
        id: String,
        animal: Option<Animal>,
        cages: Vec<Cage>,
    }
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Animal {
        Dragon { heads: u8, name: String },
        Mouse { speed: f64 },
    }
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "t", content = "c")]
    enum Cage {
        Small(u8),
        Shared { with: Vec<Animal> },
    }
    resource!(Zoo: String, "zoo", [
        Field::new("id").id(),
        Field::new("animal"),
        Field::new("cages"),
    ]);
    let schema = schema_of::<Zoo>();
    let payload = r#"{
        "id": "z",
        "animal": { "type": "dragon", "heads": "three", "name": 7 },
        "cages": [{ "t": "Small", "c": 1 }, { "t": "Shared", "c": { "with": [{ "type": "mouse" }] } }]
    }"#;
    assert_eq!(
        lines(&overlay::<Zoo>(&schema, payload, NEW).unwrap_err()),
        "animal.heads wrong_type: expected an integer from 0 to 255, found text\n\
         animal.name wrong_type: expected text, found 7\n\
         cages[1].c.with[0].speed required: is required"
    );
    let payload = r#"{"id":"z","animal":{"type":"cat"},"cages":[]}"#;
    assert_eq!(
        lines(&overlay::<Zoo>(&schema, payload, NEW).unwrap_err()),
        "animal.type unknown_variant: is unknown; expected one of: dragon, mouse"
    );
}
