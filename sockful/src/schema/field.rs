//! The fields and actions of a schema, worked out from the derive's facts and from schemars.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json};

use super::verify::{self, Problem};
use super::{Schema, default, shape};
use crate::action::{self, Effect, Invoke};
use crate::relation::{Parent, ParentFacts};
use crate::resource::{Access, DefaultColumn, Push, Record, Resource, Words};
use crate::row::Value;

/// How a field is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A boolean.
    Bool,
    /// An integer of up to 64 bits.
    Int,
    /// A finite number.
    Float,
    /// Text.
    Text,
    /// A point in time, to the microsecond.
    Time,
    /// Anything nested.
    Json,
}

impl Kind {
    /// For messages: `an integer`.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Int => "an integer",
            Self::Float => "a number",
            Self::Text => "text",
            Self::Time => "a time",
            Self::Json => "a nested value",
        }
    }
}

/// One stored field.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name on the wire and in the store.
    pub name: &'static str,
    /// The doc comment.
    pub docs: &'static str,
    /// How it is stored.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether `create` and `replace` must be given it.
    pub required: bool,
    /// The words of `#[resource(..)]`.
    pub words: Words,
    /// The JSON Schema of what clients send; `false` for a private field, which they cannot send.
    pub schema: Json,
    /// What a record holds that is older than the field, if that is not null.
    pub default: Option<Value>,
    /// Whose child a record is by the id in this field.
    pub parent: Option<Parent>,
    /// Whether `schema` names keys of objects.
    pub(crate) names_keys: bool,
    /// `"name":`, ready to be written.
    pub(crate) key: Box<str>,
}

impl Field {
    /// Whether it is `index` or `unique`: text in it is at most [`MAX_INDEXED_TEXT`](crate::store::MAX_INDEXED_TEXT)
    /// bytes long.
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        self.words.index || self.words.unique
    }
}

/// One remote method.
#[derive(Clone, Debug)]
pub struct Action {
    /// The name on the wire.
    pub name: &'static str,
    /// The doc comment.
    pub docs: &'static str,
    /// Its arguments, in the order of the signature.
    pub arguments: Vec<Argument>,
    /// The JSON Schema of its answer, where that is described.
    pub returns: Option<Json>,
    /// Whether it may change anything.
    pub effect: Effect,
    /// Whether it leaves the order of the connection.
    pub detached: bool,
    /// Whether the policy is asked about the record as the method leaves it, too.
    pub check_after: bool,
    /// Who may call it, where that differs from the resource.
    pub access: Option<Access>,
    /// Whether it is called on one record.
    pub member: bool,
}

/// One argument of a remote method.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// Its JSON Schema, where its type is described.
    pub schema: Option<Json>,
    /// Whether `schema` names keys of objects.
    pub(crate) names_keys: bool,
}

impl Argument {
    /// Whether it may hold an integer, as far as its description tells: one that only speaks of
    /// floating-point numbers does not.
    pub(crate) fn holds_integers(&self) -> bool {
        fn may(schema: &serde_json::Value) -> bool {
            match schema {
                serde_json::Value::Object(words) => {
                    // Anything goes, or the description stands elsewhere.
                    words.is_empty()
                        || words.contains_key("$ref")
                        || words
                            .get("type")
                            .is_some_and(|of| of.to_string().contains("\"integer\""))
                        || words.values().any(may)
                }
                serde_json::Value::Array(parts) => parts.iter().any(may),
                serde_json::Value::Bool(anything) => *anything,
                _ => false,
            }
        }
        self.schema.as_ref().is_none_or(may)
    }
}

/// What schemars says of a record read from clients (`input`) and of the same record written (`output`).
struct Described {
    input: SchemaGenerator,
    output: SchemaGenerator,
    input_record: Json,
    output_record: Json,
}

/// What the derive states of one field, without the type of the record.
pub(super) struct Stated {
    pub(super) name: &'static str,
    docs: &'static str,
    pub(super) words: Words,
    nullable: bool,
    default: Option<DefaultColumn>,
    parent: Option<ParentFacts>,
}

pub(crate) fn describe<R: Resource + Record>() -> Result<Schema, Vec<Problem>> {
    let facts = R::FACTS;
    let mut input = SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator();
    let mut output = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let input_record = input.subschema_for::<R>().to_value();
    let output_record = output.subschema_for::<R>().to_value();
    let actions = facts
        .actions
        .iter()
        .map(|action| describe_action(action, &mut input, &mut output));
    let actions = actions.collect();
    let stated = facts.fields.iter().map(|field| Stated {
        name: field.name,
        docs: field.docs,
        words: field.words,
        nullable: field.nullable,
        default: field.default,
        parent: field.parent,
    });
    let schema = Schema {
        name: facts.name,
        table: facts.table,
        docs: facts.docs,
        access: R::ACCESS,
        push: Push::of::<R>(),
        id: 0,
        rev: None,
        created_at: None,
        updated_at: None,
        set: Vec::new(),
        fixed: Vec::new(),
        fields: Vec::new(),
        actions,
        definitions: Map::new(),
    };
    let described = Described {
        input,
        output,
        input_record,
        output_record,
    };
    complete(
        schema,
        &stated.collect::<Vec<_>>(),
        described,
        verify::serde_names::<R>(),
    )
}

