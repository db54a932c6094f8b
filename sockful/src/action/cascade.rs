//! What becomes of the records below one that is destroyed: they go too, lose their parent, or keep it from going.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::future::BoxFuture;

use super::listing;
use super::step::Allowed;
use crate::cx::Kept;
use crate::error::{Error, Result};
use crate::query::{Filter, Path, Query, Test};
use crate::relation::{OnDestroy, Related, Relation};
use crate::row::{Row, Value};
use crate::store::{Childless, Expect};

/// So many parents are named in one question to the store.
const AT_ONCE: usize = 1_000;

/// A record, by the place of its resource and its id.
type Place = (usize, Value);

/// A record below the one that is destroyed.
struct Below {
    resource: usize,
    id: Value,
    row: Row,
    /// What the store must have of it.
    expect: Expect,
    /// How far below.
    level: usize,
}

/// Stages what becomes of all records below one that is to be destroyed, before that itself is staged. Nothing, where its resource
/// has no children. Policies of those below are not asked; their hooks run on behalf of the application, parents before their children:
/// what a hook moves away stays, and what it puts there goes as well.
///
/// # Errors
/// Conflict `restricted` and `too_many_children`, before any hook runs, and again for what hooks have made of it; whatever a hook
/// refuses with.
pub(super) fn below<'b, 'a: 'b>(
    call: Allowed<'b, 'a>,
    id: &'b Value,
) -> Option<BoxFuture<'b, Result<()>>> {
    let place = call.resource.place();
    let mut relations = call.app.registry().related().children(place);
    relations.next()?;
    // Boxed, so that calls without children do not carry the room it needs.
    Some(Box::pin(async move {
        let mut asked = HashSet::new();
        loop {
            let mut fall = Fall::new(call, id.clone());
            fall.find(id.clone()).await?;
            if !fall.ask_hooks(&mut asked).await? {
                return fall.stage();
            }
        }
    }))
}

/// Everything that a destroyed record takes with it.
struct Fall<'c, 'a> {
    call: Allowed<'c, 'a>,
    /// What goes, the one that is destroyed included, by resource.
    going: BTreeMap<usize, HashSet<Value>>,
    /// The same without that one, parents before their children.
    order: Vec<Below>,
    /// What loses its parents and does not go, as it is without them.
    detached: BTreeMap<Place, Below>,
    /// Where nobody may be left who names a parent that goes.
    childless: Vec<Childless>,
}

impl<'c, 'a> Fall<'c, 'a> {
    fn new(call: Allowed<'c, 'a>, first: Value) -> Self {
        Self {
            call,
            going: BTreeMap::from([(call.resource.place(), HashSet::from([first]))]),
            order: Vec::new(),
            detached: BTreeMap::new(),
            childless: Vec::new(),
        }
    }

    /// Finds everything below, level by level.
    async fn find(&mut self, first: Value) -> Result<()> {
        let related = self.call.app.registry().related();
        let may_go = may_go(related, self.call.resource.place());
        let restricts = |relation: &&Relation| relation.on_destroy == OnDestroy::Restrict;
        let mut level = BTreeMap::from([(self.call.resource.place(), vec![first])]);
        let mut depth = 0;
        while !level.is_empty() {
            depth += 1;
            // First: what keeps its parent for certain spares all other questions.
            for (&resource, ids) in &level {
                let relations = related.children(resource).filter(restricts);
                for relation in relations.filter(|it| !may_go.contains(&it.child)) {
                    self.check_free(relation, ids).await?;
                }
            }
            let mut next: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
            for (resource, ids) in level {
                for relation in related.children(resource).filter(|it| !restricts(it)) {
                    for id in self.take(relation, &ids, depth).await? {
                        next.entry(relation.child).or_default().push(id);
                    }
                }
            }
            level = next;
        }
        // What may itself go keeps its parent only if it does not.
        for resource in may_go.iter().copied() {
            let relations = related.children(resource).filter(restricts);
            for relation in relations.filter(|it| may_go.contains(&it.child)) {
                let going = self.going.get(&resource);
                let ids: Vec<_> = going.into_iter().flatten().cloned().collect();
                self.check_free(relation, &ids).await?;
            }
        }
        Ok(())
    }

    /// Makes sure that nothing which stays keeps any of these from going.
    ///
    /// # Errors
    /// Conflict `restricted`.
    async fn check_free(&mut self, relation: &Relation, parents: &[Value]) -> Result<()> {
        let going = self.going.get(&relation.child).map_or(0, HashSet::len);
        for parents in parents.chunks(AT_ONCE) {
            // One more tells that there is something which stays.
            let most = going.saturating_add(1);
            let children = self.children(relation, parents, 0, most).await?;
            if children
                .iter()
                .any(|child| !self.goes(relation.child, &child.id))
            {
                return Err(self.restricted());
            }
        }
        Ok(())
    }

    /// Adds the children of these, and says which of them go and were not known to.
    ///
    /// # Errors
    /// Conflict `too_many_children`.
    async fn take(
        &mut self,
        relation: &Relation,
        parents: &[Value],
        level: usize,
    ) -> Result<Vec<Value>> {
        let mut new = Vec::new();
        for parents in parents.chunks(AT_ONCE) {
            // As many as are allowed and the one that is destroyed, whether known by now or not; one more tells that there are
            // too many.
            let most = self.most()?.saturating_add(2);
            for child in self.children(relation, parents, level, most).await? {
                if self.goes(relation.child, &child.id) {
                    continue;
                }
                let place = (relation.child, child.id.clone());
                if relation.on_destroy == OnDestroy::Detach {
                    // It may lose several parents.
                    let child = self.detached.remove(&place).unwrap_or(child);
                    let row = child.row.with(relation.field, Value::Null);
                    self.detached.insert(place, Below { row, ..child });
                } else {
                    self.detached.remove(&place);
                    let (resource, id) = place;
                    self.going.entry(resource).or_default().insert(id.clone());
                    new.push(id);
                    self.order.push(child);
                }
                self.check_bounds()?;
            }
        }
        Ok(new)
    }

