//! Rows in one JSON file: the store that docs/store.md walks through.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Map, Value as Json, json};
use sockful::describe::{Field, Kind, Schema};
use sockful::query::Query;
use sockful::store::{
    Caps, Committed, Expect, Listing, Opened, Store, StoreError, StoreFuture, Stored, Transaction,
};
use sockful::{Change, Row, Value};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::spawn_blocking;

/// Keeps everything in one JSON file.
#[derive(Debug)]
pub(super) struct JsonFile {
    shared: Arc<Shared>,
    room: Semaphore,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// What is on the disk. Held to swap and to clone a pointer, never across an await.
    saved: RwLock<Arc<Content>>,
    /// Whose turn it is to commit.
    turn: Arc<Mutex<()>>,
}

#[derive(Clone, Debug, Default)]
struct Content {
    pos: u64,
    epoch: String,
    secret: [u8; 32],
    tables: BTreeMap<String, BTreeMap<Value, Stored>>,
    /// Resources that this server does not know: left as they are.
    others: Map<String, Json>,
    /// How rows are written.
    schemas: Vec<Arc<Schema>>,
}

impl JsonFile {
    /// A store in this file, which need not exist yet.
    pub(super) fn new(path: impl Into<PathBuf>) -> Self {
        let shared = Shared {
            path: path.into(),
            saved: RwLock::default(),
            turn: Arc::default(),
        };
        Self {
            shared: Arc::new(shared),
            room: Semaphore::new(256),
        }
    }
}

impl Store for JsonFile {
    fn caps(&self) -> Caps {
        let mut caps = Caps::rows();
        caps.durable = true;
        caps
    }

    fn open<'a>(&'a self, schemas: &'a [Arc<Schema>]) -> StoreFuture<'a, Opened> {
        let (shared, schemas) = (Arc::clone(&self.shared), schemas.to_vec());
        Box::pin(async move {
            on_a_thread_of_its_own(move || {
                let content = Content::load(&shared.path, schemas)?;
                let opened = Opened::kept(content.epoch.as_str(), content.secret);
                shared.save(content)?;
                Ok(opened)
            })
            .await
        })
    }

    fn get_many<'a>(
        &'a self,
        schema: &'a Arc<Schema>,
        ids: &'a [Value],
    ) -> StoreFuture<'a, Vec<Option<Stored>>> {
        Box::pin(async move {
            let content = self.shared.content();
            let table = content.table(schema)?;
            Ok(ids.iter().map(|id| table.get(id).cloned()).collect())
        })
    }

    fn list<'a>(&'a self, schema: &'a Arc<Schema>, query: &'a Query) -> StoreFuture<'a, Listing> {
        Box::pin(async move {
            let content = self.shared.content();
            let after = query.after.as_ref().map(|after| &after.id);
            let after = after.map_or(Bound::Unbounded, Bound::Excluded);
            let mut rows = content
                .table(schema)?
                .range::<Value, _>((after, Bound::Unbounded))
                .map(|(_, stored)| stored.clone());
            let listed = rows.by_ref().take(query.limit.unwrap_or(usize::MAX));
            Ok(Listing {
                rows: listed.collect(),
                more: rows.next().is_some(),
                pos: content.pos,
            })
        })
    }

    fn commit(&self, transaction: Transaction) -> StoreFuture<'_, Committed> {
        Box::pin(async move {
            let Ok(_room) = self.room.try_acquire() else {
                return Err(StoreError::Unavailable("too many commits wait".into()));
            };
            // Whoever asks first is first: this lock is fair.
            let turn = Arc::clone(&self.shared.turn).lock_owned().await;
            let shared = Arc::clone(&self.shared);
            on_a_thread_of_its_own(move || {
                let _turn = turn;
                let mut content = Content::clone(&shared.content());
                let committed = content.apply(transaction)?;
                if !committed.changes.is_empty() {
                    shared.save(content)?;
                }
                Ok(committed)
            })
            .await
        })
    }
}

impl Content {
    fn table(&self, schema: &Schema) -> Result<&BTreeMap<Value, Stored>, StoreError> {
        let table = self.tables.get(schema.name);
        table.ok_or_else(|| failed(format!("the store is not open for {}", schema.name)))
    }

    fn apply(&mut self, transaction: Transaction) -> Result<Committed, StoreError> {
        let Transaction { writes, reads, .. } = transaction;
        for read in &reads {
            let stored = self.table(&read.schema)?.get(&read.id);
            if stored.is_none_or(|stored| stored.rev != read.rev) {
                return Err(StoreError::Stale);
            }
        }
        for (write, it) in writes.iter().enumerate() {
            match (it.expect, self.table(&it.schema)?.get(&it.id)) {
                (Expect::Absent, Some(_)) => return Err(StoreError::Exists { write }),
                (Expect::Rev(rev), stored) if stored.is_none_or(|it| it.rev != rev) => {
                    return Err(StoreError::Stale);
                }
                _ => {}
            }
        }
        if !writes.is_empty() {
            self.pos += 1;
        }
        let rev = self.pos;
        let mut changes = Vec::new();
        for write in writes {
            let table = self.tables.entry(write.schema.name.into()).or_default();
            let old = match write.row.clone() {
                Some(row) => table.insert(write.id.clone(), Stored { row, rev }),
                None => table.remove(&write.id),
            };
            changes.push(Change {
                schema: write.schema,
                id: write.id,
                rev,
                old: old.map(|stored| stored.row),
                new: write.row,
            });
        }
        self.check_unique(&changes)?;
        Ok(Committed { pos: rev, changes })
    }

