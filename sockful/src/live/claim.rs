//! The place that something takes among what a client is told about, before it is told about it.

use std::sync::Arc;

use super::subject::Subject;
use super::subscriber::Subscriber;

/// Keeps a place until it is dropped, so that requests which run at once do not take more than there are.
#[derive(Debug)]
pub(crate) struct Claim {
    subscriber: Arc<Subscriber>,
    is_record: bool,
}

impl Claim {
    /// A place for this, of at most `most` of its kind; `None` if there is none left.
    pub(crate) fn of(subscriber: &Arc<Subscriber>, subject: &Subject, most: usize) -> Option<Self> {
        subscriber.claim(subject, most).then(|| Self {
            subscriber: Arc::clone(subscriber),
            is_record: matches!(subject, Subject::Record(..)),
        })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.subscriber.disclaim(self.is_record);
    }
}
