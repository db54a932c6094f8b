//! Queries from Rust: `filter!`, `sort!`, `Find`.

use sockful::query::{Filter, FilterOf, Path, SortKey, SortKeyOf, Test};
use sockful::{Cx, Find, Value as Column};

use super::*;

async fn context() -> Cx {
    app().await.app().system()
}

async fn find_all(cx: &Cx, query: Find<Bird>) -> String {
    let birds = cx.all(query).await.unwrap();
    birds.iter().map(|bird| bird.id.as_str()).collect()
}

/// What a filter finds; its opposite finds all others.
async fn check(cx: &Cx, filter: FilterOf<Bird>, expected: &str) {
    let query = || Bird::query().filter(filter.clone());
    assert_eq!(find_all(cx, query()).await, expected, "{filter:?}");
    assert_eq!(
        cx.count(query()).await.unwrap(),
        expected.chars().count() as u64
    );
    let others: String = "abcdé"
        .chars()
        .filter(|id| !expected.contains(*id))
        .collect();
    assert_eq!(find_all(cx, Bird::query().filter(!filter)).await, others);
}

#[tokio::test]
async fn a_field_is_compared_with_a_value_of_its_type() {
    let cx = context().await;
    let name = "Dodo".to_owned();
    check(&cx, filter!(|b: Bird| b.common_name == name), "d").await;
    check(&cx, filter!(|b: Bird| b.common_name == "Dodo"), "d").await;
    check(
        &cx,
        filter!(|b: Bird| &b.common_name != &"Dodo".to_owned()),
        "abcé",
    )
    .await;
    check(&cx, filter!(|b: Bird| b.eggs > 1), "bcé").await;
    check(&cx, filter!(|b: Bird| 1 < b.eggs && 5 > b.eggs), "c").await;
    check(&cx, filter!(|b: Bird| b.eggs >= 2 && b.eggs <= 2), "c").await;
    check(&cx, filter!(|b: Bird| b.diet == Diet::Fish), "aé").await;
    check(&cx, filter!(|b: Bird| b.id == "a"), "a").await;
}

#[tokio::test]
async fn an_option_is_compared_with_what_is_inside_or_with_none() {
    let cx = context().await;
    check(&cx, filter!(|b: Bird| b.weight == 5.0), "c").await;
    check(&cx, filter!(|b: Bird| b.weight == Some(5.0)), "c").await;
    check(&cx, filter!(|b: Bird| b.weight == None), "b").await;
    check(&cx, filter!(|b: Bird| b.weight != 5.0), "abdé").await;
    check(&cx, filter!(|b: Bird| b.weight < 5.0), "aé").await;
    check(&cx, filter!(|b: Bird| b.nest.is_some()), "cd").await;
    check(&cx, filter!(|b: Bird| b.ring.is_none()), "abd").await;
}

#[tokio::test]
async fn points_in_time_and_bigints_are_compared_as_they_are_stored() {
    let cx = context().await;
    let turn: Timestamp = "2000-01-01T00:00:00Z".parse().unwrap();
    check(&cx, filter!(|b: Bird| b.hatched < turn), "d").await;
    check(&cx, filter!(|b: Bird| b.hatched >= &turn), "b").await;
    let ring = 9_007_199_254_740_993;
    check(&cx, filter!(|b: Bird| b.ring == ring), "c").await;
    check(&cx, filter!(|b: Bird| b.ring < 0), "é").await;
}

#[tokio::test]
async fn points_in_time_of_chrono_have_an_order_too() {
    #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(access = public)]
    struct Nap {
        id: String,
        from: chrono::DateTime<chrono::Utc>,
        to: Option<chrono::DateTime<chrono::FixedOffset>>,
    }
    let app = support::app(|app| app.resource::<Nap>()).await;
    let naps = json!([
        { "id": "a", "from": "2026-05-01T12:00:00Z" },
        { "id": "b", "from": "2026-05-01T11:30:00Z", "to": "2026-05-01T14:00:00+02:00" },
    ]);
    let client = app.anonymous();
    assert!(client.call("nap", "create", naps).await.is_ok());
    let noon = "2026-05-01T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>();
    let noon = noon.unwrap();
    let cx = app.app().system();
    let early = Nap::query().filter(filter!(
        |n: Nap| n.from < noon && n.to <= noon.fixed_offset()
    ));
    assert_eq!(cx.all(early).await.unwrap()[0].id, "b");
    let all = cx.all(Nap::query().sort(sort!(|n: Nap| n.from))).await;
    assert_eq!(all.unwrap()[0].id, "b");
}

#[tokio::test]
async fn text_and_lists_are_looked_into() {
    let cx = context().await;
    let tag = "sea".to_owned();
    check(&cx, filter!(|b: Bird| b.tags.contains(&tag)), "aé").await;
    check(&cx, filter!(|b: Bird| b.tags.contains("black")), "a").await;
    check(&cx, filter!(|b: Bird| b.common_name.contains("e")), "bcé").await;
    check(
        &cx,
        filter!(|b: Bird| b.common_name.starts_with(&tag[..0])),
        "abcdé",
    )
    .await;
    check(&cx, filter!(|b: Bird| b.common_name.starts_with("D")), "d").await;
    let names = ["Auk".to_owned(), "Crane".to_owned()];
    check(&cx, filter!(|b: Bird| names.contains(&b.common_name)), "ac").await;
    check(
        &cx,
        filter!(|b: Bird| ["Auk", "Dodo"].contains(&b.common_name)),
        "ad",
    )
    .await;
    check(&cx, filter!(|b: Bird| [1, 2].contains(&b.eggs)), "acd").await;
    check(
        &cx,
        filter!(|b: Bird| <[u32; 0]>::default().contains(&b.eggs)),
        "",
    )
    .await;
}

