//! The task that writes: what waits together is one transaction of the database.

use std::collections::HashMap;

use tokio::sync::mpsc;
use tokio_postgres::types::{Json, ToSql};
use tokio_postgres::{Client, Error, Row, Statement};

use super::{Kept, Reply, kept};
use crate::Outcome;
use crate::creature::Creature;

/// So many jobs share a transaction at most, as with ours.
const MOST: usize = 256;

/// The key of the lock that one server has at a time.
const LOCK: i64 = 7;

/// What is to be written.
pub(super) enum Job {
    Create {
        creature: Creature,
        reply: Reply,
    },
    Update {
        id: String,
        hunger: u8,
        tags: Vec<String>,
        reply: Reply,
    },
}

/// The connection, and its statements. What is sent at once is one trip.
pub(super) struct Writer {
    client: Client,
    begin: Statement,
    lock: Statement,
    create: Statement,
    find: Statement,
    update: Statement,
    end: Statement,
}

/// A create, and who waits for it.
type Create = (Creature, Reply);

/// What becomes of a record, and who waits for it.
type Update = ((u8, Vec<String>), Reply);

type Parameter<'a> = &'a (dyn ToSql + Sync);

impl Writer {
    pub(super) async fn new(client: Client) -> Result<Self, Error> {
        // Row and entry of the log are one statement, which finds the next positions itself.
        let create = "WITH new AS (SELECT id, name, hunger, kind, tags, line, \
             (SELECT coalesce(max(pos), 0) FROM sockful_log) + place AS pos FROM \
             unnest($1::text[], $2::text[], $3::bigint[], $4::jsonb[], $5::jsonb[], $6::text[]) \
             WITH ORDINALITY AS given (id, name, hunger, kind, tags, line, place)), \
             made AS (INSERT INTO creature (id, name, hunger, kind, tags, sockful_rev) \
             SELECT id, name, hunger, kind, tags, pos FROM new) \
             INSERT INTO sockful_log (pos, part, at, resource, id, schema, new, old) \
             SELECT pos, 0, clock_timestamp(), 'creature', id, '0123456789abcdef', line, NULL FROM new RETURNING pos";
        let update = "WITH new AS (SELECT id, hunger, tags, line, old, \
             (SELECT coalesce(max(pos), 0) FROM sockful_log) + place AS pos FROM \
             unnest($1::text[], $2::bigint[], $3::jsonb[], $4::text[], $5::text[]) \
             WITH ORDINALITY AS given (id, hunger, tags, line, old, place)), \
             made AS (UPDATE creature SET hunger = new.hunger, tags = new.tags, sockful_rev = new.pos \
             FROM new WHERE creature.id = new.id) \
             INSERT INTO sockful_log (pos, part, at, resource, id, schema, new, old) \
             SELECT pos, 0, clock_timestamp(), 'creature', id, '0123456789abcdef', line, old FROM new RETURNING pos";
        let find = "SELECT id, name, hunger, kind, tags, sockful_rev FROM creature WHERE id = ANY($1) FOR UPDATE";
        Ok(Self {
            begin: client.prepare("BEGIN").await?,
            lock: client.prepare("SELECT pg_advisory_xact_lock($1)").await?,
            create: client.prepare(create).await?,
            find: client.prepare(find).await?,
            update: client.prepare(update).await?,
            end: client.prepare("COMMIT").await?,
            client,
        })
    }