    /// Looks at what would be stored: so records may swap their values.
    fn check_unique(&self, changes: &[Change]) -> Result<(), StoreError> {
        for (write, change) in changes.iter().enumerate() {
            let (Some(row), table) = (&change.new, self.table(&change.schema)?) else {
                continue;
            };
            let fields = change.schema.fields.iter().enumerate();
            for (field, _) in fields.filter(|(_, field)| field.words.unique) {
                let held = |(id, other): (&Value, &Stored)| {
                    *id != change.id && !row[field].is_null() && other.row[field] == row[field]
                };
                if table.iter().any(held) {
                    return Err(StoreError::Unique { write, field });
                }
            }
        }
        Ok(())
    }
}

impl Shared {
    fn content(&self) -> Arc<Content> {
        let saved = self.saved.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&saved)
    }

    /// Puts a new file in the place of the old one, then shows it to readers.
    fn save(&self, content: Content) -> Result<(), StoreError> {
        let text = content.write().to_string();
        let beside = self.path.with_extension("new");
        let replace = || -> io::Result<()> {
            let mut file = File::create(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &self.path)?;
            // The name of the file is kept by its folder.
            File::open(self.path.parent().unwrap_or(Path::new(".")))?.sync_all()
        };
        replace().map_err(failed)?;
        *self.saved.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(content);
        Ok(())
    }
}

impl Content {
    fn write(&self) -> Json {
        let mut tables = self.others.clone();
        for schema in &self.schemas {
            let rows = self.tables.get(schema.name).into_iter().flatten();
            let rows = rows.map(|(_, stored)| {
                let fields = schema.fields.iter().zip(stored.row.values());
                let fields = fields.map(|(field, value)| (field.name.into(), to_json(value)));
                json!({ "rev": stored.rev, "row": fields.collect::<Map<_, _>>() })
            });
            tables.insert(schema.name.into(), rows.collect());
        }
        json!({ "pos": self.pos, "epoch": self.epoch, "secret": self.secret, "tables": tables })
    }

    fn load(path: &Path, schemas: Vec<Arc<Schema>>) -> Result<Self, StoreError> {
        let text = match fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let Opened { epoch, secret, .. } = Opened::fresh();
                let new = json!({ "pos": 0, "epoch": *epoch, "secret": secret, "tables": {} });
                new.to_string().into_bytes()
            }
            read => read.map_err(failed)?,
        };
        let mut file: Json = serde_json::from_slice(&text).map_err(failed)?;
        let Json::Object(others) = file["tables"].take() else {
            return Err(failed("this is not a file of this store"));
        };
        let mut content = Self {
            pos: serde_json::from_value(file["pos"].take()).map_err(failed)?,
            epoch: serde_json::from_value(file["epoch"].take()).map_err(failed)?,
            secret: serde_json::from_value(file["secret"].take()).map_err(failed)?,
            others,
            ..Self::default()
        };
        for schema in &schemas {
            let rows = content.others.remove(schema.name);
            let rows = rows.as_ref().and_then(Json::as_array).into_iter().flatten();
            let mut table = BTreeMap::new();
            for it in rows {
                let values = schema.fields.iter().map(|field| {
                    let value = from_json(field, &it["row"][field.name]);
                    value.ok_or_else(|| failed(format!("{}.{}: {it}", schema.name, field.name)))
                });
                let row = Row::new(values.collect::<Result<Vec<_>, _>>()?);
                let rev = it["rev"].as_u64().ok_or_else(|| failed("no revision"))?;
                table.insert(row[schema.id].clone(), Stored { row, rev });
            }
            content.tables.insert(schema.name.into(), table);
        }
        content.schemas = schemas;
        Ok(content)
    }
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

fn from_json(field: &Field, json: &Json) -> Option<Value> {
    match field.kind {
        _ if json.is_null() => field.nullable.then_some(Value::Null),
        Kind::Bool => json.as_bool().map(Value::Bool),
        Kind::Int => json.as_i64().map(Value::Int),
        Kind::Float => json.as_f64().map(Value::Float),
        Kind::Text => json.as_str().map(|text| Value::Text(text.into())),
        Kind::Time => json.as_i64().map(Value::Time),
        Kind::Json => json.as_str().map(|text| Value::Json(text.into())),
    }
}

async fn on_a_thread_of_its_own<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.map_err(failed)?
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Failed(error.into())
}
