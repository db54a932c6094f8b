//! What is wrong with one field.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// What is wrong with one field of a payload.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// Where: `name`, `kind.hue`, `tags[2]`.
    pub path: String,
    /// A stable code, such as `required` or `wrong_type`.
    pub code: Cow<'static, str>,
    /// For people.
    pub message: String,
    /// What a form needs to phrase its own message, such as `{"max": 200}`.
    pub params: Option<serde_json::Value>,
}

impl FieldError {
    /// A payload gets at most so many, and an error names at most so many names: more are of no help, and each
    /// costs room in the answer.
    pub(crate) const MOST: usize = 32;

    /// The most characters of a path, for the same reason.
    pub(super) const LONGEST_PATH: usize = 400;

    /// PostgreSQL keeps no such text, and what one store refuses none takes.
    pub(crate) const ZERO: &'static str = "contains U+0000, which cannot be stored";

    pub(crate) const UNSAFE_INTEGER: &'static str = "is an integer beyond ±9007199254740991";

    /// An error of the field at `path`.
    pub fn new(
        path: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            code: code.into(),
            message: message.into(),
            params: None,
        }
    }

    /// The path of what lies at `place` inside `whole`: `kind.hue`, `tags[2]`, or `whole` itself.
    pub(crate) fn path_in(whole: &str, place: &str) -> String {
        let dot = if place.is_empty() || place.starts_with('[') {
            ""
        } else {
            "."
        };
        format!("{whole}{dot}{place}")
    }

    pub(crate) fn required(path: impl Into<String>) -> Self {
        Self::new(path, "required", "is required")
    }

    /// Only the server sets it.
    pub(crate) fn kept(path: impl Into<String>) -> Self {
        Self::new(path, "read_only", "is kept by the server")
    }

    pub(crate) fn duplicate(path: impl Into<String>) -> Self {
        Self::new(path, "duplicate_field", "is given twice")
    }

    pub(crate) fn zero(path: impl Into<String>) -> Self {
        Self::new(path, "invalid", Self::ZERO)
    }

    /// More than `max` of what `what` names.
    pub(crate) fn beyond(
        path: impl Into<String>,
        code: &'static str,
        what: &str,
        max: usize,
    ) -> Self {
        let mut error = Self::new(path, code, format!("{what}: at most {max}"));
        error.params = Some(serde_json::json!({ "max": max }));
        error
    }

    /// Text of more than `max` bytes.
    pub(crate) fn too_long(path: impl Into<String>, max: usize) -> Self {
        let mut error = Self::new(path, "too_long", format!("may have at most {max} bytes"));
        error.params = Some(serde_json::json!({ "max": max }));
        error
    }

    pub(crate) fn unsafe_integer(path: impl Into<String>) -> Self {
        Self::new(path, "unsafe_integer", Self::UNSAFE_INTEGER)
    }

    /// `known` are the names that would have been accepted.
    pub(crate) fn unknown<'a>(
        path: impl Into<String>,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known = Self::list(known);
        let message = if known.is_empty() {
            "is not expected here".to_owned()
        } else {
            format!("is unknown; expected one of: {known}")
        };
        Self::new(path, "unknown_field", message)
    }

    /// `red, green`; a long list is cut, since it may be told more than once.
    pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
        let mut names = names.into_iter();
        let mut list: Vec<_> = names.by_ref().take(Self::MOST).collect();
        if names.next().is_some() {
            list.push("…");
        }
        list.join(", ")
    }
}

/// Serializes as `{ code, message, params? }`: on the wire the path is the key.
impl Serialize for FieldError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &self.code)?;
        map.serialize_entry("message", &self.message)?;
        if let Some(params) = &self.params {
            map.serialize_entry("params", params)?;
        }
        map.end()
    }
}
