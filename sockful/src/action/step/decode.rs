//! What does this request ask for?

mod changeset;
mod fields;
mod options;
mod related;

use serde_json::value::RawValue;

use super::limits::{check_id, limits};
use super::route::{Action, Place};
use crate::action::Builtin;
use crate::action::call::{
    Act, Call, Draft, Drafts, Edit, MethodCall, Options, Relatives, Unwatch,
};
use crate::app::App;
use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};
use crate::identity::Caller;
use crate::protocol::Request;
use crate::query::{self, Filter, Page, Path, Query, Test};
use crate::relation;
use crate::resource::ErasedResource;
use crate::row::{self, Value};
use crate::schema::{self, Argument};

pub(crate) use changeset::{decode_changeset, parts};
use fields::{Given, first, given};
use options::options;
pub(crate) use options::timeout_alone;

/// Turns a request into a call.
///
/// # Errors
/// BadRequest for options and payloads of a wrong shape. What is inside a record is checked later, by
/// the record's own type.
pub(crate) fn decode<'a>(
    app: &'a App,
    caller: &Caller,
    request: &'a Request,
    place: Place,
) -> Result<Call<'a>> {
    let resource = app.registry().at(place.resource);
    let unsafe_integers = limits(request.payload(), app.config())?;
    let decoder = Decoder {
        app,
        resource,
        request,
        unsafe_integers,
    };
    let mut relatives = None;
    let act = match place.action {
        Action::Builtin(action, _) => decoder.builtin(action, &mut relatives)?,
        Action::Method(place) => decoder.method(place)?,
        Action::Related(action, _, relation) => {
            let relation = app.registry().related().at(relation);
            decoder.related(action, relation, &mut relatives)?
        }
    };
    let cx = Cx::new(app.clone(), caller.clone());
    let mut call = Call::new(app, cx, resource, act, Options::default());
    call.relatives = relatives;
    call.options = options(&call, request)?;
    Ok(call)
}

struct Decoder<'a> {
    app: &'a App,
    resource: &'a dyn ErasedResource,
    request: &'a Request,
    /// Whether the payload holds an integer that not every client can hold.
    unsafe_integers: bool,
}

