//! How much goes with a record that is destroyed, and that nothing is overlooked because of it.

use super::*;

/// Clears away albums within one call.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
struct Broom {
    id: String,
}

#[remote]
impl Broom {
    /// Says of each whether it has gone.
    #[remote]
    async fn sweep(cx: &Cx, albums: Vec<String>) -> Result<Vec<bool>> {
        let mut gone = Vec::new();
        for album in &albums {
            gone.push(cx.destroy::<Album>(album).await.is_ok());
        }
        Ok(gone)
    }

    /// Two at the same time.
    #[remote]
    async fn sweep_both(cx: &Cx, albums: [String; 2]) -> Result<Vec<bool>> {
        let [first, second] = &albums;
        let (first, second) = tokio::join!(cx.destroy::<Album>(first), cx.destroy::<Album>(second));
        Ok(vec![first.is_ok(), second.is_ok()])
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Shelf {
    id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Shelf)]
struct Tome {
    id: String,
    #[resource(parent)]
    shelf_id: String,
}

/// Goes with its tome, and keeps a shelf as long as it is there.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Clasp {
    id: String,
    #[resource(parent = Tome)]
    tome_id: String,
    #[resource(parent = Shelf, on_destroy = restrict)]
    shelf_id: String,
}

/// Goes with its tome, and may do without a shelf.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Leaf {
    id: String,
    #[resource(parent = Tome)]
    tome_id: String,
    #[resource(parent = Shelf)]
    shelf_id: Option<String>,
}

/// A shelf `s` with one tome `t`, and so much may go with others.
async fn shelf(max_cascade: usize) -> (TestApp, TestClient) {
    let app = support::app(|app| {
        app.config(at_most(max_cascade))
            .resource::<Shelf>()
            .resource::<Tome>()
            .resource::<Clasp>()
            .resource::<Leaf>()
    })
    .await;
    let client = app.anonymous();
    made(&client, "shelf", json!([{ "id": "s" }, { "id": "other" }])).await;
    made(&client, "tome", json!({ "id": "t", "shelf_id": "s" })).await;
    (app, client)
}

fn at_most(max_cascade: usize) -> sockful::Config {
    let mut config = sockful::Config::default();
    config.max_cascade = max_cascade;
    config
}

/// Albums by their names, with so many songs each, where three records may go with others in one call.
async fn albums<const N: usize>(albums: [(&str, u64); N]) -> (TestApp, TestClient) {
    let app = music_with(|app| app.config(at_most(3)).resource::<Broom>()).await;
    let client = app.anonymous();
    let mut number = 0;
    for (album, songs) in albums {
        made(&client, "album", json!({ "id": album, "title": "" })).await;
        for _ in 0..songs {
            number += 1;
            let record = json!({ "id": song(number), "album_id": album, "title": "" });
            made(&client, "song", record).await;
        }
    }
    (app, client)
}

#[tokio::test]
async fn more_than_may_go_at_once_is_refused_before_anything_goes() {
    let app = music_with(|app| app.config(at_most(10))).await;
    let client = app.anonymous();
    made(&client, "album", json!({ "id": "Ill", "title": "" })).await;
    let songs: Vec<_> = (0..11)
        .map(|_| json!({ "album_id": "Ill", "title": "" }))
        .collect();
    made(&client, "song", json!(songs)).await;
    assert_eq!(
        refused(&client, "album", "destroy", json!("Ill")).await,
        json!([409, "too_many_children"])
    );
    assert_eq!(count(&client, "song").await, 11);
    let first = client.call("song", "all", json!({ "$limit": 1 })).await;
    client
        .call("song", "destroy", first.result()[0]["id"].clone())
        .await
        .result();
    client.call("album", "destroy", json!("Ill")).await.result();
    assert_eq!(count(&client, "song").await, 0);
}

#[tokio::test]
async fn what_may_go_at_once_is_counted_over_the_whole_call() {
    let (_app, client) = albums([("Ill", 2), ("Paul", 2)]).await;
    let too_many = json!([409, "too_many_children"]);
    let both = json!([["album", "destroy", "Ill"], ["album", "destroy", "Paul"]]);
    assert_eq!(refused(&client, "sockful", "commit", both).await, too_many);
    assert_eq!(count(&client, "song").await, 4);
    for album in ["Ill", "Paul"] {
        client.call("album", "destroy", json!(album)).await.result();
    }
    assert_eq!(count(&client, "song").await, 0);
}

