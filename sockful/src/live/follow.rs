//! Views whose records may be read as far as their parents may: a change of a parent moves its children in and out of them.
//!
//! What a view says of a record at one position depends on its parents at that position. What the store holds may be newer: it
//! is read together with its position, and the log tells what it was before.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::quality::RandomState;
use tokio::task;

use super::hub::Told;
use super::missed::between;
use super::push::Item;
use super::router::{Event, GroupId, Router, View};
use super::subscriber::Reason;
use super::texts::Texts;
use crate::action::list;
use crate::app::App;
use crate::error::{Error, Result as Answer};
use crate::query::{Filter, Parents, Path, Query, Test};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::Committed;

/// The groups that a transaction may concern in that way.
pub(super) struct Asked(Vec<(GroupId, Arc<View>)>);

impl Asked {
    pub(super) fn of(router: &Router, entry: &Committed) -> Self {
        let mut asked = Vec::new();
        for change in &entry.changes {
            router.asked(change, &mut asked);
        }
        // Once, however many of its changes lead to a group.
        asked.sort_unstable();
        asked.dedup();
        let asked = asked.into_iter();
        Self(
            asked
                .filter_map(|id| Some((id, Arc::clone(&router.group(id)?.view))))
                .collect(),
        )
    }

    /// The others.
    pub(super) fn without(mut self, known: &[Told]) -> Self {
        let known: HashMap<GroupId, &Arc<View>, RandomState> =
            known.iter().map(|it| (it.group, &it.view)).collect();
        // The place of a group that has gone may be that of another by now.
        let is_known =
            |id: &GroupId, view: &Arc<View>| known.get(id).is_some_and(|it| Arc::ptr_eq(it, view));
        self.0.retain(|(id, view)| !is_known(id, view));
        self
    }

