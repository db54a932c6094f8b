//! Cursors: where a page ends, sealed so that clients can hand one back and do nothing else with it.
//!
//! A cursor is a place in a list and a MAC over this place and the query it belongs to, in URL-safe base64. It holds the values that the
//! record at its place had in the fields sorted by, so a list goes on although that record has gone.

mod bytes;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use self::bytes::{Reader, write_filter, write_text, write_value};
use super::{After, Filter, Query};
use crate::row::Select;
use crate::schema::Schema;

/// The first byte of every cursor: what follows is laid out so.
const LAYOUT: u8 = 1;
/// So many bytes of the MAC are kept: half of them, which is more than anybody can guess.
const TAG: usize = 16;

/// What the cursors of one query are bound to: the resource, the conditions and the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seal(Vec<u8>);

/// A filter and the fields that are shown, as bytes: those of conditions that say the same in another order are the same.
pub(crate) fn canonical(schema: &Schema, filter: &Filter, select: &Select) -> Box<[u8]> {
    let mut bytes = Vec::new();
    write_text(schema.name, &mut bytes);
    bytes.extend((0..schema.fields.len()).map(|place| u8::from(select.shows(place))));
    write_filter(schema, filter, &mut bytes);
    bytes.into()
}

/// Why a text is no cursor of this query: what the client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoCursor(pub(crate) &'static str);

const REFUSED: NoCursor = NoCursor(
    "is not the `meta.next` of an answer to this query: a cursor goes with the same conditions and the same order",
);

impl Seal {
    /// The seal of a query. Conditions that say the same in another order have the same one.
    pub(crate) fn of(schema: &Schema, query: &Query) -> Self {
        let mut bound = Vec::new();
        write_text(schema.name, &mut bound);
        write_filter(schema, &query.filter, &mut bound);
        for key in &query.sort {
            write_text(schema.fields[key.field].name, &mut bound);
            bound.push(key.descending.into());
        }
        Self(bound)
    }

    /// The cursor after a place, or the one before every record.
    pub(crate) fn close(&self, secret: &[u8; 32], place: Option<&After>) -> String {
        let mut cursor = vec![LAYOUT];
        if let Some(After { values, id }) = place {
            for value in values.iter().chain([id]) {
                write_value(value, &mut cursor);
            }
        }
        let tag = self.mac(secret, &cursor).finalize().into_bytes();
        cursor.extend(&tag[..TAG]);
        URL_SAFE_NO_PAD.encode(cursor)
    }

    /// The place a cursor stands after, `None` for the one before every record.
    ///
    /// # Errors
    /// Refused, if it was not closed by this very seal.
    pub(crate) fn open(&self, secret: &[u8; 32], text: &str) -> Result<Option<After>, NoCursor> {
        let cursor = URL_SAFE_NO_PAD.decode(text).map_err(|_| REFUSED)?;
        let (place, tag) = cursor.split_last_chunk::<TAG>().ok_or(REFUSED)?;
        let mac = self.mac(secret, place);
        mac.verify_truncated_left(tag).map_err(|_| REFUSED)?;
        // From here on it is what we have written ourselves.
        let place = place.strip_prefix(&[LAYOUT]).ok_or(REFUSED)?;
        if place.is_empty() {
            return Ok(None);
        }
        let mut values = Reader(place).values().ok_or(REFUSED)?;
        let id = values.pop().ok_or(REFUSED)?;
        Ok(Some(After { values, id }))
    }

    fn mac(&self, secret: &[u8; 32], place: &[u8]) -> Hmac<Sha256> {
        // A block of the hash: the rest of a short key is zero.
        let mut key = [0; 64];
        key[..32].copy_from_slice(secret);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        // The length keeps what is bound and the place apart.
        mac.update(&(self.0.len() as u64).to_le_bytes());
        mac.update(&self.0);
        mac.update(place);
        mac
    }
}

#[cfg(test)]
mod tests;
