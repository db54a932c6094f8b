//! From the payload of `all` and `count` to a [`Query`].

use serde_json::{Map, Value as Json};

use super::{After, Query};
use crate::app::Config;
use crate::error::{Error, FieldError, Result};
use crate::row::{self, Value};

/// Reads the payload of `all`.
///
/// # Errors
/// BadRequest `invalid_query`, with every key at fault.
pub(crate) fn parse_page(payload: Option<&str>, config: &Config) -> Result<Query> {
    let mut query = Query {
        limit: Some(config.page_default),
        bytes: Some(config.page_bytes),
        ..Query::default()
    };
    let mut errors = Vec::new();
    for (key, value) in read(payload)? {
        match key.as_str() {
            "$limit" => match value.as_u64() {
                Some(limit) => {
                    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                    query.limit = Some(limit.min(config.page_max));
                }
                None => errors.push(wrong_type(key, "expected a whole number from 0")),
            },
            "$after" => match value.as_str().and_then(after) {
                Some(id) => {
                    query.after = Some(After {
                        values: Vec::new(),
                        id,
                    });
                }
                None => errors.push(wrong_type(key, "expected the `meta.next` of an answer")),
            },
            _ if errors.len() == FieldError::MOST => {}
            _ => errors.push(FieldError::unknown(row::cut(&key), ["$limit", "$after"])),
        }
    }
    refuse(errors)?;
    Ok(query)
}

/// Reads the payload of `count`, which takes no keys.
///
/// # Errors
/// BadRequest `invalid_query`, with every key at fault.
pub(crate) fn parse_count(payload: Option<&str>) -> Result<Query> {
    refuse(
        read(payload)?
            .into_iter()
            .take(FieldError::MOST)
            .map(|(key, _)| FieldError::unknown(row::cut(&key), []))
            .collect(),
    )?;
    Ok(Query::default())
}

fn read(payload: Option<&str>) -> Result<Map<String, Json>> {
    match payload.map(serde_json::from_str) {
        None | Some(Ok(Json::Null)) => Ok(Map::new()),
        Some(Ok(Json::Object(keys))) => Ok(keys),
        Some(_) => Err(Error::bad_request("expected a query: an object").reason("invalid_query")),
    }
}

fn after(cursor: &str) -> Option<Value> {
    let (kind, id) = cursor.split_at_checked(1)?;
    match kind {
        "n" => id.is_empty().then_some(Value::Null),
        "t" => Some(Value::Text(id.into())),
        "i" => id.parse().ok().map(Value::Int),
        _ => None,
    }
}

fn wrong_type(path: String, message: &str) -> FieldError {
    FieldError::new(path, "wrong_type", message)
}

fn refuse(errors: Vec<FieldError>) -> Result<()> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid_query(errors))
    }
}
