//! Rows in a file of JSON lines: the store that docs/store.md walks through.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write as _};
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use serde_json::{Map, Value as Json, json};
use sockful::describe::{Kind, Schema};
use sockful::query::Query;
use sockful::store::{
    Caps, Committed, Expect, Listing, Opened, Store, StoreError, StoreFuture, Stored, Transaction,
    Write,
};
use sockful::{Change, Row, Value};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;

/// Keeps rows in memory, and every commit as one line of a file.
pub(super) struct JsonLines {
    path: PathBuf,
    rows: Arc<RwLock<Rows>>,
    /// The file is for one commit at a time. This lock is fair: whoever asks first is first.
    file: Arc<Mutex<Option<File>>>,
    /// How many commits may be under way.
    room: Semaphore,
}

#[derive(Default)]
struct Rows {
    pos: u64,
    tables: BTreeMap<&'static str, BTreeMap<Value, Stored>>,
}

impl JsonLines {
    /// A store in this file, which need not exist yet.
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            rows: Arc::default(),
            file: Arc::default(),
            room: Semaphore::new(256),
        }
    }

    fn rows(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for JsonLines {
    fn caps(&self) -> Caps {
        let mut caps = Caps::rows();
        caps.durable = true;
        caps
    }

    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        Box::pin(async move {
            let (path, schemas) = (self.path.clone(), schemas.to_vec());
            let loaded = spawn_blocking(move || load(path, &schemas)).await;
            let (file, rows, opened) = loaded.map_err(failed)??;
            *self.rows.write().unwrap_or_else(PoisonError::into_inner) = rows;
            *self.file.lock().await = Some(file);
            Ok(opened)
        })
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        Box::pin(async move {
            let rows = self.rows();
            Ok(ids.iter().map(|id| rows.get(schema, id).cloned()).collect())
        })
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        Box::pin(async move {
            let rows = self.rows();
            let after = query.after.as_ref().map(|after| &after.id);
            let after = after.map_or(Bound::Unbounded, Bound::Excluded);
            let table = rows.tables.get(schema.name).into_iter();
            let mut found = table.flat_map(|it| it.range::<Value, _>((after, Bound::Unbounded)));
            let listed = found.by_ref().take(query.limit.unwrap_or(usize::MAX));
            Ok(Listing {
                rows: listed.map(|(_, stored)| stored.clone()).collect(),
                more: found.next().is_some(),
                pos: rows.pos,
            })
        })
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(async move {
            let Ok(_room) = self.room.try_acquire() else {
                return Err(StoreError::Unavailable("too many commits wait".into()));
            };
            let mut file = Arc::clone(&self.file).lock_owned().await;
            let rows = Arc::clone(&self.rows);
            let done = spawn_blocking(move || {
                let file = file.as_mut().ok_or_else(|| failed("not open"))?;
                commit(file, &rows, transaction)
            });
            done.await.map_err(failed)?
        })
    }
}

fn commit(
    file: &mut File,
    rows: &RwLock<Rows>,
    Transaction { writes, reads, .. }: Transaction,
) -> Result<Committed, StoreError> {
    let (pos, line) = {
        let rows = rows.read().unwrap_or_else(PoisonError::into_inner);
        let holds = |schema: &Schema, id, expect| match (expect, rows.get(schema, id)) {
            (Expect::Absent, stored) => stored.is_none(),
            (Expect::Rev(rev), stored) => stored.is_some_and(|stored| stored.rev == rev),
        };
        let mut read = reads.iter();
        if !read.all(|it| holds(&it.schema, &it.id, it.expect)) {
            return Err(StoreError::Stale);
        }
        for (write, it) in writes.iter().enumerate() {
            if !holds(&it.schema, &it.id, it.expect) {
                return Err(match it.expect {
                    Expect::Absent => StoreError::Exists { write },
                    Expect::Rev(_) => StoreError::Stale,
                });
            }
        }
        rows.check_unique(&writes)?;
        let pos = rows.pos + u64::from(!writes.is_empty());
        (pos, line(pos, &writes))
    };
    if !writes.is_empty() {
        append(file, &line).map_err(failed)?;
    }
    let mut rows = rows.write().unwrap_or_else(PoisonError::into_inner);
    Ok(rows.apply(pos, writes))
}

impl Rows {
    fn get(&self, schema: &Schema, id: &Value) -> Option<&Stored> {
        self.tables.get(schema.name)?.get(id)
    }

    /// Looks at what would be stored, so that records may swap their values. It looks at everything, too: a
    /// database would have an index.
    fn check_unique(&self, writes: &[Write]) -> Result<(), StoreError> {
        let mut after = BTreeMap::new();
        for (name, table) in &self.tables {
            after.extend(table.iter().map(|(id, stored)| ((*name, id), &stored.row)));
        }
        for it in writes {
            match &it.row {
                Some(row) => after.insert((it.schema.name, &it.id), row),
                None => after.remove(&(it.schema.name, &it.id)),
            };
        }
        for (write, it) in writes.iter().enumerate() {
            let Some(row) = &it.row else { continue };
            for (field, of) in it.schema.fields.iter().enumerate() {
                let mut others = after
                    .iter()
                    .filter(|((name, id), _)| *name == it.schema.name && **id != it.id);
                let unique = of.words.unique && !row[field].is_null();
                if unique && others.any(|(_, other)| other[field] == row[field]) {
                    return Err(StoreError::Unique { write, field });
                }
            }
        }
        Ok(())
    }

