//! The records a query asks for, whatever the store can do by itself.

use futures_util::future::BoxFuture;

use super::step::Allowed;
use crate::error::{Error, Result};
use crate::query::{Query, Residual, TooWide};
use crate::store::Listing;

/// The rows a query asks for.
///
/// # Errors
/// BadRequest `scan_too_large`, where the store leaves too much to us; and those of the store.
pub(super) async fn list(call: Allowed<'_, '_>, query: &Query) -> Result<Listing> {
    let (schema, app) = (call.schema(), call.app);
    let (cap, most) = (app.store().caps().filter, app.config().query_scan);
    match Residual::of_list(schema, query, cap, most) {
        None => Ok(app.store().list(schema, query).await?),
        Some(left) => Ok(scan(call, left).await?.listing()),
    }
}

/// How many rows a query asks for.
///
/// # Errors
/// Those of [`list`].
pub(super) async fn count(call: Allowed<'_, '_>, query: &Query) -> Result<u64> {
    let (schema, app) = (call.schema(), call.app);
    let (cap, most) = (app.store().caps().filter, app.config().query_scan);
    match Residual::of_count(schema, query, cap, most) {
        None => Ok(app.store().count(schema, query).await?),
        Some(left) => Ok(scan(call, left).await?.count()),
    }
}

/// Boxed, so that calls which leave nothing over do not carry the room it needs.
fn scan<'a>(call: Allowed<'a, '_>, mut left: Residual<'a>) -> BoxFuture<'a, Result<Residual<'a>>> {
    let (schema, app) = (call.schema(), call.app);
    Box::pin(async move {
        loop {
            let page = app.store().list(schema, left.page()).await?;
            match left.take(page) {
                Ok(true) => {}
                Ok(false) => return Ok(left),
                Err(TooWide) => return Err(Error::scan_too_large(app.config().query_scan)),
            }
        }
    })
}
