//! A call, as hooks see it.

use std::fmt;

use serde::Serialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error as Unfit;

use crate::error::{Error, Result};
use crate::resource::Key;
use crate::row::{self, Value};
use crate::schema::Action;

/// A call of a remote method, before and after it has run.
#[derive(Clone)]
pub struct RemoteCall {
    method: &'static str,
    id: Option<Value>,
    /// Each argument that the method has, as JSON text if it was given.
    arguments: Vec<(&'static str, Option<String>)>,
}

impl RemoteCall {
    pub(crate) fn new(action: &Action, id: Option<&Value>, given: &[Option<&str>]) -> Self {
        let given = given.iter().map(|text| text.map(str::to_owned));
        let names = action.arguments.iter().map(|argument| argument.name);
        Self {
            method: action.name,
            id: id.cloned(),
            arguments: names.zip(given).collect(),
        }
    }

    /// The JSON texts of the arguments, in the order of the signature.
    pub(crate) fn given(&self) -> Vec<Option<&str>> {
        let arguments = self.arguments.iter();
        arguments.map(|(_, text)| text.as_deref()).collect()
    }

    /// The name of the method, on the wire.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method
    }

    /// The id of the record it is called on; `None` for a method without receiver.
    #[must_use]
    pub fn id<K: Key>(&self) -> Option<K> {
        key(self.id.as_ref()?)
    }

    /// An argument; `None` if it was not given, or if the method has none of this name.
    ///
    /// # Errors
    /// Unprocessable, if it is no `T`.
    pub fn argument<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let argument = self.arguments.iter().find(|(it, _)| *it == name);
        let Some(text) = argument.and_then(|(_, text)| text.as_deref()) else {
            return Ok(None);
        };
        row::read(text, name, None)
            .map(Some)
            .map_err(Error::invalid)
    }

    /// Gives the method another argument than the caller has.
    ///
    /// # Errors
    /// Internal, if the method has no such argument, or if serde cannot write the value.
    pub fn set_argument<T: Serialize>(&mut self, name: &str, value: &T) -> Result<()> {
        let method = self.method;
        let argument = self.arguments.iter_mut().find(|(it, _)| *it == name);
        let unknown = || Error::internal(format!("`{method}` has no argument `{name}`"));
        let (_, text) = argument.ok_or_else(unknown)?;
        *text = Some(serde_json::to_string(value).map_err(Error::internal)?);
        Ok(())
    }
}

/// A call of any action, as the hooks of the app see it.
#[derive(Clone)]
pub struct HookedCall {
    pub(crate) resource: &'static str,
    pub(crate) action: &'static str,
    pub(crate) id: Option<Value>,
    pub(crate) from_client: bool,
}

impl HookedCall {
    /// The name of the resource.
    #[must_use]
    pub fn resource(&self) -> &'static str {
        self.resource
    }

    /// The name of the action or method.
    #[must_use]
    pub fn action(&self) -> &'static str {
        self.action
    }

    /// The id of the record it is about; `None` if it is about none, several or a new one.
    #[must_use]
    pub fn id<K: Key>(&self) -> Option<K> {
        key(self.id.as_ref()?)
    }

    /// Whether a client has sent it; otherwise Rust code has called, through a [`Cx`](crate::Cx).
    #[must_use]
    pub fn is_from_client(&self) -> bool {
        self.from_client
    }
}

/// An id of this type.
fn key<K: Key>(id: &Value) -> Option<K> {
    match id {
        Value::Text(text) => K::deserialize(IntoDeserializer::<Unfit>::into_deserializer(&**text)),
        Value::Int(integer) => {
            K::deserialize(IntoDeserializer::<Unfit>::into_deserializer(*integer))
        }
        _ => return None,
    }
    .ok()
}

impl fmt::Debug for RemoteCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What was given is the caller's.
        let arguments: Vec<_> = self.arguments.iter().map(|(name, _)| name).collect();
        f.debug_struct("RemoteCall")
            .field("method", &self.method)
            .field("arguments", &arguments)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HookedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookedCall")
            .field("resource", &self.resource)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}
