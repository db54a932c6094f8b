//! Lists by id, in pages.

use super::parents::no_parents;
use super::resources::{
    account, accounted, int, member, membered, place, sample, sampled, test, text,
};
use super::subject::{Open, Subject, destroy, not_promised};
use crate::query::{After, Each, Query, Test};
use crate::row::{Row, Value};
use crate::store::FilterCap;

pub(super) async fn a_list_comes_in_the_order_of_ids(subject: &Subject) {
    let open = subject.open().await;
    assert!(open.ids(&sample(), &Query::default()).await.is_empty());
    // By code point: in UTF-16 the last two would change places, in a dictionary nearly all.
    let ids = [
        "",
        "1",
        "10",
        "2",
        "A",
        "Z",
        "a",
        "z",
        "\u{e4}",
        "\u{ffee}",
        "\u{1f600}",
    ];
    for id in [
        "z",
        "\u{1f600}",
        "1",
        "",
        "\u{ffee}",
        "Z",
        "10",
        "\u{e4}",
        "2",
        "a",
        "A",
    ] {
        open.create(&sample(), &sampled(id, [])).await;
    }
    assert_eq!(open.ids(&sample(), &Query::default()).await, ids.map(text));
    let ids = [i64::MIN, -10, -2, 0, 9, 10, i64::MAX];
    for id in [9, i64::MAX, -2, 0, i64::MIN, 10, -10] {
        open.create(&account(), &accounted(id, [])).await;
    }
    assert_eq!(open.ids(&account(), &Query::default()).await, ids.map(int));
}

pub(super) async fn a_limit_cuts_and_says_so(subject: &Subject) {
    let open = numbered(subject, 3).await;
    for (limit, length, more) in [
        (Some(0), 0, true),
        (Some(1), 1, true),
        (Some(2), 2, true),
        (Some(3), 3, false),
        (Some(4), 3, false),
        (Some(usize::MAX), 3, false),
        (None, 3, false),
    ] {
        let query = Query {
            limit,
            ..Query::default()
        };
        let listing = open.list(&account(), &query).await;
        assert_eq!(
            (listing.rows.len(), listing.more),
            (length, more),
            "{limit:?}"
        );
    }
    let none = Query {
        limit: Some(0),
        ..Query::default()
    };
    let empty = open.list(&sample(), &none).await;
    assert!(empty.rows.is_empty() && !empty.more, "{empty:?}");
}

pub(super) async fn pages_join_up_to_the_whole_list(subject: &Subject) {
    let open = numbered(subject, 10).await;
    for size in 1..=11 {
        let mut joined = Vec::new();
        let mut query = Query {
            limit: Some(size),
            ..Query::default()
        };
        loop {
            let page = open.list(&account(), &query).await;
            assert!(
                page.rows.len() <= size,
                "{} rows on a page of {size}",
                page.rows.len()
            );
            let last = page
                .rows
                .last()
                .map(|last| query.place(&account(), &last.row));
            joined.extend(page.rows.into_iter().map(|stored| stored.row[0].clone()));
            if !page.more {
                break;
            }
            query.after = last;
            assert!(joined.len() <= 10, "pages of {size} never end");
        }
        assert!(joined.into_iter().eq((0..10).map(int)), "pages of {size}");
    }
}

pub(super) async fn a_page_goes_on_after_a_record_that_is_gone(subject: &Subject) {
    let open = numbered(subject, 5).await;
    let rev = open.get(&account(), 2).await.expect("the row").rev;
    open.commit([destroy(&account(), 2, rev)]).await;
    for (id, expected) in [
        (int(2), vec![3, 4]),
        (int(-7), vec![0, 1, 3, 4]),
        (int(4), vec![]),
        (int(i64::MAX), vec![]),
        // Null is before every id.
        (Value::Null, vec![0, 1, 3, 4]),
    ] {
        let after = Query {
            after: Some(After {
                values: Vec::new(),
                id: id.clone(),
            }),
            ..Query::default()
        };
        let ids = open.ids(&account(), &after).await;
        assert!(
            ids.iter()
                .eq(&expected.into_iter().map(int).collect::<Vec<_>>()),
            "{id}: {ids:?}"
        );
    }
}

