//! What lists of records that follow their parents hold, and what they cost.

use std::sync::atomic::Ordering;

use sockful::store::FilterCap;

use super::*;
use crate::support::counting::Counting;
use crate::support::partly::Partly;

#[tokio::test]
async fn a_list_costs_one_read_and_a_record_one_for_each_parent() {
    let (counting, asked) = Counting::new(store());
    let app = filled_on(counting).await;
    let ann = app.login("ann");
    ann.call("album", "get", json!("open")).await.result();
    let cost = async |action: &str, payload: Value| {
        let before = asked.load(Ordering::SeqCst);
        ann.call("remark", action, payload).await.result();
        asked.load(Ordering::SeqCst) - before
    };
    assert_eq!(cost("all", json!({})).await, 1);
    assert_eq!(cost("count", json!({})).await, 1);
    // The remark, its song, and the album.
    assert_eq!(cost("get", json!("shut")).await, 3);
}

#[tokio::test]
async fn a_store_that_does_not_filter_gives_the_same_answers() {
    for cap in [FilterCap::Inexact, FilterCap::No] {
        let app = filled_on(Partly::new(cap).0).await;
        for (client, seen) in [
            (app.anonymous(), "open"),
            (app.login("ann"), "open shut"),
            (app.login("bob"), "his open"),
        ] {
            for resource in ["song", "remark"] {
                assert_eq!(found(&client, resource, json!({})).await, seen, "{cap:?}");
            }
        }
    }
}

#[tokio::test]
async fn included_are_the_first_of_those_that_the_caller_may_read() {
    for app in [
        music().await,
        filled_on(Partly::new(FilterCap::Inexact).0).await,
        filled_on(Partly::new(FilterCap::No).0).await,
    ] {
        let system = app.app().system();
        let remark = |id: &str, song: &str| Remark {
            id: id.to_owned(),
            author: "doug".to_owned(),
            hidden: false,
            song_id: Some(song.to_owned()),
        };
        for id in ["1", "2", "3"] {
            system.create(remark(id, "open")).await.unwrap();
        }
        let of_songs = json!({ "$include": { "remarks": { "$limit": 2, "$sort": { "id": -1 } } } });
        for (client, seen) in [
            (app.anonymous(), json!([["open", "3"]])),
            (app.login("bob"), json!([["his"], ["open", "3"]])),
        ] {
            let songs = client.call("song", "all", of_songs.clone()).await;
            let songs = songs.result().as_array().unwrap();
            let remarks = songs.iter().map(|song| ids(&song["remarks"]));
            assert_eq!(json!(remarks.collect::<Vec<_>>()), seen);
        }
    }
}
