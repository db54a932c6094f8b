//! Records with their relatives, as `$include` asks for them: one question to the store for each relation of each level.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use futures_util::future::BoxFuture;

use super::call::{Act, Output};
use super::listing::LeftOut;
use super::step::Allowed;
use crate::app::Config;
use crate::error::{Error, Result};
use crate::query::{Each, Filter, Path, Test};
use crate::relation::{Include, Relation};
use crate::resource::ErasedResource;
use crate::row::{Row, Select, Value};
use crate::schema::Schema;

/// Records, and what of them is shown.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) schema: Arc<Schema>,
    pub(crate) rows: Vec<Row>,
    pub(crate) select: Select,
    pub(crate) branches: Vec<Branch>,
    /// About how many bytes the records take on the wire, as often as they are shown.
    bytes: usize,
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
    /// BadRequest `include_too_large`; Internal, if a hook answers for relatives or limits them; and those of reading the relatives as
    /// the caller.
    pub(super) async fn grow(
        call: Allowed<'_, '_>,
        rows: Vec<Row>,
        select: Select,
        include: &[Include],
    ) -> Result<Self> {
        let config = call.app.config();
        let bytes = rows.iter().map(|row| select.size_of(row) + 16).sum();
        let mut left = Left {
            records: config.max_included,
            bytes: config.max_answer.saturating_sub(bytes),
        };
        let shown = Shown {
            times: vec![1; rows.len()],
            rows: &rows,
        };
        let branches = branches(call, call.resource.place(), &shown, include, &mut left).await?;
        Ok(Self {
            schema: call.schema().clone(),
            rows,
            select,
            branches,
            bytes,
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
        let branches = self.branches.iter().map(|branch| branch.tree.size());
        branches.fold(self.bytes, usize::saturating_add)
    }
}

/// Records, and how often each is shown: a parent with each of its children, and with it all that is included in it.
struct Shown<'a> {
    rows: &'a [Row],
    times: Vec<usize>,
}

/// What an answer may still include.
struct Left {
    /// How many records.
    records: usize,
    /// About how many bytes.
    bytes: usize,
}

impl Left {
    /// Takes what so many records are in so many bytes; `None`, if that is more than there is left.
    fn take(&mut self, records: usize, bytes: usize) -> Option<()> {
        self.records = self.records.checked_sub(records)?;
        self.bytes = self.bytes.checked_sub(bytes)?;
        Some(())
    }
}

/// Boxed, because relatives have relatives.
fn branches<'b, 'a: 'b>(
    call: Allowed<'b, 'a>,
    resource: usize,
    of: &'b Shown<'b>,
    include: &'b [Include],
    left: &'b mut Left,
) -> BoxFuture<'b, Result<Vec<Branch>>> {
    Box::pin(async move {
        let mut branches = Vec::with_capacity(include.len());
        for include in include {
            branches.push(branch(call, resource, of, include, left).await?);
        }
        Ok(branches)
    })
}

async fn branch(
    call: Allowed<'_, '_>,
    resource: usize,
    shown: &Shown<'_>,
    include: &Include,
    left: &mut Left,
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
    // How often a relative is shown, by the value that relates it.
    let mut wanted: Times<'_> = HashMap::default();
    for (row, times) in shown.rows.iter().zip(&shown.times) {
        if !row[mine].is_null() {
            let sum = wanted.entry(&row[mine]).or_default();
            *sum = sum.saturating_add(*times);
        }
    }
    let too_large = || too_large(call.app.config());
    // What stands in each record, also where there are no relatives.
    let names = shown.times.iter().copied().fold(0, usize::saturating_add);
    let names = names.saturating_mul(include.name.len() + 6);
    left.take(0, names).ok_or_else(too_large)?;
    let found = if wanted.is_empty() {
        Vec::new()
    } else {
        let of = registry.at(of);
        related(call, of, theirs, include, &wanted, left).await?
    };
    let mut by: HashMap<Value, Vec<usize>, RandomState> = HashMap::default();
    let (mut rows, mut times, mut bytes) = (Vec::with_capacity(found.len()), Vec::new(), 0);
    for row in found {
        // A hook may have asked for others than those that were wanted.
        let Some(often) = wanted.get(&row[theirs]) else {
            continue;
        };
        let siblings = by.entry(row[theirs].clone()).or_default();
        let most = include.page.query.limit;
        if most.is_some_and(|most| siblings.len() >= most) {
            continue;
        }
        let size = include.page.select.size_of(&row).saturating_mul(*often);
        left.take(*often, size).ok_or_else(too_large)?;
        bytes += size;
        siblings.push(rows.len());
        times.push(*often);
        rows.push(row);
    }
    let below = Shown { rows: &rows, times };
    let branches = branches(call, of, &below, &include.page.include, left).await?;
    Ok(Branch {
        name: include.name,
        several: include.children,
        field: mine,
        by,
        tree: Tree {
            schema: registry.at(of).schema().clone(),
            rows,
            select: include.page.select.clone(),
            branches,
            bytes: bytes.saturating_add(names),
        },
    })
}

type Times<'a> = HashMap<&'a Value, usize, RandomState>;

/// The relatives that have one of the wanted values in a field, as the caller may read them: no more than there is room for.
///
/// # Errors
/// Those of [`Tree::grow`].
async fn related(
    call: Allowed<'_, '_>,
    of: &dyn ErasedResource,
    field: usize,
    include: &Include,
    wanted: &Times<'_>,
    left: &Left,
) -> Result<Vec<Row>> {
    // So often at least each of them is shown.
    let often = wanted.values().copied().min().unwrap_or(1).max(1);
    let most = left.records / often;
    let mut page = include.page.clone();
    let values = wanted.keys().map(|value| (*value).clone()).collect();
    let of_each = page.query.limit.filter(|_| include.children);
    if let Some(limit) = of_each {
        page.query.each = Some(Each {
            field,
            values,
            limit: limit.min(most + 1),
        });
    } else {
        let of_these = Filter::Test(Path::field(field), Test::In(values));
        page.query.filter = of_these.and(std::mem::take(&mut page.query.filter));
    }
    page.query.limit = Some(most + 1);
    page.query.bytes = Some(left.bytes / often);
    // Theirs come with the next level, whatever it is that they are relatives of.
    page.include.clear();
    // The same road as if the caller had asked for them.
    let outcome = call.cx.ask(of, Act::All(Box::new(page))).await?;
    let name = &of.schema().name;
    let Output::Rows(found, _) = outcome.output else {
        return Err(Error::internal(format!(
            "a hook answers for `{name}`, which can then not be included"
        )));
    };
    if found.len() > most {
        return Err(too_large(call.app.config()));
    }
    match outcome.meta.several.and_then(|it| it.left_out) {
        None => Ok(found),
        Some(LeftOut::BySize) => Err(too_large(call.app.config())),
        // Not our own: that one leaves none out before there are too many.
        Some(LeftOut::ByLimit) => Err(Error::internal(format!(
            "a `before_all` limits `{name}`, which can then not be included: its limit would be one of the relatives of all \
             records together"
        ))),
    }
}

fn too_large(config: &Config) -> Error {
    let message = format!(
        "an answer may include {} records, and have {} bytes with them: ask for fewer, by `$limit` or conditions within `$include`",
        config.max_included, config.max_answer
    );
    Error::bad_request(message).reason("include_too_large")
}
