//! The server is killed at random moments, started again, and asked again for what it had not answered.
//!
//! It is a process of its own with a database file and default settings; its clients are many, each with several
//! requests in flight, each request under an operation id.

mod client;
mod server;

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fastrand::Rng;
use sockful::Sqlite;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::client::{Client, World};
use self::server::Server;
use super::judge::{Judged, counted};
use super::records;
use crate::support::folder::Folder;
use crate::{seed, setting};

const CLIENTS: usize = 24;

/// So many changes are acknowledged between two kills, on average.
const LIFE: u64 = 2_000;

/// No life lasts much longer than this.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn nothing_acknowledged_is_lost_or_done_twice_when_the_server_is_killed() {
    if server::serve_if_told() {
        return;
    }
    let kills = setting("SOCKFUL_KILLS").unwrap_or(50);
    let seed = seed();
    eprintln!("{kills} kills: SOCKFUL_KILLS={kills} SOCKFUL_SEED={seed}");
    let mut test = Test::new(kills, seed);
    for kill in 0..kills {
        test.live(kill);
    }
    test.end();
}

/// When a server is killed.
enum Moment {
    /// While it opens the database and migrates it.
    Start,
    /// While pages move from the write-ahead log into the database.
    Checkpoint,
    /// Whenever.
    Load,
}

/// How many kills fell when.
#[derive(Debug, Default)]
struct Fell {
    in_a_start: u64,
    in_a_migration: u64,
    in_a_checkpoint: u64,
    under_load: u64,
}

struct Test {
    folder: Folder,
    kills: u64,
    rng: Rng,
    stage: usize,
    /// The stage that the database has reached.
    reached: usize,
    /// How long the last start took, without and with a migration: the next will take about as long.
    starts: [Duration; 2],
    fell: Fell,
    runtime: Runtime,
    address: watch::Sender<Option<SocketAddr>>,
    world: Arc<World>,
    clients: Vec<JoinHandle<Client>>,
}

