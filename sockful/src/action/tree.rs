//! Records with their relatives, as `$include` asks for them: one question to the store for each relation of each level.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::quality::RandomState;
use futures_util::future::BoxFuture;

use super::call::{Act, Output};
use super::step::Allowed;
use crate::error::{Error, Result};
use crate::query::{Each, Filter, Path, Test};
use crate::relation::{Include, Relation};
use crate::row::{Row, Select, Value};
use crate::schema::Schema;

/// Records, and what of them is shown.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) schema: Arc<Schema>,
    pub(crate) rows: Vec<Row>,
    pub(crate) select: Select,
    pub(crate) branches: Vec<Branch>,
}

/// Relatives of records.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    /// What the records call them.
    pub(crate) name: &'static str,
    /// Whether there may be any number of them.
    pub(crate) several: bool,
    /// The place of the field by which a record is related to them.
    field: usize,
    /// Their places among the records of the tree, by the value of that field.
    by: HashMap<Value, Vec<usize>, RandomState>,
    pub(crate) tree: Tree,
}

impl Branch {
    /// Those of one record, by their places in the tree.
    pub(crate) fn of(&self, row: &Row) -> &[usize] {
        self.by.get(&row[self.field]).map_or(&[], Vec::as_slice)
    }
}

impl Tree {
    /// The records of a call, with the relatives that are wanted.
    ///
    /// # Errors
    /// BadRequest `include_too_large`, and those of reading the relatives as the caller.
    pub(super) async fn grow(
        call: Allowed<'_, '_>,
        rows: Vec<Row>,
        select: Select,
        include: &[Include],
    ) -> Result<Self> {
        let mut left = call.app.config().max_included;
        let branches = branches(call, call.resource.place(), &rows, include, &mut left).await?;
        Ok(Self {
            schema: call.schema().clone(),
            rows,
            select,
            branches,
        })
    }

    /// The answer that is its only record.
    pub(super) fn of_one(self) -> Output {
        Output::Tree {
            tree: Box::new(self),
            one: true,
        }
    }

    /// The answer that is all its records.
    pub(super) fn of_many(self) -> Output {
        Output::Tree {
            tree: Box::new(self),
            one: false,
        }
    }

    /// About how many bytes it takes on the wire.
    pub(crate) fn size(&self) -> usize {
        let rows = self.rows.iter().map(|row| self.select.size_of(row) + 16);
        rows.sum::<usize>()
            + self
                .branches
                .iter()
                .map(|branch| branch.tree.size())
                .sum::<usize>()
    }
}

/// Boxed, because relatives have relatives.
fn branches<'b, 'a: 'b>(
    call: Allowed<'b, 'a>,
    resource: usize,
    rows: &'b [Row],
    include: &'b [Include],
    left: &'b mut usize,
) -> BoxFuture<'b, Result<Vec<Branch>>> {
    Box::pin(async move {
        let mut branches = Vec::with_capacity(include.len());
        for include in include {
            branches.push(branch(call, resource, rows, include, left).await?);
        }
        Ok(branches)
    })
}

async fn branch(
    call: Allowed<'_, '_>,
    resource: usize,
    rows: &[Row],
    include: &Include,
    left: &mut usize,
) -> Result<Branch> {
    let registry = call.app.registry();
    let Relation {
        child,
        field,
        parent,
        ..
    } = *registry.related().at(include.relation);
    // The field of the records, and that of their relatives.
    let (of, mine, theirs) = if include.children {
        (child, registry.at(resource).schema().id, field)
    } else {
        (parent, field, registry.at(parent).schema().id)
    };
    let (of_place, of) = (of, registry.at(of));
    let wanted: HashSet<_> = rows
        .iter()
        .map(|row| &row[mine])
        .filter(|it| !it.is_null())
        .collect();
    let mut tree = Tree {
        schema: of.schema().clone(),
        rows: Vec::new(),
        select: include.page.select.clone(),
        branches: Vec::new(),
    };
    if !wanted.is_empty() {
        let mut page = include.page.clone();
        let values = wanted.into_iter().cloned().collect();
        let of_each = page.query.limit.filter(|_| include.children);
        if let Some(limit) = of_each {
            page.query.each = Some(Each {
                field: theirs,
                values,
                limit,
            });
        } else {
            let related = Filter::Test(Path::field(theirs), Test::In(values));
            page.query.filter = related.and(std::mem::take(&mut page.query.filter));
        }
        page.query.limit = Some(*left + 1);
        // Theirs come with the next level, whatever it is that they are relatives of.
        page.include.clear();
        // The same road as if the caller had asked for them.
        let outcome = call.cx.ask(of, Act::All(Box::new(page))).await?;
        let Output::Rows(found, _) = outcome.output else {
            let name = &tree.schema.name;
            return Err(Error::internal(format!(
                "a hook answers for `{name}`, which can then not be included"
            )));
        };
        if found.len() > *left {
            return Err(too_large(call.app.config().max_included));
        }
        tree.rows = found;
    }
    let mut by: HashMap<Value, Vec<usize>, RandomState> = HashMap::default();
    for (place, row) in tree.rows.iter().enumerate() {
        let siblings = by.entry(row[theirs].clone()).or_default();
        // A hook may have asked for others than those that were wanted.
        if include
            .page
            .query
            .limit
            .is_none_or(|most| siblings.len() < most)
        {
            siblings.push(place);
        }
    }
    tree.keep(&mut by);
    *left -= tree.rows.len();
    tree.branches = branches(call, of_place, &tree.rows, &include.page.include, left).await?;
    Ok(Branch {
        name: include.name,
        several: include.children,
        field: mine,
        by,
        tree,
    })
}

impl Tree {
    /// Forgets the records that nobody has, and tells the others their new places.
    fn keep(&mut self, by: &mut HashMap<Value, Vec<usize>, RandomState>) {
        if by.values().map(Vec::len).sum::<usize>() == self.rows.len() {
            return;
        }
        let mut rows = Vec::new();
        for places in by.values_mut() {
            for place in places {
                rows.push(self.rows[*place].clone());
                *place = rows.len() - 1;
            }
        }
        self.rows = rows;
    }
}

fn too_large(most: usize) -> Error {
    let message = format!(
        "an answer may include {most} records: ask for fewer, by `$limit` or conditions within `$include`"
    );
    Error::bad_request(message).reason("include_too_large")
}
