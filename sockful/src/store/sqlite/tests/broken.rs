//! Foreign keys: what waits for the end of a transaction, and what the database refuses although nobody else has.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Notes, text, transaction};
use crate::resource::FieldFacts as Field;
use crate::row::tests::{resource, schema_of};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{Committed, Expect, Sqlite, Store, StoreError, Write};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Album {
    id: String,
}

resource!(Album: String, "album", [Field::new("id").id()]);

/// Each album has one.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Cover {
    id: String,
    album_id: String,
}

resource!(Cover: String, "cover", [
    Field::new("id").id(),
    Field::new("album_id").parent::<Album, String>("album", "cover", "covers").unique(),
]);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Folder {
    id: String,
    parent_id: Option<String>,
}

resource!(Folder: String, "folder", [
    Field::new("id").id(),
    Field::new("parent_id").parent::<Folder, Option<String>>("parent", "folder", "folders"),
]);

/// Somebody who may have a deputy, and a deputy of somebody: each is the other's parent.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Chief {
    id: String,
    deputy_id: Option<String>,
}

resource!(Chief: String, "chief", [
    Field::new("id").id(),
    Field::new("deputy_id").parent::<Deputy, Option<String>>("deputy", "chief", "chiefs"),
]);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Deputy {
    id: String,
    chief_id: String,
}

resource!(Deputy: String, "deputy", [
    Field::new("id").id(),
    Field::new("chief_id").parent::<Chief, String>("chief", "deputy", "deputies"),
]);

struct Kin {
    notes: Notes,
    album: Arc<Schema>,
    cover: Arc<Schema>,
    folder: Arc<Schema>,
    chief: Arc<Schema>,
    deputy: Arc<Schema>,
}

impl Kin {
    async fn open() -> Self {
        let album = Arc::new(schema_of::<Album>());
        let cover = Arc::new(schema_of::<Cover>());
        let folder = Arc::new(schema_of::<Folder>());
        let chief = Arc::new(schema_of::<Chief>());
        let deputy = Arc::new(schema_of::<Deputy>());
        let all = [&album, &cover, &folder, &chief, &deputy].map(Arc::clone);
        Self {
            notes: Notes::open_beside(&all).await,
            album,
            cover,
            folder,
            chief,
            deputy,
        }
    }

    async fn commit(&self, writes: impl Into<Vec<Write>>) -> Result<Committed, StoreError> {
        self.notes.commit(writes.into()).await
    }

    async fn count(&self, schema: &Arc<Schema>) -> u64 {
        self.notes
            .store
            .count(schema, &Default::default())
            .await
            .unwrap()
    }

    /// Does these together, in one transaction of the database.
    async fn together(&self, commits: Vec<Vec<Write>>) -> Vec<Result<Committed, StoreError>> {
        let release = self.notes.hold();
        let commits = commits.into_iter().map(|it| self.commit(it));
        let commits = futures_util::future::join_all(commits);
        let release = async {
            tokio::task::yield_now().await;
            drop(release);
        };
        tokio::join!(commits, release).0
    }
}

fn put(schema: &Arc<Schema>, expect: Expect, id: &str, parent: Option<&str>) -> Write {
    let mut row = vec![text(id)];
    if schema.fields.len() > 1 {
        row.push(parent.map_or(Value::Null, text));
    }
    Write {
        schema: schema.clone(),
        id: text(id),
        expect,
        row: Some(Row::new(row)),
    }
}

fn new(schema: &Arc<Schema>, id: &str, parent: Option<&str>) -> Write {
    put(schema, Expect::Absent, id, parent)
}

fn gone(schema: &Arc<Schema>, id: &str, rev: u64) -> Write {
    Write {
        schema: schema.clone(),
        id: text(id),
        expect: Expect::Rev(rev),
        row: None,
    }
}

fn positions(results: &[Result<Committed, StoreError>]) -> Vec<Option<u64>> {
    let positions = results.iter().map(|it| it.as_ref().ok().map(|it| it.pos));
    positions.collect()
}

#[tokio::test]
async fn a_chain_of_one_resource_comes_and_goes_whichever_end_is_first() {
    let kin = Kin::open().await;
    let folder = &kin.folder;
    for backwards in [false, true] {
        let mut chain: Vec<_> = (1..50)
            .map(|it: u32| new(folder, &it.to_string(), Some(&(it - 1).to_string())))
            .collect();
        chain.insert(0, new(folder, "0", None));
        if backwards {
            chain.reverse();
        }
        let rev = kin.commit(chain).await.unwrap().pos;
        assert_eq!(kin.count(folder).await, 50);
        let mut chain: Vec<_> = (0..50)
            .map(|it| gone(folder, &it.to_string(), rev))
            .collect();
        if backwards {
            chain.reverse();
        }
        kin.commit(chain).await.unwrap();
        assert_eq!(kin.count(folder).await, 0);
    }
}

#[tokio::test]
async fn records_that_are_each_others_parents_go_together() {
    let kin = Kin::open().await;
    let both = [new(&kin.chief, "c", None), new(&kin.deputy, "d", Some("c"))];
    let rev = kin.commit(both).await.unwrap().pos;
    let appointed = put(&kin.chief, Expect::Rev(rev), "c", Some("d"));
    let newer = kin.commit([appointed]).await.unwrap().pos;
    let both = [gone(&kin.chief, "c", newer), gone(&kin.deputy, "d", rev)];
    kin.commit(both).await.unwrap();
    assert_eq!(
        [kin.count(&kin.chief).await, kin.count(&kin.deputy).await],
        [0, 0]
    );
}

