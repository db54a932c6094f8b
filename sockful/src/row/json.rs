//! Rows as JSON text, and what one quick pass over JSON text can tell.

use std::borrow::Cow;

use serde_json::to_writer;

use super::explain::step_into;
use super::{Row, Select, Value, time};
use crate::schema::{Field, Schema};

/// The greatest integer that every client can hold: JavaScript's `MAX_SAFE_INTEGER`.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// Whether every client can hold this integer.
pub(crate) fn is_safe(integer: i64) -> bool {
    integer.unsigned_abs() <= MAX_SAFE
}

/// Writes what clients may see of a row, as a JSON object.
pub(crate) fn write_row(schema: &Schema, row: &Row, out: &mut String) {
    write_selected(schema, row, &Select::default(), out);
}

/// Writes what is selected of that.
pub(crate) fn write_selected(schema: &Schema, row: &Row, select: &Select, out: &mut String) {
    out.push('{');
    let mut first = true;
    let fields = schema.fields.iter().zip(row.values());
    for (place, (field, value)) in fields.enumerate() {
        if field.words.is_hidden() || !select.shows(place) {
            continue;
        }
        if !first {
            out.push(',');
        }
        first = false;
        out.push_str(&field.key);
        write_value(field, value, out);
    }
    out.push('}');
}

/// Writes one value as clients get it.
pub(crate) fn write_value(field: &Field, value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(value) if field.words.bigint => {
            out.push('"');
            write_integer(*value, out);
            out.push('"');
        }
        Value::Int(value) => write_integer(*value, out),
        Value::Float(value) => write_float(*value, out),
        Value::Text(text) => write_text(text, out),
        Value::Time(micros) => time::with_text(*micros, |text| {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }),
        Value::Json(text) => out.push_str(text),
    }
}

/// Writes an integer.
pub(crate) fn write_integer(value: impl itoa::Integer, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Writes a number. `serde_json` knows its shortest text, and the longest has 24 characters.
pub(crate) fn write_float(value: f64, out: &mut String) {
    let mut buffer = [0; 32];
    let mut rest = &mut buffer[..];
    let written = to_writer(&mut rest, &value).map(|()| 32 - rest.len());
    match written
        .ok()
        .and_then(|length| str::from_utf8(&buffer[..length]).ok())
    {
        Some(text) => out.push_str(text),
        None => out.push_str("null"),
    }
}

/// Writes a JSON string.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    // Everything that must be escaped is one byte in UTF-8, so a cut beside it is sound.
    while let Some(at) = find(rest.as_bytes(), |word| below_space(word) | quotes(word)) {
        let (plain, tail) = rest.split_at(at);
        out.push_str(plain);
        let (special, tail) = tail.split_at(1);
        escape(special.as_bytes()[0], out);
        rest = tail;
    }
    out.push_str(rest);
    out.push('"');
}

/// The place of the first byte that `marks` marks, looking at eight at a time.
#[inline]
fn find(bytes: &[u8], marks: impl Fn(u64) -> u64) -> Option<usize> {
    for (index, word) in bytes.as_chunks().0.iter().enumerate() {
        let marked = marks(u64::from_le_bytes(*word));
        if marked != 0 {
            return Some(index * 8 + first(marked));
        }
    }
    // The last eight again, since the others of them are known to be unmarked.
    if let Some(word) = bytes.last_chunk() {
        let marked = marks(u64::from_le_bytes(*word));
        return (marked != 0).then(|| bytes.len() - 8 + first(marked));
    }
    // Filled up with letters, which nothing marks.
    let mut word = [b'a'; 8];
    for (place, byte) in word.iter_mut().zip(bytes) {
        *place = *byte;
    }
    let marked = marks(u64::from_le_bytes(word));
    (marked != 0).then(|| first(marked))
}

/// The byte of the first mark.
#[inline]
fn first(marked: u64) -> usize {
    marked.trailing_zeros() as usize / 8
}

const ONES: u64 = u64::MAX / 255;

/// Marks each byte below `limit`, up to 128, by its highest bit. Only the first mark can be trusted: a
/// borrow may mark the bytes after it.
#[inline]
fn below(word: u64, limit: u64) -> u64 {
    word.wrapping_sub(ONES * limit) & !word & (ONES << 7)
}

#[inline]
fn below_space(word: u64) -> u64 {
    below(word, b' '.into())
}

/// Marks quotes and backslashes.
#[inline]
fn quotes(word: u64) -> u64 {
    below(word ^ (ONES * u64::from(b'"')), 1) | below(word ^ (ONES * u64::from(b'\\')), 1)
}

fn escape(byte: u8, out: &mut String) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        0x08 => out.push_str("\\b"),
        0x0c => out.push_str("\\f"),
        _ => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.push_str("\\u00");
            out.push(HEX[usize::from(byte >> 4)].into());
            out.push(HEX[usize::from(byte & 15)].into());
        }
    }
}

/// What a JSON string says, if it has no escapes. Of anything but a string, nothing.
pub(crate) fn plain_text(json: &str) -> Option<&str> {
    let text = json.strip_prefix('"')?.strip_suffix('"')?;
    (!text.as_bytes().contains(&b'\\')).then_some(text)
}