#[tokio::test]
async fn a_boolean_is_a_condition_by_itself() {
    let cx = context().await;
    check(&cx, filter!(|b: Bird| b.tame), "bd").await;
    check(&cx, filter!(|b: Bird| !b.tame && b.eggs == 5), "é").await;
    check(&cx, filter!(|b: Bird| b.tame == false), "acé").await;
}

#[tokio::test]
async fn a_private_field_may_be_asked_about() {
    let cx = context().await;
    check(&cx, filter!(|b: Bird| b.price.is_none()), "abcdé").await;
    check(&cx, filter!(|b: Bird| b.price > 5), "").await;
}

#[tokio::test]
async fn parts_are_joined_as_rust_joins_them() {
    let cx = context().await;
    check(
        &cx,
        filter!(|b: Bird| b.tame || b.eggs == 1 && b.weight < 1.0),
        "abd",
    )
    .await;
    check(
        &cx,
        filter!(|b: Bird| (b.tame || b.eggs == 1) && b.weight.is_some()),
        "ad",
    )
    .await;
    check(
        &cx,
        filter!(|b: Bird| !(b.tame || b.diet == Diet::Fish)),
        "c",
    )
    .await;
    check(
        &cx,
        filter!(|b: Bird| {
            b.tame && b.eggs == 5 || b.tame && b.eggs == 1 || b.id == "c" || b.id == "zzz"
        }),
        "bcd",
    )
    .await;
}

#[tokio::test]
async fn what_names_no_field_is_plain_rust_evaluated_until_all_is_decided() {
    let cx = context().await;
    let limit = "no limit".parse::<u32>().ok();
    check(
        &cx,
        filter!(|b: Bird| limit.is_none() || b.eggs > limit.unwrap()),
        "abcdé",
    )
    .await;
    check(
        &cx,
        filter!(|b: Bird| limit.is_some() && b.eggs > limit.unwrap()),
        "",
    )
    .await;
    check(&cx, filter!(|b: Bird| b.tame && limit.is_none()), "bd").await;
    check(&cx, filter!(|_b: Bird| 1 + 1 == 2), "abcdé").await;
    let admin = false;
    check(&cx, filter!(|b: Bird| admin || !b.tame), "acé").await;
    check(&cx, filter!(|b: Bird| !admin && b.tame), "bd").await;
}

#[tokio::test]
async fn values_may_fail_and_may_be_waited_for() {
    async fn eggs(text: &str) -> Result<FilterOf<Bird>, std::num::ParseIntError> {
        Ok(filter!(
            |b: Bird| b.eggs == text.parse::<u32>()? && b.tame == std::future::ready(true).await
        ))
    }
    let cx = context().await;
    check(&cx, eggs("5").await.unwrap(), "b").await;
    assert!(eggs("five").await.is_err());
}

#[tokio::test]
async fn filters_of_one_query_all_hold() {
    let cx = context().await;
    let query = Bird::query()
        .filter(filter!(|b: Bird| b.tame))
        .filter(filter!(|b: Bird| b.eggs > 1));
    assert_eq!(find_all(&cx, query).await, "b");
}

#[tokio::test]
async fn a_list_is_sorted_skipped_and_limited() {
    let cx = context().await;
    let query = Bird::query().sort(sort!(|b: Bird| b.weight));
    assert_eq!(find_all(&cx, query).await, "baécd");
    let query = Bird::query().sort(sort!(|b: Bird| (Reverse(b.tame), Reverse(b.eggs))));
    assert_eq!(find_all(&cx, query).await, "bdéca");
    let query = Bird::query()
        .sort(sort!(|b: Bird| Reverse(b.hatched)))
        .skip(1)
        .limit(2);
    assert_eq!(find_all(&cx, query).await, "da");
    let query = Bird::query().after(&"b".into()).skip(1);
    assert_eq!(find_all(&cx, query).await, "dé");
}

#[tokio::test]
async fn a_filter_may_be_put_together_by_hand() {
    let cx = context().await;
    let nest = cx.app().schemas().next().unwrap().position("nest").unwrap();
    let x = Path {
        field: nest,
        keys: vec!["x".into()],
    };
    let deep = Filter::Test(x, Test::More(Column::Int(1)));
    check(&cx, FilterOf::new(deep), "d").await;
}

#[tokio::test]
async fn what_only_a_program_can_get_wrong_is_its_own_error() {
    let cx = context().await;
    let by_hand = |path, test| FilterOf::new(Filter::Test(path, test));
    let filters = [
        by_hand(Path::field(99), Test::Equal(Column::Null)),
        by_hand(Path::field(2), Test::Equal(Column::Int(1))),
        by_hand(Path::field(2), Test::Contains(Column::Bool(true))),
        by_hand(
            Path {
                field: 9,
                keys: vec!["\"".into()],
            },
            Test::Equal(Column::Null),
        ),
        filter!(|b: Bird| b.weight == f64::NAN),
        filter!(|b: Bird| b.price == u64::MAX),
        filter!(|b: Bird| b.nest
            == Nest {
                x: 1,
                y: 1,
                notes: BTreeMap::new()
            }),
    ];
    for filter in filters {
        let error = cx
            .all(Bird::query().filter(filter.clone()))
            .await
            .unwrap_err();
        assert_eq!(error.code(), 500, "{filter:?}");
    }
    let nested = SortKeyOf::new(SortKey {
        field: 9,
        descending: false,
    });
    let error = cx.all(Bird::query().sort([nested])).await.unwrap_err();
    assert_eq!(error.code(), 500);
    let lost = Bird::query()
        .sort(sort!(|b: Bird| b.eggs))
        .after(&"b".into());
    assert_eq!(cx.all(lost).await.unwrap_err().code(), 500);
}
