//! How an error is written: to clients as JSON, for the log with all that only the log may know.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Error;

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = &*self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &inner.kind.code())?;
        map.serialize_entry("name", inner.kind.name())?;
        map.serialize_entry("reason", &inner.reason)?;
        map.serialize_entry("message", &inner.message)?;
        if let Some(item) = inner.item {
            map.serialize_entry("item", &item)?;
        }
        if !inner.fields.is_empty() {
            map.serialize_entry("errors", &inner.fields)?;
        }
        if let Some(wait) = inner.retry_after {
            map.serialize_entry("retry_after_ms", &wait.as_millis())?;
        }
        if self.is_temporary() {
            map.serialize_entry("temporary", &true)?;
        }
        map.end()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        write!(
            f,
            "{} ({}): {}",
            inner.kind.name(),
            inner.reason,
            inner.message
        )
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("reason", &inner.reason)
            .field("message", &inner.message)
            .field("fields", &inner.fields)
            .field("source", &inner.source)
            .finish_non_exhaustive()
    }
}
