//! What filters and transactions mean to a store that takes them for something else.

use sockful::Value;
use sockful::query::{Filter, Test};
use sockful::store::Transaction;

/// Whether a record names a parent that is written after it.
pub(super) fn names_a_later_write(transaction: &Transaction) -> bool {
    let writes = transaction.writes.iter().enumerate();
    let mut named = writes.filter_map(|(place, write)| {
        let field = write
            .schema
            .fields
            .iter()
            .position(|it| it.parent.is_some())?;
        Some((place, write.row.as_ref()?[field].clone()))
    });
    named.any(|(place, parent)| transaction.writes[place..].iter().any(|it| it.id == parent))
}

/// What a filter means where null is unknown: every test of its opposite asks for a value as well.
pub(super) fn three_valued(filter: Filter) -> Filter {
    match filter {
        Filter::And(parts) => Filter::And(parts.into_iter().map(three_valued).collect()),
        Filter::Or(parts) => Filter::Or(parts.into_iter().map(three_valued).collect()),
        Filter::Not(part) => match *part {
            Filter::Test(path, test) => {
                let known = !Filter::Test(path.clone(), Test::Equal(Value::Null));
                (!Filter::Test(path, test)).and(known)
            }
            other => !three_valued(other),
        },
        test @ Filter::Test(..) => test,
        Filter::Parent {
            field,
            resource,
            filter,
        } => Filter::Parent {
            field,
            resource,
            filter: Box::new(three_valued(*filter)),
        },
    }
}

/// What a filter means where it is only looked whether there is a parent.
pub(super) fn any_parent(filter: Filter) -> Filter {
    match filter {
        Filter::And(parts) => Filter::And(parts.into_iter().map(any_parent).collect()),
        Filter::Or(parts) => Filter::Or(parts.into_iter().map(any_parent).collect()),
        Filter::Not(part) => !any_parent(*part),
        test @ Filter::Test(..) => test,
        Filter::Parent {
            field, resource, ..
        } => Filter::Parent {
            field,
            resource,
            filter: Box::new(Filter::all()),
        },
    }
}
