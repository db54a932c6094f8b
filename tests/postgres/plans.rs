//! How the database reads what it is asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

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
        let plan = plan(&place).replace(" Backward", "");
        assert!(
            plan.contains(&format!("Index Scan using \"runner.{index}.index\"")),
            "{plan}"
        );
        assert!(!plan.contains("Seq Scan on runner"), "{plan}");
    }
}

/// How the database does the list that was asked for last.
fn plan(place: &Place) -> String {
    let asked = place.ask(
        "SELECT query FROM pg_stat_activity WHERE query LIKE '%FROM \"runner\"%' \
         AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1",
    );
    place.ask(&format!(
        "PREPARE list AS {asked}; EXPLAIN EXECUTE list (11)"
    ))
}