    /// Works until nobody can give it a job any more.
    pub(super) async fn run(self, mut queue: mpsc::Receiver<Job>) {
        let mut held = None;
        loop {
            let first = match held.take() {
                Some(first) => first,
                None => match queue.recv().await {
                    Some(first) => first,
                    None => return,
                },
            };
            let mut creates = Vec::new();
            let mut updates = HashMap::new();
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Create { creature, reply } if updates.is_empty() => {
                        creates.push((creature, reply));
                    }
                    Job::Update {
                        id,
                        hunger,
                        tags,
                        reply,
                    } if creates.is_empty() && !updates.contains_key(&id) => {
                        updates.insert(id, ((hunger, tags), reply));
                    }
                    other => {
                        held = Some(other);
                        break;
                    }
                }
                let full = creates.len() + updates.len() == MOST;
                next = if full { None } else { queue.try_recv().ok() };
            }
            let done = if updates.is_empty() {
                self.create(creates).await
            } else {
                self.update(updates).await
            };
            // Who waits is told by losing the other end.
            if let Err(error) = done {
                crate::note(&format!("the writer of tokio-postgres: {error}"));
            }
        }
    }

    async fn create(&self, group: Vec<Create>) -> Outcome {
        let creatures = || group.iter().map(|(creature, _)| creature);
        let lines = creatures().map(line).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<_> = creatures().map(|it| &*it.id).collect();
        let names: Vec<_> = creatures().map(|it| &*it.name).collect();
        let hungers: Vec<_> = creatures().map(|it| i64::from(it.hunger)).collect();
        let kinds: Vec<_> = creatures().map(|it| it.kind.as_ref().map(Json)).collect();
        let tags: Vec<_> = creatures().map(|it| Json(&it.tags)).collect();
        let lock = parameter(&LOCK);
        let rows: [Parameter<'_>; 6] = [&ids, &names, &hungers, &kinds, &tags, &lines];
        let (_, _, made, _) = tokio::try_join!(
            biased;
            self.client.execute(&self.begin, &[]),
            self.client.execute(&self.lock, &lock),
            self.client.query(&self.create, &rows),
            self.client.execute(&self.end, &[]),
        )?;
        tell(group, &made)
    }

    async fn update(&self, mut group: HashMap<String, Update>) -> Outcome {
        let ids: Vec<_> = group.keys().map(String::as_str).collect();
        let (lock, wanted) = (parameter(&LOCK), parameter(&ids));
        let (_, _, found) = tokio::try_join!(
            biased;
            self.client.execute(&self.begin, &[]),
            self.client.execute(&self.lock, &lock),
            self.client.query(&self.find, &wanted),
        )?;
        let mut changed = Vec::with_capacity(found.len());
        let mut olds = Vec::with_capacity(found.len());
        for row in &found {
            let (mut creature, _) = kept(row)?;
            let Some(((hunger, tags), reply)) = group.remove(&creature.id) else {
                continue;
            };
            let old = serde_json::json!({ "2": creature.hunger, "4": creature.tags });
            olds.push(old.to_string());
            (creature.hunger, creature.tags) = (hunger, tags);
            changed.push((creature, reply));
        }
        let creatures = || changed.iter().map(|(creature, _)| creature);
        let lines = creatures().map(line).collect::<Result<Vec<_>, _>>()?;
        let ids: Vec<_> = creatures().map(|it| &*it.id).collect();
        let hungers: Vec<_> = creatures().map(|it| i64::from(it.hunger)).collect();
        let tags: Vec<_> = creatures().map(|it| Json(&it.tags)).collect();
        let rows: [Parameter<'_>; 5] = [&ids, &hungers, &tags, &lines, &olds];
        let (made, _) = tokio::try_join!(
            biased;
            self.client.query(&self.update, &rows),
            self.client.execute(&self.end, &[]),
        )?;
        for (_, (_, reply)) in group {
            let _ = reply.send(Err("there is no such creature".to_owned()));
        }
        tell(changed, &made)
    }
}

fn parameter(value: &(impl ToSql + Sync)) -> [Parameter<'_>; 1] {
    [value]
}

/// Tells everybody what became of their record: the positions come in the order of the records.
fn tell(group: Vec<Create>, made: &[Row]) -> Outcome {
    for ((creature, reply), row) in group.into_iter().zip(made) {
        let pos: i64 = row.try_get(0)?;
        let told: Kept = (creature, pos.unsigned_abs());
        // Who no longer waits will not be told.
        let _ = reply.send(Ok(told));
    }
    Ok(())
}

/// The row of a creature as the log keeps it.
fn line(creature: &Creature) -> serde_json::Result<String> {
    let Creature {
        id,
        name,
        hunger,
        kind,
        tags,
    } = creature;
    serde_json::to_string(&(id, name, hunger, kind, tags))
}
