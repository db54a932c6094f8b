//! Errors that several parts of the core tell in the same words.

use super::Error;

impl Error {
    /// 404: there is no such record, or the caller may not know of it.
    pub(crate) fn not_found_record(resource: &str) -> Self {
        Self::not_found(format!("there is no such {resource}"))
    }

    /// 400 `answer_too_large`: an answer may have `max` bytes.
    pub(crate) fn answer_too_large(max: usize) -> Self {
        let message = format!("an answer may have {max} bytes: ask for less, of `all` by `$limit`");
        Self::bad_request(message).reason("answer_too_large")
    }

    /// 400 `scan_too_large`: a query may look at `max` records where the store does not filter.
    pub(crate) fn scan_too_large(max: usize) -> Self {
        let message = format!("this query would look at more than {max} records, the most it may");
        Self::bad_request(message).reason("scan_too_large")
    }
}
