//! The one place where the types of records end: beyond it everything is [`Schema`] and [`Row`].

use std::any::TypeId;
use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::IntoDeserializer;

use super::{Key, Record, Resource, SetFacts};
use crate::action::{Args, ArgumentFacts, Invoke, JsonText};
use crate::cx::Cx;
use crate::error::{Error, FieldError, Result};
use crate::hooks::{ErasedHooks, TypedHooks};
use crate::policy::PolicyFacts;
use crate::row::{self, Overlay, Row, Value};
use crate::schema::{Problem, Schema};
use crate::validation::{self, Mistake};

/// A resource without its type.
pub(crate) trait ErasedResource: Send + Sync {
    /// Its place among the resources of the app.
    fn place(&self) -> usize;

    /// Its schema.
    fn schema(&self) -> &Arc<Schema>;

    /// Its policy, if it has one.
    fn policy(&self) -> Option<PolicyFacts>;

    /// What schemars calls the type behind it.
    fn described_as(&self) -> Cow<'static, str>;

    /// Its hooks, if it has any.
    fn hooks(&self) -> Option<&dyn ErasedHooks>;

    /// The Rust type behind it.
    fn rust_type(&self) -> TypeId;

    /// A new id, or `None` where clients must supply one.
    fn new_id(&self) -> Option<Value>;

    /// The row that a client's payload makes of nothing or of a stored row, type-checked by serde.
    fn overlay(&self, payload: &str, how: Overlay<'_>) -> Result<Row>;

    /// What of a record breaks its rules.
    ///
    /// # Errors
    /// Internal, if a value no longer fits the type of its field.
    fn mistakes(&self, row: &Row) -> Result<Vec<Mistake>>;

    /// The fields that are set by the user who creates a record, by their places.
    fn set(&self) -> Vec<(usize, SetFacts)>;

    /// Reads an id from JSON text.
    fn read_id(&self, text: &str) -> Result<Value>;

    /// The arguments of the remote method at this place of the schema.
    fn declared(&self, action: usize) -> &'static [ArgumentFacts];

    /// Runs the remote method at this place of the schema.
    fn invoke<'a>(
        &'a self,
        action: usize,
        record: Option<&'a Row>,
        cx: &'a Cx,
        args: Args<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Invocation>> + Send + 'a>>;
}

/// What a remote method did.
pub(crate) struct Invocation {
    /// What it answers.
    pub(crate) result: JsonText,
    /// The record as a method with `&mut self` left it.
    pub(crate) row: Option<Row>,
}

/// A resource of type `R`, with the schema worked out for it.
pub(crate) struct TypedResource<R: Resource> {
    place: usize,
    schema: Arc<Schema>,
    hooks: Option<TypedHooks<R>>,
    of: std::marker::PhantomData<fn() -> R>,
}

impl<R: Resource + Record> TypedResource<R> {
    /// `place` is its place among the resources of the app.
    pub(crate) fn new(place: usize) -> Result<Self, Vec<Problem>> {
        let schema = Arc::new(Schema::of::<R>()?);
        let hooks = R::FACTS
            .hooks
            .map(|written| TypedHooks::new(written(), Arc::clone(&schema)));
        Ok(Self {
            place,
            schema,
            hooks,
            of: std::marker::PhantomData,
        })
    }
}

impl<R: Resource + Record> ErasedResource for TypedResource<R> {
    fn place(&self) -> usize {
        self.place
    }

    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn policy(&self) -> Option<PolicyFacts> {
        R::FACTS.policy
    }

    fn hooks(&self) -> Option<&dyn ErasedHooks> {
        self.hooks.as_ref().map(|hooks| hooks as _)
    }

    fn described_as(&self) -> Cow<'static, str> {
        R::schema_name()
    }

    fn rust_type(&self) -> TypeId {
        TypeId::of::<R>()
    }

    fn new_id(&self) -> Option<Value> {
        R::Key::generate()
    }

    fn overlay(&self, payload: &str, how: Overlay<'_>) -> Result<Row> {
        let record = row::overlay::<R>(&self.schema, payload, how)?;
        let row = row::encode(&record, &self.schema)?;
        match how {
            Overlay::Update(stored) | Overlay::Replace(stored) => {
                row::keep_fixed(&self.schema, payload, stored, row)
            }
            Overlay::Create { .. } => Ok(row),
        }
    }

    fn mistakes(&self, row: &Row) -> Result<Vec<Mistake>> {
        let Some(validate) = R::FACTS.validate else {
            return Ok(Vec::new());
        };
        let record = row::decode::<R>(row, &self.schema)?;
        let place = |name: &str| {
            let mut fields = R::FACTS.fields.iter();
            fields.position(|field| field.rust_name == name || field.name == name)
        };
        Ok(validation::of_record(
            || validate(&record),
            &self.schema,
            row,
            place,
        ))
    }

    fn set(&self) -> Vec<(usize, SetFacts)> {
        let fields = R::FACTS.fields.iter().enumerate();
        fields
            .filter_map(|(place, field)| Some((place, field.set?)))
            .collect()
    }

    fn read_id(&self, text: &str) -> Result<Value> {
        if let Some(id) = row::plain_text(text).and_then(R::Key::of_text) {
            return Ok(id);
        }
        let field = self.schema.id_field();
        let key = if field.words.bigint {
            read_bigint(text, field.name)
        } else {
            row::read::<R::Key>(text, field.name, None)
        };
        key.map_err(Error::invalid)?
            .to_value()
            .ok_or_else(|| Error::not_found_record(self.schema.name))
    }

    fn declared(&self, action: usize) -> &'static [ArgumentFacts] {
        R::FACTS.actions[action].arguments
    }

    fn invoke<'a>(
        &'a self,
        action: usize,
        stored: Option<&'a Row>,
        cx: &'a Cx,
        args: Args<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Invocation>> + Send + 'a>> {
        Box::pin(async move {
            let record = || {
                let row = stored
                    .ok_or_else(|| Error::internal("a method of a record ran without one"))?;
                row::decode::<R>(row, &self.schema)
            };
            match R::FACTS.actions[action].invoke {
                Invoke::Update(run) => {
                    let mut record = record()?;
                    let result = run(&mut record, cx, args).await?;
                    // What a method writes is the server's doing, whatever is wrong with it.
                    let row = row::encode(&record, &self.schema).map_err(Error::internal)?;
                    Ok(Invocation {
                        result,
                        row: Some(row),
                    })
                }
                Invoke::Read(run) => {
                    let record = record()?;
                    Ok(Invocation {
                        result: run(&record, cx, args).await?,
                        row: None,
                    })
                }
                Invoke::Collection(run) => Ok(Invocation {
                    result: run(cx, args).await?,
                    row: None,
                }),
            }
        })
    }
}

/// A key that is an integer, sent as text.
fn read_bigint<K: Key>(text: &str, path: &str) -> Result<K, Vec<FieldError>> {
    #[derive(serde::Deserialize)]
    struct Digits(#[serde(with = "super::Bigint")] i64);

    let Digits(integer) = row::read(text, path, None)?;
    let key = K::deserialize(IntoDeserializer::<serde_json::Error>::into_deserializer(
        integer,
    ));
    key.map_err(|_| {
        vec![FieldError::new(
            path,
            "out_of_range",
            "expected an integer from 0",
        )]
    })
}
