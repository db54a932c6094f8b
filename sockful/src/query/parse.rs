//! From the payload of `all` and `count` to a [`Query`]. Here are the keys of a page; conditions on records are
//! in `parse/condition.rs`.
//!
//! Nothing is given up at the first mistake: a client is told everything that is wrong with its query at once.

mod condition;
mod operand;
mod path;

use std::collections::HashSet;

use super::cursor::Seal;
use super::{Filter, Page, Query, SortKey, Wanted};
use crate::app::Config;
use crate::error::{Error, FieldError, Result};
use crate::row::{self, Select, Tree};
use crate::schema::{Kind, Schema};

/// The keys of a page, beside the conditions.
const OF_A_PAGE: [&str; 6] = ["$sort", "$limit", "$skip", "$after", "$select", "$include"];

/// Those of what is watched.
const OF_A_WATCH: [&str; 1] = ["$select"];

/// Those of what is included in one.
const OF_INCLUDED: [&str; 4] = ["$sort", "$limit", "$select", "$include"];

/// Reads the payload of `all`. Cursors are sealed with `secret`.
///
/// # Errors
/// BadRequest `invalid_query`, with everything at fault.
pub(crate) fn parse_page(
    schema: &Schema,
    payload: Option<&str>,
    config: &Config,
    secret: &[u8; 32],
) -> Result<Page> {
    let entries = read(payload)?;
    let mut parser = Parser::new(schema, config, &OF_A_PAGE);
    let (mut page, after) = parser.page(&entries);
    let query = &mut page.query;
    // Of a page alone: what is included has a bound of its own.
    let limit = query.limit.map(|limit| limit.min(config.page_max));
    query.limit = limit.or(Some(config.page_default));
    query.bytes = Some(config.page_bytes);
    // A cursor belongs to one query: of one that is wrong in itself nobody can tell.
    let seal = Seal::of(schema, query);
    if let Some(tree) = after
        && let Some(text) = parser.cursor("$after", tree)
        && parser.errors.is_empty()
    {
        match seal.open(secret, text) {
            // What the cursor stands after has been skipped before.
            Ok(Some(place)) => (query.after, query.skip) = (Some(place), 0),
            Ok(None) => {}
            Err(refused) => parser.refuse(FieldError::new("$after", "cursor", refused.0)),
        }
    }
    parser.finish()?;
    page.seal = Some(seal);
    Ok(page)
}

/// Reads the payload of `watch`: conditions, and which fields are shown.
///
/// # Errors
/// BadRequest `invalid_query`, with everything at fault.
pub(crate) fn parse_watch(schema: &Schema, payload: Option<&str>, config: &Config) -> Result<Page> {
    let entries = read(payload)?;
    let mut parser = Parser::new(schema, config, &OF_A_WATCH);
    parser.refusal = (
        "not_watched",
        "cannot be watched: a watch tells of every record that matches, in no order",
    );
    let (page, _) = parser.page(&entries);
    parser.finish()?;
    Ok(page)
}

/// Reads what is asked of relatives that are included in a page.
///
/// # Errors
/// Everything at fault.
pub(crate) fn parse_included(
    schema: &Schema,
    entries: &[(String, Tree)],
    config: &Config,
) -> Result<Page, Vec<FieldError>> {
    let mut parser = Parser::new(schema, config, &OF_INCLUDED);
    let (page, _) = parser.page(entries);
    if parser.errors.is_empty() {
        Ok(page)
    } else {
        Err(parser.errors)
    }
}

/// Reads the `$include` of a payload that is no query.
///
/// # Errors
/// BadRequest `invalid_query`, with everything at fault.
pub(crate) fn parse_include(schema: &Schema, text: &str, config: &Config) -> Result<Vec<Wanted>> {
    let tree = serde_json::from_str(text).unwrap_or(Tree::Null);
    let mut parser = Parser::new(schema, config, &OF_INCLUDED);
    let wanted = parser.include("$include", &tree);
    parser.finish()?;
    Ok(wanted)
}

