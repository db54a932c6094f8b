//! A machine whose power fails: a disk, an app on it, and writers within the same process.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{iter, mem, thread};

use fastrand::Rng;
use serde_json::Value;
use sockful::store::{Durability, Store, StoreError};
use sockful::testing::{TestApp, TestClient};
use sockful::{App, Sqlite};
use sockful_disk::Disk;
use tokio::runtime::Runtime;

use crate::sqlite::judge::Judged;
use crate::sqlite::operation::{Done, Draw, Operation, hashed};
use crate::sqlite::records;
use crate::support::folder::Folder;

const WRITERS: usize = 6;

/// Longer than it takes to close a database.
const PATIENCE: Duration = Duration::from_secs(20);

/// When power failed, and what came of it.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) in_a_start: u64,
    pub(super) in_a_checkpoint: u64,
    pub(super) under_load: u64,
    pub(super) in_an_end: u64,
    /// Operations that were acknowledged.
    pub(super) acknowledged: u64,
    /// Operations that were done, unanswered when the power failed, and answered afterwards.
    pub(super) recovered: u64,
}

/// A machine with one database.
pub(super) struct Machine {
    pub(super) disk: Disk,
    pub(super) runtime: Runtime,
    pub(super) stage: usize,
    /// Of the last start.
    pub(super) epoch: Option<Arc<str>>,
    durability: Durability,
    rng: Rng,
    writers: Vec<Writer>,
    _folder: Folder,
}

impl Machine {
    pub(super) fn new(durability: Durability, seed: u64) -> Self {
        let folder = Folder::new("power");
        Self {
            disk: Disk::new(folder.path(), seed),
            runtime: Runtime::new().expect("there are threads"),
            stage: 0,
            epoch: None,
            durability,
            rng: Rng::with_seed(seed),
            writers: (0..WRITERS)
                .map(|number| Writer::new(number, seed))
                .collect(),
            _folder: folder,
        }
    }

    /// Everything that was acknowledged, each with the number of its writer.
    pub(super) fn done(&self) -> impl Iterator<Item = (usize, &Done)> {
        let writers = self.writers.iter();
        writers.flat_map(|writer| writer.done.iter().map(|done| (writer.number, done)))
    }

    pub(super) fn open(&self) -> Result<Sqlite, StoreError> {
        let path = self.disk.file("app.db");
        Sqlite::builder(path).durability(self.durability).open()
    }

    /// The app runs until the power fails, at a moment drawn at random; then the power is back.
    pub(super) fn lives(&mut self, seen: &mut Seen) {
        let mut enough = None;
        match self.rng.u8(..12) {
            0 => self.disk.cut_after(self.rng.u64(..100)),
            // Only checkpoints write to the database itself.
            1 => self.disk.cut_after_on("app.db", self.rng.u64(..1_500)),
            2 | 3 => enough = Some(self.rng.usize(1..20)),
            4 | 5 => self.disk.cut_after_syncs(self.rng.u64(..60)),
            _ => self.disk.cut_after(self.rng.u64(..1_200)),
        }
        self.lives_until_then(enough, seen);
    }

    /// The same, whenever that is.
    pub(super) fn lives_a_while(&mut self) {
        self.disk.cut_after(self.rng.u64(100..1_200));
        self.lives_until_then(None, &mut Seen::default());
    }

    fn lives_until_then(&mut self, enough: Option<usize>, seen: &mut Seen) {
        if let Some((app, _)) = self.starts() {
            self.works(app, enough, seen);
            if enough.is_some() {
                seen.in_an_end += 1;
                self.disk.cut_after(self.rng.u64(..100));
            } else if self.disk.was_cut_on("app.db") {
                seen.in_a_checkpoint += 1;
            } else {
                seen.under_load += 1;
            }
        } else {
            assert!(self.disk.is_cut(), "it starts while there is power");
            seen.in_a_start += 1;
        }
        self.rests();
        self.disk.cut();
        self.disk.restore();
    }

    /// A sync fails, while the app is busy or while it ends, and later the power. Answers whether one did.
    pub(super) fn lives_with_a_failing_disk(&mut self) -> bool {
        let (app, _) = self.starts().expect("it starts while there is power");
        let ends = self.rng.bool();
        if !ends {
            self.disk.fail_sync_after(self.rng.u64(..20));
        }
        let enough = self.rng.usize(20..40);
        self.works(app, Some(enough), &mut Seen::default());
        if ends {
            self.disk.fail_sync_after(self.rng.u64(..2));
        }
        self.rests();
        let failed = self.disk.has_failed();
        self.disk.cut();
        self.disk.restore();
        failed
    }

