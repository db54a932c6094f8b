//! The thread that writes: what waits together is one transaction of the database.

use std::time::{SystemTime, UNIX_EPOCH};

use crossbeam_channel::Receiver;
use sockful::store::rusqlite::{Connection, ErrorCode, Result, Statement};

use super::reader::find;
use super::{Kept, Reply, Told, told};
use crate::creature::Creature;

/// So many jobs share a transaction at most, as with ours.
const MOST: usize = 256;

/// What names the columns of the table in the log.
const SCHEMA: &str = "0123456789abcdef";

/// What is to be written.
pub(super) enum Job {
    Create {
        creature: Creature,
        operation: Option<String>,
        reply: Reply<Kept>,
    },
    Update {
        id: String,
        hunger: u8,
        tags: Vec<String>,
        reply: Reply<Kept>,
    },
}

/// The statements, and the position of the last commit.
pub(super) struct Writer<'a> {
    begin: Statement<'a>,
    end: Statement<'a>,
    undo: Statement<'a>,
    insert: Statement<'a>,
    get: Statement<'a>,
    update: Statement<'a>,
    log: Statement<'a>,
    answered: Statement<'a>,
    answer: Statement<'a>,
    last: i64,
}

impl<'a> Writer<'a> {
    pub(super) fn new(connection: &'a Connection) -> Result<Self> {
        let last =
            connection.query_row("SELECT ifnull(max(pos), 0) FROM sockful_log", [], |row| {
                row.get(0)
            })?;
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            end: connection.prepare("COMMIT")?,
            undo: connection.prepare("ROLLBACK")?,
            insert: connection.prepare(
                "INSERT INTO creature (id, name, hunger, kind, tags, sockful_rev) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            get: connection
                .prepare("SELECT id, name, hunger, kind, tags, sockful_rev FROM creature WHERE id = ?1")?,
            update: connection
                .prepare("UPDATE creature SET hunger = ?1, tags = ?2, sockful_rev = ?3 WHERE id = ?4")?,
            log: connection.prepare(
                "INSERT INTO sockful_log (pos, part, at, resource, id, schema, new, old) \
                 VALUES (?1, 0, ?2, 'creature', ?3, ?4, ?5, ?6)",
            )?,
            answered: connection.prepare("SELECT request, answer FROM sockful_ledger WHERE user = ?1 AND op = ?2")?,
            answer: connection
                .prepare("INSERT INTO sockful_ledger (user, op, request, answer, at) VALUES (?1, ?2, ?3, ?4, ?5)")?,
            last,
        })
    }

    /// Works until nobody can give it a job any more.
    pub(super) fn run(&mut self, queue: &Receiver<Job>) {
        let mut replies = Vec::new();
        while let Ok(first) = queue.recv() {
            let last = self.last;
            let done = self.group(first, queue, &mut replies);
            if done.is_err() {
                self.last = last;
                let _ = self.undo.execute([]);
            }
            for (reply, result) in replies.drain(..) {
                let result = match &done {
                    Ok(()) => result,
                    Err(error) => Err(error.clone()),
                };
                // Who no longer waits will not be told.
                let _ = reply.send(result);
            }
        }
    }

    fn group(
        &mut self,
        first: Job,
        queue: &Receiver<Job>,
        replies: &mut Vec<(Reply<Kept>, Told<Kept>)>,
    ) -> Told<()> {
        self.begin.execute([]).map_err(told)?;
        let mut next = Some(first);
        while let Some(job) = next {
            let (reply, done) = match job {
                Job::Create {
                    creature,
                    operation,
                    reply,
                } => (reply, self.create(creature, operation)),
                Job::Update {
                    id,
                    hunger,
                    tags,
                    reply,
                } => (reply, self.update(&id, hunger, tags)),
            };
            let broken = done.as_ref().err().cloned();
            replies.push((reply, done.flatten()));
            if let Some(error) = broken {
                return Err(error);
            }
            next = if replies.len() < MOST {
                queue.try_recv().ok()
            } else {
                None
            };
        }
        self.end.execute([]).map_err(told)?;
        Ok(())
    }

    /// # Errors
    /// If the group is lost.
    fn create(&mut self, creature: Creature, operation: Option<String>) -> Told<Told<Kept>> {
        if let Some(op) = &operation
            && self.answered.exists(["", op]).map_err(told)?
        {
            return Ok(Err("the operation was answered before".to_owned()));
        }
        let kind = creature.kind.as_ref().map(serde_json::to_string);
        let kind = kind.transpose().map_err(told)?;
        let tags = serde_json::to_string(&creature.tags).map_err(told)?;
        // One that exists fails here, and has changed nothing.
        let pos = self.last + 1;
        let Creature {
            id, name, hunger, ..
        } = &creature;
        let inserted = self.insert.execute((id, name, hunger, kind, tags, pos));
        if let Err(error) = inserted {
            return match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => Ok(Err(told(error))),
                _ => Err(told(error)),
            };
        }
        let at = now();
        let new = row(&creature)?;
        self.log
            .execute((pos, at, id, SCHEMA, new, None::<String>))
            .map_err(told)?;
        if let Some(op) = operation {
            let answer = format!(r#"{{"pos":{pos},"answer":"as it was"}}"#);
            self.answer
                .execute(("", op, [7_u8; 32], answer, at))
                .map_err(told)?;
        }
        self.last = pos;
        Ok(Ok((creature, pos.unsigned_abs())))
    }

    /// # Errors
    /// If the group is lost.
    fn update(&mut self, id: &str, hunger: u8, tags: Vec<String>) -> Told<Told<Kept>> {
        let Some((mut creature, _)) = find(&mut self.get, id)? else {
            return Ok(Err("there is no such creature".to_owned()));
        };
        let old = serde_json::json!({ "2": creature.hunger, "4": creature.tags }).to_string();
        (creature.hunger, creature.tags) = (hunger, tags);
        let tags = serde_json::to_string(&creature.tags).map_err(told)?;
        let pos = self.last + 1;
        self.update.execute((hunger, tags, pos, id)).map_err(told)?;
        let new = row(&creature)?;
        self.log
            .execute((pos, now(), id, SCHEMA, new, old))
            .map_err(told)?;
        self.last = pos;
        Ok(Ok((creature, pos.unsigned_abs())))
    }
}

/// The row of a creature as the log keeps it.
fn row(creature: &Creature) -> Told<String> {
    let Creature {
        id,
        name,
        hunger,
        kind,
        tags,
    } = creature;
    serde_json::to_string(&(id, name, hunger, kind, tags)).map_err(told)
}

/// Microseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as i64)
}