fn describe_action<R>(
    stated: &action::ActionFacts<R>,
    input: &mut SchemaGenerator,
    output: &mut SchemaGenerator,
) -> Action {
    let arguments = stated.arguments.iter().map(|argument| {
        let schema = argument.schema.map(|describe| describe(input).to_value());
        let optional = schema
            .as_ref()
            .is_some_and(|schema| shape::names_null(schema, input.definitions()));
        let names_keys = schema
            .as_ref()
            .is_some_and(|schema| shape::names_keys(schema, input.definitions()));
        Argument {
            name: argument.name,
            required: !argument.default && !optional,
            schema,
            names_keys,
        }
    });
    Action {
        name: stated.name,
        docs: stated.docs,
        arguments: arguments.collect(),
        returns: stated.returns.map(|describe| describe(output).to_value()),
        effect: stated.effect,
        detached: stated.detached,
        check_after: stated.check_after,
        access: stated.access,
        member: !matches!(stated.invoke, Invoke::Collection(_)),
    }
}

impl Schema {
    /// Notes where the fields are that the server looks after.
    fn mark(&mut self) {
        let place = |of: fn(&Words) -> bool| self.fields.iter().position(|it| of(&it.words));
        let rev = place(|words| words.rev);
        let created_at = place(|words| words.created_at);
        let updated_at = place(|words| words.updated_at);
        let places = |of: fn(&Words) -> bool| {
            let fields = self.fields.iter().enumerate();
            fields
                .filter(move |(_, it)| of(&it.words))
                .map(|(at, _)| at)
        };
        let set = places(|words| words.set).collect();
        let fixed = places(|it| (it.is_kept() && !it.rev || it.immutable) && !it.private);
        let fixed = fixed.collect();
        (self.rev, self.created_at, self.updated_at) = (rev, created_at, updated_at);
        (self.set, self.fixed) = (set, fixed);
    }
}

/// The part that knows no type, so that it is compiled once and not once per resource.
fn complete(
    mut schema: Schema,
    stated: &[Stated],
    mut described: Described,
    serde_names: Option<&'static [&'static str]>,
) -> Result<Schema, Vec<Problem>> {
    let mut problems = Vec::new();
    let resource = schema.name;
    let mut refuse = |field: Option<&str>, message: String| {
        problems.push(Problem {
            resource,
            field: field.map(str::to_owned),
            message,
        });
    };
    verify::names(stated, serde_names, &mut refuse);

    let inputs = described.input.definitions_mut();
    let input = shape::resolve(&described.input_record, inputs).clone();
    let outputs = described.output.definitions_mut();
    let output = shape::resolve(&described.output_record, outputs).clone();
    for fact in stated {
        let sent = &input["properties"][fact.name];
        let written = &output["properties"][fact.name];
        let (private, hidden) = (fact.words.private, fact.words.is_hidden());
        // serde never writes a hidden field itself, so schemars may know only how it is read.
        let column = if written.is_null() && hidden {
            sent
        } else {
            written
        };
        if sent.is_null() || column.is_null() {
            refuse(Some(fact.name), verify::undescribed(!sent.is_null()));
            continue;
        }
        let definitions = if std::ptr::eq(column, sent) {
            &*inputs
        } else {
            &*outputs
        };
        let mut sent = sent.clone();
        let (kind, nullable) = if fact.words.bigint {
            // Text to serde, an integer to the store.
            if !fact.nullable {
                shape::refuse_null(&mut sent);
            }
            (Kind::Int, fact.nullable)
        } else {
            shape::column(column, definitions)
        };
        let required = input["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|name| name == fact.name));
        let names_keys = shape::names_keys(&sent, inputs);
        let mut field = Field {
            name: fact.name,
            docs: fact.docs,
            kind,
            nullable,
            // What is kept by the server need not be sent.
            required: required && !fact.words.is_kept(),
            words: fact.words,
            default: None,
            parent: fact.parent.map(|parent| parent.describe()),
            names_keys,
            schema: if private { Json::Bool(false) } else { sent },
            key: format!("{}:", Json::from(fact.name)).into(),
        };
        match default::of(&field, fact.default) {
            Ok(default) => field.default = default,
            Err(error) => refuse(
                Some(fact.name),
                format!("has a default that cannot be kept: {error}"),
            ),
        }
        schema.fields.push(field);
    }
    verify::fields(&schema.fields, &mut refuse);
    schema.mark();
    match schema.fields.iter().position(|field| field.words.id) {
        Some(id) => {
            schema.id = id;
            verify::arguments(&schema.actions, schema.fields[id].name, &mut refuse);
        }
        None => refuse(
            None,
            "has no id: name a field `id`, or mark one `#[resource(id)]`".into(),
        ),
    }
    if !problems.is_empty() {
        return Err(problems);
    }

    // A record inside an argument or an answer must not tell of private fields either.
    let private = stated.iter().filter(|fact| fact.words.private);
    let hidden = stated.iter().filter(|fact| fact.words.is_hidden());
    shape::withhold(
        &described.input_record,
        inputs,
        private.map(|fact| fact.name),
    );
    shape::withhold(
        &described.output_record,
        outputs,
        hidden.map(|fact| fact.name),
    );
    let sent = schema.fields.iter().map(|field| &field.schema);
    let arguments = schema.actions.iter().flat_map(|action| &action.arguments);
    let sent: Vec<_> = sent
        .chain(arguments.filter_map(|it| it.schema.as_ref()))
        .collect();
    let mut kept = shape::reachable(&sent, inputs);
    let mut answers: Vec<_> = schema
        .actions
        .iter_mut()
        .filter_map(|action| action.returns.as_mut())
        .collect();
    shape::merge_answers(&mut kept, &mut answers, outputs);
    schema.definitions = kept;
    Ok(schema)
}
