//! Holds values against the rules that they state by garde, and says in the form of all our errors what breaks them.
//!
//! garde tells a path in names of Rust and a message. [`words`] has messages of ours and finds their codes again, [`path`]
//! finds the names that clients know.

mod path;
mod words;

use serde_json::Value as Json;

pub(crate) use garde::Report;

use self::path::{Step, in_order, locate};
use self::words::{Rule, Words};
use crate::error::FieldError;
use crate::row::{Row, Value};
use crate::schema::Schema;

/// What states rules that can be checked, by `#[derive(garde::Validate)]` or by hand.
#[diagnostic::on_unimplemented(
    message = "nothing checks the rules of `{Self}`",
    label = "rules that nothing checks",
    note = "add `#[derive(garde::Validate)]` to it, or implement `garde::Validate` by hand",
    note = "the context of its rules must be `()`: what depends on the app or on the caller belongs in a hook or in the method"
)]
pub trait Validated {
    /// Holds the value against its rules.
    ///
    /// # Errors
    /// Everything that breaks one.
    fn keeps_rules(&self) -> Result<(), Report>;
}

#[diagnostic::do_not_recommend]
impl<T: garde::Validate<Context = ()>> Validated for T {
    fn keeps_rules(&self) -> Result<(), Report> {
        self.validate()
    }
}

/// What states rules at all.
pub trait Ruled {}

impl<T: garde::Validate> Ruled for T {}

/// One value that breaks a rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mistake {
    /// The field of the record that it lies in; `None` for the record as a whole.
    pub(crate) field: Option<usize>,
    pub(crate) error: FieldError,
}

/// What of a record breaks its rules. `place` finds a field by its name in Rust.
pub(crate) fn of_record(
    validate: impl FnOnce() -> Result<(), Report>,
    schema: &Schema,
    row: &Row,
    place: impl Fn(&str) -> Option<usize>,
) -> Vec<Mistake> {
    let broken = broken(validate);
    let mistakes = broken.into_iter().map(|(steps, rule)| {
        let field = match steps.first() {
            Some(Step::Name(name)) => place(name),
            _ => None,
        };
        let Some(at) = field else {
            let path = locate(String::new(), &Json::Null, &steps);
            return Mistake {
                field,
                error: rule.at(path, None),
            };
        };
        let inside = match &row[at] {
            Value::Json(text) => serde_json::from_str(text).unwrap_or_default(),
            _ => Json::Null,
        };
        let path = locate(schema.fields[at].name.to_owned(), &inside, &steps[1..]);
        // The only rule that names another field.
        let other = rule
            .other()
            .and_then(&place)
            .map(|other| &schema.fields[other]);
        let other = other.filter(|it| !it.words.private && steps.len() == 1);
        Mistake {
            field,
            error: rule.at(path, other.map(|it| it.name)),
        }
    });
    mistakes.take(FieldError::MOST).collect()
}

/// What of an argument breaks its rules. `name` is its name and `text` what was sent for it.
pub(crate) fn of_argument(
    validate: impl FnOnce() -> Result<(), Report>,
    name: &str,
    text: Option<&str>,
) -> Vec<FieldError> {
    let broken = broken(validate);
    if broken.is_empty() {
        return Vec::new();
    }
    let sent = text
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let errors = broken
        .into_iter()
        .map(|(steps, rule)| rule.at(locate(name.to_owned(), &sent, &steps), None));
    errors.take(FieldError::MOST).collect()
}

/// The rules that are broken, and where.
fn broken(validate: impl FnOnce() -> Result<(), Report>) -> Vec<(Vec<Step>, Rule)> {
    let words = Words::default();
    let Err(report) = garde::i18n::with_i18n(&words, validate) else {
        return Vec::new();
    };
    let broken = report.iter();
    broken
        .map(|(path, error)| (in_order(path), words.rule(error.message())))
        .collect()
}
