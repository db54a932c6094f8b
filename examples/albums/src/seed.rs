//! A few albums, for a file that has none.

use sockful::prelude::*;

use crate::music::{Album, Note, Song};

/// Title, year, and the songs with their lengths in seconds.
type Seed = (&'static str, u16, &'static [(&'static str, u32)]);

const ALBUMS: [Seed; 2] = [
    (
        "Ill Communication",
        1994,
        &[("Sure Shot", 199), ("Root Down", 212), ("Sabotage", 178)],
    ),
    (
        "Paul's Boutique",
        1989,
        &[("Shake Your Rump", 199), ("Shadrach", 247)],
    ),
];

/// Plants them, all or none.
pub(crate) async fn plant(cx: &Cx) -> Result<()> {
    if cx.count(Album::query()).await? > 0 {
        return Ok(());
    }
    let mut planted = cx.changeset();
    for (title, year, songs) in ALBUMS {
        let id = title.split(' ').next().unwrap_or(title);
        planted = planted.create(Album {
            id: id.to_owned(),
            title: title.to_owned(),
            year,
        });
        for (title, seconds) in songs {
            let song = Song {
                id: Id::new(),
                album_id: id.to_owned(),
                title: (*title).to_owned(),
                seconds: *seconds,
            };
            let note = Note {
                id: Id::new(),
                song_id: song.id,
                text: format!("{title} is a classic"),
            };
            planted = planted.create(song).create(note);
        }
    }
    planted.commit().await?;
    Ok(())
}
