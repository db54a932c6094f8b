//! The arguments of a remote method: the named fields of the payload.

use std::any::Any;
use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Visitor};

use super::SchemaFn;
use crate::error::{Error, FieldError, Result};
use crate::row;
use crate::schema::Schema;
use crate::validation::{self, Report};

/// One argument, as the signature states it.
#[derive(Clone, Copy, Debug)]
pub struct ArgumentFacts {
    /// Its name, in the signature and in the payload.
    pub name: &'static str,
    /// Describes its type.
    pub schema: SchemaFn,
    /// `#[remote(default)]`: may be absent.
    pub default: bool,
    /// The rules of its values, where its type has any.
    pub rules: ArgumentRules,
}

/// Holds an argument against the rules of its type; `None` where that has none.
pub type ArgumentRules = Option<fn(&dyn Any) -> std::result::Result<(), Report>>;

impl ArgumentFacts {
    /// An argument that must be there, unless its type is an `Option`.
    #[must_use]
    pub const fn new(name: &'static str, schema: SchemaFn) -> Self {
        Self {
            name,
            schema,
            default: false,
            rules: None,
        }
    }

    /// The rules of its type.
    #[must_use]
    pub const fn rules(mut self, rules: ArgumentRules) -> Self {
        self.rules = rules;
        self
    }

    /// `#[remote(default)]`: absent means `Default::default()`.
    #[must_use]
    pub const fn default(mut self) -> Self {
        self.default = true;
        self
    }
}

/// The payload of one call, cut into the arguments of its method.
#[derive(Debug)]
pub struct Args<'a> {
    declared: &'static [ArgumentFacts],
    schema: &'a Schema,
    /// The place of the method in the schema.
    action: usize,
    given: &'a [Option<&'a str>],
    wrong: &'a [FieldError],
}

impl<'a> Args<'a> {
    /// `given` holds the JSON text of each declared argument, `None` where it is absent; `wrong` is what
    /// was found beside them, and is told with the rest.
    pub(crate) fn new(
        declared: &'static [ArgumentFacts],
        schema: &'a Schema,
        action: usize,
        given: &'a [Option<&'a str>],
        wrong: &'a [FieldError],
    ) -> Self {
        debug_assert_eq!(declared.len(), given.len());
        Self {
            declared,
            schema,
            action,
            given,
            wrong,
        }
    }

    /// The typed arguments, in the order of the signature: a tuple of up to twelve.
    ///
    /// # Errors
    /// Unprocessable, with every argument that is missing, unknown or of a wrong type; if there is none, with everything that
    /// breaks a rule.
    pub fn decode<T: ArgumentList>(self) -> Result<T> {
        let mut errors = self.wrong.to_vec();
        let decoded = T::decode(&self, &mut errors);
        if let (Some(list), true) = (&decoded, errors.is_empty()) {
            list.validate(&self, &mut errors);
        }
        match decoded {
            Some(list) if errors.is_empty() => Ok(list),
            _ => {
                errors.truncate(FieldError::MOST);
                Err(Error::invalid(errors))
            }
        }
    }

    fn one<T: FromPayload>(&self, index: usize, errors: &mut Vec<FieldError>) -> Option<T> {
        let name = self.declared[index].name;
        match self.given[index] {
            Some(text) => match row::read(text, name, self.description(index)) {
                Ok(value) => Some(value),
                Err(mistakes) => {
                    errors.extend(mistakes);
                    None
                }
            },
            None => match T::deserialize(Absent) {
                Ok(value) => Some(value),
                Err(_) => {
                    errors.push(FieldError::required(name));
                    None
                }
            },
        }
    }
}

impl Args<'_> {
    /// Holds an argument against the rules of its type.
    fn validate<T: Any>(&self, index: usize, value: &T, errors: &mut Vec<FieldError>) {
        let ArgumentFacts { name, rules, .. } = self.declared[index];
        if let Some(validate) = rules {
            let text = self.given[index];
            errors.extend(validation::of_argument(|| validate(value), name, text));
        }
    }

    /// How the argument is described, where that names keys of objects.
    fn description(&self, index: usize) -> Option<row::Description<'_>> {
        let argument = &self.schema.actions[self.action].arguments[index];
        argument.names_keys.then_some(())?;
        Some(row::Description {
            schema: argument.schema.as_ref()?,
            definitions: &self.schema.definitions,
        })
    }
}

/// An argument marked `#[remote(default)]`.
#[derive(Debug)]
pub struct Defaulted<T>(pub T);

const DEFAULTED: &str = "sockful::Defaulted";

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Defaulted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Given<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Given<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the argument, or nothing")
            }

            fn visit_unit<E>(self) -> std::result::Result<T, E> {
                Ok(T::default())
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> std::result::Result<T, D::Error> {
                T::deserialize(deserializer)
            }
        }

        deserializer
            .deserialize_newtype_struct(DEFAULTED, Given(std::marker::PhantomData))
            .map(Defaulted)
    }
}

/// Reads an argument that the payload does not name: only `Option` and [`Defaulted`] accept it.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(
        self,
        _visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("missing"))
    }

    fn deserialize_option<V: Visitor<'de>>(
        self,
        visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> std::result::Result<V::Value, Self::Error> {
        if name == DEFAULTED {
            visitor.visit_unit()
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// What an argument can be: anything that serde reads and that owns what it holds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a remote method: serde does not read it",
    label = "clients cannot send this",
    note = "add `#[derive(serde::Deserialize)]` to the type, or take one that has it"
)]
pub trait FromPayload: DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + 'static> FromPayload for T {}

/// The tuples that arguments decode to.
pub trait ArgumentList: Sized {
    /// Decodes each, pushing what is wrong; `None` if anything was.
    #[doc(hidden)]
    fn decode(args: &Args<'_>, errors: &mut Vec<FieldError>) -> Option<Self>;

    /// Pushes what breaks a rule.
    #[doc(hidden)]
    fn validate(&self, args: &Args<'_>, errors: &mut Vec<FieldError>);
}

macro_rules! argument_lists {
    ($($($type:ident $index:tt)*;)*) => {$(
        impl<$($type: FromPayload),*> ArgumentList for ($($type,)*) {
            #[allow(non_snake_case, unused_variables, reason = "one variable per type, none for ()")]
            fn decode(args: &Args<'_>, errors: &mut Vec<FieldError>) -> Option<Self> {
                $(let $type = args.one::<$type>($index, errors);)*
                Some(($($type?,)*))
            }

            #[allow(unused_variables, reason = "none for ()")]
            fn validate(&self, args: &Args<'_>, errors: &mut Vec<FieldError>) {
                $(args.validate($index, &self.$index, errors);)*
            }
        }
    )*};
}

argument_lists! {
    ;
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
    A 0 B 1 C 2 D 3 E 4 F 5;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
}