impl<'a> Decoder<'a> {
    fn builtin(&self, action: Builtin, relatives: &mut Option<Box<Relatives>>) -> Result<Act<'a>> {
        let (schema, config) = (self.resource.schema(), self.app.config());
        Ok(match action {
            Builtin::Create => Act::Create(self.drafts()?),
            Builtin::Get => Act::Get(self.id(Some(relatives))?),
            Builtin::Destroy => Act::Destroy(self.id(None)?),
            Builtin::All => Act::All(Box::new(self.page(self.text())?)),
            Builtin::Count => {
                let query = query::parse_count(schema, self.text(), config)?;
                Act::Count(Box::new(query))
            }
            Builtin::Watch => Act::Watch {
                page: Box::new(self.watched()?),
                since: None,
            },
            Builtin::Unwatch => Act::Unwatch(self.unwatched()?),
            Builtin::Update => {
                let (id, text) = self.changed()?;
                Act::Change {
                    id,
                    edit: Edit::Merge(text),
                }
            }
            Builtin::Replace => {
                let (id, text) = self.changed()?;
                Act::Change {
                    id,
                    edit: Edit::Replace(text),
                }
            }
        })
    }

    /// A page of the records of the resource.
    fn page(&self, text: Option<&str>) -> Result<Page> {
        let (app, schema) = (self.app, self.resource.schema());
        let secret = &app.opened().secret;
        let mut page = query::parse_page(schema, text, app.config(), secret)?;
        let wanted = std::mem::take(&mut page.wanted);
        page.include = relation::resolve(app, self.resource.place(), &wanted)?;
        Ok(page)
    }

    /// What is to be watched: a query, or the id of one record.
    fn watched(&self) -> Result<Page> {
        let schema = self.resource.schema();
        match self.text() {
            Some(text) if !text.starts_with('{') && text != "null" => Ok(Page {
                query: Query {
                    filter: Filter::Test(Path::field(schema.id), Test::Equal(self.read_id(text)?)),
                    ..Query::default()
                },
                ..Page::default()
            }),
            text => query::parse_watch(schema, text, self.app.config()),
        }
    }

    /// What is to be told no more: a watch by its id, or a record.
    fn unwatched(&self) -> Result<Unwatch> {
        let text = self.required("the id of a watch")?;
        if text.starts_with('{') {
            return Ok(Unwatch::Record(self.id(None)?));
        }
        let id = serde_json::from_str(text);
        id.map(Unwatch::Watch).map_err(|_| {
            Error::bad_request("expected the id of a watch: text").reason("invalid_payload")
        })
    }

    fn method(&self, place: usize) -> Result<Act<'a>> {
        let method: &schema::Action = &self.resource.schema().actions[place];
        let id_name = method.member.then(|| self.id_name());
        let text = self.text().unwrap_or("{}");
        let Given {
            id,
            arguments,
            mut wrong,
        } = given(text, id_name, &method.arguments)?;
        if self.unsafe_integers {
            wrong.extend(unsafe_integers(&method.arguments, &arguments));
        }
        let id = match (id_name, id) {
            (Some(_), Some(id)) => Some(self.read_id(id)?),
            (Some(name), None) => {
                // Without a record the method cannot look at its arguments: tell what is known of them.
                let absent = method.arguments.iter().zip(&arguments);
                let absent =
                    absent.filter(|(declared, given)| declared.required && given.is_none());
                wrong.extend(absent.map(|(declared, _)| FieldError::required(declared.name)));
                return Err(missing_id(name, wrong));
            }
            (None, _) => None,
        };
        if arguments.is_empty() {
            refuse(&mut wrong)?;
        }
        Ok(Act::Remote(MethodCall {
            action: place,
            id,
            given: arguments,
            wrong,
        }))
    }

    fn drafts(&self) -> Result<Drafts<'a>> {
        let text = self.required("a record, or an array of records")?;
        if !text.starts_with('[') {
            return Ok(Drafts::One(Draft::Text(text)));
        }
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| unreadable())?;
        let max = self.app.config().max_batch;
        if items.len() > max {
            let message = format!("at most {max} records are created at once");
            return Err(Error::bad_request(message).reason("batch_too_large"));
        }
        Ok(Drafts::Many(
            items
                .into_iter()
                .map(|item| Draft::Text(item.get()))
                .collect(),
        ))
    }

    /// The payload of `get` and `destroy`: an id, or an object with the id, and for `get` what to include.
    fn id(&self, relatives: Option<&mut Option<Box<Relatives>>>) -> Result<Value> {
        let text = self.required("an id")?;
        if !text.starts_with('{') {
            return self.read_id(text);
        }
        let name = self.id_name();
        let known = [Argument {
            name: "$include",
            required: false,
            schema: None,
            names_keys: false,
        }];
        let known = if relatives.is_some() { &known[..] } else { &[] };
        let Given {
            id,
            arguments,
            mut wrong,
        } = given(text, Some(name), known)?;
        let Some(id) = id else {
            return Err(missing_id(name, wrong));
        };
        refuse(&mut wrong)?;
        if let (Some(relatives), [Some(text)]) = (relatives, &*arguments) {
            let (app, schema) = (self.app, self.resource.schema());
            let wanted = query::parse_include(schema, text, app.config())?;
            *relatives = Some(Box::new(Relatives {
                include: relation::resolve(app, self.resource.place(), &wanted)?,
                ..Relatives::default()
            }));
        }
        self.read_id(id)
    }

    /// The payload of `update` and `replace`: an object with an id and more.
    fn changed(&self) -> Result<(Value, &'a str)> {
        let text = self.required("a record with its id")?;
        let name = self.id_name();
        match first(text, name)? {
            Some(id) => Ok((self.read_id(id)?, text)),
            None => Err(missing_id(name, Vec::new())),
        }
    }

    fn read_id(&self, text: &str) -> Result<Value> {
        let id = self.resource.read_id(text)?;
        check_id(&id, self.resource.schema(), self.app.config())?;
        Ok(id)
    }

    fn id_name(&self) -> &'static str {
        self.resource.schema().id_field().name
    }

    fn text(&self) -> Option<&'a str> {
        self.request.payload()
    }

    fn required(&self, what: &str) -> Result<&'a str> {
        self.text().ok_or_else(|| {
            Error::bad_request(format!("{} needs {what}", self.request.action()))
                .reason("payload_required")
        })
    }
}

/// Every argument with an integer that not every client can hold. Fields of records are checked by their
/// columns; nobody but its description knows an argument.
fn unsafe_integers(declared: &[Argument], given: &[Option<&str>]) -> Vec<FieldError> {
    let given = declared
        .iter()
        .zip(given)
        .filter_map(|(argument, text)| Some((argument, (*text)?)));
    let found = given.filter_map(|(argument, text)| {
        let offset = row::scan(text).unsafe_integer?;
        let path = FieldError::path_in(argument.name, &row::path_at(text, offset));
        argument
            .holds_integers()
            .then(|| FieldError::unsafe_integer(path))
    });
    found.collect()
}

/// `wrong` is what else is wrong.
fn missing_id(name: &str, mut wrong: Vec<FieldError>) -> Error {
    wrong.push(FieldError::required(name));
    Error::invalid(wrong)
}

fn refuse(wrong: &mut Vec<FieldError>) -> Result<()> {
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid(std::mem::take(wrong)))
    }
}

/// The text passed for JSON, but what it stands for is nothing: half a surrogate pair is no character.
fn unreadable() -> Error {
    Error::bad_request("is not valid JSON").reason("invalid_payload")
}

fn no_object() -> Error {
    Error::bad_request("expected an object").reason("invalid_payload")
}
