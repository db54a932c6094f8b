//! Albums with songs, and songs with notes: what is asked for with relatives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Deserialize, JsonSchema, Resource, Serialize)]
#[resource(access = public)]
pub(crate) struct Album {
    id: String,
    title: String,
}

#[derive(Deserialize, JsonSchema, Resource, Serialize)]
#[resource(access = public, parent = Album)]
pub(crate) struct Song {
    id: String,
    #[resource(parent)]
    album_id: String,
    title: String,
}

#[derive(Deserialize, JsonSchema, Resource, Serialize)]
#[resource(access = public, parent = Song)]
pub(crate) struct Note {
    id: String,
    #[resource(parent)]
    song_id: String,
    text: String,
}
