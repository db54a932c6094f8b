//! What an app can promise with the store it has.

use crate::store::{Caps, Durability, Opened};

/// A promise that depends on the store: whether it holds, and what that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Promise {
    /// What is promised.
    pub name: &'static str,
    /// Whether it holds without reservation.
    pub holds: bool,
    /// What holds, in one sentence.
    pub means: &'static str,
}

/// Those of a store that can do this.
pub(super) fn promises(caps: Caps) -> [Promise; 3] {
    [durable(caps), once(caps), resumed(caps)]
}

/// Tells them to whoever starts the server.
pub(super) fn tell(caps: Caps, opened: &Opened) {
    let epoch = &*opened.epoch;
    for Promise { name, holds, means } in promises(caps) {
        tracing::info!(promise = name, holds, epoch, "{means}");
    }
}

fn durable(caps: Caps) -> Promise {
    let means = match caps.durable {
        Some(Durability::Full) => "what is acknowledged survives a crash and a loss of power",
        Some(Durability::Relaxed) => {
            "what is acknowledged survives a crash of this process; a loss of power takes the last moments"
        }
        None => "what is acknowledged is gone when this process ends",
    };
    Promise {
        name: "durable",
        holds: caps.durable == Some(Durability::Full),
        means,
    }
}

fn once(caps: Caps) -> Promise {
    let means = match (caps.ledger, caps.durable) {
        (false, _) => "requests with an operation id are refused: the store keeps no answers",
        (true, None) => "an operation happens once, as long as this process runs",
        (true, Some(Durability::Relaxed)) => {
            "an operation happens once, but for one of the last moments before a loss of power"
        }
        (true, Some(Durability::Full)) => "an operation happens once, however often it is sent",
    };
    Promise {
        name: "once",
        holds: caps.ledger && caps.durable == Some(Durability::Full),
        means,
    }
}

fn resumed(caps: Caps) -> Promise {
    let means = match (caps.log, caps.durable) {
        (false, _) => "clients that come back after a restart start anew: the store keeps no log",
        (true, None) => {
            "clients that come back after a restart start anew: the log is gone with the process"
        }
        (true, Some(_)) => "changes are in a log that outlives this process",
    };
    Promise {
        name: "resumed",
        holds: caps.log && caps.durable.is_some(),
        means,
    }
}