    fn goes(&self, resource: usize, id: &Value) -> bool {
        let going = self.going.get(&resource);
        going.is_some_and(|going| going.contains(id))
    }

    /// The records that name one of these parents, as the transaction has left them: all that it has touched, and so many others.
    async fn children(
        &mut self,
        relation: &Relation,
        parents: &[Value],
        level: usize,
        most: usize,
    ) -> Result<Vec<Below>> {
        let app = self.call.app;
        let schema = app.registry().at(relation.child).schema();
        self.childless
            .extend(parents.iter().map(|parent| Childless {
                schema: schema.clone(),
                field: relation.field,
                parent: parent.clone(),
            }));
        let touched = self.call.staged()?.touched(schema);
        let query = Query {
            filter: Filter::Test(Path::field(relation.field), Test::In(parents.to_vec())),
            // The store may still have any of those touched here, and they must not hide what is behind them.
            limit: Some(most.saturating_add(touched.len())),
            ..Query::default()
        };
        let listing = listing::list(app, schema, &query).await?;
        let stored = listing.rows.into_iter().filter_map(|stored| {
            let id = stored.row[schema.id].clone();
            (!touched.contains_key(&id)).then_some(Below {
                resource: relation.child,
                id,
                row: stored.row,
                expect: Expect::Rev(stored.rev),
                level,
            })
        });
        let mut children: Vec<_> = stored.collect();
        let parents: HashSet<_> = parents.iter().collect();
        children.extend(
            touched
                .into_iter()
                .filter_map(|(id, Kept { row, expect })| {
                    let row = row.filter(|row| parents.contains(&row[relation.field]))?;
                    Some(Below {
                        resource: relation.child,
                        id,
                        row,
                        expect,
                        level,
                    })
                }),
        );
        Ok(children)
    }

    /// Runs the hooks of what goes that were not asked yet. No further than the level where one has written to what may be below
    /// something that goes, because that may be something else now: says whether one has.
    async fn ask_hooks(&self, asked: &mut HashSet<Place>) -> Result<bool> {
        let (registry, staged) = (self.call.app.registry(), self.call.staged()?);
        let cx = self.call.cx.beneath();
        let related = registry.related();
        let relations = self.going.keys().flat_map(|&it| related.children(it));
        let children: HashSet<_> = relations
            .map(|relation| registry.at(relation.child).schema().name)
            .collect();
        let before = staged.written(&children);
        let mut level = 0;
        for below in &self.order {
            if below.level > level && staged.written(&children) > before {
                return Ok(true);
            }
            level = below.level;
            let Some(hooks) = registry.at(below.resource).hooks() else {
                continue;
            };
            if asked.insert((below.resource, below.id.clone()))
                && let Some(hook) = hooks.before_destroy(&cx, &below.row)
            {
                hook.await?;
            }
        }
        Ok(staged.written(&children) > before)
    }

    /// Stages it all, children before their parents.
    ///
    /// # Errors
    /// Conflict `too_many_children`, where hooks have destroyed so much beside it.
    fn stage(self) -> Result<()> {
        self.check_bounds()?;
        let registry = self.call.app.registry();
        let staged = self.call.staged()?;
        let most = self.call.app.config().max_cascade;
        staged.cascade(self.order.len() + self.detached.len(), most);
        for below in self.detached.into_values() {
            let schema = registry.at(below.resource).schema();
            let row = match schema.updated_at {
                Some(place) => below
                    .row
                    .with(place, Value::Time(self.call.app.clock().now())),
                None => below.row,
            };
            staged.put(schema, below.id, below.expect, Some(row))?;
        }
        for below in self.order.into_iter().rev() {
            let schema = registry.at(below.resource).schema();
            staged.put(schema, below.id, below.expect, None)?;
        }
        for childless in self.childless {
            staged.leave_childless(childless);
        }
        Ok(())
    }

    /// How many records may go or lose a parent, after what this call has done already.
    fn most(&self) -> Result<usize> {
        let most = self.call.app.config().max_cascade;
        Ok(most.saturating_sub(self.call.staged()?.cascaded()))
    }

    fn check_bounds(&self) -> Result<()> {
        if self.order.len() + self.detached.len() > self.most()? {
            return Err(self.too_many());
        }
        Ok(())
    }

    /// Says neither what it is nor how much, nor of which record below: the caller may not be allowed to know of any.
    fn restricted(&self) -> Error {
        let message = format!(
            "as long as something belongs to this {}, or to what would go with it, it cannot be destroyed",
            self.call.schema().name
        );
        Error::conflict(message).reason("restricted")
    }

    fn too_many(&self) -> Error {
        let message = format!(
            "more belongs to this {} than one call can change with it: destroy what is below it first",
            self.call.schema().name
        );
        Error::conflict(message).reason("too_many_children")
    }
}

/// The resources of which records may go with one of this resource, itself included.
fn may_go(related: &Related, first: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([first]);
    let mut left = vec![first];
    while let Some(resource) = left.pop() {
        let relations = related.children(resource);
        for relation in relations.filter(|it| it.on_destroy == OnDestroy::Cascade) {
            if found.insert(relation.child) {
                left.push(relation.child);
            }
        }
    }
    found
}