pub(super) async fn a_list_tells_its_position(subject: &Subject) {
    let open = subject.open().await;
    let before = open.list(&sample(), &Query::default()).await.pos;
    let pos = open.create(&account(), &accounted(1, [])).await;
    assert!(before < pos);
    // Of the whole store, not of the resource.
    assert_eq!(open.list(&sample(), &Query::default()).await.pos, pos);
    assert_eq!(open.list(&account(), &Query::default()).await.pos, pos);
}

pub(super) async fn a_list_that_ends_early_says_so(subject: &Subject) {
    let open = subject.open().await;
    let long = text(&"x".repeat(1_000));
    let rows: Vec<_> = (0..50)
        .map(|id| accounted(id, [("owner", long.clone())]))
        .collect();
    open.create_all(&account(), &rows).await;
    for bytes in [0, 1, 5_000, usize::MAX] {
        let query = Query {
            bytes: Some(bytes),
            ..Query::default()
        };
        let listing = open.list(&account(), &query).await;
        let count = listing.rows.len();
        assert!(count > 0, "no page gets on without a row");
        assert_eq!(
            listing.more,
            count < 50,
            "{count} rows within {bytes} bytes"
        );
        let ids = listing.rows.iter().map(|stored| stored.row[0].clone());
        assert!(ids.eq((0..).map(int).take(count)), "not the first {count}");
    }
}

pub(super) async fn a_filter_leaves_out_nothing_that_matches(subject: &Subject) {
    let open = subject.open().await;
    let rows: Vec<Row> = (0..20)
        .map(|at| sampled(&format!("{at:02}"), [("age", int(at % 3))]))
        .collect();
    open.create_all(&sample(), &rows).await;
    let query = Query {
        filter: test("age", Test::Equal(int(1))),
        ..Query::default()
    };
    // Whether it is exact, a hint, or not for this store at all.
    let listed: Vec<_> = open.list(&sample(), &query).await.rows;
    let found = listed
        .iter()
        .filter(|it| query.filter.matches(&it.row, &no_parents));
    let expected = rows
        .iter()
        .filter(|row| query.filter.matches(row, &no_parents));
    assert!(found.map(|it| &it.row[0]).eq(expected.map(|row| &row[0])));
    let exact = open.caps.filter == FilterCap::Exact;
    assert!(
        !exact
            || listed
                .iter()
                .all(|it| query.filter.matches(&it.row, &no_parents))
    );
}

pub(super) async fn records_are_skipped(subject: &Subject) {
    let open = numbered(subject, 5).await;
    if open.caps.filter != FilterCap::Exact {
        return not_promised("skipping");
    }
    for (skip, limit, expected, more) in [
        (0, None, &[0, 1, 2, 3, 4][..], false),
        (2, None, &[2, 3, 4], false),
        (2, Some(2), &[2, 3], true),
        (3, Some(2), &[3, 4], false),
        (4, Some(0), &[], true),
        (5, Some(1), &[], false),
        (usize::MAX, Some(usize::MAX), &[], false),
    ] {
        let query = Query {
            skip,
            limit,
            ..Query::default()
        };
        let listing = open.list(&account(), &query).await;
        let ids = listing.rows.iter().map(|stored| stored.row[0].clone());
        assert!(
            ids.eq(expected.iter().copied().map(int)),
            "{query:?}: {listing:?}"
        );
        assert_eq!(listing.more, more, "{query:?}");
    }
}

