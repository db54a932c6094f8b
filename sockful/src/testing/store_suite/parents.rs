//! Filters that ask about the parents of records.

use super::resources::{account, accounted, int, member, place, row, text};
use super::subject::{Open, Subject, not_promised};
use crate::query::{Filter, Path, Query, SortKey, Test};
use crate::row::{Row, Value};
use crate::store::FilterCap;

/// Finds the parent of nobody.
pub(super) fn no_parents(_: &'static str, _: &Value) -> Option<Row> {
    None
}

/// Ann's account is 1, Bob's 2. Member a belongs to the first, b and c to the second; a is the chief of b, and b of c.
async fn peopled(subject: &Subject) -> Option<Open> {
    let open = subject.open().await;
    if open.caps.filter == FilterCap::No {
        not_promised("filters");
        return None;
    }
    let account_of = |id, owner| accounted(id, [("owner", text(owner))]);
    let accounts = [account_of(1, "ann"), account_of(2, "bob")];
    open.create_all(&account(), &accounts).await;
    let member_of = |id, account, chief: Option<&str>| {
        let chief = chief.map_or(Value::Null, text);
        let values = [
            ("id", text(id)),
            ("account_id", int(account)),
            ("chief_id", chief),
        ];
        row(&member(), values)
    };
    let members = [
        member_of("a", 1, None),
        member_of("b", 2, Some("a")),
        member_of("c", 2, Some("b")),
    ];
    // One after the other: each is there before who names it.
    for member_row in &members {
        open.create(&member(), member_row).await;
    }
    Some(open)
}

fn of_member(field: &str, test: Test) -> Filter {
    Filter::Test(Path::field(place(&member(), field)), test)
}

/// Of the account of a member.
fn account_is(filter: Filter) -> Filter {
    Filter::Parent {
        field: place(&member(), "account_id"),
        resource: "account",
        filter: Box::new(filter),
    }
}

/// Of the chief of a member.
fn chief_is(filter: Filter) -> Filter {
    Filter::Parent {
        field: place(&member(), "chief_id"),
        resource: "member",
        filter: Box::new(filter),
    }
}

fn owned_by(owner: &str) -> Filter {
    let owner_is = Test::Equal(text(owner));
    Filter::Test(Path::field(place(&account(), "owner")), owner_is)
}

/// Whether these members match, and no others. A store that filters inexactly may list more.
async fn finds(open: &Open, filter: Filter, expected: &[&str]) {
    let query = Query {
        filter,
        ..Query::default()
    };
    let found = open.ids(&member(), &query).await;
    let expected: Vec<_> = expected.iter().map(|id| text(id)).collect();
    if open.caps.filter == FilterCap::Exact {
        assert_eq!(found, expected, "{:?}", query.filter);
        let count = open.count(&member(), &query).await;
        assert_eq!(count, expected.len() as u64, "{:?}", query.filter);
    } else {
        let all = expected.iter().all(|id| found.contains(id));
        assert!(all, "{:?}: {found:?}", query.filter);
    }
}

pub(super) async fn a_filter_asks_what_the_parent_is(subject: &Subject) {
    let Some(open) = peopled(subject).await else {
        return;
    };
    finds(&open, account_is(owned_by("ann")), &["a"]).await;
    finds(&open, account_is(owned_by("bob")), &["b", "c"]).await;
    finds(&open, !account_is(owned_by("bob")), &["a"]).await;
    finds(&open, account_is(!owned_by("bob")), &["a"]).await;
    finds(&open, account_is(owned_by("doug")), &[]).await;
    finds(&open, account_is(Filter::none()), &[]).await;
    finds(&open, account_is(Filter::all()), &["a", "b", "c"]).await;
    // What the parent was once does not count.
    let stored = open.get(&account(), 2).await.expect("an account");
    let sold = accounted(2, [("owner", text("ann"))]);
    open.commit([super::subject::replace(&account(), &sold, stored.rev)])
        .await;
    finds(&open, account_is(owned_by("bob")), &[]).await;
}

pub(super) async fn without_a_parent_none_matches(subject: &Subject) {
    let Some(open) = peopled(subject).await else {
        return;
    };
    finds(&open, chief_is(Filter::all()), &["b", "c"]).await;
    finds(&open, !chief_is(Filter::all()), &["a"]).await;
    let is_a = || of_member("id", Test::Equal(text("a")));
    finds(&open, chief_is(is_a()), &["b"]).await;
    finds(&open, !chief_is(is_a()), &["a", "c"]).await;
    finds(&open, chief_is(!is_a()), &["c"]).await;
}

pub(super) async fn parents_of_parents_are_asked(subject: &Subject) {
    let Some(open) = peopled(subject).await else {
        return;
    };
    // The same table three times over.
    finds(&open, chief_is(chief_is(Filter::all())), &["c"]).await;
    finds(&open, !chief_is(chief_is(Filter::all())), &["a", "b"]).await;
    let has_none = || of_member("chief_id", Test::Equal(Value::Null));
    finds(&open, chief_is(chief_is(has_none())), &["c"]).await;
    finds(&open, chief_is(account_is(owned_by("ann"))), &["b"]).await;
    finds(&open, chief_is(account_is(owned_by("bob"))), &["c"]).await;
    let far = chief_is(chief_is(account_is(owned_by("ann"))));
    finds(&open, far, &["c"]).await;
}

pub(super) async fn what_parents_are_is_asked_beside_everything_else(subject: &Subject) {
    let Some(open) = peopled(subject).await else {
        return;
    };
    let is = |id: &str| of_member("id", Test::Equal(text(id)));
    finds(&open, account_is(owned_by("bob")).and(is("c")), &["c"]).await;
    finds(&open, account_is(owned_by("ann")).or(is("c")), &["a", "c"]).await;
    let both = account_is(owned_by("bob")).and(chief_is(is("a")));
    finds(&open, both, &["b"]).await;
    if open.caps.filter != FilterCap::Exact {
        return;
    }
    let mut query = Query {
        filter: account_is(owned_by("bob")),
        sort: vec![SortKey {
            field: place(&member(), "chief_id"),
            descending: true,
        }],
        limit: Some(1),
        ..Query::default()
    };
    let page = open.list(&member(), &query).await;
    assert_eq!(page.rows[0].row[0], text("c"));
    assert!(page.more);
    query.after = Some(query.place(&member(), &page.rows[0].row));
    let page = open.list(&member(), &query).await;
    assert_eq!(page.rows[0].row[0], text("b"));
    assert!(!page.more);
}
