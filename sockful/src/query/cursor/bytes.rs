//! Values and conditions as bytes: each text has its length before it, so that no two things are written alike.

use crate::query::{Filter, Path, Test};
use crate::row::Value;
use crate::schema::Schema;

pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

pub(super) fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'n'),
        Value::Bool(value) => out.extend([b'b', (*value).into()]),
        Value::Int(value) => write_number(b'i', value.to_le_bytes(), out),
        Value::Float(value) => write_number(b'f', value.to_le_bytes(), out),
        Value::Time(value) => write_number(b't', value.to_le_bytes(), out),
        Value::Text(text) => {
            out.push(b's');
            write_text(text, out);
        }
        Value::Json(text) => {
            out.push(b'j');
            write_text(text, out);
        }
    }
}

fn write_number(kind: u8, bytes: [u8; 8], out: &mut Vec<u8>) {
    out.push(kind);
    out.extend(bytes);
}

/// Writes conditions. Those that all hold, or one of which holds, have no order among each other.
pub(super) fn write_filter(schema: &Schema, filter: &Filter, out: &mut Vec<u8>) {
    match filter {
        Filter::And(parts) => write_set(b'&', parts, |it, out| write_filter(schema, it, out), out),
        Filter::Or(parts) => write_set(b'|', parts, |it, out| write_filter(schema, it, out), out),
        Filter::Not(part) => {
            out.push(b'!');
            write_filter(schema, part, out);
        }
        Filter::Test(Path { field, keys }, test) => {
            out.push(b'?');
            // By name: places change when a struct does.
            write_text(schema.fields[*field].name, out);
            out.extend((keys.len() as u64).to_le_bytes());
            keys.iter().for_each(|key| write_text(key, out));
            write_test(test, out);
        }
        Filter::Parent {
            field,
            resource,
            filter,
        } => {
            out.push(b'^');
            write_text(schema.fields[*field].name, out);
            write_text(resource, out);
            // The schema of the parent is not at hand. Where its places change, a list begins anew.
            write_text(&format!("{filter:?}"), out);
        }
    }
}

fn write_test(test: &Test, out: &mut Vec<u8>) {
    let (kind, value) = match test {
        Test::Equal(value) => (b'=', value),
        Test::Less(value) => (b'<', value),
        Test::AtMost(value) => (b'[', value),
        Test::More(value) => (b'>', value),
        Test::AtLeast(value) => (b']', value),
        Test::Contains(value) => (b'c', value),
        Test::In(values) => return write_set(b'i', values, write_value, out),
        Test::StartsWith(text) => {
            out.push(b'^');
            return write_text(text, out);
        }
    };
    out.push(kind);
    write_value(value, out);
}

fn write_set<T>(kind: u8, parts: &[T], write: impl Fn(&T, &mut Vec<u8>), out: &mut Vec<u8>) {
    let parts = parts.iter().map(|part| {
        let mut bytes = Vec::new();
        write(part, &mut bytes);
        bytes
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort_unstable();
    out.push(kind);
    out.extend((parts.len() as u64).to_le_bytes());
    out.extend(parts.concat());
}

/// Reads what [`write_value`] wrote.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl Reader<'_> {
    /// Everything that is left.
    pub(super) fn values(mut self) -> Option<Vec<Value>> {
        let mut values = Vec::new();
        while !self.0.is_empty() {
            values.push(self.value()?);
        }
        Some(values)
    }

    fn value(&mut self) -> Option<Value> {
        let [kind] = self.take()?;
        Some(match kind {
            b'n' => Value::Null,
            b'b' => Value::Bool(self.take::<1>()? == [1]),
            b'i' => Value::Int(i64::from_le_bytes(self.take()?)),
            b'f' => Value::Float(f64::from_le_bytes(self.take()?)),
            b't' => Value::Time(i64::from_le_bytes(self.take()?)),
            b's' => Value::Text(self.text()?.into()),
            b'j' => Value::Json(self.text()?.into()),
            _ => return None,
        })
    }

    fn text(&mut self) -> Option<&str> {
        let length = u64::from_le_bytes(self.take()?).try_into().ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        str::from_utf8(text).ok()
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}
