//! The place that something takes among what a client is told about, before it is told about it.

use std::sync::Arc;

use super::subject::Subject;
use super::subscriber::Subscriber;

/// Keeps a place until it is dropped, so that requests which run at once do not take more than there are.
#[derive(Debug)]
pub(crate) struct Claim {
    subscriber: Arc<Subscriber>,
    is_record: bool,
    is_scanned: bool,
}

impl Claim {
    /// A place for this, of at most `most` of its kind; `None` if there is none left.
    pub(crate) fn of(subscriber: &Arc<Subscriber>, subject: &Subject, most: usize) -> Option<Self> {
        subscriber.claim(subject, most).then(|| Self {
            subscriber: Arc::clone(subscriber),
            is_record: matches!(subject, Subject::Record(..)),
            is_scanned: false,
        })
    }

    /// The same as one of those that every change is held against, of which there may be `most`; `false` if there is none left.
    pub(crate) fn scans(&mut self, subject: &Subject, most: usize) -> bool {
        self.is_scanned = self.is_scanned || self.subscriber.claim_scan(subject, most);
        self.is_scanned
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.subscriber.disclaim(self.is_record, self.is_scanned);
    }
}
