//! The types an id can have.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use uuid::Uuid;

use crate::row::Value;

/// The type of an id field.
///
/// | type | without an id in `create` |
/// | --- | --- |
/// | [`Id<R>`], `Uuid` | a new UUID, version 7: later ids sort after earlier ones |
/// | `String` | the same, as text |
/// | `i64`, `u64` | refused: integers are always supplied |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of a resource",
    label = "not a type of ids",
    note = "use `Id<Self>`, `String`, `Uuid`, `i64` or `u64`"
)]
pub trait Key:
    Serialize + DeserializeOwned + fmt::Display + Clone + Eq + Hash + Send + Sync + 'static
{
    /// This id as it is stored. `None` for an integer that no store can hold: beyond `i64::MAX`.
    fn to_value(&self) -> Option<Value>;

    /// A new id as it is stored, or `None` where ids must be supplied.
    fn generate() -> Option<Value>;

    /// The id that a text is, as it is stored, of a type to which every text is one: it need not be made to be stored.
    #[doc(hidden)]
    fn of_text(_: &str) -> Option<Value> {
        None
    }
}

fn new_uuid() -> Option<Value> {
    Some(Value::Text(Uuid::now_v7().to_string().into()))
}

impl Key for String {
    fn to_value(&self) -> Option<Value> {
        Self::of_text(self)
    }

    fn generate() -> Option<Value> {
        new_uuid()
    }

    fn of_text(text: &str) -> Option<Value> {
        Some(Value::Text(text.into()))
    }
}

impl Key for Uuid {
    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.to_string().into()))
    }

    fn generate() -> Option<Value> {
        new_uuid()
    }
}

impl Key for i64 {
    fn to_value(&self) -> Option<Value> {
        Some(Value::Int(*self))
    }

    fn generate() -> Option<Value> {
        None
    }
}

impl Key for u64 {
    fn to_value(&self) -> Option<Value> {
        Self::try_into(*self).ok().map(Value::Int)
    }

    fn generate() -> Option<Value> {
        None
    }
}

impl<R: 'static> Key for Id<R> {
    fn to_value(&self) -> Option<Value> {
        self.0.to_value()
    }

    fn generate() -> Option<Value> {
        new_uuid()
    }
}

/// The id of a record of `R`: a UUID that the compiler keeps apart from the ids of other resources.
///
/// On the wire and in the store it is text. [`Id::new`] makes UUIDs of version 7, which sort by time.
///
/// ```
/// use sockful::Id;
///
/// struct Board;
/// let id: Id<Board> = Id::new();
/// assert_eq!(id.to_string().parse::<Id<Board>>().unwrap(), id);
/// ```
pub struct Id<R>(Uuid, PhantomData<fn() -> R>);

impl<R> Id<R> {
    /// A new id. It sorts after the ids made before it in this process.
    #[must_use]
    pub fn new() -> Self {
        Uuid::now_v7().into()
    }

    /// The UUID itself.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        self.0
    }
}

impl<R> Default for Id<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> From<Uuid> for Id<R> {
    fn from(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }
}

impl<R> FromStr for Id<R> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse::<Uuid>().map(Into::into)
    }
}

// Written out because a derive would ask the same of `R`.
impl<R> Clone for Id<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Id<R> {}

impl<R> PartialEq for Id<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<R> Eq for Id<R> {}

impl<R> PartialOrd for Id<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<R> Ord for Id<R> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<R> Hash for Id<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<R> fmt::Display for Id<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<R> fmt::Debug for Id<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({})", self.0)
    }
}

impl<R> Serialize for Id<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Uuid::encode_buffer();
        serializer.serialize_str(self.0.hyphenated().encode_lower(&mut text))
    }
}

impl<'de, R> Deserialize<'de> for Id<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<R>(PhantomData<R>);

        impl<R> Visitor<'_> for Text<R> {
            type Value = Id<R>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a UUID")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id<R>, E> {
                text.parse()
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_str(Text(PhantomData))
    }
}

impl<R> JsonSchema for Id<R> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "uuid" })
    }
}
