//! How the database reads what it is asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sockful::prelude::*;
use sockful::testing::TestApp;

use super::Place;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Runner {
    id: String,
    #[resource(index)]
    name: String,
    #[resource(index)]
    place: Option<u32>,
}

/// What is known of a caller.
struct User {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[policy(user = User, read(owner == user.id), write(owner == user.id))]
struct Deed {
    id: String,
    #[resource(index)]
    owner: String,
    text: String,
}

#[tokio::test]
async fn a_list_in_the_order_of_an_index_reads_the_index_and_no_more() {
    let place = Place::new();
    let store = place.builder().open().unwrap();
    let app = App::builder().store(store).resource::<Runner>();
    let app = app.build().await.unwrap();
    place.ask(
        "INSERT INTO runner (id, name, place, sockful_rev) \
         SELECT number::text, 'runner ' || number, nullif(number % 100, 0), 1 FROM generate_series(1, 5000) AS number; \
         ANALYZE runner",
    );
    let cx = app.system();
    for (index, order) in [
        ("name", sort!(|r: Runner| r.name)),
        ("name", sort!(|r: Runner| Reverse(r.name))),
        ("place", sort!(|r: Runner| r.place)),
        ("place", sort!(|r: Runner| Reverse(r.place))),
    ] {
        let page = cx.all(Runner::query().sort(order).limit(10)).await.unwrap();
        assert_eq!(page.len(), 10);
        let plan = plan(&place, "runner", "11").replace(" Backward", "");
        assert!(
            plan.contains(&format!("Index Scan using \"runner.{index}.index\"")),
            "{plan}"
        );
        assert!(!plan.contains("Seq Scan on runner"), "{plan}");
    }
}

/// An owner among a thousand reads a hundred records of 100,000.
#[tokio::test]
async fn a_list_of_what_an_owner_may_read_reads_the_index_and_no_more() {
    let place = Place::new();
    let store = place.builder().open().unwrap();
    let app = App::builder().store(store).resource::<Deed>();
    let app = app.user(async |_: Cx, id: String| Ok(Some(User { id })));
    let app = TestApp::new(app.build().await.unwrap());
    place.ask(
        "INSERT INTO deed (id, owner, text, sockful_rev) \
         SELECT number::text, 'user ' || number % 1000, 'a deed', 1 FROM generate_series(1, 100000) AS number; \
         ANALYZE deed",
    );
    let client = app.login("user 7");
    for (query, found, arguments) in [
        (json!({ "$limit": 1_000 }), 100, "'user 7', 1001"),
        (
            json!({ "text": "a deed", "$limit": 1_000 }),
            100,
            "'user 7', 'a deed', 1001",
        ),
    ] {
        let page = client.call("deed", "all", query).await;
        assert_eq!(page.result().as_array().unwrap().len(), found);
        let plan = plan(&place, "deed", arguments);
        assert!(plan.contains("\"deed.owner.index\""), "{plan}");
        assert!(!plan.contains("Seq Scan on deed"), "{plan}");
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Choir {
    id: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Choir)]
struct Singer {
    id: String,
    #[resource(parent)]
    choir_id: String,
    age: u32,
}

/// Ten small choirs behind large ones: in the order of their ids the index of ids would be walked nearly to its end for each.
#[tokio::test]
async fn the_first_children_of_each_parent_are_found_by_the_index() {
    let place = Place::new();
    let store = place.builder().open().unwrap();
    let app = App::builder().store(store);
    let app = app.resource::<Choir>().resource::<Singer>();
    let app = TestApp::new(app.build().await.unwrap());
    place.ask(
        "INSERT INTO choir (id, sockful_rev) SELECT 'choir ' || number, 1 FROM generate_series(0, 29) AS number; \
         INSERT INTO singer (id, choir_id, age, sockful_rev) \
         SELECT to_char(number, '000000'), 'choir ' || 10 + number % 20, number % 90, 1 FROM generate_series(1, 50000) AS number; \
         INSERT INTO singer (id, choir_id, age, sockful_rev) \
         SELECT 'z' || number, 'choir ' || number % 10, number % 90, 1 FROM generate_series(1, 30) AS number; \
         ANALYZE singer",
    );
    let small: Vec<_> = (0..10).map(|number| format!("choir {number}")).collect();
    for order in [json!({}), json!({ "age": -1 })] {
        let singers = json!({ "$limit": 2, "$sort": order });
        let query = json!({ "id": { "$in": small }, "$include": { "singers": singers } });
        let found = app.anonymous().call("choir", "all", query).await;
        let found = found.result().as_array().unwrap();
        let singers = |choir: &serde_json::Value| choir["singers"].as_array().unwrap().len();
        assert_eq!(found.iter().map(singers).collect::<Vec<_>>(), [2; 10]);
        let plan = plan(
            &place,
            "singer",
            &format!("'{{{}}}', 2, 10001", small.join(",")),
        );
        assert!(plan.contains("\"singer.choir_id.index\""), "{plan}");
        assert!(!plan.contains("Seq Scan on singer"), "{plan}");
        assert!(!plan.contains("singer_pkey"), "{plan}");
    }
}

/// How the database does the list that was asked for last.
fn plan(place: &Place, table: &str, arguments: &str) -> String {
    let asked = place.ask(&format!(
        "SELECT query FROM pg_stat_activity WHERE query LIKE '%FROM \"{table}\"%' \
         AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1",
    ));
    place.ask(&format!(
        "PREPARE list AS {asked}; EXPLAIN EXECUTE list ({arguments})"
    ))
}
