//! The resource written by hand on tokio-postgres, for this one struct and as fast as we can: a task that writes in
//! groups, connections that read many things at once, statements that stay prepared, no SQL made at run time.
//!
//! It works on a database that our store has made, with the same settings, and writes what ours writes: rows with a
//! revision and entries of the log, under a lock that one server has at a time. What it leaves out: it never shortens the
//! log, connects once and for all, and gives up the whole group when a statement fails. Creates and updates never
//! share a transaction.

mod writer;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::types::Json;
use tokio_postgres::{Client, Error, NoTls, Row, Statement};

use self::writer::{Job, Writer};
use crate::Outcome;
use crate::creature::Creature;
use crate::stores::{PAGE, Sync};

/// How many jobs may wait, as with ours.
const QUEUE: usize = 4_096;

/// A record and its revision.
pub(crate) type Kept = (Creature, u64);

/// Records, whether there are more, and the position of the log.
pub(crate) type Listed = (Vec<Kept>, bool, u64);

/// The records. Its connections end when it is dropped.
pub(crate) struct Creatures {
    jobs: mpsc::Sender<Job>,
    readers: Vec<Reader>,
    /// Whose turn it is to read.
    turn: AtomicUsize,
}

/// A connection that reads, and what it asks.
struct Reader {
    client: Client,
    get: Statement,
    list: Statement,
}

impl Creatures {
    /// Opens a database that our store has made.
    pub(crate) async fn open(url: &str, sync: Sync) -> Outcome<Self> {
        let client = connect(url).await?;
        if sync == Sync::Relaxed {
            client
                .batch_execute("SET synchronous_commit TO off")
                .await?;
        }
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(Writer::new(client).await?.run(queue));

        let cores = thread::available_parallelism().map_or(2, usize::from);
        let mut readers = Vec::new();
        for _ in 0..cores.clamp(2, 8) {
            let client = connect(url).await?;
            let get = client.prepare(
                "SELECT id, name, hunger, kind, tags, sockful_rev FROM creature WHERE id = $1",
            );
            // The position is of the same moment, and told of an empty page too.
            let list = client.prepare(
                "SELECT page.*, log.last FROM (SELECT max(pos) AS last FROM sockful_log) AS log LEFT JOIN \
                 (SELECT id, name, hunger, kind, tags, sockful_rev FROM creature WHERE name >= $1 \
                 ORDER BY name, id LIMIT $2) AS page ON TRUE",
            );
            let (get, list) = (get.await?, list.await?);
            readers.push(Reader { client, get, list });
        }
        Ok(Self {
            jobs,
            readers,
            turn: AtomicUsize::new(0),
        })
    }

    /// Creates a record.
    pub(crate) async fn create(&self, creature: Creature) -> io::Result<Kept> {
        self.job(|reply| Job::Create { creature, reply }).await
    }

    /// Changes two fields of a record.
    pub(crate) async fn update(
        &self,
        id: String,
        hunger: u8,
        tags: Vec<String>,
    ) -> io::Result<Kept> {
        self.job(|reply| Job::Update {
            id,
            hunger,
            tags,
            reply,
        })
        .await
    }

    pub(crate) async fn get(&self, id: &str) -> io::Result<Option<Kept>> {
        let Reader { client, get, .. } = self.reader();
        let found = client.query_opt(get, &[&id]).await;
        let found = found.map_err(io::Error::other)?;
        found
            .as_ref()
            .map(kept)
            .transpose()
            .map_err(io::Error::other)
    }

    /// The records from this name on, whether there are more, and the position of the log of that moment.
    pub(crate) async fn list(&self, name: &str) -> io::Result<Listed> {
        let Reader { client, list, .. } = self.reader();
        let rows = client.query(list, &[&name, &(PAGE as i64 + 1)]).await;
        let rows = rows.map_err(io::Error::other)?;
        listed(&rows).map_err(io::Error::other)
    }

    fn reader(&self) -> &Reader {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        &self.readers[turn % self.readers.len()]
    }

    async fn job(&self, job: impl FnOnce(Reply) -> Job) -> io::Result<Kept> {
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(job(reply)).map_err(io::Error::other)?;
        let answer = answer.await.map_err(io::Error::other)?;
        answer.map_err(io::Error::other)
    }
}

/// Who waits for an answer.
type Reply = oneshot::Sender<Result<Kept, String>>;

async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            crate::note(&format!("a connection of tokio-postgres: {error}"));
        }
    });
    client.batch_execute("SET jit TO off").await?;
    Ok(client)
}

fn listed(rows: &[Row]) -> Result<Listed, Error> {
    let last: Option<i64> = rows.first().map_or(Ok(None), |row| row.try_get(6))?;
    let mut page = Vec::with_capacity(PAGE);
    for row in rows.iter().take(PAGE) {
        if row.try_get::<_, Option<&str>>(0)?.is_some() {
            page.push(kept(row)?);
        }
    }
    let more = rows.len() > PAGE;
    Ok((page, more, last.unwrap_or(0).unsigned_abs()))
}

/// A row: the fields of a creature, then its revision.
fn kept(row: &Row) -> Result<Kept, Error> {
    let kind: Option<Json<_>> = row.try_get(3)?;
    let hunger: i64 = row.try_get(2)?;
    let Json(tags) = row.try_get(4)?;
    let creature = Creature {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        // Nobody else writes, and nothing but what fits.
        hunger: hunger as u8,
        kind: kind.map(|Json(kind)| kind),
        tags,
    };
    let rev: i64 = row.try_get(5)?;
    Ok((creature, rev.unsigned_abs()))
}
