//! Fields that nobody knows, inside nested values.

use super::*;

/// A resource with nested values of each kind that serde reads in its own way.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Figure {
    id: String,
    #[serde(default)]
    pos: Place,
    #[serde(default)]
    path: Vec<Place>,
    #[serde(default)]
    shape: Option<Shape>,
    #[serde(default)]
    notes: Value,
}

#[derive(Default, Serialize, Deserialize, JsonSchema)]
struct Place {
    x: u8,
    y: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Shape {
    Point,
    Circle { radius: u8, centre: Place },
}

#[remote]
impl Figure {
    #[remote(read)]
    fn fits(shape: Shape, within: Vec<Place>, so: Option<Value>) -> bool {
        let _ = (shape, so);
        within.is_empty()
    }
}

async fn figures() -> (TestApp, Pair) {
    let app = crate::support::app(|app| app.resource::<Figure>()).await;
    let seed = json!({ "id": "one", "notes": { "any": { "thing": 1 } } });
    let pair = Pair::new(&app, "figure", seed).await;
    (app, pair)
}

fn unknown<'a>(path: &'a str, message: &'a str) -> (&'a str, &'a str, &'a str) {
    (path, "unknown_field", message)
}

#[tokio::test]
async fn unknown_fields_inside_are_refused_by_their_paths() {
    let (_app, pair) = figures().await;
    let place = "is unknown; expected one of: x, y";
    for (action, id) in [("create", "two"), ("update", "one"), ("replace", "one")] {
        let payload = json!({
            "id": id,
            "pos": { "x": 1, "y": 2, "z": 3 },
            "path": [{ "x": 1, "y": 2 }, { "x": 1, "y": 2, "__proto__": {} }],
            "notes": { "of": ["any", { "kind": 1 }] },
        });
        let refused = invalid(&[unknown("path[1].__proto__", place), unknown("pos.z", place)]);
        pair.refuses(json!(["figure", action, payload]), refused)
            .await;
        let payload = json!({ "id": id, "shape": { "type": "point", "radius": 1 } });
        let refused = invalid(&[unknown("shape.radius", "is unknown; expected one of: type")]);
        pair.refuses(json!(["figure", action, payload]), refused)
            .await;
    }
}

#[tokio::test]
async fn unknown_fields_inside_variants_are_refused_by_their_paths() {
    let pair = pair().await;
    let payload =
        json!({ "id": "cy", "name": "Cy", "kind": { "dragon": { "wings": 2, "colour": "red" } } });
    let refused = invalid(&[unknown(
        "kind.dragon.colour",
        "is unknown; expected one of: wings",
    )]);
    pair.refuses(json!(["creature", "create", payload]), refused)
        .await;
}

#[tokio::test]
async fn unknown_fields_inside_arguments_are_refused_with_all_else() {
    let (_app, pair) = figures().await;
    let place = "is unknown; expected one of: x, y";
    let centre = json!({ "x": 1, "y": 1, "z": 1 });
    let arguments = json!({
        "shape": { "type": "circle", "radius": 1, "centre": centre },
        "within": [{ "x": 1, "y": 300, "z": 1 }],
        "so": { "any": "thing" },
        "more": 1,
    });
    let refused = invalid(&[
        unknown("more", "is unknown; expected one of: shape, within, so"),
        unknown("shape.centre.z", place),
        (
            "within[0].y",
            "out_of_range",
            "expected an integer from 0 to 255, found 300",
        ),
        unknown("within[0].z", place),
    ]);
    pair.refuses(json!(["figure", "fits", arguments]), refused)
        .await;
}
