//! The messages of the wire: a request read from text, an answer written as text.
//!
//! `docs/protocol.md` describes them; a test holds the two together. No I/O happens here.

mod notice;
mod push;
mod recorded;
mod result;
mod verbatim;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeTuple, Serializer};
use serde_json::value::RawValue;

use crate::action::{Meta, Outcome};
use crate::error::{Error, Result};
use crate::row;
use crate::schema::Schema;

use result::{result, write_meta};
use verbatim::Verbatim;

pub(crate) use notice::Notice;
pub(crate) use push::{PushText, TellText, write_id};
pub(crate) use recorded::{record, record_refusal, replay};

/// The name that is sockful's own: no resource has it.
pub(crate) const SOCKFUL: &str = "sockful";

/// One request: `[resource, action, payload?, options?]`, and where its parts are in the text.
#[derive(Debug)]
pub(crate) struct Request {
    text: Box<str>,
    resource: Part,
    action: Part,
    payload: Option<Range<usize>>,
    options: Option<Range<usize>>,
}

/// A name in a request: a place in the text, or what is left after its escapes are resolved.
#[derive(Debug)]
enum Part {
    At(Range<usize>),
    Unescaped(String),
}

impl Request {
    /// Reads the arguments of an event, its name first.
    ///
    /// # Errors
    /// BadRequest `malformed_request` or `extra_arguments`.
    pub(crate) fn parse(text: Box<str>) -> Result<Self> {
        let Arguments {
            resource,
            action,
            payload,
            options,
            extra,
        } = serde_json::from_str(&text)
            .map_err(|_| malformed("expected an array that starts with a resource"))?;
        if extra {
            let message = "expected at most a payload and options";
            return Err(Error::bad_request(message).reason("extra_arguments"));
        }
        // Read as text only now, so that any other value is an answer and not a parse error.
        let action = action
            .and_then(|action| match row::plain_text(action.get()) {
                Some(plain) => Some(Text(Cow::Borrowed(plain))),
                None => serde_json::from_str(action.get()).ok(),
            })
            .ok_or_else(|| malformed("expected an action as text after the resource"))?;
        let (resource, action) = (part(&text, resource), part(&text, action));
        // `null` is as good as nothing.
        let given = |part: Option<&RawValue>| {
            let part = part.map(RawValue::get).filter(|part| *part != "null");
            part.map(|part| place(&text, part))
        };
        let (payload, options) = (given(payload), given(options));
        Ok(Self {
            resource,
            action,
            payload,
            options,
            text,
        })
    }

    /// The name of the resource.
    pub(crate) fn resource(&self) -> &str {
        self.name(&self.resource)
    }

    /// The name of the action.
    pub(crate) fn action(&self) -> &str {
        self.name(&self.action)
    }

    /// The JSON text of the payload; `null` is no payload.
    pub(crate) fn payload(&self) -> Option<&str> {
        self.payload.clone().map(|at| &self.text[at])
    }

    /// The JSON text of the options; `null` is none.
    pub(crate) fn options(&self) -> Option<&str> {
        self.options.clone().map(|at| &self.text[at])
    }

    fn name<'a>(&'a self, part: &'a Part) -> &'a str {
        match part {
            Part::At(at) => &self.text[at.clone()],
            Part::Unescaped(text) => text,
        }
    }
}

fn part(text: &str, name: Text<'_>) -> Part {
    match name.0 {
        Cow::Borrowed(name) => Part::At(place(text, name)),
        Cow::Owned(name) => Part::Unescaped(name),
    }
}

/// Where a piece of a text lies in it.
fn place(text: &str, piece: &str) -> Range<usize> {
    let start = piece.as_ptr() as usize - text.as_ptr() as usize;
    start..start + piece.len()
}

fn malformed(message: &'static str) -> Error {
    Error::bad_request(message).reason("malformed_request")
}

struct Arguments<'a> {
    resource: Text<'a>,
    action: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
    options: Option<&'a RawValue>,
    extra: bool,
}

