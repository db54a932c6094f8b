//! What waits to be told.

use std::sync::Arc;

use crate::live::push::Push;
use crate::live::tell::Tell;
use crate::protocol::Notice;

/// Something to be told.
#[derive(Debug)]
pub(crate) enum Told {
    Push(Arc<Push>),
    Notice(Notice),
    Tell(Arc<Tell>),
}

impl Told {
    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Push(push) => push.size(),
            Self::Notice(notice) => notice.len(),
            Self::Tell(tell) => tell.text.len(),
        }
    }
}
