//! Where the groups that a row may concern are found: each by one condition that every row it matches meets.

use std::collections::{BTreeMap, HashMap};

use foldhash::quality::RandomState;

use super::router::GroupId;
use crate::query::{Filter, Path, Test};
use crate::row::{Row, Value};
use crate::schema::{Kind, Schema};

/// The groups of one resource, by the conditions that lead to them.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By a value that the field at this place has.
    equal: ByField<HashMap<Value, Vec<GroupId>, RandomState>>,
    /// By a value that the field reaches or is beyond.
    above: ByField<BTreeMap<Value, Vec<GroupId>>>,
    /// By a value that the field reaches or is before.
    below: ByField<BTreeMap<Value, Vec<GroupId>>>,
    /// Those that no such condition leads to.
    scanned: Vec<GroupId>,
    /// How many a range leads to.
    ranged: usize,
}

/// The work that a group which no condition leads to may make at a change, where one that a range leads to makes 1: often few of
/// those are held against it.
pub(super) const SCAN: usize = 16;

/// Something for each of the fields at these places. They are few: they are looked through.
type ByField<T> = Vec<(usize, T)>;

/// The condition by which a group is found.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Access {
    /// No row matches.
    Never,
    /// The field at this place has one of these values, each once.
    Equal(usize, Vec<Value>),
    /// It reaches this value, or is beyond.
    Above(usize, Value),
    /// It reaches this value, or is before.
    Below(usize, Value),
    /// Every row may match.
    Scan,
}

impl Access {
    /// The condition that leads to the fewest rows, as far as the schema tells.
    pub(super) fn of(schema: &Schema, filter: &Filter) -> Self {
        match filter {
            Filter::And(parts) => {
                let parts = parts.iter().map(|part| Self::of(schema, part));
                let best = parts.min_by_key(|access| access.rank(schema));
                best.unwrap_or(Self::Scan)
            }
            Filter::Or(parts) => Self::any(parts.iter().map(|part| Self::of(schema, part))),
            Filter::Test(Path { field, keys }, test)
                if keys.is_empty() && schema.fields[*field].kind != Kind::Json =>
            {
                Self::of_test(*field, test)
            }
            Filter::Not(_) | Filter::Test(..) | Filter::Parent { .. } => Self::Scan,
        }
    }

    fn of_test(field: usize, test: &Test) -> Self {
        match test {
            Test::Equal(value) => Self::Equal(field, vec![value.clone()]),
            Test::In(values) => Self::Equal(field, Vec::new()).with(values),
            Test::More(value) | Test::AtLeast(value) => Self::Above(field, value.clone()),
            Test::Less(value) | Test::AtMost(value) => Self::Below(field, value.clone()),
            Test::StartsWith(start) => Self::Above(field, Value::Text(start.clone())),
            Test::Contains(_) => Self::Scan,
        }
    }

    /// What leads to all rows that one of these leads to.
    fn any(mut parts: impl Iterator<Item = Self>) -> Self {
        let joined = parts.try_fold(Self::Never, |all, part| match (all, part) {
            (Self::Never, other) | (other, Self::Never) => Some(other),
            (Self::Equal(one, values), Self::Equal(other, more)) if one == other => {
                Some(Self::Equal(one, values).with(&more))
            }
            _ => None,
        });
        joined.unwrap_or(Self::Scan)
    }

    /// The same with more values.
    fn with(self, more: &[Value]) -> Self {
        let Self::Equal(field, mut values) = self else {
            return self;
        };
        for value in more {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        if values.is_empty() {
            Self::Never
        } else {
            Self::Equal(field, values)
        }
    }

    /// The less, the fewer rows.
    fn rank(&self, schema: &Schema) -> usize {
        match self {
            Self::Never => 0,
            Self::Equal(field, _) => {
                let field = &schema.fields[*field];
                match () {
                    () if field.words.id => 1,
                    () if field.words.unique => 2,
                    () if field.parent.is_some() => 3,
                    () if field.words.index => 4,
                    () => 5,
                }
            }
            Self::Above(..) | Self::Below(..) => 6,
            Self::Scan => 7,
        }
    }
}

impl Index {
    /// Whether it leads to no group.
    #[cfg(all(test, feature = "testing"))]
    pub(super) fn is_empty(&self) -> bool {
        self.equal.is_empty()
            && self.above.is_empty()
            && self.below.is_empty()
            && self.scanned.is_empty()
    }

    /// How much work its groups may make at a change, with one more that makes any; 0 for one that makes none.
    pub(super) fn work_with(&self, access: &Access) -> usize {
        let more = match access {
            Access::Never | Access::Equal(..) => return 0,
            Access::Above(..) | Access::Below(..) => 1,
            Access::Scan => SCAN,
        };
        self.scanned.len() * SCAN + self.ranged + more
    }

    pub(super) fn add(&mut self, access: &Access, group: GroupId) {
        match access {
            Access::Never => {}
            Access::Equal(field, values) => {
                let by = of_field(&mut self.equal, *field);
                for value in values {
                    by.entry(value.clone()).or_default().push(group);
                }
            }
            Access::Above(field, value) => {
                self.ranged += 1;
                let by = of_field(&mut self.above, *field);
                by.entry(value.clone()).or_default().push(group);
            }
            Access::Below(field, value) => {
                self.ranged += 1;
                let by = of_field(&mut self.below, *field);
                by.entry(value.clone()).or_default().push(group);
            }
            Access::Scan => self.scanned.push(group),
        }
    }

    /// Takes a group away that was added with the same condition.
    pub(super) fn remove(&mut self, access: &Access, group: GroupId) {
        let leave = |groups: &mut Vec<GroupId>| {
            groups.retain(|other| *other != group);
            groups.is_empty()
        };
        match access {
            Access::Never => {}
            Access::Equal(field, values) => {
                let by = of_field(&mut self.equal, *field);
                for value in values {
                    if by.get_mut(value).is_some_and(leave) {
                        by.remove(value);
                    }
                }
                self.equal.retain(|(_, by)| !by.is_empty());
            }
            Access::Above(field, value) => {
                self.ranged -= 1;
                let by = of_field(&mut self.above, *field);
                if by.get_mut(value).is_some_and(leave) {
                    by.remove(value);
                }
                self.above.retain(|(_, by)| !by.is_empty());
            }
            Access::Below(field, value) => {
                self.ranged -= 1;
                let by = of_field(&mut self.below, *field);
                if by.get_mut(value).is_some_and(leave) {
                    by.remove(value);
                }
                self.below.retain(|(_, by)| !by.is_empty());
            }
            Access::Scan => {
                leave(&mut self.scanned);
            }
        }
    }

    /// Every group that the row may match, and perhaps others; none twice for one condition.
    pub(super) fn probe(&self, row: &Row, found: &mut Vec<GroupId>) {
        for (field, by) in &self.equal {
            if let Some(groups) = by.get(&row[*field]) {
                found.extend(groups);
            }
        }
        for (field, by) in &self.above {
            found.extend(by.range(..=&row[*field]).flat_map(|(_, groups)| groups));
        }
        for (field, by) in &self.below {
            found.extend(by.range(&row[*field]..).flat_map(|(_, groups)| groups));
        }
        found.extend(&self.scanned);
    }
}

/// What there is of a field, which is made if it is missing.
fn of_field<T: Default>(all: &mut ByField<T>, field: usize) -> &mut T {
    let place = all.iter().position(|(other, _)| *other == field);
    let place = place.unwrap_or_else(|| {
        all.push((field, T::default()));
        all.len() - 1
    });
    &mut all[place].1
}