/// Reads the payload of `count`, which takes conditions and nothing else.
///
/// # Errors
/// BadRequest `invalid_query`, with everything at fault.
pub(crate) fn parse_count(
    schema: &Schema,
    payload: Option<&str>,
    config: &Config,
) -> Result<Query> {
    let entries = read(payload)?;
    let mut parser = Parser::new(schema, config, &[]);
    let filter = parser.all_of("", &entries, 0);
    parser.finish()?;
    Ok(Query {
        filter,
        ..Query::default()
    })
}

fn read(payload: Option<&str>) -> Result<Vec<(String, Tree)>> {
    match payload.map(serde_json::from_str) {
        None | Some(Ok(Tree::Null)) => Ok(Vec::new()),
        Some(Ok(Tree::Object(entries))) => Ok(entries),
        Some(_) => Err(Error::bad_request("expected a query: an object").reason("invalid_query")),
    }
}

/// One query while it is read.
pub(super) struct Parser<'a> {
    schema: &'a Schema,
    pub(super) config: &'a Config,
    /// The keys that its outermost object takes beside conditions.
    keys: &'static [&'static str],
    /// How many tests were read, and objects within `$and`, `$or` and `$not` that hold none.
    terms: usize,
    errors: Vec<FieldError>,
    /// What is said of a key of a page that is not taken here: a code, and a sentence.
    refusal: (&'static str, &'static str),
}

