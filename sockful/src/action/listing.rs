//! The records a query asks for, whatever the store can do by itself.

use super::call::Call;
use super::step::Allowed;
use crate::error::{Error, Result};
use crate::query::{Query, Residual, TooWide};
use crate::store::Listing;

/// The rows a query asks for.
///
/// # Errors
/// BadRequest `scan_too_large`, where the store leaves too much to us; and those of the store.
pub(super) async fn list(call: &Call<'_, Allowed>, query: &Query) -> Result<Listing> {
    let (schema, app) = (call.schema(), call.app);
    let (cap, most) = (app.store().caps().filter, app.config().query_scan);
    match Residual::of_list(schema, query, cap, most) {
        None => Ok(app.store().list(schema, query).await?),
        Some(mut left) => {
            scan(call, &mut left).await?;
            Ok(left.listing())
        }
    }
}

/// How many rows a query asks for.
///
/// # Errors
/// Those of [`list`].
pub(super) async fn count(call: &Call<'_, Allowed>, query: &Query) -> Result<u64> {
    let (schema, app) = (call.schema(), call.app);
    let (cap, most) = (app.store().caps().filter, app.config().query_scan);
    match Residual::of_count(schema, query, cap, most) {
        None => Ok(app.store().count(schema, query).await?),
        Some(mut left) => {
            scan(call, &mut left).await?;
            Ok(left.count())
        }
    }
}

async fn scan(call: &Call<'_, Allowed>, left: &mut Residual<'_>) -> Result<()> {
    let (schema, app) = (call.schema(), call.app);
    loop {
        let page = app.store().list(schema, left.page()).await?;
        match left.take(page) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(TooWide) => return Err(Error::scan_too_large(app.config().query_scan)),
        }
    }
}
