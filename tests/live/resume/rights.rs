//! Who comes back is told by the rights it has then.

use super::*;

#[tokio::test]
async fn who_has_lost_rights_learns_nothing_of_what_was_missed() {
    let house = House::new().await;
    house.note("1", "red").await;
    house.note("2", "blue").await;
    let ann = house.of_team("ann", "red").await;
    let watched = ann.call("note", "watch", all()).await;
    assert_eq!(
        watched.result()["records"].as_array().map(Vec::len),
        Some(1)
    );
    ann.disconnect().await;
    house.writes("1", "while she was away").await;
    house.note("3", "red").await;
    house.moves("ann", "blue").await;
    let ann = house.app.login("ann");
    let has = resume(&watched, &[sub("note", &all(), &watched)]);
    let resumed = ann.call("sockful", "resume", has).await;
    let outcome = &resumed.result()["subs"][0];
    assert_eq!(outcome["outcome"], "reset");
    let records = outcome["records"].as_array().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["id"], "2");
    let text = resumed.to_json().to_string();
    assert!(
        !text.contains("\"red\"") && !text.contains("away"),
        "{text}"
    );
    house.writes("1", "and after").await;
    assert_eq!(house.brief(&ann).await, [""; 0]);
}

#[tokio::test]
async fn what_somebody_else_has_does_not_open_anything() {
    let house = House::new().await;
    let ann = house.of_team("ann", "red").await;
    let watched = ann.call("note", "watch", all()).await;
    house.note("1", "red").await;
    let has = resume(&watched, &[sub("note", &all(), &watched)]);
    let others = [house.of_team("bob", "blue").await, house.app.anonymous()];
    for other in others {
        let resumed = other.call("sockful", "resume", has.clone()).await;
        let outcome = &resumed.result()["subs"][0];
        assert_eq!(outcome["outcome"], "reset");
        assert_eq!(outcome["records"], json!([]));
        house.writes("1", "more").await;
        assert_eq!(house.brief(&other).await, [""; 0]);
    }
    // Whoever has the same rights may go on.
    let again = house.of_team("eve", "red").await;
    let resumed = again.call("sockful", "resume", has).await;
    assert_eq!(resumed.result()["subs"][0]["outcome"], "replayed");
}