impl<'a> Parser<'a> {
    fn new(schema: &'a Schema, config: &'a Config, keys: &'static [&'static str]) -> Self {
        Self {
            schema,
            config,
            keys,
            terms: 0,
            errors: Vec::new(),
            refusal: ("not_included", "is for the outermost query alone"),
        }
    }

    /// The entries of a page, and those of its cursor.
    fn page<'t>(&mut self, entries: &'t [(String, Tree)]) -> (Page, Option<&'t Tree>) {
        let (mut page, mut after) = (Page::default(), None);
        let Page {
            query,
            select,
            wanted,
            ..
        } = &mut page;
        for (key, tree) in self.distinct("", entries) {
            match key {
                _ if key.starts_with('$')
                    && !self.keys.contains(&key)
                    && OF_A_PAGE.contains(&key) =>
                {
                    let (code, message) = self.refusal;
                    self.refuse(FieldError::new(key, code, message));
                }
                "$limit" => query.limit = self.count(key, tree),
                "$skip" => query.skip = self.skip(key, tree),
                "$sort" => query.sort = self.sort(key, tree),
                "$select" => *select = self.select(key, tree),
                "$after" => after = Some(tree),
                "$include" => *wanted = self.include(key, tree),
                _ => {
                    if let Some(part) = self.part("", key, tree, 0) {
                        let filter = std::mem::take(&mut query.filter);
                        query.filter = filter.and(part);
                    }
                }
            }
        }
        (page, after)
    }

    fn finish(self) -> Result<()> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid_query(self.errors))
        }
    }

    pub(super) fn refuse(&mut self, error: FieldError) {
        if self.errors.len() < FieldError::MOST {
            self.errors.push(error);
        }
    }

    pub(super) fn wrong_type(&mut self, path: &str, expected: &str, tree: &Tree) {
        let message = format!("expected {expected}, found {}", tree.found());
        self.refuse(FieldError::new(path, "wrong_type", message));
    }

    /// The entries of the object at `at`, without those whose key was there before.
    pub(super) fn distinct<'t>(
        &mut self,
        at: &str,
        entries: &'t [(String, Tree)],
    ) -> Vec<(&'t str, &'t Tree)> {
        let mut known = HashSet::new();
        let mut distinct = Vec::with_capacity(entries.len());
        for (key, tree) in entries {
            if known.insert(key.as_str()) {
                distinct.push((key.as_str(), tree));
            } else {
                self.refuse(FieldError::duplicate(step(at, key)));
            }
        }
        distinct
    }

    /// The field of this name, if clients may know of it.
    fn field(&self, name: &str) -> Option<usize> {
        let place = self.schema.position(name)?;
        let hidden = self.schema.fields[place].words.is_hidden();
        (!hidden).then_some(place)
    }

    fn count(&mut self, key: &str, tree: &Tree) -> Option<usize> {
        let count = match tree {
            Tree::Number(number) => number.as_u64(),
            _ => None,
        };
        if count.is_none() {
            self.wrong_type(key, "a whole number from 0", tree);
        }
        count.map(|count| usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn skip(&mut self, key: &str, tree: &Tree) -> usize {
        let skip = self.count(key, tree).unwrap_or(0);
        let most = self.config.query_skip;
        if skip > most {
            let what = "records that can be skipped";
            self.refuse(FieldError::beyond(key, "out_of_range", what, most));
        }
        skip
    }

    /// `{ name: 1, age: -1 }`, or `[{ name: 1 }, { age: -1 }]` for languages that keep no order of keys.
    fn sort(&mut self, key: &str, tree: &Tree) -> Vec<SortKey> {
        const EXPECTED: &str = r#"an object such as {"name": 1, "age": -1}"#;
        let mut entries = Vec::new();
        match tree {
            Tree::Object(all) => entries.extend(all.iter().map(|entry| (key.to_owned(), entry))),
            Tree::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let at = format!("{key}[{index}]");
                    match item {
                        Tree::Object(some) => {
                            entries.extend(some.iter().map(|entry| (at.clone(), entry)));
                        }
                        _ => self.wrong_type(&at, EXPECTED, item),
                    }
                }
            }
            _ => self.wrong_type(key, EXPECTED, tree),
        }
        let most = self.config.query_sort;
        if entries.len() > most {
            let what = "fields to sort by";
            self.refuse(FieldError::beyond(key, "too_many", what, most));
            return Vec::new();
        }
        let mut sort: Vec<SortKey> = Vec::new();
        for (at, (name, tree)) in entries {
            let place = step(&at, name);
            let Some(sorted) = self.sort_key(&place, name, tree) else {
                continue;
            };
            if sort.iter().any(|known| known.field == sorted.field) {
                self.refuse(FieldError::duplicate(place));
            } else {
                sort.push(sorted);
            }
        }
        sort
    }

    fn sort_key(&mut self, place: &str, name: &str, tree: &Tree) -> Option<SortKey> {
        let descending = match tree {
            Tree::Number(number) if number.as_i64() == Some(1) => Some(false),
            Tree::Number(number) if number.as_i64() == Some(-1) => Some(true),
            _ => None,
        };
        if descending.is_none() {
            self.wrong_type(place, "1 or -1", tree);
        }
        let sortable = |place: &usize| self.schema.fields[*place].kind != Kind::Json;
        let Some(field) = self.field(name).filter(sortable) else {
            let fields = self.schema.visible();
            let fields = fields.filter(|field| field.kind != Kind::Json);
            let error = FieldError::unknown(place, fields.map(|field| field.name));
            self.refuse(error);
            return None;
        };
        Some(SortKey {
            field,
            descending: descending?,
        })
    }

    fn select(&mut self, key: &str, tree: &Tree) -> Select {
        let Tree::List(items) = tree else {
            self.wrong_type(key, "a list of fields", tree);
            return Select::default();
        };
        let mut places = vec![self.schema.id];
        for (index, item) in items.iter().enumerate() {
            let at = format!("{key}[{index}]");
            match item {
                Tree::Text(name) => match self.field(name) {
                    Some(place) => places.push(place),
                    None => {
                        let known = self.schema.visible().map(|field| field.name);
                        self.refuse(FieldError::unknown(at, known));
                    }
                },
                _ => self.wrong_type(&at, "the name of a field", item),
            }
        }
        Select::only(self.schema, places)
    }

    fn cursor<'t>(&mut self, key: &str, tree: &'t Tree) -> Option<&'t str> {
        if let Tree::Text(text) = tree {
            return Some(text);
        }
        self.wrong_type(key, "the `meta.next` of an answer", tree);
        None
    }
}

/// The path of what lies under `name` inside `at`.
pub(super) fn step(at: &str, name: &str) -> String {
    let mut path = at.to_owned();
    row::step_into(&mut path, name);
    path
}

/// What both say.
fn and(parts: impl IntoIterator<Item = Filter>) -> Filter {
    parts.into_iter().fold(Filter::all(), Filter::and)
}

#[cfg(test)]
mod tests;
