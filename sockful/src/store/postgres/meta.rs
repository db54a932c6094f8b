//! What the database knows of itself.

use super::connection::Link;
use super::error::Error;
use crate::store::sql::meta;
use crate::store::{Opened, StoreError};

pub(super) async fn get(link: &Link, key: &str) -> Result<Option<String>, StoreError> {
    let text = "SELECT value FROM sockful_meta WHERE key = $1";
    let rows = link.rows(text, vec![Box::new(key.to_owned())]).await?;
    Ok(rows.first().map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn set(link: &Link, key: &str, value: &str) -> Result<(), Error> {
    let text = "INSERT INTO sockful_meta (key, value) VALUES ($1, $2) \
                ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    let values = [key, value].map(|it| Box::new(it.to_owned()) as _);
    link.rows(text, Vec::from(values)).await?;
    Ok(())
}

pub(super) async fn remove(link: &Link, key: &str) -> Result<(), Error> {
    let text = "DELETE FROM sockful_meta WHERE key = $1";
    link.rows(text, vec![Box::new(key.to_owned())]).await?;
    Ok(())
}

/// Refuses a database of a later sockful.
pub(super) async fn check_format(link: &Link) -> Result<(), StoreError> {
    meta::check_format(get(link, meta::FORMAT.0).await?.as_deref())
}

/// Notes the format of a database whose tables are those of this version.
pub(super) async fn set_format(link: &Link) -> Result<(), Error> {
    let (key, value) = meta::FORMAT;
    set(link, key, value).await
}

/// The epoch and the secret of the database; one that is new is given them.
pub(super) async fn opened(link: &Link) -> Result<Opened, StoreError> {
    let epoch = get(link, meta::EPOCH).await?;
    let secret = get(link, meta::SECRET).await?;
    let opened = meta::opened(epoch.as_deref(), secret.as_deref())?;
    if epoch.is_none() || secret.is_none() {
        set_opened(link, &opened).await?;
    }
    Ok(opened)
}

/// Gives the database an epoch and a secret.
pub(super) async fn set_opened(link: &Link, opened: &Opened) -> Result<(), Error> {
    for (key, value) in meta::entries(opened) {
        set(link, key, &value).await?;
    }
    Ok(())
}
