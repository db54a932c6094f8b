//! Looks after the log as long as anybody is told of anything: for what nobody tells of, and for what passes with time.

use std::sync::Arc;
use std::time::Duration;

use tokio::task;
use tokio::time::{self, Instant};

use super::Live;
use super::hub::{Command, Filled, Known};
use crate::app::App;

/// How often the log is looked at: a caller that has gone tells of nothing, nor does another program.
const POLL: Duration = Duration::from_millis(250);
/// How long after the last has gone the hub stays awake, for those who come back.
const STAY_AWAKE: Duration = Duration::from_secs(300);
/// So many are told how far everybody has been told before others have their turn.
const SLICE: usize = 64;

/// Looks after the log until the hub sleeps.
pub(super) fn begin(app: &App, live: &Arc<Live>) {
    let (live, weak, drain) = (Arc::clone(live), app.downgrade(), app.drain());
    let turn = live.turn();
    app.spawn(async move {
        let mut watching = Watching::new();
        while drain.run_until_cancelled(time::sleep(POLL)).await.is_some() {
            // An app that nobody has any more needs no watching.
            let Some(app) = weak.upgrade().filter(|_| live.turn() == turn) else {
                return;
            };
            watching.look(&app, &live).await;
        }
    });
}

struct Watching {
    /// Where everybody was, when the log was further.
    behind: Option<u64>,
    beaten: Instant,
    used: Instant,
}

impl Watching {
    fn new() -> Self {
        Self {
            behind: None,
            beaten: Instant::now(),
            used: Instant::now(),
        }
    }

    async fn look(&mut self, app: &App, live: &Arc<Live>) {
        if self.beaten.elapsed() >= app.config().position_interval {
            self.beaten = Instant::now();
            beat(live).await;
        }
        let (groups, _) = live.len();
        if groups > 0 {
            self.used = Instant::now();
        } else if self.used.elapsed() >= STAY_AWAKE && !live.joins() {
            live.submit(Command::Sleep);
        }
        if !app.store().caps().log {
            return;
        }
        let life = live.progress.life();
        if let Ok(Some(epoch)) = app.store().epoch().await
            && live.progress.begins_epoch(&epoch)
        {
            live.submit(Command::Known(life, Known::Filled(Filled::Gone)));
            return;
        }
        let (Ok(log), Some(pos)) = (app.store().log().await, live.position()) else {
            return;
        };
        // Whoever has just committed will tell of it: only what is told of by nobody is looked for.
        let still = self.behind.replace(pos) == Some(pos);
        if log.to <= pos {
            self.behind = None;
        } else if still {
            live.submit(Command::Known(life, Known::Further(log.to)));
        }
    }
}

/// Tells everybody how far all have been told.
async fn beat(live: &Arc<Live>) {
    for (place, subscriber) in live.everybody().iter().enumerate() {
        subscriber.beat();
        if place % SLICE == SLICE - 1 {
            task::yield_now().await;
        }
    }
}