/// What [`scan`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// How many lists and objects are open at the deepest place.
    pub(crate) depth: usize,
    /// Where the first integer beyond ±(2^53−1) begins.
    pub(crate) unsafe_integer: Option<usize>,
}

/// Looks over valid JSON once.
pub(crate) fn scan(text: &str) -> Scan {
    let bytes = text.as_bytes();
    let mut scan = Scan {
        depth: 0,
        unsafe_integer: None,
    };
    // A text alone is what most requests for one record hold.
    if text.starts_with('"') {
        return scan;
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = after_string(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = after_number(bytes, at);
                if scan.unsafe_integer.is_none() && is_unsafe(&bytes[at..end]) {
                    scan.unsafe_integer = Some(at);
                }
                at = end;
            }
            b'{' | b'[' => {
                depth += 1;
                scan.depth = scan.depth.max(depth);
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            _ => at += 1,
        }
    }
    scan
}

/// The place after the string that begins at `at`.
fn after_string(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(rest) = bytes.get(at..) {
        let Some(length) = find(rest, quotes) else {
            break;
        };
        if rest[length] == b'"' {
            return at + length + 1;
        }
        at += length + 2;
    }
    bytes.len()
}

/// The place after the number that begins at `at`.
fn after_number(bytes: &[u8], at: usize) -> usize {
    let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    bytes[at..]
        .iter()
        .position(|byte| !part(byte))
        .map_or(bytes.len(), |length| at + length)
}

fn is_unsafe(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    // 9007199254740991 has 16 digits, and JSON has no leading zeros.
    if digits.len() < 16 || digits.iter().any(|byte| !byte.is_ascii_digit()) {
        return false;
    }
    digits.len() > 16
        || digits
            .iter()
            .fold(0, |sum: u64, byte| sum * 10 + u64::from(byte - b'0'))
            > MAX_SAFE
}

/// Where U+0000 stands in valid JSON, which can only write it as an escape.
pub(crate) fn find_zero(text: &str) -> Option<usize> {
    let escaped = |at: &usize| {
        let before = text.as_bytes()[..*at].iter().rev();
        // A backslash that is itself escaped begins nothing.
        before.take_while(|byte| **byte == b'\\').count() % 2 == 0
    };
    let mut found = text.match_indices("\\u0000").map(|(at, _)| at);
    found.find(escaped)
}

/// The fields of an object of valid JSON, in the order given: what stands between the quotes of the name, and the
/// text of the value. Of anything but an object, nothing.
pub(crate) fn fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let bytes = text.as_bytes();
    let mut at = if text.starts_with('{') { 0 } else { text.len() };
    std::iter::from_fn(move || {
        // After a brace or a comma.
        let name = after_space(bytes, at + 1);
        if bytes.get(name) != Some(&b'"') {
            return None;
        }
        let end_of_name = after_string(bytes, name);
        let colon = after_space(bytes, end_of_name);
        let value = after_space(bytes, colon + 1);
        let end = after_value(bytes, value);
        at = after_space(bytes, end);
        Some((&text[name + 1..end_of_name - 1], &text[value..end]))
    })
}

/// What stands between the quotes of a name, without its escapes; `None` for half a character.
pub(crate) fn unescaped(name: &str) -> Option<Cow<'_, str>> {
    if !name.contains('\\') {
        return Some(Cow::Borrowed(name));
    }
    let name = serde_json::from_str(&format!("\"{name}\""));
    name.map(Cow::Owned).ok()
}

fn after_space(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let space = rest.iter().take_while(|byte| byte.is_ascii_whitespace());
    at + space.count()
}

/// The place after the value that begins at `at`.
fn after_value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => at = after_string(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b'-' | b'0'..=b'9' => at = after_number(bytes, at),
            // A word, or what stands between values.
            _ => {
                let letters = bytes[at + 1..].iter();
                at += 1 + letters.take_while(|byte| byte.is_ascii_lowercase()).count();
            }
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The path of the value that begins at `offset` of valid JSON: `a.b[2]`.
pub(crate) fn path_at(text: &str, offset: usize) -> String {
    enum Open {
        List(usize),
        Object(String),
    }
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    let mut at = 0;
    while at < offset.min(bytes.len()) {
        let mut next = at + 1;
        match bytes[at] {
            b'[' => open.push(Open::List(0)),
            b'{' => open.push(Open::Object(String::new())),
            b']' | b'}' => {
                open.pop();
            }
            b',' => {
                if let Some(Open::List(index)) = open.last_mut() {
                    *index += 1;
                }
            }
            b'"' => {
                next = after_string(bytes, at);
                let is_key = text[next..].trim_start().starts_with(':');
                if let (true, Some(Open::Object(key))) = (is_key, open.last_mut()) {
                    *key = serde_json::from_str(&text[at..next]).unwrap_or_default();
                }
            }
            _ => {}
        }
        at = next;
    }
    let mut path = String::new();
    for place in &open {
        match place {
            Open::List(index) => path.push_str(&format!("[{index}]")),
            Open::Object(key) => step_into(&mut path, key),
        }
    }
    path
}
