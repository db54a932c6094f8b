//! The words of explanations: what serde says, for people who send JSON.

use std::borrow::Cow;

use serde::de::{Expected, Unexpected};

use crate::error::FieldError;

pub(crate) const NOT_VALID: &str = "is not valid";

/// The most characters of a foreign message or of a name that are sent back.
const LONGEST: usize = 200;

/// Lengthens a path by one name.
pub(crate) fn step_into(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(cut(name));
}

/// The beginning of a text, so that no answer grows with what was sent.
pub(crate) fn cut(text: &str) -> &str {
    text.char_indices()
        .nth(LONGEST)
        .map_or(text, |(end, _)| &text[..end])
}

pub(super) fn expected_found(expected: &dyn Expected, found: &Unexpected<'_>) -> String {
    format!(
        "expected {}, found {}",
        self::expected(expected),
        self::found(found)
    )
}

/// What was sent.
pub(super) fn found(found: &Unexpected<'_>) -> Cow<'static, str> {
    Cow::Borrowed(match found {
        Unexpected::Bool(value) => return Cow::Owned(value.to_string()),
        Unexpected::Unsigned(value) => return Cow::Owned(value.to_string()),
        Unexpected::Signed(value) => return Cow::Owned(value.to_string()),
        Unexpected::Float(value) => return Cow::Owned(value.to_string()),
        Unexpected::Char(_) | Unexpected::Str(_) | Unexpected::Enum => "text",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map | Unexpected::StructVariant => "an object",
        Unexpected::UnitVariant => "only the name",
        Unexpected::NewtypeVariant | Unexpected::TupleVariant => "the name with a content",
        Unexpected::NewtypeStruct | Unexpected::Other(_) => "something else",
    })
}

/// What would have been right: serde's own texts, and those of value types where they name no Rust type.
pub(super) fn expected(expected: &dyn Expected) -> Cow<'static, str> {
    let text = expected.to_string();
    if let Some(known) = fixed(&text) {
        return Cow::Borrowed(known);
    }
    if let Some(kind) = text.strip_prefix("a nonzero ").and_then(integer) {
        return Cow::Owned(format!("{kind} other than 0"));
    }
    if let Some(count) = count(&text) {
        let items = if count == "1" { "item" } else { "items" };
        return Cow::Owned(format!("a list of {count} {items}"));
    }
    if let Some(end) = text.strip_prefix("variant index 0 <= i < ") {
        let last = end.parse::<u64>().ok().and_then(|end| end.checked_sub(1));
        return last.map_or("an integer".into(), |last| {
            format!("an integer from 0 to {last}").into()
        });
    }
    let structure = [
        ("tuple struct ", "a list"),
        ("tuple variant ", "a list"),
        ("unit struct ", "null"),
        ("struct ", "an object"),
        ("enum ", "one of its names"),
        ("internally tagged enum ", "an object with a tag"),
        ("adjacently tagged enum ", "an object with a tag"),
        ("variant of enum ", "one of its names"),
    ];
    if let Some((_, words)) = structure.iter().find(|(prefix, _)| text.contains(prefix)) {
        return Cow::Borrowed(words);
    }
    if is_harmless(&text) {
        Cow::Owned(text)
    } else {
        Cow::Borrowed("another value")
    }
}

fn fixed(text: &str) -> Option<&'static str> {
    Some(match text {
        "a boolean" => "true or false",
        "a string" | "a borrowed string" | "variant identifier" | "field identifier" => "text",
        "a character" => "a single character",
        "a byte array" | "a borrowed byte array" => "bytes",
        "f32" | "f64" => "a number",
        "unit" | "a unit" => "null",
        "option" => "a value or null",
        "a sequence" => "a list",
        "an empty array" => "an empty list",
        "a map" => "an object",
        "any value" | "any JSON value" | "any valid JSON value" => "any value",
        "unit variant" => "only the name",
        "newtype variant" | "tuple variant" | "struct variant" => "the name with a content",
        "map with a single key" => "an object with one key",
        _ => return integer(text),
    })
}

fn integer(rust: &str) -> Option<&'static str> {
    Some(match rust {
        "u8" => "an integer from 0 to 255",
        "u16" => "an integer from 0 to 65535",
        "u32" => "an integer from 0 to 4294967295",
        "u64" | "u128" | "usize" => "an integer from 0",
        "i8" => "an integer from -128 to 127",
        "i16" => "an integer from -32768 to 32767",
        "i32" => "an integer from -2147483648 to 2147483647",
        "i64" | "i128" | "isize" => "an integer",
        _ => return None,
    })
}

/// The number of items in `a tuple of size 3`, `an array of length 3`, `tuple struct Pair with 2 elements`.
fn count(text: &str) -> Option<&str> {
    let counted = text
        .strip_prefix("a tuple of size ")
        .or_else(|| text.strip_prefix("an array of length "))
        .or_else(|| {
            let tuple = text.starts_with("tuple ");
            let (_, count) = text.rsplit_once(" with ").filter(|_| tuple)?;
            count.split_once(" element").map(|(count, _)| count)
        });
    counted.filter(|count| count.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `one of: red, green`.
pub(super) fn one_of(names: &[&str]) -> String {
    match names {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        _ => format!("one of: {}", FieldError::list(names.iter().copied())),
    }
}

/// A message that a type's own `Deserialize` made.
pub(super) fn custom(message: &str) -> String {
    if message.starts_with("data did not match any variant") {
        return "matches none of the accepted forms".to_owned();
    }
    if is_harmless(message) {
        cut(message).to_owned()
    } else {
        NOT_VALID.to_owned()
    }
}

/// Whether a text speaks of values and not of Rust types.
fn is_harmless(text: &str) -> bool {
    const RUST: &[&str] = &[
        "struct", "enum", "tuple", "variant", "newtype", "unit", "bool", "str", "usize", "isize",
        "Vec", "Option", "Some", "None", "HashMap", "BTreeMap", "Box", "Arc", "Result", "panicked",
    ];
    let rust_number = |word: &str| {
        word.strip_prefix(['i', 'u', 'f'])
            .is_some_and(|size| matches!(size, "8" | "16" | "32" | "64" | "128"))
    };
    // Two words in one, as type names are written.
    let camel = |word: &str| {
        let mut pairs = word.as_bytes().windows(2);
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && pairs.any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
    };
    let mut words = text.split(|it: char| !it.is_alphanumeric() && it != '_');
    !text.is_empty()
        && !text.contains("::")
        && !text.contains(".rs")
        && !words.any(|word| RUST.contains(&word) || rust_number(word) || camel(word))
}