#[tokio::test]
async fn what_a_method_lets_go_counts_unless_it_was_refused() {
    let (_app, client) = albums([("Ill", 4), ("Paul", 1), ("Hello", 2), ("Check", 1)]).await;
    let of = json!({ "albums": ["Ill", "Paul", "Hello", "Check"] });
    let gone = client.call("broom", "sweep", of).await;
    assert_eq!(*gone.result(), json!([false, true, true, false]));
    assert_eq!(count(&client, "song").await, 5);
}

#[tokio::test]
async fn what_goes_at_the_same_time_in_one_call_counts_together() {
    let (_app, client) = albums([("Ill", 2), ("Paul", 2)]).await;
    let of = json!({ "albums": ["Ill", "Paul"] });
    let gone = client.call("broom", "sweep_both", of).await;
    let gone = gone.result().as_array().unwrap().iter();
    assert_eq!(gone.filter(|it| **it == json!(true)).count(), 1);
    assert_eq!(count(&client, "song").await, 2);
}

#[tokio::test]
async fn what_goes_and_would_also_lose_a_parent_counts_once() {
    let (_app, client) = shelf(3).await;
    let leaf = |id: &str| json!({ "id": id, "tome_id": "t", "shelf_id": "s" });
    made(&client, "leaf", json!([leaf("a"), leaf("b")])).await;
    client.call("shelf", "destroy", json!("s")).await.result();
    assert_eq!(count(&client, "leaf").await, 0);
}

#[tokio::test]
async fn what_the_same_commit_has_moved_away_hides_nothing_that_is_left() {
    let (_app, client) = albums([("Ill", 5), ("Paul", 0)]).await;
    let mut deeds: Vec<_> = (1..=4)
        .map(|at| json!(["song", "update", { "id": song(at), "album_id": "Paul" }]))
        .collect();
    deeds.push(json!(["album", "destroy", "Ill"]));
    let done = client.call("sockful", "commit", json!(deeds)).await;
    done.result();
    let left = client.call("song", "all", json!({})).await;
    let left: Vec<_> = left.result().as_array().unwrap().clone();
    assert_eq!(left.len(), 4);
    assert!(left.iter().all(|song| song["album_id"] == "Paul"));
}

#[tokio::test]
async fn what_the_same_commit_has_destroyed_hides_nothing_that_is_left() {
    let (_app, client) = albums([("Ill", 5)]).await;
    let mut deeds: Vec<_> = (1..=4)
        .map(|at| json!(["song", "destroy", song(at)]))
        .collect();
    deeds.push(json!(["album", "destroy", "Ill"]));
    let done = client.call("sockful", "commit", json!(deeds)).await;
    done.result();
    assert_eq!(count(&client, "song").await, 0);
}

#[tokio::test]
async fn as_many_as_there_are_may_keep_their_parent_from_going() {
    let (_app, client) = albums([("Ill", 4)]).await;
    let prizes: Vec<_> = (0..5)
        .map(|at| json!({ "id": at.to_string(), "won_by": "Ill" }))
        .collect();
    made(&client, "prize", json!(prizes)).await;
    // There are too many songs as well: destroyed, they would not help.
    assert_eq!(
        refused(&client, "album", "destroy", json!("Ill")).await,
        json!([409, "restricted"])
    );
    assert_eq!(count(&client, "song").await, 4);
}

#[tokio::test]
async fn what_goes_itself_keeps_no_parent_and_hides_nothing_that_does() {
    let (_app, client) = shelf(4).await;
    made(&client, "tome", json!({ "id": "far", "shelf_id": "other" })).await;
    let clasp = |id: &str, tome: &str| json!({ "id": id, "tome_id": tome, "shelf_id": "s" });
    let clasps = json!([
        clasp("a", "t"),
        clasp("b", "t"),
        clasp("c", "t"),
        clasp("d", "far")
    ]);
    made(&client, "clasp", clasps).await;
    assert_eq!(
        refused(&client, "shelf", "destroy", json!("s")).await,
        json!([409, "restricted"])
    );
    client.call("clasp", "destroy", json!("d")).await.result();
    client.call("shelf", "destroy", json!("s")).await.result();
    assert_eq!(count(&client, "clasp").await, 0);
}
