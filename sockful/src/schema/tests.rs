use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::action::{self, Answering, Args};
use crate::cx::Cx;
use crate::error::Error;
use crate::resource::{Facts, FieldFacts as Stated};
use crate::row::tests::{Creature, resource, schema_of};

#[test]
fn columns_follow_what_is_written() {
    let schema = schema_of::<Creature>();
    let columns: Vec<_> = schema
        .fields
        .iter()
        .map(|it| {
            format!(
                "{} {:?}{}",
                it.name,
                it.kind,
                if it.nullable { "?" } else { "" }
            )
        })
        .collect();
    assert_eq!(
        columns.join(" "),
        "id Text name Text hunger Int speed Float? born Time? nature Text pos Json labels Json \
         health Int gold Int secret Int?"
    );
    let required: Vec<_> = schema
        .fields
        .iter()
        .filter(|it| it.required)
        .map(|it| it.name)
        .collect();
    assert_eq!(required, ["id", "name", "hunger", "nature", "pos"]);
    assert_eq!(
        schema.fields[8].schema,
        json!({ "type": "integer", "format": "int64", "default": 100 })
    );
    assert_eq!(schema.fields[6].schema, json!({ "$ref": "#/$defs/Pos" }));
    let definitions: Vec<_> = schema.definitions.keys().collect();
    assert_eq!(definitions, ["Label", "Nature", "Pos"]);
    assert!(!format!("{:?}", schema.fields[10].schema).contains("integer"));
}

#[track_caller]
fn check_column(schema: &serde_json::Value, expect: (Kind, bool)) {
    let definitions = json!({
        "Colour": { "oneOf": [{ "const": "red", "type": "string" }, { "enum": ["blue"] }] },
        "Odd/name": { "type": "integer" },
    });
    let definitions = definitions.as_object().unwrap();
    assert_eq!(shape::column(schema, definitions), expect, "{schema}");
}

#[test]
fn columns_of_json_schemas() {
    check_column(&json!({ "type": "boolean" }), (Kind::Bool, false));
    check_column(&json!({ "type": ["integer", "null"] }), (Kind::Int, true));
    check_column(
        &json!({ "type": ["integer", "string"] }),
        (Kind::Json, false),
    );
    check_column(
        &json!({ "type": "string", "format": "date-time" }),
        (Kind::Time, false),
    );
    check_column(
        &json!({ "type": ["string", "null"], "format": "date-time" }),
        (Kind::Time, true),
    );
    check_column(
        &json!({ "type": "string", "format": "date" }),
        (Kind::Text, false),
    );
    check_column(
        &json!({ "$ref": "#/$defs/Colour", "description": "d" }),
        (Kind::Text, false),
    );
    check_column(&json!({ "$ref": "#/$defs/Odd~1name" }), (Kind::Int, false));
    check_column(&json!({ "$ref": "#/$defs/Missing" }), (Kind::Json, true));
    check_column(
        &json!({ "anyOf": [{ "$ref": "#/$defs/Colour" }, { "type": "null" }] }),
        (Kind::Text, true),
    );
    check_column(
        &json!({ "anyOf": [{ "type": "integer" }, { "type": "string" }] }),
        (Kind::Json, false),
    );
    check_column(
        &json!({ "oneOf": [{ "const": "a" }, { "type": "object" }] }),
        (Kind::Json, false),
    );
    check_column(&json!({ "enum": ["a", null] }), (Kind::Text, true));
    check_column(&json!({ "enum": [1, 2] }), (Kind::Int, false));
    check_column(&json!({ "enum": [1, "a"] }), (Kind::Json, false));
    check_column(&json!({ "type": "array" }), (Kind::Json, false));
    check_column(&json!(true), (Kind::Json, true));
    check_column(&json!({}), (Kind::Json, true));
}

#[track_caller]
fn check_problems<R: Resource + Record>(expect: &[&str]) {
    let problems = Schema::of::<R>().unwrap_err();
    assert_eq!(
        problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        expect
    );
}

