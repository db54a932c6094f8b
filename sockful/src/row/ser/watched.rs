//! JSON text, and what it holds that clients cannot, seen while it is written.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

use crate::row::json::find_zero;
use crate::row::{is_safe, scan};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watched {
    /// An integer that not every client can hold.
    pub(crate) unsafe_integer: bool,
    /// Text, or a key, with U+0000.
    pub(crate) zero: bool,
    /// A null, which may have been a number that is not finite.
    pub(crate) null: bool,
}

/// Writes a value as compact JSON.
///
/// # Errors
/// Those of the value's own `Serialize`, and a map whose keys are no text.
pub(crate) fn write_watched<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> serde_json::Result<Watched> {
    let mut watched = Watched::default();
    value.serialize(&mut Serializer::with_formatter(out, Watching(&mut watched)))?;
    Ok(watched)
}

/// Writes as `serde_json` does by default.
struct Watching<'a>(&'a mut Watched);

impl Formatter for Watching<'_> {
    fn write_null<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.null = true;
        CompactFormatter.write_null(writer)
    }

    fn write_i64<W: Write + ?Sized>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.0.unsafe_integer |= !is_safe(value);
        CompactFormatter.write_i64(writer, value)
    }

    fn write_u64<W: Write + ?Sized>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.0.unsafe_integer |= !i64::try_from(value).is_ok_and(is_safe);
        CompactFormatter.write_u64(writer, value)
    }

    fn write_i128<W: Write + ?Sized>(&mut self, writer: &mut W, value: i128) -> io::Result<()> {
        self.0.unsafe_integer |= !i64::try_from(value).is_ok_and(is_safe);
        CompactFormatter.write_i128(writer, value)
    }

    fn write_u128<W: Write + ?Sized>(&mut self, writer: &mut W, value: u128) -> io::Result<()> {
        self.0.unsafe_integer |= !i64::try_from(value).is_ok_and(is_safe);
        CompactFormatter.write_u128(writer, value)
    }

    fn write_number_str<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        text: &str,
    ) -> io::Result<()> {
        self.0.unsafe_integer |= scan(text).unsafe_integer.is_some();
        CompactFormatter.write_number_str(writer, text)
    }

    fn write_char_escape<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.zero |= matches!(escape, CharEscape::AsciiControl(0));
        CompactFormatter.write_char_escape(writer, escape)
    }

    fn write_raw_fragment<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        text: &str,
    ) -> io::Result<()> {
        self.0.zero |= find_zero(text).is_some();
        self.0.unsafe_integer |= scan(text).unsafe_integer.is_some();
        CompactFormatter.write_raw_fragment(writer, text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;

    use super::*;

    fn watch<T: Serialize>(value: &T) -> Watched {
        let mut text = Vec::new();
        let watched = write_watched(value, &mut text).unwrap();
        assert_eq!(text, serde_json::to_vec(value).unwrap());
        watched
    }

    fn check<T: Serialize>(value: &T, unsafe_integer: bool, null: bool) {
        let expected = Watched {
            unsafe_integer,
            null,
            zero: false,
        };
        assert_eq!(watch(value), expected);
    }

    #[test]
    fn what_is_written_is_what_serde_json_writes() {
        check(&("text \"quoted\"", [1.5, 1e20], true, 'x'), false, false);
        check(&BTreeMap::from([(1, Some("one")), (2, None)]), false, true);
    }

    #[test]
    fn an_integer_that_not_every_client_can_hold_is_seen() {
        let safe = (1_i64 << 53) - 1;
        check(&[safe, -safe], false, false);
        check(&[safe + 1], true, false);
        check(&[-safe - 1], true, false);
        check(&u64::MAX, true, false);
        check(&i128::from(safe), false, false);
        check(&u128::MAX, true, false);
        check(
            &RawValue::from_string("[9007199254740992]".into()).unwrap(),
            true,
            false,
        );
    }

    #[test]
    fn a_number_that_is_not_finite_is_a_null() {
        check(&[1.0, f64::NAN], false, true);
        check(&[f32::INFINITY], false, true);
    }
    #[test]
    fn text_with_a_zero_is_seen_wherever_it_stands() {
        assert!(watch(&["a", "b\0c"]).zero);
        assert!(watch(&BTreeMap::from([("\0", 1)])).zero);
        assert!(watch(&RawValue::from_string(r#"["\u0000"]"#.into()).unwrap()).zero);
        assert!(!watch(&["\u{1}", "\n", "0", r"\u0000", "\\u0000"]).zero);
        assert!(!watch(&RawValue::from_string(r#"["\\u0000"]"#.into()).unwrap()).zero);
    }
}
