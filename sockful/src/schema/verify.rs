//! What makes a struct unfit for a resource: found once, when the app is built, and told all at once.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde_json::Value as Json;

use super::field::{Action, Argument, Field, Kind, Stated};
use super::{Schema, shape};

/// The most fields a record may have: an overlay marks each as one bit.
pub(crate) const MAX_FIELDS: usize = 256;

/// One reason why a struct cannot be a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The name of the resource.
    pub resource: &'static str,
    /// The field at fault, if it is one field.
    pub field: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl Schema {
    /// Every field and argument through which a client could set, or learn of, a private field: one whose type is, or
    /// holds, a record of one of the `secretive` types. serde reads it as it reads any type, so all its fields.
    pub(crate) fn exposed(&self, secretive: &[Cow<'static, str>]) -> Vec<Problem> {
        let holds = |schema: &Json| {
            let held = shape::reachable(&[schema], &self.definitions);
            secretive
                .iter()
                .find(|name| held.contains_key(name.as_ref()))
        };
        let problem = |place: String, message: String| Problem {
            resource: self.name,
            field: Some(place),
            message,
        };
        let fields = self.fields.iter().filter_map(|field| {
            let name = holds(&field.schema)?;
            let message = format!(
                "a client could set the private fields of `{name}` here; hold its id, or the fields you need, instead"
            );
            Some(problem(field.name.to_owned(), message))
        });
        let arguments = self.actions.iter().flat_map(|action| {
            let arguments = action.arguments.iter();
            arguments.filter_map(move |argument| {
                let message = match &argument.schema {
                    Some(schema) => {
                        let name = holds(schema)?;
                        format!(
                            "a client could set the private fields of `{name}` here; take the fields you need instead"
                        )
                    }
                    None => {
                        let name = secretive.first()?;
                        format!(
                            "its type is not described, so it may hold the private fields of `{name}`; \
                             add `#[derive(schemars::JsonSchema)]` to the type, or take one that has it"
                        )
                    }
                };
                Some(problem(place_of(action, argument), message))
            })
        });
        fields.chain(arguments).collect()
    }
}

/// Where an argument stands, for messages: `feed(food)`.
fn place_of(action: &Action, argument: &Argument) -> String {
    format!("{}({})", action.name, argument.name)
}

impl Problem {
    /// A problem of a whole resource, or of a setting of the app.
    pub(crate) fn of(subject: &'static str, message: impl Into<String>) -> Self {
        Self {
            resource: subject,
            field: None,
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{}.{field}: {}", self.resource, self.message),
            None => write!(f, "{}: {}", self.resource, self.message),
        }
    }
}

/// Takes a field, if it is one field, and what is wrong.
type Refuse<'a> = dyn FnMut(Option<&str>, String) + 'a;

/// The names under which serde reads the fields of `T`, in order; `None` if it is no struct.
pub(super) fn serde_names<T: DeserializeOwned>() -> Option<&'static [&'static str]> {
    let mut names = None;
    // Always fails: the names are all that is wanted.
    let _ = T::deserialize(FieldNames { names: &mut names });
    names
}

/// Notes the fields that serde asks for, then gives up.
struct FieldNames<'a> {
    names: &'a mut Option<&'static [&'static str]>,
}

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("not a struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.names = Some(fields);
        Err(Self::Error::custom("only the names were wanted"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Compares the names the derive states with those serde reads.
pub(super) fn names(
    stated: &[Stated],
    serde: Option<&'static [&'static str]>,
    refuse: &mut Refuse<'_>,
) {
    let Some(serde) = serde else {
        refuse(
            None,
            "must be read by serde as a struct with named fields: derive `Deserialize`".into(),
        );
        return;
    };
    let mut same = true;
    for fact in stated.iter().filter(|fact| !serde.contains(&fact.name)) {
        same = false;
        refuse(
            Some(fact.name),
            "is not read by serde under this name: remove `skip_deserializing` or the second name, \
             or leave the field out with `#[serde(skip)]`"
                .into(),
        );
    }
    for name in serde
        .iter()
        .filter(|name| !stated.iter().any(|fact| fact.name == **name))
    {
        same = false;
        refuse(
            Some(name),
            "is read by serde, but is no field of the resource: remove `alias`, and use one name for \
             reading and writing"
                .into(),
        );
    }
    if same
        && !stated
            .iter()
            .map(|fact| fact.name)
            .eq(serde.iter().copied())
    {
        refuse(
            None,
            format!(
                "serde reads the fields in another order: {}",
                serde.join(", ")
            ),
        );
    }
    if stated.len() > MAX_FIELDS {
        refuse(
            None,
            format!("has more than {MAX_FIELDS} fields: move some into nested structs"),
        );
    }
    for fact in stated {
        // A filter names fields beside its operators and walks into nested values by dots.
        if fact.name.is_empty() || fact.name.starts_with('$') || fact.name.contains('.') {
            refuse(
                Some(fact.name),
                "queries could not name this field: remove `.` and a leading `$` from its name"
                    .into(),
            );
        }
    }
}

/// Why a field is missing from what schemars says; `sent` tells that it can at least be read.
pub(super) fn undescribed(sent: bool) -> String {
    if sent {
        "is never written by serde: remove `skip_serializing`, or mark it `#[resource(private)]`"
            .into()
    } else {
        "is not described by schemars under this name: remove `#[schemars(skip)]` and `#[schemars(rename)]`"
            .into()
    }
}

/// Checks each field against its words.
pub(super) fn fields(fields: &[Field], refuse: &mut Refuse<'_>) {
    for field in fields {
        let Field { kind, words, .. } = field;
        let mut refuse = |message: String| refuse(Some(field.name), message);
        if *kind == Kind::Json && (words.index || words.unique) {
            let word = if words.unique { "unique" } else { "index" };
            refuse(format!(
                "`{word}` needs a plain value, but this is nested: give the part that matters its own field"
            ));
        }
        if words.id && !matches!(kind, Kind::Text | Kind::Int) {
            refuse(format!(
                "an id is text or an integer, but this is {}",
                kind.noun()
            ));
        }
        if words.rev && (*kind != Kind::Int || field.nullable) {
            refuse("a revision is an integer and never null: remove `with`".into());
        }
        if words.id && field.nullable {
            refuse("an id is never null: remove the `Option`".into());
        }
        if words.id && words.is_hidden() {
            let word = if words.private {
                "private"
            } else {
                "write_only"
            };
            refuse(format!("clients name records by their id: remove `{word}`"));
        }
        if words.private && field.required {
            refuse("clients never send a private field, so it needs a default: add `#[serde(default)]`".into());
        }
        if (words.created_at || words.updated_at) && *kind != Kind::Time {
            let word = if words.created_at {
                "created_at"
            } else {
                "updated_at"
            };
            refuse(format!(
                "`{word}` needs a time, but this is {}: remove `with`",
                kind.noun()
            ));
        }
    }
}

/// Checks that the id in a payload cannot be taken for an argument.
pub(super) fn arguments(actions: &[Action], id: &str, refuse: &mut Refuse<'_>) {
    for action in actions.iter().filter(|action| action.member) {
        for argument in action.arguments.iter().filter(|it| it.name == id) {
            refuse(
                Some(&place_of(action, argument)),
                format!("`{id}` names the record the method is called on; choose another name"),
            );
        }
    }
}
