use super::*;
use crate::query::Query;
use crate::row::{Row, Select, Value};
use crate::testing::store_suite::for_each_world;

fn changed(schema: &Arc<Schema>, old: Option<&Row>, new: Option<&Row>) -> Change {
    let id = old
        .or(new)
        .map_or(Value::Null, |row| row[schema.id].clone());
    Change {
        schema: Arc::clone(schema),
        id,
        rev: 1,
        old: old.cloned(),
        new: new.cloned(),
    }
}

fn no_parent(_: &'static str, _: &Value) -> Option<Row> {
    None
}

fn view(schema: &Arc<Schema>, filter: Filter) -> Arc<View> {
    Arc::new(View {
        schema: Arc::clone(schema),
        filter,
        select: Select::default(),
        subject: Subject::All(schema.name),
    })
}

/// Opens the groups of all queries.
fn opened(schema: &Arc<Schema>, queries: &[Query]) -> (Router, Vec<GroupId>) {
    let mut router = Router::default();
    let groups = queries.iter().map(|query| {
        router
            .open(view(schema, query.filter.clone()), usize::MAX)
            .expect("there may be any number")
            .0
    });
    let groups = groups.collect();
    (router, groups)
}

/// What each query sees of a change, found by asking every one of them.
fn expected(queries: &[Query], groups: &[GroupId], change: &Change) -> Vec<Delivery> {
    let matches = |filter: &Filter, row: &Option<Row>| {
        row.as_ref()
            .is_some_and(|row| filter.matches(row, &no_parent))
    };
    let mut deliveries: Vec<_> = queries
        .iter()
        .zip(groups)
        .filter_map(|(Query { filter, .. }, group)| {
            let event = match (matches(filter, &change.old), matches(filter, &change.new)) {
                (false, true) => Event::Enter,
                (true, true) => Event::Update,
                (true, false) => Event::Leave,
                (false, false) => return None,
            };
            Some(Delivery {
                group: *group,
                event,
            })
        })
        .collect();
    deliveries.sort_by_key(|it| it.group);
    deliveries.dedup();
    deliveries
}

#[test]
fn a_change_reaches_exactly_the_groups_whose_filters_say_so() {
    for_each_world(|schema, rows, queries| {
        let (router, groups) = opened(schema, queries);
        let rows: Vec<_> = [None].into_iter().chain(rows.iter().map(Some)).collect();
        for old in &rows {
            for new in &rows {
                let change = changed(schema, *old, *new);
                let mut routed = Vec::new();
                router.route(&change, &mut routed);
                let expected = expected(queries, &groups, &change);
                if routed != expected {
                    return Err(format!("{change:?}\n{routed:?}\nand not\n{expected:?}"));
                }
            }
        }
        Ok(())
    });
}

#[test]
fn what_is_closed_is_told_nothing_and_leaves_nothing() {
    for_each_world(|schema, rows, queries| {
        let (mut router, groups) = opened(schema, queries);
        let (kept, closed) = groups.split_at(groups.len() / 2);
        for group in closed {
            router.close(*group);
        }
        let mut routed = Vec::new();
        for row in rows {
            router.route(&changed(schema, None, Some(row)), &mut routed);
        }
        if let Some(stray) = routed.iter().find(|it| !kept.contains(&it.group)) {
            return Err(format!("{stray:?} of a group that is closed"));
        }
        for group in kept {
            router.close(*group);
        }
        if router.len() > 0 || router.groups.iter().any(Option::is_some) {
            return Err(format!("left: {router:?}"));
        }
        match router.by_resource.values().find(|index| !index.is_empty()) {
            None => Ok(()),
            Some(index) => Err(format!("left: {index:?}")),
        }
    });
}

#[test]
fn who_watches_the_same_shares_a_group_whatever_the_order_of_conditions() {
    for_each_world(|schema, _, queries| {
        let mut router = Router::default();
        for query in queries {
            let turned = match query.filter.clone() {
                Filter::And(parts) => Filter::And(parts.into_iter().rev().collect()),
                Filter::Or(parts) => Filter::Or(parts.into_iter().rev().collect()),
                other => other,
            };
            let mut open = |filter| router.open(view(schema, filter), usize::MAX).map(|it| it.0);
            if open(query.filter.clone()) != open(turned) {
                return Err(format!("{:?}", query.filter));
            }
        }
        Ok(())
    });
}
