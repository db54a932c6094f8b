//! Records with their relatives: a hundred albums of ten songs, each with three notes, of which twenty are asked for at once.

use std::io;

use serde_json::{Value, json};

use super::work::Dialect;

const ALBUMS: usize = 100;
const SONGS: usize = 10;
const NOTES: usize = 3;

/// How many albums one request asks for.
const ASKED: usize = 20;

/// The creates of all records, parents before their children.
pub(super) fn seeds(dialect: Dialect) -> Vec<Vec<String>> {
    let create = |resource: &str, record: &Value| match dialect {
        Dialect::Sockful => json!([resource, "create", record]).to_string(),
        Dialect::Feathers => json!(["create", resource, record, {}]).to_string(),
    };
    let albums = (0..ALBUMS).map(|album| {
        let record = json!({ "id": format!("a{album:02}"), "title": "Ill Communication" });
        create("album", &record)
    });
    let songs = (0..ALBUMS * SONGS).map(|song| {
        let album = format!("a{:02}", song / SONGS);
        let record =
            json!({ "id": format!("s{song:03}"), "album_id": album, "title": "Sure Shot" });
        create("song", &record)
    });
    let notes = (0..ALBUMS * SONGS * NOTES).map(|note| {
        let song = format!("s{:03}", note / NOTES);
        let record = json!({ "id": format!("n{note:04}"), "song_id": song, "text": "loud" });
        create("note", &record)
    });
    vec![albums.collect(), songs.collect(), notes.collect()]
}

/// A request for some of the albums.
pub(super) fn request(dialect: Dialect, turn: usize) -> String {
    let from = format!("a{:02}", turn % (ALBUMS - ASKED + 1));
    let mut query = json!({ "id": { "$gte": from }, "$sort": { "id": 1 }, "$limit": ASKED });
    match dialect {
        Dialect::Sockful => {
            query["$include"] = json!(["songs.notes"]);
            json!(["album", "all", query]).to_string()
        }
        // Its resolvers add the relatives, whether anybody asks for them or not.
        Dialect::Feathers => json!(["find", "album", query]).to_string(),
    }
}

/// Whether these are the albums that were asked for, with all their songs and notes.
///
/// # Errors
/// When the request is no JSON.
pub(super) fn is_answer(request: &str, answer: &Value) -> io::Result<bool> {
    let request: Value = serde_json::from_str(request)?;
    let from = request[2]["id"]["$gte"].as_str().unwrap_or_default();
    let first = from.trim_start_matches('a').parse().unwrap_or(ALBUMS);
    let notes = |song: usize| -> Value {
        let numbers = song * NOTES..(song + 1) * NOTES;
        let note = |note: usize| json!({ "id": format!("n{note:04}"), "song_id": format!("s{song:03}"), "text": "loud" });
        numbers.map(note).collect()
    };
    let songs = |album: usize| -> Value {
        let numbers = album * SONGS..(album + 1) * SONGS;
        let song = |song: usize| {
            json!({
                "id": format!("s{song:03}"),
                "album_id": format!("a{album:02}"),
                "title": "Sure Shot",
                "notes": notes(song),
            })
        };
        numbers.map(song).collect()
    };
    let albums = (first..first + ASKED).map(|album| {
        json!({ "id": format!("a{album:02}"), "title": "Ill Communication", "songs": songs(album) })
    });
    Ok(*answer == albums.collect::<Value>())
}
