//! The parents that a condition asks about, read before it is judged.

use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;

use super::Filter;
use crate::row::{Row, Value};

/// What is known of the parents of records, by resource and id: the row, or that there is none.
#[derive(Debug, Default)]
pub(crate) struct Parents(HashMap<&'static str, Known, RandomState>);

type Known = HashMap<Value, Option<Row>, RandomState>;

impl Parents {
    /// The ids of records of one resource that must be read before the filter can be judged on these rows; `None` if nothing is
    /// missing. What is learnt may lead to more.
    pub(crate) fn missing<'r>(
        &self,
        filter: &Filter,
        rows: impl IntoIterator<Item = &'r Row>,
    ) -> Option<(&'static str, Vec<Value>)> {
        let mut missing: HashMap<_, HashSet<_>> = HashMap::new();
        for row in rows {
            self.look(filter, row, &mut |resource, id| {
                missing.entry(resource).or_default().insert(id.clone());
            });
        }
        let (resource, ids) = missing.into_iter().next()?;
        Some((resource, ids.into_iter().collect()))
    }

    /// Takes what was found under these ids.
    pub(crate) fn learn(
        &mut self,
        resource: &'static str,
        ids: Vec<Value>,
        rows: impl IntoIterator<Item = Option<Row>>,
    ) {
        self.0
            .entry(resource)
            .or_default()
            .extend(ids.into_iter().zip(rows));
    }

    /// The row of a parent, as far as it is known.
    pub(crate) fn find(&self, resource: &str, id: &Value) -> Option<Row> {
        self.known(resource, id).cloned().flatten()
    }

    fn known(&self, resource: &str, id: &Value) -> Option<&Option<Row>> {
        self.0.get(resource)?.get(id)
    }

    /// Shows every parent that the filter asks about and nothing is known of.
    fn look(&self, filter: &Filter, row: &Row, missing: &mut impl FnMut(&'static str, &Value)) {
        match filter {
            Filter::And(parts) | Filter::Or(parts) => {
                for part in parts {
                    self.look(part, row, missing);
                }
            }
            Filter::Not(part) => self.look(part, row, missing),
            Filter::Test(..) => {}
            Filter::Parent {
                field,
                resource,
                filter,
            } => match (&row[*field], self.known(resource, &row[*field])) {
                (Value::Null, _) | (_, Some(None)) => {}
                (id, None) => missing(resource, id),
                (_, Some(Some(parent))) => self.look(filter, parent, missing),
            },
        }
    }
}