pub(super) async fn a_count_is_the_length_of_the_list(subject: &Subject) {
    let open = numbered(subject, 7).await;
    if open.caps.filter != FilterCap::Exact {
        return not_promised("counting");
    }
    let after = After {
        values: Vec::new(),
        id: int(1),
    };
    for query in [
        Query::default(),
        Query {
            skip: 2,
            ..Query::default()
        },
        Query {
            limit: Some(3),
            ..Query::default()
        },
        Query {
            after: Some(after),
            skip: 1,
            limit: Some(3),
            ..Query::default()
        },
        Query {
            skip: 9,
            ..Query::default()
        },
        Query {
            filter: !crate::query::Filter::all(),
            ..Query::default()
        },
    ] {
        let listed = open.list(&account(), &query).await.rows.len();
        assert_eq!(
            open.count(&account(), &query).await,
            listed as u64,
            "{query:?}"
        );
    }
}

/// At most so many members of each of these accounts.
fn of_each(accounts: impl IntoIterator<Item = i64>, limit: usize) -> Query {
    let each = Each {
        field: place(&member(), "account_id"),
        values: accounts.into_iter().map(int).collect(),
        limit,
    };
    Query {
        each: Some(each),
        ..Query::default()
    }
}

pub(super) async fn a_list_has_the_first_of_each_value(subject: &Subject) {
    let open = numbered(subject, 5).await;
    if open.caps.filter != FilterCap::Exact {
        return not_promised("the first of each value");
    }
    // By turns, so that the values do not come one after the other.
    let rows = (0..20).map(|at| membered(&format!("{at:02}"), at % 5));
    open.create_all(&member(), &rows.collect::<Vec<_>>()).await;
    let ids = |listed: &[usize]| -> Vec<Value> {
        let names = listed.iter().map(|at| format!("{at:02}"));
        names.map(|name| text(&name)).collect()
    };
    for (accounts, limit, expected) in [
        (vec![0, 1, 2, 3, 4], 1, &[0, 1, 2, 3, 4][..]),
        (vec![3, 1], 2, &[1, 3, 6, 8]),
        (vec![4], 3, &[4, 9, 14]),
        (vec![1, 3], usize::MAX, &[1, 3, 6, 8, 11, 13, 16, 18]),
        (vec![1, 3], 0, &[]),
    ] {
        let query = of_each(accounts, limit);
        let listing = open.list(&member(), &query).await;
        let found: Vec<_> = listing.rows.iter().map(|it| it.row[0].clone()).collect();
        assert_eq!((found, listing.more), (ids(expected), false), "{query:?}");
        let count = open.count(&member(), &query).await;
        assert_eq!(count, expected.len() as u64, "{query:?}");
    }
    // Of these the usual part: what others leave out is left out behind them.
    let part = Query {
        skip: 1,
        limit: Some(2),
        ..of_each([1, 3], 2)
    };
    let listing = open.list(&member(), &part).await;
    assert!(listing.more);
    let found = listing.rows.iter().map(|it| it.row[0].clone());
    assert!(found.eq(ids(&[3, 6])), "{listing:?}");
}

pub(super) async fn of_a_value_that_few_or_none_have_there_are_few_or_none(subject: &Subject) {
    let open = numbered(subject, 4).await;
    if open.caps.filter != FilterCap::Exact {
        return not_promised("the first of each value");
    }
    let rows = [("a", 1), ("b", 2), ("c", 1), ("d", 1), ("e", 3)];
    let rows = rows.map(|(id, account)| membered(id, account));
    open.create_all(&member(), &rows).await;
    for (accounts, expected) in [
        (vec![2, 1, 9], &["a", "b", "c"][..]),
        (vec![9], &[]),
        (vec![], &[]),
    ] {
        let ids = open.ids(&member(), &of_each(accounts, 2)).await;
        assert_eq!(ids, expected.iter().map(|id| text(id)).collect::<Vec<_>>());
    }
}

/// Accounts from 0 on.
async fn numbered(subject: &Subject, count: i64) -> Open {
    let open = subject.open().await;
    let rows: Vec<_> = (0..count).map(|id| accounted(id, [])).collect();
    open.create_all(&account(), &rows).await;
    open
}