impl Test {
    /// Starts the first server, under which the counters are made, and all clients.
    fn new(kills: u64, seed: u64) -> Self {
        let (address, seen) = watch::channel(None);
        let world = Arc::new(World {
            address: seen,
            over: AtomicBool::new(false),
            acknowledged: AtomicU64::new(0),
            recovered: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
        });
        let mut test = Self {
            folder: Folder::new("kill"),
            kills,
            rng: Rng::with_seed(seed),
            stage: 0,
            reached: 0,
            starts: [Duration::from_millis(20); 2],
            fell: Fell::default(),
            runtime: Runtime::new().expect("there are threads"),
            address,
            world,
            clients: Vec::new(),
        };
        let server = test.server();
        test.listens(&server);
        test.world.over.store(true, Ordering::Relaxed);
        let counting = Client::counting(CLIENTS, seed).run(test.world.clone());
        let counting = test.runtime.block_on(counting);
        test.world.over.store(false, Ordering::Relaxed);
        server.kill();
        test.clients = (0..CLIENTS)
            .map(|number| {
                let client = Client::new(number, seed).run(test.world.clone());
                test.runtime.spawn(client)
            })
            .chain([test.runtime.spawn(async { counting })])
            .collect();
        test
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    fn server(&self) -> Server {
        const NAME: &str =
            "sqlite::kill::nothing_acknowledged_is_lost_or_done_twice_when_the_server_is_killed";
        Server::start(NAME, &self.database(), self.stage)
    }

    /// Waits until a server listens, and tells the clients where.
    fn listens(&mut self, server: &Server) {
        let migrates = self.reached < self.stage;
        let begun = Instant::now();
        let address = server.listens();
        self.starts[usize::from(migrates)] = begun.elapsed();
        self.reached = self.stage;
        self.address.send_replace(Some(address));
    }

    /// One server, from its start to its kill.
    fn live(&mut self, kill: u64) {
        let stages = records::STAGES as u64;
        let stage = (kill * stages / self.kills) as usize;
        let moment = match kill % 10 {
            _ if stage > self.stage || self.reached < self.stage && self.rng.bool() => {
                Moment::Start
            }
            3 | 6 => Moment::Start,
            5 | 9 => Moment::Checkpoint,
            _ => Moment::Load,
        };
        self.stage = stage;
        let migrates = self.reached < self.stage;
        let server = self.server();
        if let Moment::Start = moment {
            let within = self.starts[usize::from(migrates)].mul_f64(self.rng.f64());
            match server.listens_within(within) {
                None if migrates => self.fell.in_a_migration += 1,
                None => self.fell.in_a_start += 1,
                Some(address) => {
                    self.reached = self.stage;
                    self.address.send_replace(Some(address));
                    self.fell.under_load += 1;
                }
            }
            server.kill();
        } else {
            self.listens(&server);
            let mut checkpoint = Checkpoint::watch(&self.database());
            let begun = self.wait(&moment, &mut checkpoint);
            server.kill();
            if begun && checkpoint.is_unfinished() {
                self.fell.in_a_checkpoint += 1;
            } else {
                self.fell.under_load += 1;
            }
        }
        self.address.send_replace(None);
        for client in &self.clients[..CLIENTS] {
            assert!(!client.is_finished(), "a client has seen what may not be");
        }
    }

    /// Waits for the moment of the kill. Answers whether a checkpoint has begun, if that is it.
    fn wait(&mut self, moment: &Moment, checkpoint: &mut Checkpoint) -> bool {
        let until = Instant::now() + PATIENCE;
        if let Moment::Checkpoint = moment {
            while Instant::now() < until {
                if checkpoint.begins() {
                    return true;
                }
                sleep(Duration::from_micros(200));
            }
            return false;
        }
        let world = self.world.clone();
        let enough = world.acknowledged() + self.rng.u64(..3 * LIFE);
        while world.acknowledged() < enough && Instant::now() < until {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_micros(self.rng.u64(..5_000)));
        false
    }

    /// Under a last server everything is answered, and some of it once more; then all is judged.
    fn end(mut self) {
        let server = self.server();
        self.listens(&server);
        while self.world.acknowledged() < self.kills * LIFE {
            sleep(Duration::from_millis(5));
        }
        self.world.over.store(true, Ordering::Relaxed);
        let clients = std::mem::take(&mut self.clients);
        let clients = self.runtime.block_on(async {
            let mut ended = Vec::new();
            for client in clients {
                ended.push(client.await.expect("a client has seen what may not be"));
            }
            ended
        });
        server.kill();
        let store = Sqlite::open(self.database()).expect("the database opens");
        let judged = self.runtime.block_on(async {
            let app = records::app(store.clone(), self.stage).await;
            let _app = app.expect("the records make an app");
            Judged::whole(&store).await
        });
        let done = || {
            let clients = clients.iter();
            clients.flat_map(|client| client.done.iter().map(|done| (client.number, done)))
        };
        judged.holds(done());
        let operations = done().count();
        assert_eq!(
            judged.entries(),
            operations,
            "everything was acknowledged in the end, and each operation is in the log once"
        );
        counted(done());
        let recovered = self.world.recovered.load(Ordering::Relaxed);
        let repeated = self.world.repeated.load(Ordering::Relaxed);
        let acknowledged = self.world.acknowledged();
        eprintln!(
            "{acknowledged} changes acknowledged by {operations} operations, {recovered} of them done before the \
             kill and answered after it, {repeated} asked again; kills: {:?}",
            self.fell
        );
        assert!(
            recovered > 0,
            "no kill fell between a commit and its answer"
        );
        assert!(
            self.kills < 50
                || self.fell.in_a_start > 0
                    && self.fell.in_a_migration > 0
                    && self.fell.in_a_checkpoint > 0,
            "there are moments at which no kill fell"
        );
    }
}

/// Sees when a checkpoint begins, by the index that SQLite keeps beside its write-ahead log.
struct Checkpoint {
    index: File,
    attempted: u32,
}

impl Checkpoint {
    /// <https://sqlite.org/walformat.html>: how many frames are in the database, and how many were to be.
    const DONE: u64 = 96;
    const ATTEMPTED: u64 = 128;

    fn watch(database: &Path) -> Self {
        let index = File::open(database.with_extension("db-shm")).expect("the index is there");
        let attempted = Self::number(&index, Self::ATTEMPTED);
        Self { index, attempted }
    }

    fn number(index: &File, place: u64) -> u32 {
        let mut bytes = [0; 4];
        index
            .read_exact_at(&mut bytes, place)
            .expect("the index has a head");
        u32::from_ne_bytes(bytes)
    }

    fn begins(&mut self) -> bool {
        let attempted = Self::number(&self.index, Self::ATTEMPTED);
        let before = std::mem::replace(&mut self.attempted, attempted);
        attempted != before && self.is_unfinished()
    }

    fn is_unfinished(&self) -> bool {
        self.attempted > Self::number(&self.index, Self::DONE)
    }
}