    fn apply(&mut self, pos: u64, writes: Vec<Write>) -> Committed {
        self.pos = pos;
        let changes = writes.into_iter().map(
            |Write {
                 schema, id, row, ..
             }| {
                let table = self.tables.entry(schema.name).or_default();
                // Where the schema has a field for the revision, it is told there as well.
                let row = row.map(|row| schema.revised(row, pos));
                let old = match row.clone() {
                    Some(row) => table.insert(id.clone(), Stored { row, rev: pos }),
                    None => table.remove(&id),
                };
                Change {
                    schema,
                    id,
                    rev: pos,
                    old: old.map(|old| old.row),
                    new: row,
                }
            },
        );
        Committed {
            changes: changes.collect(),
            pos,
        }
    }
}

/// Reads every line there is, and makes the file ready for more.
fn load(path: PathBuf, schemas: &[Arc<Schema>]) -> Result<(File, Rows, Opened), StoreError> {
    let mut options = OpenOptions::new();
    let options = options.read(true).append(true).create(true);
    let mut file = options.open(path).map_err(failed)?;
    let mut lines = BufReader::new(file.try_clone().map_err(failed)?);
    let (mut text, mut end) = (Vec::new(), 0);
    let mut next = || -> Result<Option<Json>, StoreError> {
        text.clear();
        end += lines.read_until(b'\n', &mut text).map_err(failed)? as u64;
        // A line without its end was cut off: nobody has been told of it.
        if !text.ends_with(b"\n") {
            end -= text.len() as u64;
            return Ok(None);
        }
        serde_json::from_slice(&text).map(Some).map_err(failed)
    };
    let first = next()?;
    let mut rows = Rows::default();
    rows.tables
        .extend(schemas.iter().map(|it| (it.name, BTreeMap::new())));
    while let Some(line) = next()? {
        let pos = line["pos"].as_u64().ok_or_else(|| damaged(&line))?;
        let writes = line["writes"].as_array().into_iter().flatten();
        let writes = writes.map(|write| from_json(write, schemas).ok_or_else(|| damaged(write)));
        rows.apply(pos, writes.collect::<Result<_, _>>()?);
    }
    file.set_len(end).map_err(failed)?;
    let opened = match first {
        Some(line) => {
            let (epoch, secret) = serde_json::from_value::<(String, _)>(line).map_err(failed)?;
            Opened::kept(epoch, secret)
        }
        None => {
            let opened = Opened::fresh();
            let first = json!([*opened.epoch, opened.secret]);
            append(&mut file, &first.to_string()).map_err(failed)?;
            opened
        }
    };
    Ok((file, rows, opened))
}

/// Adds a line, and waits until the disk has it. Where that fails nothing is left of it.
fn append(file: &mut File, line: &str) -> io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?;
    let written = writeln!(file, "{line}").and_then(|()| file.sync_data());
    if written.is_err() {
        file.set_len(end)?;
    }
    written
}

/// A commit as a line of the file, by the names of fields: places change with the struct.
fn line(pos: u64, writes: &[Write]) -> String {
    let writes = writes.iter().map(|it| {
        let row = it.row.as_ref().map(|row| {
            let fields = it.schema.fields.iter().zip(row.values());
            let fields = fields.map(|(field, value)| (field.name.to_owned(), to_json(value)));
            fields.collect::<Map<_, _>>()
        });
        json!({ "of": it.schema.name, "id": to_json(&it.id), "row": row })
    });
    json!({ "pos": pos, "writes": writes.collect::<Vec<_>>() }).to_string()
}

fn from_json(json: &Json, schemas: &[Arc<Schema>]) -> Option<Write> {
    let schema = schemas.iter().find(|it| json["of"] == it.name)?;
    let fields = schema.fields.iter().map(|field| {
        // A field that is new is null where it may be.
        let value = to_value(field.kind, &json["row"][field.name])?;
        (field.nullable || !value.is_null()).then_some(value)
    });
    let row = match &json["row"] {
        Json::Null => None,
        _ => Some(Row::new(fields.collect::<Option<Vec<_>>>()?)),
    };
    Some(Write {
        schema: Arc::clone(schema),
        id: to_value(schema.id_field().kind, &json["id"])?,
        expect: Expect::Absent,
        row,
    })
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) | Value::Time(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(text) | Value::Json(text) => (**text).into(),
    }
}

fn to_value(kind: Kind, json: &Json) -> Option<Value> {
    match kind {
        _ if json.is_null() => Some(Value::Null),
        Kind::Bool => json.as_bool().map(Value::Bool),
        Kind::Int => json.as_i64().map(Value::Int),
        Kind::Float => json.as_f64().map(Value::Float),
        Kind::Text => json.as_str().map(|text| Value::Text(text.into())),
        Kind::Time => json.as_i64().map(Value::Time),
        Kind::Json => json.as_str().map(|text| Value::Json(text.into())),
    }
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Failed(error.into())
}

fn damaged(line: &Json) -> StoreError {
    failed(format!("this does not fit the resources: {line}"))
}
