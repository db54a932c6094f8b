//! Text that is JSON already, on its way into an answer.

use std::sync::LazyLock;

use serde::ser::{Serialize, SerializeStruct, SerializeTuple, Serializer};
use serde_json::value::RawValue;

/// JSON text that goes into an answer as it is.
pub(super) struct Verbatim<'a>(pub(super) &'a str);

/// The arguments of an event, as they stand between the brackets of their list: JSON with commas between. In JSON text they are a
/// list of so many; as anything but text they cannot be written.
///
/// As a tuple, which is how Socket.IO tells several arguments from one list.
pub(super) struct Arguments<'a>(pub(super) &'a str);

/// The name by which `serde_json` knows text that it shall not touch, which is how its own `RawValue`
/// writes itself. To make a `RawValue` of text means to parse it again, for every answer, and all this text
/// is our own. The name is no public promise, so it is only used if it does what it shall, and a test
/// tells when it no longer does.
const VERBATIM: &str = "$serde_json::private::RawValue";

static VERBATIM_WORKS: LazyLock<bool> = LazyLock::new(|| {
    let text = r#"{"a":[1,"b"]}"#;
    serde_json::to_string(&Unchecked(text)).is_ok_and(|written| written == text)
});

struct Unchecked<'a>(&'a str);

impl Serialize for Unchecked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct(VERBATIM, 1)?;
        object.serialize_field(VERBATIM, self.0)?;
        object.end()
    }
}

impl Serialize for Verbatim<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *VERBATIM_WORKS {
            return Unchecked(self.0).serialize(serializer);
        }
        let checked: &RawValue = serde_json::from_str(self.0).map_err(serde::ser::Error::custom)?;
        checked.serialize(serializer)
    }
}

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *VERBATIM_WORKS {
            let mut tuple = serializer.serialize_tuple(1)?;
            tuple.serialize_element(&Unchecked(self.0))?;
            return tuple.end();
        }
        let list = format!("[{}]", self.0);
        let arguments: Vec<&RawValue> =
            serde_json::from_str(&list).map_err(serde::ser::Error::custom)?;
        let mut tuple = serializer.serialize_tuple(arguments.len())?;
        for argument in arguments {
            tuple.serialize_element(argument)?;
        }
        tuple.end()
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    #[test]
    fn arguments_are_one_list() {
        let text = serde_json::to_string(&Arguments(r#""update",{"id":1},{"pos":2}"#));
        assert_eq!(text.unwrap(), r#"["update",{"id":1},{"pos":2}]"#);
    }

    #[test]
    fn serde_json_still_takes_text_as_it_is() {
        assert!(*super::VERBATIM_WORKS);
    }
}