impl<'de> Deserialize<'de> for Arguments<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Sequence;

        impl<'de> Visitor<'de> for Sequence {
            type Value = Arguments<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array that starts with a resource")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let resource = seq
                    .next_element()?
                    .ok_or_else(|| serde::de::Error::invalid_length(0, &self))?;
                let arguments = Arguments {
                    resource,
                    action: seq.next_element()?,
                    payload: seq.next_element()?,
                    options: seq.next_element()?,
                    extra: seq.next_element::<IgnoredAny>()?.is_some(),
                };
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(arguments)
            }
        }

        deserializer.deserialize_seq(Sequence)
    }
}

/// Text that borrows from the input where it can: `Cow` alone always copies.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrow;

        impl<'de> Visitor<'de> for Borrow {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Borrow)
    }
}

/// An answer as text, ready to be sent.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The JSON of the result, directly followed by the JSON of the meta.
    Done {
        /// Both texts.
        text: String,
        /// Where the meta begins.
        meta: usize,
    },
    /// The JSON of the error.
    Failed {
        /// The text.
        error: String,
        /// Whether it was recorded before.
        replayed: bool,
    },
}

impl Reply {
    /// Writes what a call answered.
    pub(crate) fn of(schema: &Schema, outcome: Outcome) -> Self {
        let mut text = result(schema, outcome.output);
        let meta = text.len();
        write_meta(&outcome.meta, &mut text);
        Self::Done { text, meta }
    }

    /// Writes what sockful itself answers.
    pub(crate) fn of_service(answer: &serde_json::Value) -> Self {
        let mut text = answer.to_string();
        let meta = text.len();
        write_meta(&Meta::default(), &mut text);
        Self::Done { text, meta }
    }

    /// The same if it has at most `max` bytes; otherwise why it cannot be sent.
    pub(crate) fn within(self, max: usize) -> Self {
        if self.len() <= max {
            self
        } else {
            Self::failed(&Error::answer_too_large(max).report())
        }
    }

    /// How many bytes it takes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Done { text, .. } | Self::Failed { error: text, .. } => text.len(),
        }
    }

    /// Writes why a call failed.
    pub(crate) fn failed(error: &Error) -> Self {
        // Only maps with non-text keys or failing user code make serde_json fail: an error has neither.
        Self::Failed {
            error: serde_json::to_string(error).unwrap_or_else(|_| "{}".to_owned()),
            replayed: error.is_replayed(),
        }
    }
}

/// The meta of an error that was recorded before; any other error has none.
const REPLAYED: &str = r#"{"replayed":true}"#;

/// How a client wants its acknowledgements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AckStyle {
    /// `(err, result, meta)`.
    #[default]
    Three,
    /// One argument: `{ result, meta }` or `{ error }`.
    One,
}

/// The arguments of an acknowledgement: serializes as a tuple, which is how Socket.IO tells several
/// arguments from one list.
pub(crate) struct Ack<'a>(pub(crate) &'a Reply, pub(crate) AckStyle);

impl Serialize for Ack<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(reply, style) = self;
        match style {
            AckStyle::Three => {
                let mut tuple = serializer.serialize_tuple(3)?;
                match reply {
                    Reply::Done { text, meta } => {
                        tuple.serialize_element(&())?;
                        tuple.serialize_element(&Verbatim(&text[..*meta]))?;
                        tuple.serialize_element(&Verbatim(&text[*meta..]))?;
                    }
                    Reply::Failed { error, replayed } => {
                        tuple.serialize_element(&Verbatim(error))?;
                        tuple.serialize_element(&())?;
                        tuple.serialize_element(&replayed.then_some(Verbatim(REPLAYED)))?;
                    }
                }
                tuple.end()
            }
            AckStyle::One => {
                let mut tuple = serializer.serialize_tuple(1)?;
                tuple.serialize_element(&Single(reply))?;
                tuple.end()
            }
        }
    }
}

struct Single<'a>(&'a Reply);

impl Serialize for Single<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.0 {
            Reply::Done { text, meta } => {
                map.serialize_entry("result", &Verbatim(&text[..*meta]))?;
                map.serialize_entry("meta", &Verbatim(&text[*meta..]))?;
            }
            Reply::Failed { error, replayed } => {
                map.serialize_entry("error", &Verbatim(error))?;
                if *replayed {
                    map.serialize_entry("meta", &Verbatim(REPLAYED))?;
                }
            }
        }
        map.end()
    }
}
