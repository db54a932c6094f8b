// Every way to name a parent, and what becomes of its children.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Self)]
pub struct Folder {
    id: Id<Self>,
    #[resource(parent, on_destroy = cascade, child = "subfolder")]
    parent_id: Option<Id<Self>>,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Kind {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Folder)]
struct File {
    id: u64,
    #[resource(parent, unique)]
    folder_id: Id<Folder>,
    #[resource(parent = Kind, on_destroy = detach, children = "exactly", child = "exact")]
    r#type: Option<String>,
    #[resource(parent = Kind, children = "roughly", child = "type")]
    match_id: Option<String>,
    #[serde(rename = "copied_from")]
    #[resource(parent = File, on_destroy = restrict, children = "copies", child = "copy")]
    from_id: Option<u64>,
}

/// What methods and hooks have of that.
async fn relatives(cx: &Cx, file: File, folder: Folder, kind: Kind) -> Result<()> {
    let _: Folder = file.folder(cx).await?;
    let _: Option<Kind> = file.kind(cx).await?;
    let _: Option<Kind> = file.r#match(cx).await?;
    let _: Option<File> = file.from(cx).await?;
    let _: Vec<File> = file.copies(cx).await?;
    let _: Vec<File> = folder.files(cx).await?;
    let _: Vec<File> = kind.exactly(cx).await?;
    let _: Vec<File> = kind.roughly(cx).await?;
    let _: Vec<Folder> = folder.subfolders(cx).await?;
    let _: Option<Folder> = folder.parent(cx).await?;
    let file: File = kind.create_type(cx, file).await?;
    let _: File = folder.create_file(cx, file).await?;
    Ok(())
}

fn main() {
    let _ = relatives;
}
