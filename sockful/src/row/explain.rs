//! Reads again, slowly, what serde refused, to say where it is wrong and why.
//!
//! serde stays the only judge: the value's own `Deserialize` runs once more over a tree that keeps track of
//! the path. The words are for people who send JSON, so they name no Rust type.

mod beside;
mod forms;
mod node;
mod tree;
mod unknown;
mod wording;

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use self::beside::more_mistakes;
pub(crate) use self::node::Node;
pub(crate) use self::tree::Tree;
pub(crate) use self::unknown::Seen;
use self::unknown::unknown_fields;
pub(crate) use self::wording::{NOT_VALID, cut, step_into};
use crate::error::FieldError;
use crate::resource::BIGINT_FAULTS;
use crate::schema::shape::Definitions;

/// What clients are told of a type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Description<'a> {
    pub(crate) schema: &'a serde_json::Value,
    pub(crate) definitions: &'a Definitions,
}

/// Everything that is wrong with a value, to which `path` leads: what `judge` says, unknown fields, and what
/// the description adds. `wording` may find better words for what `judge` says.
pub(crate) fn mistakes(
    tree: &Tree,
    path: &str,
    description: Option<Description<'_>>,
    judge: impl FnOnce(Node<'_>) -> Result<(), Fault>,
    wording: impl FnOnce(FieldError) -> FieldError,
) -> Vec<FieldError> {
    let seen = Seen::default();
    let judged = judge(Node::new(tree, &seen));
    let mut mistakes = unknown_fields(description, tree, path, &seen);
    let Err(fault) = judged else {
        return mistakes;
    };
    let first = wording(fault.at(path));
    let mut more = Vec::new();
    if let Some(it) = description {
        more_mistakes(it.schema, it.definitions, tree, path, &mut more);
    }
    // serde loses the way inside a tagged enum; what the schema finds further in is the same mistake, with its
    // place.
    let blurred = matches!(&*first.code, "wrong_type" | "out_of_range");
    if !(blurred && more.iter().any(|other| leads_to(&first.path, &other.path))) {
        more.retain(|other| {
            !leads_to(&first.path, &other.path)
                && !leads_to(&other.path, &first.path)
                && first.path != other.path
        });
        more.push(first);
    }
    more.retain(|other| mistakes.iter().all(|unknown| unknown.path != other.path));
    mistakes.append(&mut more);
    mistakes
}

/// Whether `inner` lies inside the value at `outer`.
fn leads_to(outer: &str, inner: &str) -> bool {
    inner
        .strip_prefix(outer)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// What is wrong, and how to get there from where reading began.
#[derive(Debug)]
pub(crate) struct Fault(Box<Details>);

#[derive(Debug)]
struct Details {
    /// From the inside out.
    steps: Vec<Step>,
    code: &'static str,
    message: String,
}

#[derive(Debug)]
enum Step {
    Name(String),
    Index(usize),
}

impl Fault {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            steps: Vec::new(),
            code,
            message: message.into(),
        }))
    }

    fn inside(mut self, step: Step) -> Self {
        self.0.steps.push(step);
        self
    }

    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    /// The name of the field at fault, if it lies directly in the record that was read.
    pub(crate) fn outermost(&self) -> Option<&str> {
        match self.0.steps.as_slice() {
            [Step::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// The error as clients get it; `base` leads to where reading began.
    pub(crate) fn at(self, base: &str) -> FieldError {
        let mut path = base.to_owned();
        for step in self.0.steps.iter().rev() {
            match step {
                Step::Name(name) => step_into(&mut path, name),
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        FieldError::new(path, self.0.code, self.0.message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        match BIGINT_FAULTS.iter().find(|(known, _)| *known == message) {
            Some((known, code)) => Self::new(code, *known),
            None => Self::new("invalid", wording::custom(&message)),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new("wrong_type", wording::expected_found(expected, &found))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let number = matches!(
            found,
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_)
        );
        let code = if number { "out_of_range" } else { "invalid" };
        Self::new(code, wording::expected_found(expected, &found))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let items = if length == 1 { "item" } else { "items" };
        let expected = wording::expected(expected);
        Self::new(
            "invalid",
            format!("expected {expected}, found {length} {items}"),
        )
    }

    fn unknown_variant(_variant: &str, known: &'static [&'static str]) -> Self {
        Self::new(
            "unknown_variant",
            format!("is unknown; expected {}", wording::one_of(known)),
        )
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let message = FieldError::unknown("", known.iter().copied()).message;
        Self::new("unknown_field", message).inside(Step::Name(name.to_owned()))
    }

    fn missing_field(name: &'static str) -> Self {
        let message = FieldError::required("").message;
        Self::new("required", message).inside(Step::Name(name.to_owned()))
    }

    fn duplicate_field(name: &'static str) -> Self {
        let message = FieldError::duplicate("").message;
        Self::new("duplicate_field", message).inside(Step::Name(name.to_owned()))
    }
}

#[cfg(test)]
mod tests;
