//! What tells one request from another.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A hash of what is asked. The same JSON has the same hash, whatever the order of its keys, its blanks
/// and the escapes in its text. `None` for what is no JSON, such as half a surrogate pair.
pub(crate) fn fingerprint(resource: &str, action: &str, payload: Option<&str>) -> Option<[u8; 32]> {
    let payload = payload.map_or(Ok(Value::Null), serde_json::from_str);
    let request = Value::Array(vec![resource.into(), action.into(), payload.ok()?]);
    let mut text = String::new();
    write_canonical(&request, &mut text);
    Some(Sha256::digest(text).into())
}

/// Writes JSON with its keys in order. By itself `serde_json` keeps them as it is built to.
fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (key, value) in entries {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_canonical(value, out);
                out.push(',');
            }
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    fn same(one: &str, other: &str) -> bool {
        let of = |payload| fingerprint("card", "create", Some(payload)).expect("JSON");
        of(one) == of(other)
    }

    #[test]
    fn order_of_keys_blanks_and_escapes_make_no_difference() {
        assert!(same(
            r#"{"a":1,"b":{"c":[1,2],"d":"é"}}"#,
            "{ \"b\": {\"d\": \"\\u00e9\", \"c\": [1, 2]},\n \"a\": 1 }"
        ));
    }

    #[test]
    fn everything_else_does() {
        for (one, other) in [
            (r#"{"a":1}"#, r#"{"a":2}"#),
            (r#"{"a":1}"#, r#"{"a":"1"}"#),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            ("[1,2]", "[2,1]"),
            ("[[1],2]", "[[1,2]]"),
            (r#"{"a":null}"#, "{}"),
            (r#""a""#, r#"["a"]"#),
            ("1", "1.5"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn resource_and_action_belong_to_it() {
        let of = |resource, action| fingerprint(resource, action, Some("1"));
        assert_ne!(of("card", "create"), of("card", "destroy"));
        assert_ne!(of("card", "create"), of("board", "create"));
    }

    #[test]
    fn no_payload_is_null() {
        let of = |payload| fingerprint("card", "sweep", payload);
        assert_eq!(of(None), of(Some("null")));
        assert_ne!(of(None), of(Some("{}")));
    }

    #[test]
    fn half_a_character_has_none() {
        assert_eq!(fingerprint("card", "create", Some(r#""\ud800""#)), None);
    }
}
