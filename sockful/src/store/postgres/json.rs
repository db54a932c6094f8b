//! Nested values as `jsonb` writes them, written as JSON is elsewhere in sockful.
//!
//! PostgreSQL puts spaces between the parts, and writes every digit of a number: 1e300 with all its zeros. It would come
//! back as an integer that no client can hold.

use std::borrow::Cow;

use crate::row::write_float;

/// Numbers of so few characters are the same either way.
const SHORT: usize = 15;

/// The same value without spaces, numbers in their shortest form.
pub(super) fn plain(text: &str) -> String {
    rewritten(text, |number| {
        let long = number.len() > SHORT;
        long.then(|| shortened(number)).flatten()
    })
}

/// The same value for `jsonb`, which takes 1e13 for an integer: there it is 10000000000000.0.
pub(super) fn for_jsonb(text: &str) -> Cow<'_, str> {
    if !text.contains('e') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(rewritten(text, |number| {
        // Beyond, no number is read as an integer.
        let float = number.parse().ok().filter(|it: &f64| it.abs() < 1e16);
        let float = float.filter(|it| number.contains('e') && it.fract() == 0.0)?;
        Some(format!("{float:.1}"))
    }))
}

/// The same value without spaces; `other` may know another form of a number.
fn rewritten(text: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let mut written = String::with_capacity(text.len());
    // What comes after this is not written yet. Both ends of what is cut are ASCII.
    let mut done = 0;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => at += string(&text[at..]),
            b' ' => {
                written.push_str(&text[done..at]);
                at += 1;
                done = at;
            }
            b'-' | b'0'..=b'9' => {
                let end = at + number(&text[at..]);
                if let Some(other) = other(&text[at..end]) {
                    written.push_str(&text[done..at]);
                    written.push_str(&other);
                    done = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    written.push_str(&text[done..]);
    written
}

/// How long the string is that the text begins with, with its quotation marks.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// How long the number is that the text begins with.
fn number(text: &str) -> usize {
    let part = |it: u8| it.is_ascii_digit() || b"+-.eE".contains(&it);
    text.bytes().position(|it| !part(it)).unwrap_or(text.len())
}

fn shortened(number: &str) -> Option<String> {
    // An integer that clients can hold stays one.
    if number.parse().is_ok_and(crate::row::is_safe) {
        return None;
    }
    // What is no number of ours stays as it is: what reads it will say so.
    let value = number.parse::<f64>().ok().filter(|it| it.is_finite())?;
    let mut shortened = String::new();
    write_float(value, &mut shortened);
    Some(shortened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(plain(text), expect);
    }

    #[test]
    fn spaces_go_but_for_those_in_strings() {
        check(
            r#"{"a b": [1, "x, \" y", null], "c": {"d": true}}"#,
            r#"{"a b":[1,"x, \" y",null],"c":{"d":true}}"#,
        );
        check(r#""\\ ""#, r#""\\ ""#);
        check(" 1", "1");
    }

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let zeros = "0".repeat(300);
        check(&format!("[1{zeros}, 1]"), "[1e+300,1]");
        check(&format!("0.{}5", "0".repeat(323)), "5e-324");
        check("100000000000000000", "1e+17");
        check("-9007199254740991", "-9007199254740991");
        check("9007199254740993", "9007199254740992.0");
        check("0.30000000000000004", "0.30000000000000004");
        check("1.0", "1.0");
    }

    #[test]
    fn what_is_no_integer_stays_none() {
        for (given, expect) in [
            (
                "[1.5774847e+13,1e2,-1e15]",
                "[15774847000000.0,100.0,-1000000000000000.0]",
            ),
            ("[1e300,1.5e-7,3]", "[1e300,1.5e-7,3]"),
            (r#"{"1e2":"1e2"}"#, r#"{"1e2":"1e2"}"#),
        ] {
            assert_eq!(for_jsonb(given), expect);
        }
    }

    #[test]
    fn a_number_that_no_float_holds_stays_as_it_is() {
        let huge = format!("1{}", "0".repeat(400));
        check(&huge, &huge);
    }
}
