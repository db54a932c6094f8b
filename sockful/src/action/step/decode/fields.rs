//! Takes the fields of a payload apart without reading what is in them.

use std::borrow::Cow;

use super::{no_object, unreadable};
use crate::error::{FieldError, Result};
use crate::row;
use crate::schema::Argument;

/// The fields of a JSON object, by their names.
///
/// # Errors
/// BadRequest for anything but an object, and for a name that is no text.
fn named(text: &str) -> Result<impl Iterator<Item = Result<(Cow<'_, str>, &str)>>> {
    if !text.starts_with('{') {
        return Err(no_object());
    }
    let fields = row::fields(text);
    Ok(fields.map(|(name, value)| Ok((row::unescaped(name).ok_or_else(unreadable)?, value))))
}

/// The first field of this name in a JSON object; `None` if there is none.
///
/// # Errors
/// BadRequest for anything but an object.
pub(super) fn first<'a>(text: &'a str, name: &str) -> Result<Option<&'a str>> {
    let mut found = None;
    for field in named(text)? {
        let (given, value) = field?;
        if given == name {
            found.get_or_insert(value);
        }
    }
    Ok(found)
}

/// What [`given`] finds.
pub(super) struct Given<'a> {
    pub(super) id: Option<&'a str>,
    /// One for each declared argument.
    pub(super) arguments: Vec<Option<&'a str>>,
    /// Every unknown or repeated field.
    pub(super) wrong: Vec<FieldError>,
}

/// The id and the arguments in the payload of a remote method.
///
/// # Errors
/// BadRequest for anything but an object.
pub(super) fn given<'a>(
    text: &'a str,
    id: Option<&str>,
    declared: &[Argument],
) -> Result<Given<'a>> {
    let mut given = Given {
        id: None,
        arguments: declared.iter().map(|_| None).collect(),
        wrong: Vec::new(),
    };
    for field in named(text)? {
        let (name, value) = field?;
        let place = if id == Some(&*name) {
            Some(&mut given.id)
        } else {
            let place = declared.iter().position(|argument| argument.name == name);
            place.map(|place| &mut given.arguments[place])
        };
        match place {
            Some(empty @ None) => *empty = Some(value),
            _ if given.wrong.len() == FieldError::MOST => {}
            Some(_) => given.wrong.push(FieldError::duplicate(name)),
            None => {
                let known = id.into_iter().chain(declared.iter().map(|it| it.name));
                given
                    .wrong
                    .push(FieldError::unknown(row::cut(&name), known));
            }
        }
    }
    Ok(given)
}
