//! Who keeps the records: our app, our store without the app, or the peer. Every call is checked to have done what
//! was asked.

use std::io;
use std::path::Path;
use std::sync::Arc;

use sockful::describe::Schema;
use sockful::query::Query;
use sockful::store::{
    Durability, Expect, Operation, OperationKey, Store, StoreError, Transaction, Write,
};
use sockful::{App, Resource as _, Row, Sqlite, Value, filter, sort};

use super::{PAGE, Sync};
use crate::Outcome;
use crate::creature::Creature;
use crate::peers::rusqlite::Creatures;
use crate::side::Side;

/// One of the sides.
pub(crate) enum Keeper {
    App(App),
    Store(Alone),
    Rusqlite(Creatures),
}

impl Keeper {
    /// Opens the database, and makes it if there is none.
    pub(crate) async fn open(side: Side, database: &Path, sync: Sync) -> Outcome<Self> {
        if side == Side::Rusqlite {
            return Ok(Self::Rusqlite(Creatures::open(database, sync)?));
        }
        let durability = match sync {
            Sync::Full => Durability::Full,
            Sync::Relaxed => Durability::Relaxed,
        };
        let store = Sqlite::builder(database).durability(durability).open()?;
        let app = App::builder()
            .store(store.clone())
            .resource::<Creature>()
            .build()
            .await?;
        Ok(match side {
            Side::App => Self::App(app),
            _ => Self::Store(Alone::new(store, &app)?),
        })
    }

    pub(crate) async fn create(&self, id: String) -> io::Result<()> {
        match self {
            Self::App(app) => {
                let created = app.system().create(Creature::new(id.clone())).await;
                right(created.map_err(io::Error::other)?.id == id)
            }
            Self::Store(store) => store.create(id, None).await,
            Self::Rusqlite(peer) => {
                let created = peer.create(Creature::new(id.clone()), None).await?;
                right(created.0.id == id && created.1 > 0)
            }
        }
    }

    /// A create whose answer is recorded under the name of an operation.
    pub(crate) async fn create_once(&self, id: String, operation: String) -> io::Result<()> {
        match self {
            Self::App(_) => Err(io::Error::other("only clients name operations")),
            Self::Store(store) => store.create(id, Some(operation)).await,
            Self::Rusqlite(peer) => {
                let created = peer
                    .create(Creature::new(id.clone()), Some(operation))
                    .await?;
                right(created.0.id == id && created.1 > 0)
            }
        }
    }

    pub(crate) async fn update(&self, id: String, hunger: u8) -> io::Result<()> {
        match self {
            Self::App(app) => {
                let updated = app
                    .system()
                    .update(&id, |creature: &mut Creature| {
                        creature.hunger = hunger;
                        creature.tags = vec!["red".to_owned()];
                    })
                    .await;
                right(updated.map_err(io::Error::other)?.hunger == hunger)
            }
            Self::Store(store) => store.update(id, hunger).await,
            Self::Rusqlite(peer) => {
                let updated = peer.update(id, hunger, vec!["red".to_owned()]).await?;
                right(updated.0.hunger == hunger && updated.1 > 0)
            }
        }
    }

    pub(crate) async fn get(&self, id: String) -> io::Result<()> {
        match self {
            Self::App(app) => {
                let found = app.system().get::<Creature>(&id).await;
                right(found.map_err(io::Error::other)?.id == id)
            }
            Self::Store(store) => {
                let key = Value::Text(id.as_str().into());
                let found = store.store.get(&store.schema, &key).await.map_err(failed)?;
                right(found.is_some_and(|found| found.row[store.schema.id] == key))
            }
            Self::Rusqlite(peer) => {
                let found = peer.get(id.clone()).await?;
                right(found.is_some_and(|(found, rev)| found.id == id && rev > 0))
            }
        }
    }

    /// The page of records whose names come first from this one on.
    pub(crate) async fn list(&self, name: String) -> io::Result<()> {
        match self {
            Self::App(app) => {
                let page = Creature::query()
                    .filter(filter!(|c: Creature| c.name >= &name))
                    .sort(sort!(|c: Creature| c.name))
                    .limit(PAGE);
                let listed = app.system().all(page).await.map_err(io::Error::other)?;
                right(listed.len() == PAGE && listed[0].name == name)
            }
            Self::Store(store) => store.list(name).await,
            Self::Rusqlite(peer) => {
                let (listed, more, pos) = peer.list(name.clone()).await?;
                right(listed.len() == PAGE && listed[0].0.name == name && more && pos > 0)
            }
        }
    }
}