    /// What is told to each where nobody can tell.
    pub(super) fn unavailable(&self) -> Vec<Told> {
        let groups = self.0.iter();
        groups
            .map(|(group, view)| Told {
                group: *group,
                view: Arc::clone(view),
                items: Err(Reason::Unavailable),
            })
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a transaction changes records of a view, or parents that it asks about.
pub(super) fn concerns(view: &View, entry: &Committed) -> bool {
    let mut changes = entry.changes.iter();
    changes.any(|change| {
        change.schema.name == view.schema.name || view.filter.asks_about(change.schema.name)
    })
}

/// What a transaction is to each of these groups.
pub(super) async fn judge_all(app: &App, entry: &Committed, asked: Asked) -> Vec<Told> {
    let mut told = Vec::with_capacity(asked.0.len());
    let mut past = Past::of(app, entry);
    for (place, (group, view)) in asked.0.into_iter().enumerate() {
        let items = past.judge(&view).await;
        told.push(Told { group, view, items });
        if place % AT_ONCE == AT_ONCE - 1 {
            task::yield_now().await;
        }
    }
    told
}

/// So many groups are judged before others have their turn.
const AT_ONCE: usize = 64;

enum Stop {
    TooMany,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The store as it was right before and right after a transaction: what was once read is known.
pub(super) struct Past<'a> {
    app: &'a App,
    entry: &'a Committed,
    most: usize,
    read: HashMap<Read, Rows, RandomState>,
}

/// The rows of a resource that have one of these values in the field at this place.
type Read = (&'static str, usize, Vec<Value>);

/// A row before the transaction, and after it.
type Both = (Option<Row>, Option<Row>);

type Rows = HashMap<Value, Both, RandomState>;

impl<'a> Past<'a> {
    pub(super) fn of(app: &'a App, entry: &'a Committed) -> Self {
        Self {
            app,
            entry,
            most: app.config().max_push,
            read: HashMap::default(),
        }
    }

    /// What the transaction is to a view.
    ///
    /// # Errors
    /// Why nobody can tell: it concerns more records than are told of at once, or the store cannot be read.
    pub(super) async fn judge(&mut self, view: &View) -> Result<Vec<Item>, Reason> {
        self.items(view).await.map_err(|error| match error {
            Stop::TooMany => Reason::TooLarge,
            Stop::Failed(error) => {
                tracing::warn!(?error, "what a change is to a view cannot be found out");
                Reason::Unavailable
            }
        })
    }

    async fn items(&mut self, view: &View) -> Result<Vec<Item>, Stop> {
        let mut candidates = Rows::default();
        self.changed(view.schema.name, &mut candidates);
        Box::pin(self.below(&view.schema, &view.filter, &[], &mut candidates)).await?;
        if candidates.len() > self.most {
            return Err(Stop::TooMany);
        }
        let before = self.parents(&view.filter, &candidates, false).await?;
        let after = self.parents(&view.filter, &candidates, true).await?;
        let mut items = Vec::new();
        for (id, (old, new)) in candidates {
            let event = Event::of(
                matches(&view.filter, &old, &before),
                matches(&view.filter, &new, &after),
            );
            let own = self.entry.changes.iter();
            let own = own
                .filter(|change| change.schema.name == view.schema.name)
                .find(|change| change.id == id);
            match (event, own) {
                (Some(event), Some(change)) => items.push(Item::of(change, event)),
                // Only the right to see it may have changed, and has not.
                (None, _) | (Some(Event::Update), None) => {}
                (Some(event), None) => items.push(Item {
                    event,
                    id,
                    rev: self.entry.pos,
                    row: new.filter(|_| event == Event::Enter),
                    gone: false,
                    texts: Texts::default(),
                }),
            }
        }
        items.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(items)
    }

    /// Adds the rows of a resource that the transaction itself has changed.
    fn changed(&self, resource: &str, rows: &mut Rows) {
        for change in &self.entry.changes {
            if change.schema.name == resource {
                rows.insert(change.id.clone(), (change.old.clone(), change.new.clone()));
            }
        }
    }

    /// Adds the rows of this schema whose parents, of those that the filter asks about, have come to match or match no more, as far
    /// as the rows may meet all of `among`.
    async fn below(
        &mut self,
        schema: &Arc<Schema>,
        filter: &Filter,
        among: &[Filter],
        rows: &mut Rows,
    ) -> Result<(), Stop> {
        match filter {
            Filter::And(parts) => {
                let among = if among.is_empty() { parts } else { among };
                for part in parts {
                    Box::pin(self.below(schema, part, among, rows)).await?;
                }
            }
            Filter::Or(parts) => {
                for part in parts {
                    Box::pin(self.below(schema, part, among, rows)).await?;
                }
            }
            Filter::Not(part) => Box::pin(self.below(schema, part, among, rows)).await?,
            Filter::Test(..) => {}
            Filter::Parent {
                field,
                resource,
                filter,
            } => {
                let parent = Arc::clone(self.app.registry().named(resource)?.schema());
                let mut parents = Rows::default();
                self.changed(parent.name, &mut parents);
                if let Some(ids) = values_of(among, *field) {
                    parents.retain(|id, _| ids.contains(&id));
                }
                Box::pin(self.below(&parent, filter, &[], &mut parents)).await?;
                let before = self.parents(filter, &parents, false).await?;
                let after = self.parents(filter, &parents, true).await?;
                parents.retain(|_, (old, new)| {
                    matches(filter, old, &before) != matches(filter, new, &after)
                });
                if parents.is_empty() {
                    return Ok(());
                }
                let children = match values_of(among, schema.id) {
                    Some(ids) => {
                        let ids = ids.into_iter().cloned().collect();
                        self.rows(schema, schema.id, ids).await?
                    }
                    None => {
                        let ids = parents.into_keys().collect();
                        self.rows(schema, *field, ids).await?
                    }
                };
                for (id, both) in children {
                    rows.entry(id).or_insert(both);
                }
            }
        }
        Ok(())
    }

    /// What the parents were that a filter asks about.
    async fn parents(
        &mut self,
        filter: &Filter,
        candidates: &Rows,
        after: bool,
    ) -> Result<Parents, Stop> {
        let pick = |both: &Both| {
            if after {
                both.1.clone()
            } else {
                both.0.clone()
            }
        };
        let rows: Vec<_> = candidates.values().filter_map(pick).collect();
        let mut parents = Parents::default();
        while let Some((resource, ids)) = parents.missing(filter, &rows) {
            let schema = Arc::clone(self.app.registry().named(resource)?.schema());
            let found = self.rows(&schema, schema.id, ids.clone()).await?;
            let found: Vec<_> = ids.iter().map(|id| found.get(id).and_then(pick)).collect();
            parents.learn(resource, ids, found);
        }
        Ok(parents)
    }

    /// The rows that have one of these values in a field, before the transaction or after it.
    async fn rows(
        &mut self,
        schema: &Arc<Schema>,
        field: usize,
        mut values: Vec<Value>,
    ) -> Result<Rows, Stop> {
        values.sort_unstable();
        let read = (schema.name, field, values);
        if let Some(known) = self.read.get(&read) {
            return Ok(known.clone());
        }
        let rows = self.look_up(schema, field, read.2.clone()).await?;
        self.read.insert(read, rows.clone());
        Ok(rows)
    }

    async fn look_up(
        &self,
        schema: &Arc<Schema>,
        field: usize,
        values: Vec<Value>,
    ) -> Result<Rows, Stop> {
        let wanted: HashSet<Value, RandomState> = values.iter().cloned().collect();
        let query = Query {
            filter: Filter::Test(Path::field(field), Test::In(values)),
            limit: Some(self.most.max(wanted.len()) + 1),
            ..Query::default()
        };
        let listing = list(self.app, schema, &query).await?;
        if listing.more {
            return Err(Stop::TooMany);
        }
        let mut rows: HashMap<Value, Row, RandomState> = listing
            .rows
            .into_iter()
            .map(|stored| (stored.row[schema.id].clone(), stored.row))
            .collect();
        let later = self.later(listing.pos).await?;
        // Backwards, so that what was first is what is left.
        let since = later
            .iter()
            .rev()
            .flat_map(|entry| entry.changes.iter().rev());
        for change in since.filter(|change| change.schema.name == schema.name) {
            match &change.old {
                Some(old) => rows.insert(change.id.clone(), old.clone()),
                None => rows.remove(&change.id),
            };
        }
        let mut both: Rows = rows
            .into_iter()
            .map(|(id, row)| (id, (Some(row.clone()), Some(row))))
            .collect();
        self.changed(schema.name, &mut both);
        both.retain(|_, (old, new)| {
            let has =
                |row: &Option<Row>| row.as_ref().is_some_and(|row| wanted.contains(&row[field]));
            has(old) || has(new)
        });
        Ok(both)
    }

    /// What has happened since, up to a position.
    async fn later(&self, upto: u64) -> Answer<Vec<Arc<Committed>>> {
        if upto <= self.entry.pos || !self.app.store().caps().log {
            return Ok(Vec::new());
        }
        Ok(between(self.app, self.entry.pos, upto).await?)
    }
}

/// The values that a field may have, where one of these conditions, all of which a row meets, says so.
fn values_of(conditions: &[Filter], field: usize) -> Option<Vec<&Value>> {
    conditions.iter().find_map(|condition| match condition {
        Filter::Test(path, Test::Equal(value)) if *path == Path::field(field) => Some(vec![value]),
        Filter::Test(path, Test::In(values)) if *path == Path::field(field) => {
            Some(values.iter().collect())
        }
        _ => None,
    })
}

fn matches(filter: &Filter, row: &Option<Row>, parents: &Parents) -> bool {
    row.as_ref()
        .is_some_and(|row| filter.matches(row, &|resource, id| parents.find(resource, id)))
}
