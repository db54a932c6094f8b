//! The records a query asks for, whatever the store can do by itself.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::app::App;
use crate::error::{Error, Result};
use crate::query::{Filter, Parents, Query, Residual, TooWide};
use crate::row::{Row, Select};
use crate::schema::Schema;
use crate::store::{Listing, Stored};

/// The rows a query asks for.
///
/// # Errors
/// BadRequest `scan_too_large`, where the store leaves too much to us; and those of the store.
pub(crate) async fn list(app: &App, schema: &Arc<Schema>, query: &Query) -> Result<Listing> {
    let (cap, most) = (app.store().caps().filter, app.config().query_scan);
    match Residual::of_list(schema, query, cap, most) {
        None => Ok(app.store().list(schema, query).await?),
        Some(left) => Ok(scan(app, schema, left).await?.listing()),
    }
}

/// Why a list holds less than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeftOut {
    /// It has as many records as the query asks for.
    ByLimit,
    /// It has as many bytes.
    BySize,
}

/// Leaves out what is beyond the bytes that the query asks for, but never the first row; tells whether anything is left out, by this or before.
pub(super) fn cut(listing: &mut Listing, query: &Query, select: &Select) -> Option<LeftOut> {
    let mut left = query.bytes.unwrap_or(usize::MAX);
    let mut fits = move |stored: &Stored| {
        let size = select.size_of(&stored.row);
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    };
    let fitting = listing
        .rows
        .iter()
        .take_while(|stored| fits(stored))
        .count();
    if fitting.max(1) < listing.rows.len() {
        listing.rows.truncate(fitting.max(1));
        listing.more = true;
    }
    listing.more.then(|| {
        if query.limit == Some(listing.rows.len()) {
            LeftOut::ByLimit
        } else {
            LeftOut::BySize
        }
    })
}

/// How many rows a query asks for.
///
/// # Errors
/// Those of [`list`].
pub(super) async fn count(app: &App, schema: &Arc<Schema>, query: &Query) -> Result<u64> {
    let (cap, most) = (app.store().caps().filter, app.config().query_scan);
    match Residual::of_count(schema, query, cap, most) {
        None => Ok(app.store().count(schema, query).await?),
        Some(left) => Ok(scan(app, schema, left).await?.count()),
    }
}

/// Boxed, so that calls which leave nothing over do not carry the room it needs.
fn scan<'a>(
    app: &'a App,
    schema: &'a Arc<Schema>,
    mut left: Residual<'a>,
) -> BoxFuture<'a, Result<Residual<'a>>> {
    Box::pin(async move {
        loop {
            let page = app.store().list(schema, left.page()).await?;
            let rows = page.rows.iter().map(|stored| &stored.row);
            let parents = parents(app, left.filter(), rows).await?;
            match left.take(page, &parents) {
                Ok(true) => {}
                Ok(false) => return Ok(left),
                Err(TooWide) => return Err(Error::scan_too_large(app.config().query_scan)),
            }
        }
    })
}

/// The parents that a filter asks about, of all these records.
///
/// # Errors
/// Those of the store.
pub(crate) async fn parents<'r>(
    app: &App,
    filter: &Filter,
    rows: impl Iterator<Item = &'r Row> + Clone,
) -> Result<Parents> {
    let mut parents = Parents::default();
    learn_parents(app, filter, rows, &mut parents).await?;
    Ok(parents)
}

/// Adds to what is known of parents those that a filter asks about, of all these records.
///
/// # Errors
/// Those of the store.
pub(crate) async fn learn_parents<'r>(
    app: &App,
    filter: &Filter,
    rows: impl Iterator<Item = &'r Row> + Clone,
    parents: &mut Parents,
) -> Result<()> {
    if filter.asks_about_parents() {
        while let Some((resource, ids)) = parents.missing(filter, rows.clone()) {
            let schema = app.registry().named(resource)?.schema();
            let found = app.store().get_many(schema, &ids).await?;
            let found = found.into_iter().map(|stored| stored.map(|it| it.row));
            parents.learn(resource, ids, found);
        }
    }
    Ok(())
}
