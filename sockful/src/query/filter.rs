//! Conditions on records.

use std::sync::Arc;

use crate::row::Value;

/// A condition on records: true or false for each of them, never unknown.
///
/// Every store, and [`matches`](Filter::matches), give a filter the same meaning:
/// - Null equals null, and no other value. A test for order with null on either side is false.
/// - Numbers compare by size, whether integers or not; text compares by code point, `false` is before `true`.
/// - Values of different kinds are never equal and have no order.
/// - What a path does not find is null.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these hold; with none of them, every record matches.
    And(Vec<Self>),
    /// One of these holds; with none of them, no record matches.
    Or(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// What lies at this path passes this test.
    Test(Path, Test),
    /// The record has a parent, and that matches. Policies ask so; clients cannot.
    Parent {
        /// The place of the field that holds the id of the parent.
        field: usize,
        /// The resource that the parent is of.
        resource: &'static str,
        /// What the parent must match.
        filter: Box<Self>,
    },
}

/// Where a value lies within a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The place of the field.
    pub field: usize,
    /// The keys that lead into a nested value; none for the field itself.
    ///
    /// A key leads into objects alone: an array has no parts a path could name. No key holds a quotation
    /// mark or a backslash.
    pub keys: Vec<Box<str>>,
}

/// What is asked of one value.
///
/// The values of a test are scalars, or null: a nested value is asked about by its parts. Those of a field
/// have the kind of its column. Within a nested value they are what JSON can hold: null, a boolean, a number
/// or text.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It equals this.
    Equal(Value),
    /// It comes before this.
    Less(Value),
    /// It comes before this, or equals it.
    AtMost(Value),
    /// It comes after this.
    More(Value),
    /// It comes after this, or equals it.
    AtLeast(Value),
    /// It equals one of these.
    In(Vec<Value>),
    /// It is an array, and one of its items equals this; or it is text, and this is text within it.
    Contains(Value),
    /// It is text, and begins with this.
    StartsWith(Arc<str>),
}

impl Filter {
    /// Matches every record.
    #[must_use]
    pub fn all() -> Self {
        Self::And(Vec::new())
    }

    /// Matches no record.
    #[must_use]
    pub fn none() -> Self {
        Self::Or(Vec::new())
    }

    /// Whether it says nothing: every record matches.
    #[must_use]
    pub fn is_all(&self) -> bool {
        matches!(self, Self::And(parts) if parts.is_empty())
    }

    /// Whether no record can match, whatever it holds.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Or(parts) if parts.is_empty())
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if other.is_all() => one,
            (one, other) if one.is_all() => other,
            (Self::And(mut parts), Self::And(more)) => {
                parts.extend(more);
                Self::And(parts)
            }
            (Self::And(mut parts), other) => {
                parts.push(other);
                Self::And(parts)
            }
            (one, other) => Self::And(vec![one, other]),
        }
    }

    /// One of both holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if other.is_none() => one,
            (one, other) if one.is_none() => other,
            (Self::Or(mut parts), Self::Or(more)) => {
                parts.extend(more);
                Self::Or(parts)
            }
            (Self::Or(mut parts), other) => {
                parts.push(other);
                Self::Or(parts)
            }
            (one, other) => Self::Or(vec![one, other]),
        }
    }
}

impl Filter {
    /// The same, without parts that say the same of every record: [`none`](Self::none) where no record can match, and
    /// [`all`](Self::all) where every record does, as far as that shows without one.
    pub(crate) fn folded(self) -> Self {
        match self {
            Self::And(parts) => {
                let parts: Vec<_> = parts.into_iter().map(Self::folded).collect();
                if parts.iter().any(Self::is_none) {
                    return Self::none();
                }
                parts.into_iter().fold(Self::all(), Self::and)
            }
            Self::Or(parts) => {
                let parts: Vec<_> = parts.into_iter().map(Self::folded).collect();
                if parts.iter().any(Self::is_all) {
                    return Self::all();
                }
                parts.into_iter().fold(Self::none(), Self::or)
            }
            Self::Not(part) => match part.folded() {
                part if part.is_all() => Self::none(),
                part if part.is_none() => Self::all(),
                part => !part,
            },
            Self::Test(_, Test::In(values)) if values.is_empty() => Self::none(),
            test @ Self::Test(..) => test,
            Self::Parent {
                field,
                resource,
                filter,
            } => match filter.folded() {
                filter if filter.is_none() => Self::none(),
                // Every parent that is named is there.
                filter if filter.is_all() => {
                    !Self::Test(Path::field(field), Test::Equal(Value::Null))
                }
                filter => Self::Parent {
                    field,
                    resource,
                    filter: Box::new(filter),
                },
            },
        }
    }

    /// Whether it asks about parents.
    pub(crate) fn asks_about_parents(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::asks_about_parents),
            Self::Not(part) => part.asks_about_parents(),
            Self::Test(..) => false,
            Self::Parent { .. } => true,
        }
    }

    /// The resources of the parents that it asks about, and of their parents.
    pub(crate) fn parents(&self) -> Vec<&'static str> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::parents).collect(),
            Self::Not(part) => part.parents(),
            Self::Test(..) => Vec::new(),
            Self::Parent {
                resource, filter, ..
            } => [vec![*resource], filter.parents()].concat(),
        }
    }

    /// Whether it asks about parents, or about parents of theirs, that are records of this resource.
    pub(crate) fn asks_about(&self, name: &str) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|it| it.asks_about(name)),
            Self::Not(part) => part.asks_about(name),
            Self::Test(..) => false,
            Self::Parent {
                resource, filter, ..
            } => *resource == name || filter.asks_about(name),
        }
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self::all()
    }
}

impl std::ops::Not for Filter {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

impl Path {
    /// The field at this place.
    #[must_use]
    pub fn field(field: usize) -> Self {
        Self {
            field,
            keys: Vec::new(),
        }
    }
}
