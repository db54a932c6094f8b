//! What every SQL database of sockful's knows of itself, in the entries of its table `sockful_meta`.

use std::fmt::Write;

use super::error::{damaged, refused};
use crate::store::{Opened, StoreError};

/// The table that tells what the others are like.
pub(in crate::store) const META: &str = "sockful_meta";

/// The entry of the layout of our own tables, and what it is today.
pub(in crate::store) const FORMAT: (&str, &str) = ("format", "1");

/// The entry that names the life of the log.
pub(in crate::store) const EPOCH: &str = "epoch";

/// The entry of what cursors are sealed with.
pub(in crate::store) const SECRET: &str = "secret";

/// The entry that is there while commits may be answered before they are on the disk.
pub(in crate::store) const RELAXED: &str = "relaxed";

/// The entry of what the table of a resource is like: the hash of its columns.
pub(in crate::store) fn schema_key(resource: &str) -> String {
    format!("schema.{resource}")
}

/// Refuses a database of a later sockful, by the format that it has, if it has one yet.
pub(in crate::store) fn check_format(found: Option<&str>) -> Result<(), StoreError> {
    let (_, known) = FORMAT;
    match found {
        Some(found) if found != known => Err(refused(format!(
            "the database has the format {found}; this version of sockful knows {known}"
        ))),
        _ => Ok(()),
    }
}

/// Refuses a database where another program has taken a name of ours.
pub(in crate::store) fn not_ours(name: &str) -> StoreError {
    refused(format!(
        "`{name}` in the database was not made by this version of sockful: another program has taken its name"
    ))
}

/// An epoch that no log has yet.
pub(in crate::store) fn new_epoch() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The epoch and the secret of these entries, new ones where there are none: then [`entries`] are to be set.
pub(in crate::store) fn opened(
    epoch: Option<&str>,
    secret: Option<&str>,
) -> Result<Opened, StoreError> {
    let mut opened = Opened::fresh();
    if let Some(epoch) = epoch {
        opened.epoch = epoch.into();
    }
    if let Some(text) = secret {
        opened.secret = secret_of(text)?;
    }
    Ok(opened)
}

/// The entries of an epoch and a secret.
pub(in crate::store) fn entries(opened: &Opened) -> [(&'static str, String); 2] {
    [
        (EPOCH, opened.epoch.to_string()),
        (SECRET, secret_text(&opened.secret)),
    ]
}

/// A secret as its entry has it: in hexadecimal.
fn secret_text(secret: &[u8; 32]) -> String {
    secret.iter().fold(String::new(), |mut text, byte| {
        // Writing into a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn secret_of(text: &str) -> Result<[u8; 32], StoreError> {
    let broken = || damaged("the secret is no 32 bytes in hexadecimal");
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return Err(broken());
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        let digits = text.get(2 * index..2 * index + 2).ok_or_else(broken)?;
        *byte = u8::from_str_radix(digits, 16).map_err(|_| broken())?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_once_is_found_again() {
        let first = opened(None, None).unwrap();
        let [(EPOCH, epoch), (SECRET, secret)] = &entries(&first) else {
            panic!("other entries");
        };
        let again = opened(Some(epoch), Some(secret)).unwrap();
        assert_eq!((again.epoch, again.secret), (first.epoch, first.secret));
    }

    #[test]
    fn a_secret_that_is_none_is_refused() {
        for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &"ä".repeat(32)] {
            assert!(opened(None, Some(text)).is_err(), "{text}");
        }
    }
}
