//! Pushes as text: the arguments of an event that nobody has asked for.

use serde::ser::{Serialize, SerializeTuple, Serializer};

use super::verbatim::{Arguments, Verbatim};
use crate::live::{Event, Item, Push, Subject};
use crate::row::{self, Row, Select, Value};
use crate::schema::Schema;

/// The arguments of an event named after its resource: an action, a record or several, and what is told about them.
///
/// They are one text, because it is copied for everybody who is told.
#[derive(Debug)]
pub(crate) struct PushText(String);

impl PushText {
    /// Writes a push.
    pub(crate) fn of(push: &Push) -> Self {
        let subject = &push.view.subject;
        let mut text = String::with_capacity(push.size() + 192);
        let rev = match &*push.items {
            [item] => {
                text.push('"');
                text.push_str(word(subject, item.event));
                text.push_str("\",");
                write_record(push, item, &mut text);
                Some(item.rev)
            }
            items => {
                text.push_str("\"batch\",[");
                for (place, item) in items.iter().enumerate() {
                    text.push_str(if place > 0 { ",[\"" } else { "[\"" });
                    text.push_str(word(subject, item.event));
                    text.push_str("\",");
                    write_record(push, item, &mut text);
                    text.push(',');
                    row::write_integer(item.rev, &mut text);
                    text.push(']');
                }
                text.push(']');
                None
            }
        };
        text.push_str(",{\"pos\":");
        row::write_integer(push.pos, &mut text);
        text.push_str(",\"prev\":");
        row::write_integer(push.prev, &mut text);
        if let Some(rev) = rev {
            text.push_str(",\"rev\":");
            row::write_integer(rev, &mut text);
        }
        if let Some(watch) = subject.watch() {
            text.push_str(",\"watch\":\"");
            // Letters, digits, `-` and `_`.
            text.push_str(watch);
            text.push('"');
        }
        if let Some(seal) = &push.seal {
            text.push_str(",\"view\":\"");
            // The same letters.
            text.push_str(seal);
            text.push('"');
        }
        text.push('}');
        Self(text)
    }
}

/// What an event is called by those who have asked in this way.
fn word(subject: &Subject, event: Event) -> &'static str {
    match (subject, event) {
        (Subject::Watch(_), Event::Enter) => "enter",
        (Subject::Watch(_), Event::Leave) => "leave",
        (_, Event::Update) => "update",
        (Subject::All(_) | Subject::Record(..), Event::Enter) => "create",
        (Subject::All(_) | Subject::Record(..), Event::Leave) => "destroy",
    }
}

fn write_record(push: &Push, item: &Item, text: &mut String) {
    let view = &push.view;
    match &item.row {
        Some(row) => item.texts.write(&view.select, text, |text| {
            row::write_selected(&view.schema, row, &view.select, text);
        }),
        None => write_id(&view.schema, &item.id, text),
    }
}

/// A record of which nothing is told but its id.
pub(crate) fn write_id(schema: &Schema, id: &Value, text: &mut String) {
    let row = Row::new(vec![Value::Null; schema.fields.len()]).with(schema.id, id.clone());
    row::write_selected(schema, &row, &Select::only(schema, [schema.id]), text);
}

impl Serialize for PushText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Arguments(&self.0).serialize(serializer)
    }
}

/// The arguments of an event that is no change: its name, and the JSON of the rest.
#[derive(Debug)]
pub(crate) struct TellText {
    name: String,
    payload: String,
    /// Whose it is, if it is about a record.
    about: Option<String>,
}

impl TellText {
    pub(crate) fn new(name: &str, payload: String, about: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            payload,
            about,
        }
    }

    /// How many bytes it takes.
    pub(crate) fn len(&self) -> usize {
        self.name.len() + self.payload.len() + self.about.as_ref().map_or(0, String::len)
    }
}

impl Serialize for TellText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let count = 2 + usize::from(self.about.is_some());
        let mut tuple = serializer.serialize_tuple(count)?;
        tuple.serialize_element(&self.name)?;
        tuple.serialize_element(&Verbatim(&self.payload))?;
        if let Some(about) = &self.about {
            tuple.serialize_element(&Verbatim(about))?;
        }
        tuple.end()
    }
}