#[test]
fn names_must_be_serdes() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Named {
        id: String,
        #[serde(skip_deserializing)]
        made: u8,
        #[serde(alias = "other")]
        name: String,
        #[serde(rename(serialize = "out", deserialize = "in"))]
        split: u8,
        #[serde(rename = "a.b")]
        dotted: u8,
    }
    resource!(Named: String, "named", [
        Stated::new("id").id(),
        Stated::new("made"),
        Stated::new("name"),
        Stated::new("in"),
        Stated::new("a.b"),
    ]);
    check_problems::<Named>(&[
        "named.made: is not read by serde under this name: remove `skip_deserializing` or the second \
         name, or leave the field out with `#[serde(skip)]`",
        "named.other: is read by serde, but is no field of the resource: remove `alias`, and use one \
         name for reading and writing",
        "named.a.b: queries could not name this field: remove `.` and a leading `$` from its name",
        "named.made: is not described by schemars under this name: remove `#[schemars(skip)]` and \
         `#[schemars(rename)]`",
        "named.in: is never written by serde: remove `skip_serializing`, or mark it \
         `#[resource(private)]`",
    ]);
}

#[test]
fn the_order_is_serdes() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Turned {
        id: String,
        a: u8,
        b: u8,
    }
    resource!(Turned: String, "turned", [Stated::new("id").id(), Stated::new("b"), Stated::new("a")]);
    check_problems::<Turned>(&["turned: serde reads the fields in another order: id, a, b"]);
}

#[test]
fn words_must_fit_their_fields() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Wrong {
        #[schemars(with = "Option<String>")]
        id: String,
        big: f64,
        list: Vec<u8>,
        map: Vec<u8>,
        hidden: u8,
    }
    resource!(Wrong: String, "wrong", [
        Stated::new("id").id(),
        Stated::new("big"),
        Stated::new("list").index(),
        Stated::new("map").unique(),
        Stated::new("hidden").private(|record, column| column.write(&record.hidden)),
    ]);
    check_problems::<Wrong>(&[
        "wrong.id: an id is never null: remove the `Option`",
        "wrong.list: `index` needs a plain value, but this is nested: give the part that matters its \
         own field",
        "wrong.map: `unique` needs a plain value, but this is nested: give the part that matters its \
         own field",
        "wrong.hidden: clients never send a private field, so it needs a default: add \
         `#[serde(default)]`",
    ]);
}

#[test]
fn a_default_that_cannot_be_kept_is_refused() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Secretive {
        id: String,
        #[serde(default)]
        share: f64,
    }
    resource!(Secretive: String, "secretive", [
        Stated::new("id").id(),
        Stated::new("share")
            .private(|record: &Secretive, column| column.write(&record.share))
            .default_value(|column| column.write(&f64::NAN)),
    ]);
    check_problems::<Secretive>(&["secretive.share: has a default that cannot be kept: \
        field `share` is not a finite number"]);
}

#[test]
fn an_older_record_holds_what_serde_or_the_facts_say() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Grown {
        id: String,
        #[serde(default)]
        count: u8,
        #[serde(default)]
        note: Option<String>,
        #[serde(default = "half")]
        share: f64,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default = "half", skip_serializing)]
        secret: f64,
    }
    fn half() -> f64 {
        0.5
    }
    resource!(Grown: String, "grown", [
        Stated::new("id").id(),
        Stated::new("count"),
        Stated::new("note"),
        Stated::new("share"),
        Stated::new("tags"),
        Stated::new("secret")
            .private(|record: &Grown, column| column.write(&record.secret))
            .default_value(|column| column.write(&half())),
    ]);
    let schema = schema_of::<Grown>();
    let defaults: Vec<_> = schema.fields.iter().map(|it| it.default.clone()).collect();
    let expect = [
        None,
        Some(Value::Int(0)),
        None,
        Some(Value::Float(0.5)),
        Some(Value::Json("[]".into())),
        Some(Value::Float(0.5)),
    ];
    assert_eq!(defaults, expect);
}

#[test]
fn an_id_is_text_or_an_integer() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Measured {
        #[schemars(with = "f64")]
        id: String,
    }
    resource!(Measured: String, "measured", [Stated::new("id").id()]);
    check_problems::<Measured>(&["measured.id: an id is text or an integer, but this is a number"]);
}

