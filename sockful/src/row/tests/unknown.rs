//! Unknown fields inside nested values.

use std::collections::BTreeMap;

use super::*;
use crate::row::Value;

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Zoo {
    id: String,
    #[serde(default)]
    pos: Option<Place>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    tagged: Option<Tagged>,
    #[serde(default)]
    beside: Option<Beside>,
    #[serde(default)]
    either: Option<Either>,
    #[serde(default)]
    flat: Option<Flat>,
    #[serde(default)]
    open: Option<Open>,
    #[serde(default)]
    named: BTreeMap<String, Place>,
    #[serde(default)]
    any: serde_json::Value,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Place {
    x: u8,
    #[serde(default, alias = "why")]
    y: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Tag {
    text: String,
    #[serde(default)]
    at: Option<Box<Place>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Ghost,
    Dragon { wings: u8 },
    At(Place),
    Pair(u8, Place),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Tagged {
    Nothing,
    Line { length: u8, end: Option<Place> },
    At(Place),
    Group { of: Vec<Self> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Beside {
    At(Place),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Either {
    Circle { r: u8 },
    Rect { w: u8, h: u8 },
    Square { w: u8 },
    Words(Vec<String>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Flat {
    own: Place,
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    tagged: Tagged,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Open {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

resource!(Zoo: String, "zoo", [
    Field::new("id").id(),
    Field::new("pos"),
    Field::new("tags"),
    Field::new("kind"),
    Field::new("tagged"),
    Field::new("beside"),
    Field::new("either"),
    Field::new("flat"),
    Field::new("open"),
    Field::new("named"),
    Field::new("any"),
]);

fn lay(fields: &str) -> Result<Zoo, Error> {
    let how = Overlay::Create {
        id: None,
        from_client: true,
        set: &[],
    };
    overlay(
        &schema_of::<Zoo>(),
        &format!(r#"{{"id":"z",{fields}}}"#),
        how,
    )
}

#[track_caller]
fn accepted(fields: &str) {
    if let Err(error) = lay(fields) {
        panic!("{fields}: {}", lines(&error));
    }
}

/// `pos.z: x, y` for an unknown field, the names in the order of the alphabet.
fn shortened(line: &str) -> String {
    let Some((path, known)) = line.split_once(" unknown_field: is unknown; expected one of: ")
    else {
        return line.to_owned();
    };
    let mut known: Vec<_> = known.split(", ").collect();
    known.sort_unstable();
    format!("{path}: {}", known.join(", "))
}

#[track_caller]
fn refused(fields: &str, expect: &[&str]) {
    let told = lines(&lay(fields).expect_err(fields));
    let told: Vec<_> = told.lines().map(shortened).collect();
    assert_eq!(told, expect, "{fields}");
}

#[test]
fn of_structs() {
    accepted(r#""pos":{"x":1,"y":2}"#);
    refused(r#""pos":{"x":1,"z":2}"#, &["pos.z: why, x, y"]);
    refused(
        r#""tags":[{"text":"a"},{"text":"b","at":{"x":1,"X":1},"":1}]"#,
        &["tags[1].: at, text", "tags[1].at.X: why, x, y"],
    );
}

#[test]
fn of_variants() {
    accepted(r#""kind":"ghost""#);
    accepted(r#""kind":{"pair":[1,{"x":1}]}"#);
    refused(
        r#""kind":{"dragon":{"wings":2,"colour":1}}"#,
        &["kind.dragon.colour: wings"],
    );
    refused(r#""kind":{"at":{"x":2,"z":1}}"#, &["kind.at.z: why, x, y"]);
    refused(
        r#""kind":{"pair":[1,{"x":2,"z":1}]}"#,
        &["kind.pair[1].z: why, x, y"],
    );
}

#[test]
fn of_variants_with_a_tag_inside() {
    accepted(r#""tagged":{"type":"nothing"}"#);
    accepted(r#""tagged":{"length":1,"type":"line"}"#);
    refused(
        r#""tagged":{"type":"nothing","length":1}"#,
        &["tagged.length: type"],
    );
    refused(
        r#""tagged":{"type":"line","length":1,"end":{"x":1,"z":1},"colour":1}"#,
        &["tagged.colour: end, length, type", "tagged.end.z: x, y"],
    );
    refused(
        r#""tagged":{"type":"at","x":1,"z":1}"#,
        &["tagged.z: type, x, y"],
    );
    refused(
        r#""tagged":{"type":"group","of":[{"type":"nothing"},{"type":"at","x":1,"length":1}]}"#,
        &["tagged.of[1].length: type, x, y"],
    );
}

#[test]
fn of_variants_with_a_tag_beside_in_either_order() {
    accepted(r#""beside":{"c":{"x":1},"t":"At"}"#);
    for fields in [
        r#""beside":{"t":"At","c":{"x":1,"z":1}}"#,
        r#""beside":{"c":{"x":1,"z":1},"t":"At"}"#,
    ] {
        let told = lines(&lay(fields).expect_err(fields));
        assert!(told.starts_with("beside.c.z unknown_field"), "{told}");
    }
    refused(
        r#""beside":{"t":"At","c":{"x":1},"d":1}"#,
        &["beside.d: c, t"],
    );
}

#[test]
fn of_variants_without_a_tag_unless_one_knows_them_all() {
    accepted(r#""either":{"r":1}"#);
    accepted(r#""either":{"w":1,"h":1}"#);
    accepted(r#""either":["w"]"#);
    refused(r#""either":{"r":1,"colour":1}"#, &["either.colour: r"]);
    refused(r#""either":{"w":1,"colour":1}"#, &["either.colour: w"]);
    // Two forms fit; neither knows all three.
    let told = lines(&lay(r#""either":{"r":1,"w":1,"h":1}"#).unwrap_err());
    assert!(told.starts_with("either.r unknown_field"), "{told}");
}

#[test]
fn of_flattened_structs() {
    accepted(r#""flat":{"own":{"x":1,"why":1},"x":1,"y":2,"type":"line","length":3}"#);
    refused(
        r#""flat":{"own":{"x":1,"z":1},"x":1,"type":"line","length":3,"z":1}"#,
        &[
            "flat.own.z: why, x, y",
            "flat.z: end, length, own, type, x, y",
        ],
    );
}

#[test]
fn a_type_that_collects_the_rest_takes_any_key() {
    accepted(r#""open":{"name":"a","b":1,"c":2}"#);
    accepted(r#""named":{"a":{"x":1},"b":{"x":1}}"#);
    accepted(r#""any":{"a":{"b":[{"c":1}]}}"#);
    refused(r#""named":{"a":{"x":1,"z":1}}"#, &["named.a.z: why, x, y"]);
}

#[test]
fn a_list_is_no_struct() {
    let told = "wrong_type: expected an object, found a list";
    accepted(r#""kind":{"pair":[1,{"x":1}]}"#);
    accepted(r#""either":["a list of words"]"#);
    for (fields, path) in [
        (r#""pos":[1,2]"#, "pos"),
        (r#""tags":[["a"]]"#, "tags[0]"),
        (r#""named":{"a":[1,2]}"#, "named.a"),
        (r#""kind":{"dragon":[2]}"#, "kind.dragon"),
        (r#""kind":{"at":[1,2]}"#, "kind.at"),
        (r#""kind":{"pair":[1,[1,2]]}"#, "kind.pair[1]"),
        // What serde reads out of sight.
        (r#""either":[1]"#, "either"),
        (r#""beside":["At",{"x":1}]"#, "beside"),
        (r#""tagged":["nothing"]"#, "tagged"),
        (
            r#""tagged":{"type":"line","length":1,"end":[1,2]}"#,
            "tagged.end",
        ),
        (r#""beside":{"c":[1,2],"t":"At"}"#, "beside.c"),
        (r#""flat":{"own":[1,2],"x":1,"type":"nothing"}"#, "flat.own"),
        (
            r#""flat":{"own":{"x":1},"x":1,"type":"line","length":3,"end":[1,2]}"#,
            "flat.end",
        ),
    ] {
        refused(fields, &[&format!("{path} {told}")]);
    }
}

#[test]
fn are_told_with_all_other_mistakes() {
    refused(
        r#""pos":{"x":"one","z":1},"tagged":{"type":"at","x":1,"z":1},"colour":1,"either":{"r":1}"#,
        &[
            "colour: any, beside, either, flat, id, kind, named, open, pos, tagged, tags",
            "pos.x wrong_type: expected an integer from 0 to 255, found text",
            "pos.z: why, x, y",
            "tagged.z: type, x, y",
        ],
    );
}

#[test]
fn a_stored_row_may_hold_fields_that_its_type_has_lost() {
    let schema = schema_of::<Zoo>();
    let zoo = lay(r#""pos":{"x":1},"tagged":{"type":"nothing"}"#).unwrap();
    let mut values = encode(&zoo, &schema).unwrap().values().to_vec();
    values[1] = Value::Json(r#"{"x":1,"lost":true}"#.into());
    values[4] = Value::Json(r#"{"type":"nothing","lost":true}"#.into());
    let row = Row::new(values);
    assert_eq!(decode::<Zoo>(&row, &schema).unwrap(), zoo);
    let updated: Zoo = overlay(&schema, r#"{"tags":[]}"#, Overlay::Update(&row)).unwrap();
    assert_eq!(updated, zoo);
}
