//! The records: album → song → note.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

/// A record with songs.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
pub(crate) struct Album {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) year: u16,
}

/// One of its songs, which goes with it.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Album)]
pub(crate) struct Song {
    pub(crate) id: Id<Self>,
    #[resource(parent)]
    pub(crate) album_id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) seconds: u32,
}

/// What somebody thinks of a song.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Song)]
pub(crate) struct Note {
    pub(crate) id: Id<Self>,
    #[resource(parent)]
    pub(crate) song_id: Id<Song>,
    pub(crate) text: String,
}

#[remote]
impl Album {
    /// How long it takes to hear all of it, in seconds.
    #[remote]
    async fn length(&self, cx: &Cx) -> Result<u32> {
        let songs = self.songs(cx).await?;
        Ok(songs.iter().map(|song| song.seconds).sum())
    }
}
