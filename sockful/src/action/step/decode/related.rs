//! The payloads of actions that relations add: those of the child's own, which name the parent by the child's field.

use std::borrow::Cow;

use super::fields::{Given, first, given};
use super::{Decoder, missing_id, refuse};
use crate::action::Builtin;
use crate::action::call::{Act, Draft, Drafts, Relatives};
use crate::error::{Error, FieldError, Result};
use crate::relation::Relation;
use crate::row::{self, Value};
use crate::schema::Argument;

impl<'a> Decoder<'a> {
    pub(super) fn related(
        &self,
        action: Builtin,
        relation: &Relation,
        relatives: &mut Option<Box<Relatives>>,
    ) -> Result<Act<'a>> {
        match action {
            Builtin::Create => self.child(relation),
            Builtin::Get => {
                let (id, parent) = self.child_and_parent(relation)?;
                *relatives = Some(Box::new(Relatives {
                    within: Some((relation.field, parent)),
                    ..Relatives::default()
                }));
                Ok(Act::Get(id))
            }
            _ => self.children(relation),
        }
    }

    /// `createSong`: records that all name their parent.
    fn child(&self, relation: &Relation) -> Result<Act<'a>> {
        let drafts = self.drafts()?;
        let name = self.parent_field(relation);
        let lacks = |draft: &Draft<'_>| match draft {
            Draft::Text(text) => text.starts_with('{') && names_no_parent(text, name),
            Draft::Row(_) => false,
        };
        let required = || Error::invalid(vec![FieldError::required(name)]);
        match &drafts {
            Drafts::One(draft) if lacks(draft) => return Err(required()),
            Drafts::One(_) => {}
            Drafts::Many(drafts) => {
                if let Some(place) = drafts.iter().position(lacks) {
                    return Err(required().of_item(place));
                }
            }
        }
        Ok(Act::Create(drafts))
    }

    /// `getSong`: the id of the child, and that of its parent.
    fn child_and_parent(&self, relation: &Relation) -> Result<(Value, Value)> {
        let (id_name, parent_name) = (self.id_name(), self.parent_field(relation));
        let text = self.required(&format!("an object with `{id_name}` and `{parent_name}`"))?;
        let parent = [Argument {
            name: parent_name,
            required: true,
            schema: None,
            names_keys: false,
        }];
        let Given {
            id,
            arguments,
            mut wrong,
        } = given(text, Some(id_name), &parent)?;
        if arguments[0].is_none() {
            wrong.push(FieldError::required(parent_name));
        }
        let (Some(id), Some(Some(parent))) = (id, arguments.first()) else {
            return match id {
                None => Err(missing_id(id_name, wrong)),
                Some(_) => Err(Error::invalid(wrong)),
            };
        };
        refuse(&mut wrong)?;
        Ok((self.read_id(id)?, self.read_parent(relation, parent)?))
    }

    /// `songs`, `byAlbum`: the id of the parent, or a query of the children that names it.
    fn children(&self, relation: &Relation) -> Result<Act<'a>> {
        let schema = self.resource.schema();
        let name = self.parent_field(relation);
        let text = self.required(&format!("the id of a parent, or a query with `{name}`"))?;
        let query = if text.starts_with('{') {
            // A condition on the parent would find children of several.
            let parent =
                first(text, name)?.filter(|it| !it.starts_with(['{', '[']) && *it != "null");
            if parent.is_none() {
                return Err(Error::invalid_query(vec![FieldError::required(name)]));
            }
            Cow::Borrowed(text)
        } else {
            Cow::Owned(format!("{{{}{text}}}", schema.fields[relation.field].key))
        };
        Ok(Act::All(Box::new(self.page(Some(&query))?)))
    }

    fn read_parent(&self, relation: &Relation, text: &str) -> Result<Value> {
        self.app.registry().at(relation.parent).read_id(text)
    }

    fn parent_field(&self, relation: &Relation) -> &'static str {
        self.resource.schema().fields[relation.field].name
    }
}

/// Whether the JSON object of a record does not say whose child it is.
fn names_no_parent(text: &str, name: &str) -> bool {
    let mut fields = row::fields(text);
    !fields.any(|(given, value)| given == name && value != "null")
}
