//! Random queries over random rows.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::strategy::Strategy as _;

use super::Place;
use super::generated::{self, RawQuestion, RawRow, RawShape, raw_question, raw_row, raw_shape};
use super::parents::no_parents;
use super::subject::{self, Open, Subject, same};
use crate::query::{After, Query};
use crate::row::{Row, Value};
use crate::schema::Schema;
use crate::store::{FilterCap, Listing, Store};

/// So many questions are asked about the same rows.
const QUESTIONS: usize = 50;

/// Asks random queries about random rows of random schemas: lists and counts must be what
/// [`Filter::matches`](crate::query::Filter::matches), [`Query::covers`] and [`Query::compare`] make of the same rows, whole and page by page.
///
/// Of a store that answers less than all of a query, only that is asked. 5,000 questions, or `SOCKFUL_CASES`;
/// `SOCKFUL_SEED` draws others.
///
/// # Panics
/// With the smallest rows and query found for which the answer differs.
pub fn same_answers<M, F, S>(make: M)
where
    M: Fn(Place) -> F + Send + Sync + 'static,
    F: Future<Output = S> + Send + 'static,
    S: Store,
{
    let subject = Subject::new(make);
    let rows = vec(raw_row(), 0..=24);
    let questions = vec(raw_question(), 1..=QUESTIONS);
    let drawn = (raw_shape(), rows, questions).prop_map(|(shape, rows, questions)| World {
        shape,
        rows,
        questions,
    });
    // Half as many questions as there may be are drawn on average.
    let worlds = generated::cases().div_ceil(QUESTIONS as u32 / 2);
    generated::draw(worlds, &drawn, |world| {
        subject::run(holds(&subject, &world))
    });
}

/// Hands random queries to a test of what a store makes of them.
#[cfg(all(test, any(feature = "sqlite", feature = "postgres")))]
pub(crate) fn for_each_query(holds: impl Fn(&Arc<Schema>, &Query) -> Result<(), String>) {
    let drawn = (raw_shape(), vec(raw_row(), 1..4), raw_question());
    generated::draw(
        generated::cases().div_ceil(5),
        &drawn,
        |(shape, rows, question)| {
            let schema = shape.schema("order", true);
            let rows = rows.iter().map(|raw| generated::row(raw, &schema));
            let query = question.query(&schema, &rows.collect::<Vec<_>>());
            holds(&schema, &query)
        },
    );
}

/// Hands random rows of a random schema, and random queries of them, to a test of what is made of these together.
#[cfg(test)]
pub(crate) fn for_each_world(holds: impl Fn(&Arc<Schema>, &[Row], &[Query]) -> Result<(), String>) {
    let drawn = (
        raw_shape(),
        vec(raw_row(), 1..24),
        vec(raw_question(), 1..=QUESTIONS),
    );
    let worlds = generated::cases().div_ceil(QUESTIONS as u32 / 2);
    generated::draw(worlds, &drawn, |(shape, rows, questions)| {
        let schema = shape.schema("order", true);
        let rows: Vec<_> = rows
            .iter()
            .map(|raw| generated::row(raw, &schema))
            .collect();
        let queries = questions.iter().map(|it| it.query(&schema, &rows));
        holds(&schema, &rows, &queries.collect::<Vec<_>>())
    });
}

#[derive(Clone, Debug)]
struct World {
    shape: RawShape,
    rows: Vec<RawRow>,
    questions: Vec<RawQuestion>,
}

async fn holds(subject: &Subject, world: &World) -> Result<(), String> {
    let schema = world.shape.schema("order", true);
    let open = subject.open_for(std::slice::from_ref(&schema)).await;
    let mut rows: Vec<Row> = Vec::new();
    for raw in &world.rows {
        let row = generated::row(raw, &schema);
        if !rows.iter().any(|other| clash(&schema, &row, other)) {
            rows.push(row);
        }
    }
    let pos = open.create_all(&schema, &rows).await.pos;
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| schema.revised(row, pos))
        .collect();
    for question in &world.questions {
        let query = asked(question.query(&schema, &rows), open.caps.filter);
        let answered = answers(&open, &schema, &rows, &query, pos).await;
        let answered = match answered {
            Ok(()) => pages(&open, &schema, &rows, &query, question.page).await,
            refused => refused,
        };
        answered.map_err(|told| report(&schema, &rows, &query, &told))?;
    }
    Ok(())
}

/// Whether one of them takes what the other holds.
fn clash(schema: &Schema, a: &Row, b: &Row) -> bool {
    let fields = schema.fields.iter().enumerate();
    let mut held = fields.filter(|(_, field)| field.words.unique || field.words.id);
    held.any(|(place, _)| !a[place].is_null() && a[place] == b[place])
}

/// What of a query a store is asked.
fn asked(query: Query, filter: FilterCap) -> Query {
    match filter {
        FilterCap::Exact => query,
        FilterCap::Inexact | FilterCap::No => {
            let after = query.after.map(|after| After {
                values: Vec::new(),
                ..after
            });
            Query {
                sort: Vec::new(),
                skip: 0,
                each: None,
                after,
                ..query
            }
        }
    }
}

