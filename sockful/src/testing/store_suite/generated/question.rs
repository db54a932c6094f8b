//! Random queries.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::pools::KEYS;
use super::shape::{self, RawRow, raw_row};
use super::value::{RawValue, raw_value};
use crate::query::{After, Each, Filter, Path, Query, SortKey, Test};
use crate::row::{Row, Value};
use crate::schema::{Kind, Schema};

/// What becomes a query.
#[derive(Clone, Debug)]
pub(in super::super) struct RawQuestion {
    filter: RawFilter,
    sort: Vec<(u8, bool)>,
    after: RawAfter,
    each: Option<RawEach>,
    skip: Option<usize>,
    limit: Option<usize>,
    /// How many records a page has where the whole list is read page by page.
    pub(in super::super) page: usize,
}

#[derive(Clone, Debug)]
enum RawFilter {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Test(RawTest),
}

#[derive(Clone, Debug)]
struct RawTest {
    field: u8,
    keys: Vec<u8>,
    test: u8,
    value: RawValue,
    others: Vec<RawValue>,
    cut: u8,
}

#[derive(Clone, Debug)]
enum RawAfter {
    Start,
    /// The place of a record.
    Of(u8),
    /// A place where no record may ever have been.
    Nowhere(RawRow),
}

/// Of each of some values, those of rows and others, only so many.
#[derive(Clone, Debug)]
struct RawEach {
    field: u8,
    held: Vec<u8>,
    others: Vec<RawValue>,
    limit: usize,
}

pub(in super::super) fn raw_question() -> impl Strategy<Value = RawQuestion> + Clone {
    let test = (
        any::<u8>(),
        vec(prop_oneof![3 => 0..2_u8, 1 => any::<u8>()], 0..=3),
        any::<u8>(),
        raw_value(),
        vec(raw_value(), 0..=4),
        any::<u8>(),
    );
    let test = test.prop_map(|(field, keys, test, value, others, cut)| {
        RawFilter::Test(RawTest {
            field,
            keys,
            test,
            value,
            others,
            cut,
        })
    });
    let filter = test.prop_recursive(4, 16, 3, |part| {
        prop_oneof![
            4 => vec(part.clone(), 1..=3).prop_map(RawFilter::And),
            4 => vec(part.clone(), 1..=3).prop_map(RawFilter::Or),
            4 => part.prop_map(|part| RawFilter::Not(Box::new(part))),
            1 => Just(RawFilter::And(Vec::new())),
            1 => Just(RawFilter::Or(Vec::new())),
        ]
    });
    let after = prop_oneof![
        2 => Just(RawAfter::Start),
        1 => any::<u8>().prop_map(RawAfter::Of),
        1 => raw_row().prop_map(RawAfter::Nowhere),
    ];
    let each = (
        any::<u8>(),
        vec(any::<u8>(), 0..=6),
        vec(raw_value(), 0..=3),
        0..4_usize,
    );
    let each = each.prop_map(|(field, held, others, limit)| RawEach {
        field,
        held,
        others,
        limit,
    });
    (
        filter,
        vec((any::<u8>(), any::<bool>()), 0..=3),
        after,
        option::weighted(0.3, each),
        option::of(0..5_usize),
        option::of(0..10_usize),
        1..8_usize,
    )
        .prop_map(
            |(filter, sort, after, each, skip, limit, page)| RawQuestion {
                filter,
                sort,
                after,
                each,
                skip,
                limit,
                page,
            },
        )
}

impl RawQuestion {
    /// A query about these rows.
    pub(in super::super) fn query(&self, schema: &Schema, rows: &[Row]) -> Query {
        let mut query = Query {
            filter: self.filter.of(schema),
            skip: self.skip.unwrap_or(0),
            limit: self.limit,
            ..Query::default()
        };
        for (at, descending) in &self.sort {
            let field = usize::from(*at) % schema.fields.len();
            // Nested values have no order.
            if schema.fields[field].kind != Kind::Json {
                query.sort.push(SortKey {
                    field,
                    descending: *descending,
                });
            }
        }
        query.after = self.after.of(&query, schema, rows);
        query.each = self.each.as_ref().and_then(|each| each.of(schema, rows));
        query
    }
}

impl RawEach {
    /// None of nested values, which no column of a database is looked up by.
    fn of(&self, schema: &Schema, rows: &[Row]) -> Option<Each> {
        let field = usize::from(self.field) % schema.fields.len();
        let kind = schema.fields[field].kind;
        if kind == Kind::Json {
            return None;
        }
        let held = self.held.iter().filter_map(|at| {
            let row = rows.get(usize::from(*at) % rows.len().max(1))?;
            Some(row[field].clone())
        });
        let drawn = held.chain(self.others.iter().map(|raw| raw.of(kind)));
        let mut values: Vec<Value> = drawn.filter(|value| !value.is_null()).collect();
        values.sort();
        values.dedup();
        Some(Each {
            field,
            values,
            limit: self.limit,
        })
    }
}

impl RawAfter {
    fn of(&self, query: &Query, schema: &Schema, rows: &[Row]) -> Option<After> {
        match self {
            Self::Start => None,
            Self::Of(at) => {
                let row = rows.get(usize::from(*at) % rows.len().max(1))?;
                Some(query.place(schema, row))
            }
            Self::Nowhere(raw) => Some(query.place(schema, &shape::row(raw, schema))),
        }
    }
}

impl RawFilter {
    fn of(&self, schema: &Schema) -> Filter {
        let all = |parts: &[Self]| parts.iter().map(|part| part.of(schema)).collect();
        match self {
            Self::And(parts) => Filter::And(all(parts)),
            Self::Or(parts) => Filter::Or(all(parts)),
            Self::Not(part) => Filter::Not(Box::new(part.of(schema))),
            Self::Test(test) => test.of(schema),
        }
    }
}

impl RawTest {
    fn of(&self, schema: &Schema) -> Filter {
        let field = usize::from(self.field) % schema.fields.len();
        let kind = schema.fields[field].kind;
        // Into a scalar a path rarely leads.
        let keys = match (kind, self.keys.len()) {
            (Kind::Json, _) | (_, 3) => &self.keys[..],
            _ => &[],
        };
        let keys = keys.iter().map(|at| KEYS[usize::from(*at) % KEYS.len()]);
        let path = Path {
            field,
            keys: keys.map(Into::into).collect(),
        };
        let nested = kind == Kind::Json || !path.keys.is_empty();
        let of = |raw: RawValue| if nested { raw.scalar() } else { raw.of(kind) };
        let value = of(self.value);
        let test = match self.test % 12 {
            0 | 1 => Test::Equal(value),
            2 => Test::Less(value),
            3 => Test::AtMost(value),
            4 => Test::More(value),
            5 => Test::AtLeast(value),
            6 | 7 => Test::In(self.others.iter().copied().map(of).collect()),
            8 => Test::Contains(value),
            9 => match value {
                Value::Text(text) => Test::Contains(Value::Text(self.part(&text).into())),
                other => Test::Contains(other),
            },
            _ => {
                let text = self.value.some(Kind::Text);
                Test::StartsWith(self.part(text.as_text().unwrap_or_default()).into())
            }
        };
        Filter::Test(path, test)
    }

    /// The first letters of a text.
    fn part(&self, text: &str) -> String {
        text.chars().take(usize::from(self.cut % 4)).collect()
    }
}
