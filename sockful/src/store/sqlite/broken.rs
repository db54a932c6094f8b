//! Whether a transaction may be written one record after the other, or for a moment leaves one whose parent is not there.

use std::collections::{BTreeSet, HashMap};

use foldhash::quality::RandomState;

use crate::row::Value;
use crate::store::sql::{ForeignKey, Tables};
use crate::store::{Stored, Write};

/// Whether some record names a parent that is made after it, or is destroyed before it: then foreign keys have to wait for the
/// end of the transaction. `found` is what the writes replace; those in `clear` let go of what they hold, or go, before
/// all others.
///
/// What does not hold in the end either is not looked for: the database will say so.
pub(super) fn is_broken_meanwhile(
    tables: &Tables,
    writes: &[Write],
    found: &[Option<Stored>],
    clear: &BTreeSet<usize>,
) -> bool {
    let keys = |write: &Write| -> &[ForeignKey] {
        tables
            .named(write.schema.name)
            .map_or(&[], |table| &table.keys)
    };
    if writes.len() < 2 || writes.iter().all(|write| keys(write).is_empty()) {
        return false;
    }
    let places = writes.iter().enumerate();
    let places: HashMap<(&str, &Value), usize, RandomState> = places
        .map(|(place, write)| ((write.schema.name, &write.id), place))
        .collect();
    // Those that go first do so in the order of their places too.
    let goes_at = |place: usize| {
        let goes_first = writes[place].row.is_none() && clear.contains(&place);
        (!goes_first, place)
    };
    let breaks = |place: usize, key: &ForeignKey| {
        let Write { schema, row, .. } = &writes[place];
        let parent = |id| places.get(&(key.resource, id)).copied();
        let named = row.as_ref().and_then(|row| parent(&row[key.field]));
        let before_it_is_there =
            named.is_some_and(|parent| parent > place && found[parent].is_none());
        let old = found[place].as_ref();
        let left = old.and_then(|old| parent(&old.row[key.field]));
        let after_it_has_gone = left
            .is_some_and(|parent| writes[parent].row.is_none() && goes_at(parent) < goes_at(place));
        let field = &schema.fields[key.field];
        // What it holds meanwhile is the id of nobody.
        let lets_go =
            row.is_some() && field.words.unique && !field.nullable && clear.contains(&place);
        before_it_is_there || after_it_has_gone || lets_go
    };
    let mut writes = writes.iter().enumerate();
    writes.any(|(place, write)| keys(write).iter().any(|key| breaks(place, key)))
}
