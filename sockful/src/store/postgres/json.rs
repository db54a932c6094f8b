//! Nested values as `jsonb` writes them, written as JSON is elsewhere in sockful.
//!
//! PostgreSQL puts spaces between the parts, and writes every digit of a number: 1e300 with all its zeros. It would come
//! back as an integer that no client can hold.

use std::borrow::Cow;

use crate::row::write_number;

/// Numbers of so few characters are the same either way.
const SHORT: usize = 15;

/// The same value without spaces, numbers in their shortest form.
pub(super) fn plain(text: &str) -> String {
    rewritten(text, |number, plain| {
        if number.len() <= SHORT {
            plain.push_str(number);
        } else {
            shorten(number, plain);
        }
    })
}

/// The same value for `jsonb`, which takes 1e13 for an integer: there it is 10000000000000.0.
pub(super) fn for_jsonb(text: &str) -> Cow<'_, str> {
    if !text.contains('e') {
        return Cow::Borrowed(text);
    }
    let exact = rewritten(text, |number, exact| {
        // Beyond, no number is read as an integer.
        let float = number.parse().ok().filter(|it: &f64| it.abs() < 1e16);
        match float.filter(|it| number.contains('e') && it.fract() == 0.0) {
            Some(float) => exact.push_str(&format!("{float:.1}")),
            None => exact.push_str(number),
        }
    });
    Cow::Owned(exact)
}

fn rewritten(text: &str, mut write: impl FnMut(&str, &mut String)) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find([
        '"', ' ', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
    ]) {
        let (before, from) = rest.split_at(at);
        written.push_str(before);
        let length = match from.as_bytes()[0] {
            b' ' => 1,
            b'"' => string(from),
            _ => number(from),
        };
        let (token, after) = from.split_at(length);
        match token.as_bytes()[0] {
            b' ' => {}
            b'"' => written.push_str(token),
            _ => write(token, &mut written),
        }
        rest = after;
    }
    written.push_str(rest);
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

fn shorten(number: &str, plain: &mut String) {
    match number.parse::<f64>() {
        // An integer that clients can hold stays one.
        Ok(_) if number.parse().is_ok_and(crate::row::is_safe) => plain.push_str(number),
        Ok(value) if value.is_finite() => write_number(&value, plain),
        // No number of ours: what reads it will say so.
        _ => plain.push_str(number),
    }
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
