//! Migrations that somebody has written, in files with numbers.

use sockful::prelude::*;

use super::{Note, Place, notes, refused};

async fn start(place: &Place, migrations: &[(&str, &str)]) -> Result<App, String> {
    let store = place.builder().migrations(migrations.iter().copied());
    let app = || App::builder().store(store.clone().open().unwrap());
    match app().resource::<Note>().build().await {
        Ok(app) => Ok(app),
        Err(_) => Err(refused(app().resource::<Note>()).await),
    }
}

#[tokio::test]
async fn they_are_run_in_their_order_each_once() {
    let place = Place::new();
    let first = (
        "0001_runs",
        "CREATE TABLE runs (number int); INSERT INTO runs VALUES (1); SELECT ';' FROM runs",
    );
    let second = (
        "0002_more",
        "DO $$ BEGIN INSERT INTO runs VALUES (2); END $$;\n-- sockful; the end.",
    );
    for migrations in [&[first][..], &[first, second], &[first, second]] {
        start(&place, migrations).await.unwrap();
    }
    assert_eq!(
        place.ask("SELECT string_agg(number::text, ',' ORDER BY ctid) FROM runs"),
        "1,2"
    );
    let names = place.ask("SELECT string_agg(name, ',' ORDER BY name) FROM sockful_migrations");
    assert_eq!(names, "0001_runs,0002_more");
    let error = start(&place, &[second]).await.unwrap_err();
    assert!(
        error.contains("`0001_runs` was run on this database, but is not there"),
        "{error}"
    );
}

#[tokio::test]
async fn one_about_a_table_waits_until_there_is_one() {
    let place = Place::new();
    let upper = (
        "0001_upper",
        "-- sockful: only if note exists\nUPDATE note SET text = upper(text)",
    );
    start(&place, &[upper]).await.unwrap();
    {
        let (app, _store) = notes(place.builder().migrations([upper])).await;
        app.system().create(Note::new("a")).await.unwrap();
    }
    let lower = (
        "0002_lower",
        "ALTER TABLE note ADD COLUMN extra text; UPDATE note SET text = 'b'",
    );
    let app = start(&place, &[upper, lower]).await.unwrap();
    assert_eq!(
        app.system().get::<Note>(&"a".into()).await.unwrap().text,
        "b"
    );
}

#[tokio::test]
async fn one_that_fails_is_told_with_its_statement_and_changes_nothing() {
    let place = Place::new();
    let _ = place.notes().await;
    let wrong = (
        "0001_wrong",
        "CREATE TABLE made (); DELETE FROM nowhere; SELECT 1",
    );
    let error = start(&place, &[wrong]).await.unwrap_err();
    let told = "the migration `0001_wrong` failed in statement 2: relation \"nowhere\" does not exist, in: DELETE FROM nowhere";
    assert!(error.contains(told), "{error}");
    assert_eq!(
        place.ask("SELECT to_regclass('made') IS NULL, count(*) FROM sockful_migrations"),
        "t|0"
    );
    let ends = ("0001_ends", "CREATE TABLE made (); COMMIT");
    let error = start(&place, &[ends]).await.unwrap_err();
    assert!(
        error.contains("which no statement may begin or end"),
        "{error}"
    );
    assert_eq!(place.ask("SELECT to_regclass('made') IS NULL"), "t");
}
