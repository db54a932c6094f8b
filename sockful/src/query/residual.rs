//! What is left of a query where the store cannot do all of it: done here, over pages in the order of ids.

use super::{After, Each, Filter, Parents, Query, Tally};
use crate::row::Value;
use crate::schema::Schema;
use crate::store::{FilterCap, Listing, Stored};

/// So many records are asked of the store at once.
const PAGE: usize = 1_000;

/// What the store leaves to us of one query, on its way through the records.
pub(crate) struct Residual<'a> {
    schema: &'a Schema,
    query: &'a Query,
    /// What the store is asked for next.
    page: Query,
    /// Whether the rows are wanted, and not only their number.
    keep: bool,
    rows: Vec<Stored>,
    /// Of which values more records are wanted, where the order does not matter or is that of the pages.
    tally: Tally<'a>,
    /// How many records the query covers, those it skips included.
    covered: u64,
    /// How many records were looked at, and may be.
    scanned: usize,
    most: usize,
    /// The position of the first page: what happened later may be seen or not.
    pos: Option<u64>,
}

/// A query would have to look at more records than it may.
#[derive(Debug)]
pub(crate) struct TooWide;

impl<'a> Residual<'a> {
    /// What is left of a list, over at most `most` records; `None` if the store does all of it.
    pub(crate) fn of_list(
        schema: &'a Schema,
        query: &'a Query,
        cap: FilterCap,
        most: usize,
    ) -> Option<Self> {
        let by_id = query.filter.is_all()
            && query.sort.is_empty()
            && query.each.is_none()
            && query.skip == 0;
        let done = cap == FilterCap::Exact || by_id;
        (!done).then(|| Self::new(schema, query, cap, most, true))
    }

    /// The same of a count.
    pub(crate) fn of_count(
        schema: &'a Schema,
        query: &'a Query,
        cap: FilterCap,
        most: usize,
    ) -> Option<Self> {
        let done = cap == FilterCap::Exact;
        (!done).then(|| Self::new(schema, query, cap, most, false))
    }

    fn new(schema: &'a Schema, query: &'a Query, cap: FilterCap, most: usize, keep: bool) -> Self {
        let hint = match cap {
            FilterCap::Inexact => {
                let of_each = query.each.as_ref().map(Each::filter);
                query.filter.clone().and(of_each.unwrap_or_default())
            }
            FilterCap::Exact | FilterCap::No => Filter::all(),
        };
        let page = Query {
            filter: hint,
            // In the order of ids nothing before the place need be looked at.
            after: query.after.clone().filter(|_| query.sort.is_empty()),
            limit: Some(PAGE),
            ..Query::default()
        };
        Self {
            schema,
            query,
            page,
            keep,
            rows: Vec::new(),
            tally: Tally::of(query),
            covered: 0,
            scanned: 0,
            most,
            pos: None,
        }
    }

    /// What to ask the store for now.
    pub(crate) fn page(&self) -> &Query {
        &self.page
    }

    /// What the records must match.
    pub(crate) fn filter(&self) -> &'a Filter {
        &self.query.filter
    }

    /// Takes what the store has answered, and tells whether to ask for another page. The parents that the filter asks about are known.
    ///
    /// # Errors
    /// If these are more records than the query may look at.
    pub(crate) fn take(&mut self, listing: Listing, parents: &Parents) -> Result<bool, TooWide> {
        self.pos.get_or_insert(listing.pos);
        let last = listing.rows.last();
        let last = last.map(|last| last.row[self.schema.id].clone());
        for stored in listing.rows {
            if self.is_full() {
                return Ok(false);
            }
            self.scanned += 1;
            if self.scanned > self.most {
                return Err(TooWide);
            }
            let parent = |resource, id: &Value| parents.find(resource, id);
            if self.query.covers(self.schema, &stored.row, &parent) {
                self.keep(stored);
            }
        }
        if !listing.more || self.is_full() {
            return Ok(false);
        }
        let Some(id) = last else { return Ok(false) };
        self.page.after = Some(After {
            values: Vec::new(),
            id,
        });
        Ok(true)
    }

    /// The rows the query asks for.
    pub(crate) fn listing(mut self) -> Listing {
        if !self.query.sort.is_empty() {
            self.settle();
            let skip = self.query.skip.min(self.rows.len());
            self.rows.drain(..skip);
        }
        let limit = self.query.limit.unwrap_or(usize::MAX);
        let more = self.rows.len() > limit;
        self.rows.truncate(limit);
        Listing {
            rows: self.rows,
            more,
            pos: self.pos.unwrap_or_default(),
        }
    }

    /// How many records the query asks for.
    pub(crate) fn count(&self) -> u64 {
        let limit = self.query.limit.map_or(u64::MAX, |limit| limit as u64);
        self.covered
            .saturating_sub(self.query.skip as u64)
            .min(limit)
    }

    fn keep(&mut self, stored: Stored) {
        if !self.keep || self.query.sort.is_empty() {
            // How many there are of a value does not depend on the order.
            if self.tally.takes(&stored.row) {
                self.covered += 1;
                if self.keep && self.covered > self.query.skip as u64 {
                    self.rows.push(stored);
                }
            }
            return;
        }
        self.rows.push(stored);
        // What lies far behind the end of the list is let go of from time to time.
        if let Some(wanted) = self.wanted()
            && self.rows.len() >= wanted.saturating_mul(2).max(PAGE)
        {
            self.settle();
            self.rows.truncate(wanted);
        }
    }

    /// How many rows of a sorted list matter, with the one that tells that there is more.
    fn wanted(&self) -> Option<usize> {
        let limit = self.query.limit?;
        Some(limit.saturating_add(self.query.skip).saturating_add(1))
    }

    /// Whether nothing that comes can change what the list holds.
    fn is_full(&self) -> bool {
        let limit = self.query.limit.unwrap_or(usize::MAX);
        self.keep && self.query.sort.is_empty() && self.rows.len() > limit
    }

    /// Brings the rows in their order, and leaves the first of each value: none of the others can become one of them.
    fn settle(&mut self) {
        let (query, schema) = (self.query, self.schema);
        self.rows
            .sort_by(|a, b| query.compare(schema, &a.row, &b.row));
        let mut tally = Tally::of(query);
        self.rows.retain(|stored| tally.takes(&stored.row));
    }
}
