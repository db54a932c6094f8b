//! What sockful tells a client without being asked.

use serde::ser::{Serialize, SerializeTuple, Serializer};

use super::verbatim::Verbatim;

/// The arguments of an event named [`SOCKFUL`](super::SOCKFUL): what it is about, and the JSON of the rest.
#[derive(Debug)]
pub(crate) struct Notice {
    name: &'static str,
    text: String,
    /// The position that it belongs to.
    pos: Option<u64>,
}

impl Notice {
    /// A notice of this name, which says `told`.
    pub(crate) fn new(name: &'static str, told: &serde_json::Value) -> Self {
        Self {
            name,
            text: told.to_string(),
            pos: None,
        }
    }

    /// The same of what was so at a position.
    pub(crate) fn at(name: &'static str, told: &serde_json::Value, pos: u64) -> Self {
        Self {
            pos: Some(pos),
            ..Self::new(name, told)
        }
    }

    /// What it is about.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// How many bytes it takes.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }
}

/// As a tuple, which is how Socket.IO tells several arguments from one list.
impl Serialize for Notice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(2 + usize::from(self.pos.is_some()))?;
        tuple.serialize_element(self.name)?;
        tuple.serialize_element(&Verbatim(&self.text))?;
        if let Some(pos) = self.pos {
            tuple.serialize_element(&At { pos })?;
        }
        tuple.end()
    }
}

#[derive(serde::Serialize)]
struct At {
    pos: u64,
}