/// The whole list.
fn expected<'a>(schema: &Schema, rows: &'a [Row], query: &Query) -> Vec<&'a Row> {
    let mut expected: Vec<_> = rows
        .iter()
        .filter(|row| query.covers(schema, row, &no_parents))
        .collect();
    expected.sort_by(|a, b| query.compare(schema, a, b));
    if let Some(each) = &query.each {
        let of = |value: &Value| {
            let those = expected.iter().filter(|row| row[each.field] == *value);
            those.take(each.limit).copied().collect::<Vec<_>>()
        };
        let mut first: Vec<_> = each.values.iter().flat_map(of).collect();
        first.sort_by(|a, b| query.compare(schema, a, b));
        return first;
    }
    expected
}

async fn answers(
    open: &Open,
    schema: &Arc<Schema>,
    rows: &[Row],
    query: &Query,
    pos: u64,
) -> Result<(), String> {
    if open.caps.filter != FilterCap::Exact {
        return Ok(());
    }
    let all = expected(schema, rows, query);
    let rest: Vec<_> = all.iter().skip(query.skip).copied().collect();
    let length = rest.len().min(query.limit.unwrap_or(usize::MAX));
    let listing = list(open, schema, query).await?;
    compare(schema, &listing, &rest[..length])?;
    if listing.more != (length < rest.len()) {
        return Err(format!("more is {}", listing.more));
    }
    if listing.pos != pos || listing.rows.iter().any(|stored| stored.rev != pos) {
        return Err(format!("{listing:?} is not of position {pos}"));
    }
    match open.store.count(schema, query).await {
        Ok(count) if count == length as u64 => Ok(()),
        other => Err(format!("counted {other:?} instead of {length}")),
    }
}

/// The same list, read page by page.
async fn pages(
    open: &Open,
    schema: &Arc<Schema>,
    rows: &[Row],
    query: &Query,
    page: usize,
) -> Result<(), String> {
    let mut query = Query {
        skip: 0,
        limit: Some(page),
        // What is counted for each value begins anew with each page.
        each: None,
        ..query.clone()
    };
    let expected = expected(schema, rows, &query);
    let mut joined = Listing::default();
    for _ in 0..=rows.len() {
        let listing = list(open, schema, &query).await?;
        if listing.rows.len() > page {
            return Err(format!("{} rows on a page of {page}", listing.rows.len()));
        }
        if let Some(last) = listing.rows.last() {
            query.after = Some(query.place(schema, &last.row));
        }
        joined.rows.extend(listing.rows);
        joined.more = listing.more;
        if !listing.more {
            break;
        }
    }
    if joined.more {
        return Err(format!("pages of {page} never end"));
    }
    if open.caps.filter != FilterCap::Exact {
        // The rest of the filter is not for the store.
        joined
            .rows
            .retain(|stored| query.filter.matches(&stored.row, &no_parents));
    }
    compare(schema, &joined, &expected).map_err(|told| format!("in pages of {page}: {told}"))
}

async fn list(open: &Open, schema: &Arc<Schema>, query: &Query) -> Result<Listing, String> {
    let listing = open.store.list(schema, query).await;
    listing.map_err(|error| format!("failed: {error}"))
}

fn compare(schema: &Schema, listing: &Listing, expected: &[&Row]) -> Result<(), String> {
    let found: Vec<_> = listing.rows.iter().map(|stored| &stored.row).collect();
    let alike =
        found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| same(a, b));
    if alike {
        return Ok(());
    }
    let ids =
        |rows: &[&Row]| -> Vec<Value> { rows.iter().map(|row| row[schema.id].clone()).collect() };
    Err(if ids(&found).cmp(&ids(expected)) == Ordering::Equal {
        format!("listed {found:#?} instead of {expected:#?}")
    } else {
        format!("listed {:?} instead of {:?}", ids(&found), ids(expected))
    })
}

fn report(schema: &Schema, rows: &[Row], query: &Query, told: &str) -> String {
    let mut report = format!("{told}\nquery: {query:?}\n");
    describe(schema, rows, &mut report);
    report
}

/// The fields and the rows.
pub(super) fn describe(schema: &Schema, rows: &[Row], report: &mut String) {
    for field in &schema.fields {
        let words = &field.words;
        let marks = [
            ("id", words.id),
            ("unique", words.unique),
            ("index", words.index),
            ("nullable", field.nullable),
        ];
        let marks: Vec<_> = marks
            .iter()
            .filter(|(_, on)| *on)
            .map(|(mark, _)| *mark)
            .collect();
        // Writing to text cannot fail.
        let _ = writeln!(
            report,
            "field {:?}: {:?} {}",
            field.name,
            field.kind,
            marks.join(" ")
        );
    }
    for row in rows {
        let _ = writeln!(report, "row {:?}", row.values());
    }
}