/// Makes a database of so many records, a thousand in each transaction.
pub(super) async fn fill(database: &Path, records: usize) -> Outcome {
    let Keeper::Store(store) = Keeper::open(Side::Store, database, Sync::Relaxed).await? else {
        return Err("the store is no store".into());
    };
    for from in (0..records).step_by(1_000) {
        let mut transaction = Transaction::default();
        let turns = from..records.min(from + 1_000);
        transaction.writes = turns.map(|turn| store.new_write(super::id(turn))).collect();
        store.commit(transaction).await?;
    }
    Ok(())
}

fn right(right: bool) -> io::Result<()> {
    if right {
        Ok(())
    } else {
        Err(io::Error::other("an answer is not what was asked for"))
    }
}

fn failed(error: StoreError) -> io::Error {
    io::Error::other(error)
}

/// Our store, asked for rows as an app asks it.
pub(crate) struct Alone {
    store: Box<dyn Store>,
    schema: Arc<Schema>,
    places: Places,
}

/// Where the fields are.
struct Places {
    name: usize,
    hunger: usize,
    tags: usize,
}

impl Alone {
    fn new(store: impl Store, app: &App) -> Outcome<Self> {
        let schema = app.schemas().next().ok_or("the app has no resource")?;
        let place = |name| schema.position(name).ok_or("a field is missing");
        Ok(Self {
            places: Places {
                name: place("name")?,
                hunger: place("hunger")?,
                tags: place("tags")?,
            },
            store: Box::new(store),
            schema: Arc::new(schema.clone()),
        })
    }

    async fn create(&self, id: String, operation: Option<String>) -> io::Result<()> {
        let operation = operation.map(|op| Operation {
            key: OperationKey {
                user: "".into(),
                op: op.into(),
            },
            request: [7; 32],
            answer: Box::new(|committed| {
                format!(r#"{{"pos":{},"answer":"as it was"}}"#, committed.pos).into()
            }),
        });
        let mut transaction = Transaction::default();
        transaction.writes.push(self.new_write(id));
        transaction.operation = operation;
        self.commit(transaction).await
    }

    fn new_write(&self, id: String) -> Write {
        let id = Value::Text(id.into());
        let row = Row::new([
            id.clone(),
            id.clone(),
            Value::Int(9),
            Value::Json(r#"{"dragon":{"wings":2}}"#.into()),
            Value::Json(r#"["red","old"]"#.into()),
        ]);
        self.write(id, Expect::Absent, row)
    }

    async fn update(&self, id: String, hunger: u8) -> io::Result<()> {
        let id = Value::Text(id.into());
        let found = self.store.get(&self.schema, &id).await.map_err(failed)?;
        let found = found.ok_or(io::ErrorKind::NotFound)?;
        let mut values = found.row.values().to_vec();
        values[self.places.hunger] = Value::Int(hunger.into());
        values[self.places.tags] = Value::Json(r#"["red"]"#.into());
        let write = self.write(id, Expect::Rev(found.rev), Row::new(values));
        let mut transaction = Transaction::default();
        transaction.writes.push(write);
        self.commit(transaction).await
    }

    fn write(&self, id: Value, expect: Expect, row: Row) -> Write {
        Write {
            schema: Arc::clone(&self.schema),
            id,
            expect,
            row: Some(row),
        }
    }

    async fn commit(&self, transaction: Transaction) -> io::Result<()> {
        let writes = transaction.writes.len();
        let committed = self.store.commit(transaction).await.map_err(failed)?;
        right(committed.changes.len() == writes && committed.pos > 0)
    }

    async fn list(&self, name: String) -> io::Result<()> {
        let field = self.places.name;
        let mut query = Query::default();
        query.filter = filter!(|c: Creature| c.name >= &name).into();
        let name = Value::Text(name.into());
        query.sort = sort!(|c: Creature| c.name).map(Into::into).to_vec();
        query.limit = Some(PAGE);
        let listed = self
            .store
            .list(&self.schema, &query)
            .await
            .map_err(failed)?;
        let first = listed.rows.first().map(|stored| &stored.row[field]);
        right(listed.rows.len() == PAGE && first == Some(&name) && listed.more)
    }
}
