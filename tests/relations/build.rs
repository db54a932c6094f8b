//! Relations that `build()` refuses, because the compiler cannot: each with the places that are at fault.

use sockful::Bigint;

use super::*;

/// A rack of discs, with all that its discs could be reflected under.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Rack {
    #[resource(bigint)]
    #[serde(with = "Bigint")]
    id: u64,
    discs: u32,
}

#[remote]
impl Rack {
    #[remote(rename = "createDisc")]
    fn press(&self) {}

    #[remote(rename = "discs")]
    fn count_discs(&self) -> u32 {
        self.discs
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Rack, remote)]
struct Disc {
    id: String,
    #[resource(parent)]
    #[serde(with = "Bigint")]
    #[resource(bigint)]
    rack_id: u64,
}

#[remote]
impl Disc {
    #[remote(rename = "by_rack")]
    fn sorted(&self) {}
}

/// Its id of a rack is not what a rack's own is.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Rack)]
struct Label {
    id: String,
    #[resource(parent)]
    rack_id: u64,
}

type Itself = Layer;

/// Each is within another, without end.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Itself)]
struct Layer {
    id: String,
    #[resource(parent, children = "layers_of_it")]
    within_id: String,
}

async fn problems(parts: impl FnOnce(AppBuilder) -> AppBuilder) -> Vec<String> {
    let app = parts(App::builder().store(Memory::new()));
    let error = app.build().await.expect_err("the app was built");
    error
        .problems()
        .map(|problem| problem.to_string())
        .collect()
}

#[tokio::test]
async fn a_parent_is_a_resource_of_the_app() {
    let told = problems(|app| app.resource::<Song>()).await;
    assert_eq!(
        told,
        ["song.album_id: its parent `album` is no resource of the app: add it with `.resource()`"]
    );
}

#[tokio::test]
async fn what_is_reflected_has_names_of_its_own() {
    let told = problems(|app| app.resource::<Rack>().resource::<Disc>()).await;
    assert_eq!(
        told,
        [
            "rack: `createDisc`, reflected from the parent field `disc.rack_id`, is also its remote method `createDisc`; rename one",
            "rack: `discs`, reflected from the parent field `disc.rack_id`, is also its remote method `discs`; rename one",
            "rack: `discs`, reflected from the parent field `disc.rack_id`, is also its field `discs`; rename one",
            "disc: `by_rack`, reflected from the parent field `disc.rack_id`, is also its remote method `by_rack`; rename one",
        ]
    );
}

#[tokio::test]
async fn a_field_holds_the_id_of_its_parent_as_the_parent_does() {
    let told = problems(|app| app.resource::<Rack>().resource::<Label>()).await;
    assert_eq!(
        told,
        [
            "label.rack_id: is kept in another form than the id of `rack`: give both the same words, such as `bigint`"
        ]
    );
}

#[tokio::test]
async fn a_resource_that_is_its_own_parent_by_another_name_begins_somewhere() {
    let told = problems(|app| app.resource::<Layer>()).await;
    assert_eq!(
        told,
        ["layer.within_id: the first record of all has no parent: make it an `Option`"]
    );
}
