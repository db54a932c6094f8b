//! What is said of a broken rule: a message for people, a code and its parameters for programs.
//!
//! garde asks for each message as it finds a rule broken, and hands back nothing but messages: so what was asked for is noted.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Display;

use garde::i18n::{I18n, InvalidCreditCard, InvalidEmail, InvalidPhoneNumber, InvalidUrl, IpKind};
use serde_json::{Value as Json, json};

use crate::error::FieldError;

/// A rule that is broken.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    code: &'static str,
    message: String,
    params: Option<Json>,
}

/// What no rule of garde's own has said.
const OTHER: &str = "invalid";
const MATCHES: &str = "matches";

impl Rule {
    /// The error at this path. `other` is the field that the value should match, as clients call it.
    pub(super) fn at(self, path: String, other: Option<&str>) -> FieldError {
        let mut error = FieldError::new(path, self.code, self.message);
        error.params = self.params;
        if self.code == MATCHES {
            error.params = other.map(|other| json!({ "field": other }));
            error.message = match other {
                Some(other) => format!("does not match {other}"),
                None => "does not match what it should repeat".to_owned(),
            };
        }
        error
    }

    /// The field that the value should match, by its name in Rust.
    pub(super) fn other(&self) -> Option<&str> {
        let params = self.params.as_ref().filter(|_| self.code == MATCHES)?;
        params["field"].as_str()
    }
}

/// Our words for the rules of garde, and which of them were asked for.
#[derive(Default)]
pub(super) struct Words(RefCell<Vec<Rule>>);

impl Words {
    /// The rule that is broken, by what was said of it.
    pub(super) fn rule(&self, message: &str) -> Rule {
        let known = self
            .0
            .borrow()
            .iter()
            .find(|it| it.message == message)
            .cloned();
        known.unwrap_or_else(|| Rule {
            code: OTHER,
            message: message.to_owned(),
            params: None,
        })
    }

    fn say(&self, code: &'static str, params: Option<Json>, message: String) -> Cow<'static, str> {
        self.0.borrow_mut().push(Rule {
            code,
            message: message.clone(),
            params,
        });
        Cow::Owned(message)
    }
}

/// A bound as a number, where it is one.
fn bound(bound: &dyn Display) -> Json {
    let text = bound.to_string();
    match serde_json::from_str::<Json>(&text) {
        Ok(number @ Json::Number(_)) => number,
        _ => Json::String(text),
    }
}

impl I18n for Words {
    fn length_lower_than(&self, min: usize) -> Cow<'static, str> {
        self.say(
            "too_short",
            Some(json!({ "min": min })),
            format!("is too short: at least {min}"),
        )
    }

    fn length_greater_than(&self, max: usize) -> Cow<'static, str> {
        self.say(
            "too_long",
            Some(json!({ "max": max })),
            format!("is too long: at most {max}"),
        )
    }

    fn range_lower_than(&self, min: &dyn Display) -> Cow<'static, str> {
        let params = json!({ "min": bound(min) });
        self.say(
            "out_of_range",
            Some(params),
            format!("must be at least {min}"),
        )
    }

    fn range_greater_than(&self, max: &dyn Display) -> Cow<'static, str> {
        let params = json!({ "max": bound(max) });
        self.say(
            "out_of_range",
            Some(params),
            format!("must be at most {max}"),
        )
    }

    fn pattern_no_match(&self, pattern: &dyn Display) -> Cow<'static, str> {
        let params = json!({ "pattern": pattern.to_string() });
        self.say(
            "pattern",
            Some(params),
            format!("does not match the pattern {pattern}"),
        )
    }

    fn contains_missing(&self, part: &dyn Display) -> Cow<'static, str> {
        let params = json!({ "part": part.to_string() });
        self.say(
            "contains",
            Some(params),
            format!("does not contain \"{part}\""),
        )
    }

    fn prefix_missing(&self, part: &dyn Display) -> Cow<'static, str> {
        let params = json!({ "part": part.to_string() });
        self.say(
            "prefix",
            Some(params),
            format!("does not begin with \"{part}\""),
        )
    }

    fn suffix_missing(&self, part: &dyn Display) -> Cow<'static, str> {
        let params = json!({ "part": part.to_string() });
        self.say(
            "suffix",
            Some(params),
            format!("does not end with \"{part}\""),
        )
    }

    fn matches_field_mismatch(&self, field: &dyn Display) -> Cow<'static, str> {
        let params = json!({ "field": field.to_string() });
        self.say(MATCHES, Some(params), format!("does not match {field}"))
    }

    fn url_invalid(&self, reason: InvalidUrl) -> Cow<'static, str> {
        self.say("url", None, format!("is not a valid URL: {reason}"))
    }

    fn email_invalid(&self, reason: InvalidEmail) -> Cow<'static, str> {
        self.say(
            "email",
            None,
            format!("is not a valid email address: {reason}"),
        )
    }

    fn ip_invalid(&self, kind: IpKind) -> Cow<'static, str> {
        self.say("ip", None, format!("is not a valid {kind} address"))
    }

    fn phone_number_invalid(&self, reason: InvalidPhoneNumber) -> Cow<'static, str> {
        self.say(
            "phone_number",
            None,
            format!("is not a valid phone number: {reason}"),
        )
    }

    fn credit_card_invalid(&self, reason: InvalidCreditCard) -> Cow<'static, str> {
        self.say(
            "credit_card",
            None,
            format!("is not a valid credit card number: {reason}"),
        )
    }

    fn ascii_invalid(&self) -> Cow<'static, str> {
        self.say("ascii", None, "must be ASCII".to_owned())
    }

    fn alphanumeric_invalid(&self) -> Cow<'static, str> {
        self.say(
            "alphanumeric",
            None,
            "must be letters and digits alone".to_owned(),
        )
    }

    fn required_not_set(&self) -> Cow<'static, str> {
        self.say("required", None, FieldError::required("").message)
    }
}
