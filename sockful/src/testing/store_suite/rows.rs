//! Rows come back as they were stored.

use super::resources::{account, accounted, dense, every_kind, int, json, sample, sampled, text};
use super::subject::{Subject, assert_all_same, assert_same, create};
use crate::row::Value;
use crate::store::{MAX_INDEXED_TEXT, StoreError};

pub(super) async fn every_kind_of_value_comes_back_as_it_was_stored(subject: &Subject) {
    let open = subject.open().await;
    let rows = every_kind();
    open.create_all(&sample(), &rows).await;
    for row in &rows {
        let stored = open.get(&sample(), &row[0]).await.expect("the row");
        assert_same(&stored.row, row);
    }
    let mut listed = rows;
    listed.sort_by(|a, b| a[0].cmp(&b[0]));
    assert_all_same(&open.all(&sample()).await, &listed);
}

pub(super) async fn what_is_missing_comes_back_as_null(subject: &Subject) {
    let open = subject.open().await;
    let row = sampled("a", []);
    open.create(&sample(), &row).await;
    let stored = open.get(&sample(), "a").await.expect("the row");
    for (field, value) in sample().fields.iter().zip(stored.row.values()) {
        assert_eq!(value.is_null(), field.nullable, "{}", field.name);
    }
}

pub(super) async fn long_and_deeply_nested_values_come_back(subject: &Subject) {
    let open = subject.open().await;
    let long = "a long text of many words. ".repeat(8_000);
    let mut deep = serde_json::json!("the end");
    for _ in 0..60 {
        deep = serde_json::json!({ "next": [deep] });
    }
    let row = sampled("a", [("nick", text(&long)), ("about", json(&deep))]);
    open.create(&sample(), &row).await;
    let stored = open.get(&sample(), "a").await.expect("the row");
    assert_same(&stored.row, &row);
}

pub(super) async fn the_longest_text_that_indexes_hold_comes_back(subject: &Subject) {
    let open = subject.open().await;
    let longest = dense(MAX_INDEXED_TEXT);
    let row = sampled(&longest, [("name", text(&longest))]);
    open.create(&sample(), &row).await;
    let stored = open.get(&sample(), &*longest).await.expect("the row");
    assert_same(&stored.row, &row);
    assert_all_same(&open.all(&sample()).await, &[row]);
    assert!(
        open.get(&sample(), &*(longest.clone() + "!"))
            .await
            .is_none()
    );

    let row = accounted(1, [("email", text(&longest))]);
    open.create(&account(), &row).await;
    let taken = create(&account(), &accounted(2, [("email", text(&longest))]));
    let refused = open.try_commit([taken]).await;
    assert!(
        matches!(refused, Err(StoreError::Unique { .. })),
        "{refused:?}"
    );
    assert_all_same(&open.all(&account()).await, &[row]);
}

pub(super) async fn text_is_told_apart_by_code_point(subject: &Subject) {
    let open = subject.open().await;
    // One letter in two normal forms, cases, blanks.
    let ids = ["a", "A", "a ", " a", "\u{e4}", "a\u{308}", "\u{c4}", ""];
    let rows = ids.map(|id| sampled(id, [("name", text(id))]));
    open.create_all(&sample(), &rows).await;
    for (id, row) in ids.into_iter().zip(&rows) {
        let stored = open.get(&sample(), id).await.expect(id);
        assert_same(&stored.row, row);
    }
    assert!(open.get(&sample(), "  ").await.is_none());
}

pub(super) async fn ids_that_look_like_commands_are_only_ids(subject: &Subject) {
    let open = subject.open().await;
    let ids = [
        "'",
        "''",
        "\"",
        "`",
        "\\",
        "%",
        "_",
        "?1",
        ":id",
        "@id",
        "$1",
        "null",
        "0",
        "../a",
        "' OR '1'='1",
        "x'; DROP TABLE \"sample\"; --",
        "{\"$ne\": null}",
        "a\nb\r\tc",
    ];
    let rows = ids.map(|id| sampled(id, [("name", text(id)), ("nick", text(id))]));
    for row in &rows {
        open.create(&sample(), row).await;
    }
    for (id, row) in ids.into_iter().zip(&rows) {
        let stored = open.get(&sample(), id).await.expect(id);
        assert_same(&stored.row, row);
    }
    assert_eq!(open.all(&sample()).await.len(), ids.len());
}

pub(super) async fn integer_ids_go_to_their_extremes(subject: &Subject) {
    let open = subject.open().await;
    let ids = [i64::MIN, -1, 0, 1, 1 << 53, i64::MAX];
    let rows = ids.map(|id| accounted(id, []));
    open.create_all(&account(), &rows).await;
    for (id, row) in ids.into_iter().zip(&rows) {
        let stored = open.get(&account(), id).await.expect("the row");
        assert_same(&stored.row, row);
    }
    assert_all_same(&open.all(&account()).await, &rows);
    assert!(open.get(&account(), 2).await.is_none());
}

pub(super) async fn rows_are_answered_in_the_order_asked(subject: &Subject) {
    let open = subject.open().await;
    let rows = ["a", "b", "c"].map(|id| sampled(id, []));
    open.create_all(&sample(), &rows).await;
    let asked = ["c", "none", "a", "c", "b"];
    let ids = asked.map(text);
    let found = open.store.get_many(&sample(), &ids).await.expect("rows");
    let found = found.iter().map(|it| it.as_ref().map(|it| &it.row[0]));
    let expected = ids.iter().map(|id| (*id != text("none")).then_some(id));
    assert!(found.eq(expected), "another order, or other rows");
}

pub(super) async fn no_ids_are_answered_by_no_rows(subject: &Subject) {
    let open = subject.open().await;
    open.create(&sample(), &sampled("a", [])).await;
    let found = open.store.get_many(&sample(), &[]).await.expect("no rows");
    assert!(found.is_empty(), "{found:?}");
}

pub(super) async fn an_id_of_one_resource_is_none_of_another(subject: &Subject) {
    let open = subject.open().await;
    open.commit([
        create(&sample(), &sampled("a", [])),
        create(&account(), &accounted(1, [])),
    ])
    .await;
    assert!(open.get(&sample(), "1").await.is_none());
    assert!(open.get(&account(), 0).await.is_none());
    let row = open
        .get(&account(), &int(1))
        .await
        .expect("the account")
        .row;
    assert_eq!(row[0], Value::Int(1));
}
