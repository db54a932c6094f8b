//! Reads again, slowly, what serde refused, to say where it is wrong and why.
//!
//! serde stays the only judge: the value's own `Deserialize` runs once more over a tree that keeps track of
//! the path. The words are for people who send JSON, so they name no Rust type.

mod beside;
mod node;
mod tree;
mod wording;

use std::fmt;

use serde::de::{self, DeserializeOwned, Expected, Unexpected};

pub(crate) use self::beside::more_mistakes;
pub(crate) use self::node::Node;
pub(crate) use self::tree::Tree;
pub(crate) use self::wording::{NOT_VALID, TWICE, cut};
use crate::error::FieldError;

/// Why `T` refused `text`, which is valid JSON; `path` leads to the value.
pub(crate) fn explain<T: DeserializeOwned>(text: &str, path: &str) -> FieldError {
    let read = serde_json::from_str::<Tree>(text);
    match read.map(|tree| T::deserialize(Node(&tree))) {
        Ok(Err(fault)) => fault.at(path),
        _ => FieldError::new(path, "invalid", NOT_VALID),
    }
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
                Step::Name(name) => wording::step_into(&mut path, name),
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
        Self::new("invalid", wording::custom(&message.to_string()))
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
        Self::new("duplicate_field", TWICE).inside(Step::Name(name.to_owned()))
    }
}

#[cfg(test)]
mod tests;
