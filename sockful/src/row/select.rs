//! Which fields an answer shows.

use super::{Row, Value};
use crate::schema::Schema;

/// The fields of the records in an answer: every visible one, unless some are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Select(Option<Box<[bool]>>);

impl Select {
    /// Only the fields at these places.
    pub(crate) fn only(schema: &Schema, places: impl IntoIterator<Item = usize>) -> Self {
        let mut shown = vec![false; schema.fields.len()];
        for place in places {
            shown[place] = true;
        }
        Self(Some(shown.into()))
    }

    /// None of the fields of a record that has none.
    #[cfg(test)]
    pub(crate) fn nothing() -> Self {
        Self(Some(Box::default()))
    }

    /// Whether the field at this place is shown, if it is visible at all.
    pub(crate) fn shows(&self, place: usize) -> bool {
        self.0.as_ref().is_none_or(|shown| shown[place])
    }

    /// About how many bytes what is shown of a row takes on the wire.
    pub(crate) fn size_of(&self, row: &Row) -> usize {
        let values = row.values().iter().enumerate();
        let shown = values.filter(|(place, _)| self.shows(*place));
        shown.map(|(_, value)| Value::size(value)).sum()
    }
}