#[test]
fn a_record_is_a_struct_with_an_id() {
    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    #[serde(transparent)]
    struct Thin {
        id: String,
    }
    resource!(Thin: String, "thin", []);
    check_problems::<Thin>(&[
        "thin: must be read by serde as a struct with named fields: derive `Deserialize`",
        "thin: has no id: name a field `id`, or mark one `#[resource(id)]`",
    ]);
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Tree {
    id: String,
    branches: Vec<Branch>,
    #[serde(default, skip_serializing)]
    rings: Rings,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
struct Branch {
    #[serde(default)]
    leaves: u32,
    inner: Vec<Self>,
}

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
struct Rings {
    count: u8,
}

fn answer<'a>(_: &'a Cx, _: Args<'a>) -> Answering<'a> {
    Box::pin(async { Err(Error::not_found("never called")) })
}

fn answer_member<'a>(_: &'a mut Tree, cx: &'a Cx, args: Args<'a>) -> Answering<'a> {
    answer(cx, args)
}

impl Resource for Tree {
    type Key = String;
    const ACCESS: Access = Access::Authenticated;
    const FACTS: &'static Facts<Self> = &Facts {
        name: "tree",
        table: "tree",
        docs: "Grows.",
        policy: None,
        validate: None,
        hooks: None,
        key: |record| &record.id,
        fields: const {
            &[
                Stated::new("id").id(),
                Stated::new("branches"),
                Stated::new("rings").private(|record, column| column.write(&record.rings)),
            ]
        },
        actions: const {
            &[
                action::ActionFacts::update("grow", answer_member)
                    .arguments(
                        const {
                            &[
                                action::ArgumentFacts::new(
                                    "by",
                                    Some(|it| it.subschema_for::<Branch>()),
                                ),
                                action::ArgumentFacts::new(
                                    "to",
                                    Some(|it| it.subschema_for::<Option<u8>>()),
                                ),
                                action::ArgumentFacts::new(
                                    "so",
                                    Some(|it| it.subschema_for::<u8>()),
                                )
                                .default(),
                                action::ArgumentFacts::new("at", None),
                            ]
                        },
                    )
                    .docs("Grows it."),
                action::ActionFacts::collection("tallest", answer)
                    .returns(Some(|it| it.subschema_for::<Vec<Self>>()))
                    .read_only(),
            ]
        },
    };
}

#[test]
fn actions_are_described_by_what_they_read_and_answer() {
    let schema = schema_of::<Tree>();
    let [grow, tallest] = schema.actions.as_slice() else {
        panic!("{:?}", schema.actions)
    };
    assert_eq!(
        (grow.member, grow.effect, grow.docs),
        (true, action::Effect::Mutation, "Grows it.")
    );
    let required: Vec<_> = grow
        .arguments
        .iter()
        .map(|it| (it.name, it.required))
        .collect();
    assert_eq!(
        required,
        [("by", true), ("to", false), ("so", false), ("at", true)]
    );
    assert_eq!(
        grow.arguments[0].schema,
        Some(json!({ "$ref": "#/$defs/Branch" }))
    );
    assert_eq!(
        (tallest.member, tallest.effect),
        (false, action::Effect::Read)
    );
    let answer = json!({ "type": "array", "items": { "$ref": "#/$defs/Tree" } });
    assert_eq!(tallest.returns, Some(answer));
}

#[test]
fn definitions_are_kept_once_for_each_direction_and_without_private_fields() {
    let schema = schema_of::<Tree>();
    let names: Vec<_> = schema.definitions.keys().collect();
    assert_eq!(names, ["Branch", "BranchOutput", "Tree"]);
    assert_eq!(schema.definitions["Branch"]["required"], json!(["inner"]));
    assert_eq!(
        schema.definitions["BranchOutput"]["required"],
        json!(["leaves", "inner"])
    );
    let inner = &schema.definitions["BranchOutput"]["properties"]["inner"];
    assert_eq!(inner["items"]["$ref"], "#/$defs/BranchOutput");
    let branches = &schema.definitions["Tree"]["properties"]["branches"];
    assert_eq!(branches["items"]["$ref"], "#/$defs/BranchOutput");
    assert!(!format!("{:?} {:?}", schema.definitions, schema.fields[0].schema).contains("ings"));
}