    /// What was begun is answered, and the power does not fail.
    pub(super) fn finishes(&mut self, seen: &mut Seen) {
        let (app, _) = self.starts().expect("it starts while there is power");
        self.works(app, Some(0), seen);
        self.rests();
    }

    /// The database agrees with itself. Some of what was acknowledged, and is still there, is asked for again, and
    /// answered as before.
    pub(super) fn judge(&mut self) -> Judged {
        let (app, store) = self.starts().expect("it starts while there is power");
        let judged = self.runtime.block_on(async {
            let judged = Judged::whole(&store).await;
            let kept = judged.entries() as u64;
            let done: Vec<_> = self.done().filter(|(_, done)| done.pos <= kept).collect();
            let client = TestApp::new(app).anonymous();
            for (number, done) in done.iter().step_by(done.len() / 12 + 1) {
                let answer = asked(&client, &done.operation, *number).await;
                assert_eq!(hashed(answer), (done.answer, true));
            }
            judged
        });
        drop(store);
        self.rests();
        judged
    }

    fn starts(&mut self) -> Option<(App, Sqlite)> {
        let store = self.open().ok()?;
        let app = records::app(store.clone(), self.stage);
        let app = self.runtime.block_on(app).ok()?;
        self.epoch = self.runtime.block_on(store.epoch()).ok()?;
        Some((app, store))
    }

    /// Each writer does what it had begun, and then so many operations more, or as many as it can.
    fn works(&mut self, app: App, enough: Option<usize>, seen: &mut Seen) {
        let before = self.done().count();
        let writers = mem::take(&mut self.writers);
        let disk = &self.disk;
        self.writers = self.runtime.block_on(async {
            let app = TestApp::new(app);
            let mut writers = writers.into_iter();
            let first = writers.next().expect("there are writers");
            // The counters are there before others add to them.
            let first = first.run(app.anonymous(), disk.clone(), Some(0)).await;
            let running = iter::once(first)
                .chain(writers)
                .map(|writer| tokio::spawn(writer.run(app.anonymous(), disk.clone(), enough)));
            let mut writers = Vec::new();
            for running in running.collect::<Vec<_>>() {
                writers.push(running.await.expect("a writer has seen what may not be"));
            }
            writers
        });
        seen.acknowledged += (self.done().count() - before) as u64;
        seen.recovered += self
            .writers
            .iter_mut()
            .map(|it| mem::take(&mut it.recovered))
            .sum::<u64>();
    }

    /// Waits until the app has ended.
    fn rests(&self) {
        let until = Instant::now() + PATIENCE;
        while self.disk.handles() > 0 {
            assert!(Instant::now() < until, "the database is not closed");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// One who writes, and all it was ever answered.
struct Writer {
    number: usize,
    draw: Draw,
    /// What was not answered.
    pending: VecDeque<Operation>,
    done: Vec<Done>,
    recovered: u64,
}

impl Writer {
    fn new(number: usize, seed: u64) -> Self {
        let mut draw = Draw::new(number, seed);
        let pending = if number == 0 {
            draw.counters().into()
        } else {
            VecDeque::new()
        };
        Self {
            number,
            draw,
            pending,
            done: Vec::new(),
            recovered: 0,
        }
    }

    async fn run(mut self, client: TestClient, disk: Disk, mut enough: Option<usize>) -> Self {
        let mut refused = 0;
        loop {
            let begun = self.pending.pop_front();
            let mut operation = match (begun, &mut enough) {
                (Some(begun), _) => begun,
                (None, Some(0)) => return self,
                (None, Some(left)) => {
                    *left -= 1;
                    self.draw.next()
                }
                (None, None) => self.draw.next(),
            };
            let answer = asked(&client, &operation, self.number).await;
            if operation.is_contended(&answer[0]) {
                self.pending.push_back(operation);
                continue;
            }
            if !answer[0].is_null() {
                operation.doubted = true;
                self.pending.push_front(operation);
                if disk.is_cut() {
                    return self;
                }
                refused += 1;
                assert!(
                    disk.has_failed() && refused < 10,
                    "while the disk does what it is asked to, it is answered {answer:?}"
                );
                continue;
            }
            let [error, result, meta] = &answer;
            let (pos, n) = operation.answered(self.number, error, result, meta);
            let (answer, replayed) = hashed(answer);
            assert!(operation.doubted || !replayed);
            self.recovered += u64::from(replayed);
            self.done.push(Done {
                operation,
                pos,
                n,
                answer,
            });
        }
    }
}

async fn asked(client: &TestClient, operation: &Operation, number: usize) -> [Value; 3] {
    let arguments = operation.arguments(number);
    let answer = client.emit(arguments.as_array().expect("a list")).await;
    let Value::Array(answer) = answer.to_json() else {
        panic!("an answer is a list")
    };
    answer.try_into().expect("an answer has three parts")
}
