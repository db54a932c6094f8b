//! Bytes of the database that something else has written.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;

use fastrand::Rng;
use serde_json::{Value, json};
use sockful::Value::Text;
use sockful::prelude::*;
use sockful::store::Store;
use sockful::testing::{TestApp, TestClient};

use super::{holding, refused, written};
use crate::sqlite::{Database, Note, stranger};

const NOTES: usize = 300;
const PAGE: usize = 4_096;

/// What a client may be told of a damaged database.
#[derive(Debug, Default)]
struct Told {
    refusals: usize,
    errors: usize,
    right: usize,
    /// Records that were there and are not found.
    missing: usize,
}

impl Told {
    /// Opens the database and asks for everything in several ways.
    async fn ask(&mut self, database: &Database) {
        let Ok(store) = database.builder().open() else {
            return self.refusals += 1;
        };
        let app = App::builder().store(store.clone());
        let app = app.resource::<Note>().build().await;
        let Ok(app) = app else {
            return self.refusals += 1;
        };
        if let Ok(entries) = store.since(0, NOTES).await {
            self.missing += NOTES.saturating_sub(entries.len());
            for (entry, pos) in entries.iter().zip(1..) {
                let new = entry.changes[0].new.as_ref();
                let new = new.expect("nothing was destroyed");
                let id = format!("{:05}", pos - 1);
                let note = [id.clone(), format!("about {id}")].map(|it| Text(it.into()));
                assert_eq!((entry.pos, new.values()), (pos, &note[..]));
            }
        }
        let client = TestApp::new(app).anonymous();
        for id in (0..NOTES).step_by(7) {
            self.get(&client, &format!("{id:05}")).await;
        }
        for sort in [json!({ "id": 1 }), json!({ "text": -1 })] {
            let query = json!({ "$limit": 1_000, "$sort": sort });
            let all = client.call("note", "all", query).await;
            if all.is_ok() {
                let all = all.result().as_array().unwrap();
                all.iter().for_each(right);
                self.missing += NOTES.saturating_sub(all.len());
                self.right += all.len();
            } else {
                assert_eq!(refused(&all), "Internal");
                self.errors += 1;
            }
        }
        let update = json!({ "id": "00150", "text": "about 00150" });
        let update = client.call("note", "update", update).await;
        if update.is_ok() {
            right(update.result());
        } else {
            refused(&update);
        }
    }

    async fn get(&mut self, client: &TestClient, id: &str) {
        let answer = client.call("note", "get", json!(id)).await;
        if answer.is_ok() {
            assert_eq!(answer.result()["id"], id);
            right(answer.result());
            self.right += 1;
        } else if answer.error()["name"] == "NotFound" {
            self.missing += 1;
        } else {
            assert_eq!(refused(&answer), "Internal");
            self.errors += 1;
        }
    }
}

/// A record is as it was written.
#[track_caller]
fn right(record: &Value) {
    let id = record["id"].as_str().unwrap();
    assert_eq!(*record, json!({ "id": id, "text": format!("about {id}") }));
}

/// The places of the pages of each table, and of the head of the file.
fn regions(database: &Database) -> BTreeMap<String, Vec<Range<usize>>> {
    let stranger = stranger(database.file("app.db"));
    let mut statement = stranger.prepare("SELECT name, pageno FROM dbstat").unwrap();
    let pages = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)));
    let mut regions = BTreeMap::<String, Vec<_>>::new();
    for page in pages.unwrap() {
        let (name, page) = page.unwrap();
        let page = usize::try_from(page).unwrap() - 1;
        let places = regions.entry(name).or_default();
        places.push(page * PAGE..(page + 1) * PAGE);
    }
    regions.entry("head".to_owned()).or_default().push(0..100);
    regions
}

/// What was written instead of a part of a page.
#[derive(Clone, Copy, Debug)]
enum Instead {
    Noise,
    Zeros,
    /// Another page of the file.
    Other,
}

/// Damages the file once in each way for each of `rounds`, and asks.
async fn damage(size: usize, instead: &[Instead], rounds: usize) -> Told {
    let database = written(NOTES).await;
    let whole = fs::read(database.file("app.db")).unwrap();
    let mut rng = Rng::with_seed(7);
    let mut told = Told::default();
    for places in regions(&database).values() {
        for instead in instead.iter().cycle().take(rounds * instead.len()) {
            let mut damaged = whole.clone();
            let place = places[rng.usize(..places.len())].clone();
            let size = size.min(place.len());
            let start = place.start + rng.usize(..place.len() / size) * size;
            let place = &mut damaged[start..start + size];
            match instead {
                Instead::Noise => rng.fill(place),
                Instead::Zeros => place.fill(0),
                Instead::Other => {
                    let other = rng.usize(..whole.len() / PAGE) * PAGE;
                    place.copy_from_slice(&whole[other..other + size]);
                }
            }
            told.ask(&holding(&damaged)).await;
        }
    }
    assert!(
        told.refusals > 0 && told.errors > 0 && told.right > 0,
        "{told:?}"
    );
    told
}

#[tokio::test]
async fn a_page_of_noise_or_nothing_is_an_error_and_hides_no_record() {
    let told = damage(PAGE, &[Instead::Noise, Instead::Zeros], 4).await;
    assert_eq!(told.missing, 0);
}

#[tokio::test]
async fn a_sector_of_noise_or_nothing_is_never_a_wrong_record() {
    damage(512, &[Instead::Noise, Instead::Zeros], 6).await;
}

#[tokio::test]
async fn a_page_in_the_place_of_another_is_never_a_wrong_record() {
    damage(PAGE, &[Instead::Other], 6).await;
}

#[tokio::test]
async fn a_damaged_write_ahead_log_loses_what_follows_and_nothing_else() {
    let database = Database::new();
    let (app, _store) = database.notes().await;
    for id in 0..60 {
        app.system()
            .create(Note::new(format!("{id:05}")))
            .await
            .unwrap();
    }
    let [main, ahead] = ["app.db", "app.db-wal"].map(|it| fs::read(database.file(it)).unwrap());
    assert!(
        ahead.len() > 60 * PAGE,
        "nothing has moved into the database"
    );
    let mut rng = Rng::with_seed(7);
    let mut kept = Vec::new();
    for _ in 0..24 {
        let mut damaged = ahead.clone();
        let sector = rng.usize(..ahead.len() / 512) * 512;
        rng.fill(&mut damaged[sector..sector + 512]);
        let database = holding(&main);
        fs::write(database.file("app.db-wal"), damaged).unwrap();
        let (app, store) = database.notes().await;
        let log = store.log().await.unwrap();
        let entries = store.since(0, 100).await.unwrap();
        assert!(entries.iter().map(|entry| entry.pos).eq(1..=log.to));
        let client = TestApp::new(app).anonymous();
        let all = client.call("note", "all", json!({})).await;
        let all = all.result().as_array().unwrap();
        all.iter().for_each(right);
        assert_eq!(all.len() as u64, log.to);
        kept.push(log.to);
    }
    kept.sort_unstable();
    kept.dedup();
    assert!(kept.len() > 5, "{kept:?}");
}
