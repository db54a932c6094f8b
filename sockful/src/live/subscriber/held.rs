//! One thing that somebody is told about.

use std::mem;
use std::sync::Arc;

use crate::live::push::Push;
use crate::live::question::Question;
use crate::live::ticket::Ticket;

/// One thing that somebody is told about, and how far.
#[derive(Clone, Debug)]
pub(in crate::live) struct Held {
    pub(in crate::live) question: Arc<Question>,
    pub(in crate::live) ticket: Arc<Ticket>,
    /// The position of what it was last told, or where it began: the client is there, or further.
    pub(in crate::live) last: u64,
    /// The position up to which it knows everything, at least.
    pub(in crate::live) known: u64,
    pub(super) stage: Stage,
}

/// Whether somebody is told of what happens.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// It is about to join.
    Joining,
    /// It has joined, and is told first what it had missed up to a position.
    CatchingUp {
        upto: u64,
        /// What has happened since.
        pushes: Vec<Arc<Push>>,
        bytes: usize,
    },
    Joined,
}

impl Held {
    /// One that knows everything up to this position, and is about to join.
    pub(in crate::live) fn new(question: Arc<Question>, ticket: Ticket, known: u64) -> Self {
        Self {
            question,
            ticket: Arc::new(ticket),
            last: known,
            known,
            stage: Stage::Joining,
        }
    }

    /// The position up to which it knows everything, and that of what it was last told.
    pub(super) fn span(&self) -> (u64, u64) {
        (self.known, self.last)
    }

    pub(super) fn is_joined(&self) -> bool {
        matches!(self.stage, Stage::Joined)
    }

    /// It begins anew behind this position, or one that is known of already. Answers which.
    pub(super) fn begin_behind(&mut self, pos: u64) -> u64 {
        let mut pos = pos.max(self.known);
        if let Stage::CatchingUp { pushes, bytes, .. } = &mut self.stage {
            pos = pushes.last().map_or(pos, |push| pos.max(push.pos));
            pushes.clear();
            *bytes = 0;
        }
        (self.last, self.known) = (pos, pos);
        pos
    }

    /// Nothing that it knows is true of this life of the log.
    pub(super) fn forget(&mut self) {
        (self.last, self.known) = (0, 0);
        self.stage = Stage::Joining;
    }

    /// How many bytes wait until it has caught up.
    pub(super) fn bytes(&self) -> usize {
        match &self.stage {
            Stage::CatchingUp { bytes, .. } => *bytes,
            Stage::Joining | Stage::Joined => 0,
        }
    }

    /// Has it join again, as one who has been told of everything up to this position.
    pub(super) fn interrupt(&mut self, told: u64) {
        if self.is_joined() {
            self.known = self.known.max(told);
        }
        self.stage = Stage::Joining;
    }

    /// It has joined what goes on from this position.
    pub(super) fn join(&mut self, pos: u64) {
        self.stage = match self.known < pos {
            true => Stage::CatchingUp {
                upto: pos,
                pushes: Vec::new(),
                bytes: 0,
            },
            false => Stage::Joined,
        };
    }

    /// Takes what has happened since it has joined, if it knows everything up to this position.
    pub(super) fn caught_up(&mut self, pos: u64) -> Option<Vec<Arc<Push>>> {
        let Stage::CatchingUp { upto, pushes, .. } = &mut self.stage else {
            return None;
        };
        if pos < *upto {
            return None;
        }
        let pushes = mem::take(pushes);
        self.stage = Stage::Joined;
        Some(pushes)
    }
}
