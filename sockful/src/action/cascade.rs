//! What becomes of the records below one that is destroyed: they go too, lose their parent, or keep it from going.

use std::collections::{HashMap, HashSet};

use futures_util::future::BoxFuture;

use super::listing;
use super::step::Allowed;
use crate::cx::Kept;
use crate::error::{Error, Result};
use crate::query::{Filter, Path, Query, Test};
use crate::relation::{OnDestroy, Relation};
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
            let mut fall = Fall::new(call, (place, id.clone()));
            fall.find(vec![id.clone()]).await?;
            if !fall.ask_hooks(&mut asked).await? {
                return fall.stage();
            }
        }
    }))
}

/// Everything that a destroyed record takes with it.
struct Fall<'c, 'a> {
    call: Allowed<'c, 'a>,
    /// What goes, the one that is destroyed included.
    going: HashSet<Place>,
    /// The same without that one, parents before their children.
    order: Vec<Below>,
    /// What loses its parent, and by which field, unless it goes as well.
    detached: Vec<(usize, Below)>,
    /// What keeps its parent, unless it goes as well.
    kept: Vec<Place>,
    /// Where nobody may be left who names a parent that goes.
    childless: Vec<Childless>,
}

impl<'c, 'a> Fall<'c, 'a> {
    fn new(call: Allowed<'c, 'a>, first: Place) -> Self {
        Self {
            call,
            going: HashSet::from([first]),
            order: Vec::new(),
            detached: Vec::new(),
            kept: Vec::new(),
            childless: Vec::new(),
        }
    }

    /// Finds everything below, level by level.
    async fn find(&mut self, ids: Vec<Value>) -> Result<()> {
        let related = self.call.app.registry().related();
        let mut level = HashMap::from([(self.call.resource.place(), ids)]);
        let mut depth = 0;
        while !level.is_empty() {
            depth += 1;
            let mut next: HashMap<usize, Vec<Value>> = HashMap::new();
            for (resource, ids) in level {
                for relation in related.children(resource) {
                    for child in self.children(relation, &ids, depth).await? {
                        let place = (child.resource, child.id.clone());
                        match relation.on_destroy {
                            OnDestroy::Restrict => self.kept.push(place),
                            OnDestroy::Detach => self.detached.push((relation.field, child)),
                            OnDestroy::Cascade => {
                                if self.going.insert(place) {
                                    next.entry(child.resource)
                                        .or_default()
                                        .push(child.id.clone());
                                    self.order.push(child);
                                }
                            }
                        }
                        self.is_bounded()?;
                    }
                }
            }
            level = next;
        }
        if self.kept.iter().any(|place| !self.going.contains(place)) {
            return Err(self.restricted());
        }
        Ok(())
    }

    /// The records that name one of these parents, as the transaction has left them.
    async fn children(
        &mut self,
        relation: &Relation,
        parents: &[Value],
        level: usize,
    ) -> Result<Vec<Below>> {
        let app = self.call.app;
        let schema = app.registry().at(relation.child).schema();
        let staged = self.call.staged()?;
        let touched = staged.touched(schema);
        let mut children = Vec::new();
        for parents in parents.chunks(AT_ONCE) {
            self.childless
                .extend(parents.iter().map(|parent| Childless {
                    schema: schema.clone(),
                    field: relation.field,
                    parent: parent.clone(),
                }));
            let query = Query {
                filter: Filter::Test(Path::field(relation.field), Test::In(parents.to_vec())),
                // One more tells that there are too many.
                limit: Some(app.config().max_cascade + 1),
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
            children.extend(stored);
            if children.len() > app.config().max_cascade {
                return Err(self.too_many());
            }
        }
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

    /// Runs the hooks of what goes that were not asked yet. No further than the level where one has written, because below it may be
    /// something else now: says whether one has.
    async fn ask_hooks(&self, asked: &mut HashSet<Place>) -> Result<bool> {
        let (registry, staged) = (self.call.app.registry(), self.call.staged()?);
        let cx = self.call.cx.beneath();
        let written = staged.written();
        let mut level = 0;
        for below in &self.order {
            if below.level > level && staged.written() > written {
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
        Ok(staged.written() > written)
    }

    /// Stages it all, children before their parents.
    fn stage(self) -> Result<()> {
        let registry = self.call.app.registry();
        let staged = self.call.staged()?;
        let mut freed: HashMap<Place, Below> = HashMap::new();
        for (field, mut below) in self.detached {
            let place = (below.resource, below.id.clone());
            if self.going.contains(&place) {
                continue;
            }
            // It may lose several parents.
            let row = freed.remove(&place).map_or(below.row, |before| before.row);
            below.row = row.with(field, Value::Null);
            freed.insert(place, below);
        }
        for below in freed.into_values() {
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

    fn is_bounded(&self) -> Result<()> {
        let found = self.order.len() + self.detached.len() + self.kept.len();
        if found > self.call.app.config().max_cascade {
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
            "more belongs to this {} than can be changed with it: destroy what is below it first",
            self.call.schema().name
        );
        Error::conflict(message).reason("too_many_children")
    }
}