#[tokio::test]
async fn only_children_swap_their_parents() {
    let kin = Kin::open().await;
    let albums = ["1", "2"].map(|id| new(&kin.album, id, None));
    kin.commit(albums).await.unwrap();
    let covers = ["1", "2"].map(|id| new(&kin.cover, id, Some(id)));
    let rev = Expect::Rev(kin.commit(covers).await.unwrap().pos);
    let swapped = [("1", "2"), ("2", "1")].map(|(id, album)| put(&kin.cover, rev, id, Some(album)));
    kin.commit(swapped).await.unwrap();
    let cover = kin.notes.store.get(&kin.cover, &text("1")).await.unwrap();
    assert_eq!(cover.unwrap().row[1], text("2"));
}

#[tokio::test]
async fn a_commit_that_leaves_a_parent_missing_fails_alone() {
    let kin = Kin::open().await;
    let before = kin.notes.store.load();
    let results = kin
        .together(vec![
            vec![new(&kin.album, "1", None)],
            // One write, which has no savepoint.
            vec![new(&kin.cover, "1", Some("nowhere"))],
            // Two, of which the second has no parent.
            vec![
                new(&kin.album, "2", None),
                new(&kin.cover, "2", Some("nowhere")),
            ],
            vec![new(&kin.album, "3", None)],
            // Three that are out of order, of which one has no parent: seen when all is committed.
            vec![
                new(&kin.cover, "4", Some("4")),
                new(&kin.album, "4", None),
                new(&kin.cover, "5", Some("nowhere")),
            ],
            vec![gone(&kin.album, "1", 1)],
        ])
        .await;
    assert_eq!(
        positions(&results),
        [Some(1), None, None, Some(2), None, Some(3)]
    );
    for refused in [&results[1], &results[2], &results[4]] {
        assert!(
            matches!(refused, Err(StoreError::Dangling(_))),
            "{refused:?}"
        );
    }
    // What is out of order ends the transaction that it shares.
    let after = kin.notes.store.load();
    assert_eq!(after.commits - before.commits, 3);
    assert_eq!(after.transactions - before.transactions, 2);
    assert_eq!(
        [kin.count(&kin.album).await, kin.count(&kin.cover).await],
        [1, 0]
    );
    let log = kin.notes.store.since(0, 10).await.unwrap();
    assert_eq!(
        log.iter().map(|it| it.changes.len()).collect::<Vec<_>>(),
        [1, 1, 1]
    );
}

#[tokio::test]
async fn out_of_order_alone_and_without_a_parent_nothing_happens() {
    let kin = Kin::open().await;
    let writes = || {
        [
            new(&kin.cover, "4", Some("4")),
            new(&kin.album, "4", None),
            new(&kin.cover, "5", Some("nowhere")),
        ]
    };
    for _ in 0..2 {
        let refused = kin.commit(writes()).await;
        assert!(
            matches!(refused, Err(StoreError::Dangling(_))),
            "{refused:?}"
        );
    }
    assert_eq!(
        [kin.count(&kin.album).await, kin.count(&kin.cover).await],
        [0, 0]
    );
}

#[tokio::test]
async fn what_fails_out_of_order_leaves_the_keys_of_those_that_follow_as_they_were() {
    let kin = Kin::open().await;
    kin.notes.refuse_in("album").await;
    let results = kin
        .together(vec![
            vec![
                new(&kin.cover, "1", Some("bad")),
                new(&kin.album, "bad", None),
            ],
            vec![new(&kin.cover, "2", Some("nowhere"))],
            vec![new(&kin.album, "3", None)],
        ])
        .await;
    assert_eq!(positions(&results), [None, None, Some(1)]);
    assert!(
        matches!(results[0], Err(StoreError::Failed(_))),
        "{:?}",
        results[0]
    );
    assert!(
        matches!(results[1], Err(StoreError::Dangling(_))),
        "{:?}",
        results[1]
    );
}

#[tokio::test]
async fn a_parent_whose_children_are_unknown_to_the_store_stays() {
    let kin = Kin::open().await;
    let rev = kin.commit([new(&kin.album, "1", None)]).await.unwrap().pos;
    kin.notes
        .upset(|connection| {
            let text = "CREATE TABLE theirs (album TEXT REFERENCES album (id)); INSERT INTO theirs VALUES ('1')";
            connection.execute_batch(text).unwrap();
        })
        .await;
    let refused = kin.commit([gone(&kin.album, "1", rev)]).await;
    assert!(
        matches!(refused, Err(StoreError::Dangling(_))),
        "{refused:?}"
    );
    assert_eq!(kin.count(&kin.album).await, 1);
}

#[tokio::test]
async fn a_parent_of_no_resource_of_the_store_is_not_asked_for() {
    let store = Sqlite::in_memory().unwrap();
    let cover = Arc::new(schema_of::<Cover>());
    store.open(std::slice::from_ref(&cover)).await.unwrap();
    let writes = vec![new(&cover, "1", Some("elsewhere"))];
    store.commit(transaction(writes)).await.unwrap();
}
