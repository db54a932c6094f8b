//! What the attributes of a resource say: our own words, and those of serde that concern us.

mod on_destroy;
mod push;
mod serde;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, LitStr, Path, Token, Type};

use crate::attr::{Grammar, Spanned, Value, Word, Words};
use crate::errors::Errors;
use crate::output::Access;
pub(crate) use on_destroy::OnDestroy;
pub(crate) use push::Push;
pub(crate) use serde::{SerdeDefault, SerdeField, SerdeStruct};

/// `#[resource(..)]` on the struct.
static ON_STRUCT: Grammar = Grammar {
    place: "the struct",
    words: &[
        Word::value("access", Access::USAGE),
        Word::value("push", Push::USAGE),
        Word::alone("remote"),
        Word::alone("policy"),
        Word::value("user", "User"),
        Word::alone("validate"),
        Word::alone("hooks"),
        Word::value("name", "\"..\""),
        Word::value("table", "\"..\""),
        Word::value("parent", "Album"),
        Word::value("crate", "path"),
    ],
    elsewhere: &[&ON_FIELD],
};

/// `#[resource(..)]` on a field.
static ON_FIELD: Grammar = Grammar {
    place: "a field",
    words: &[
        Word::either("id"),
        Word::alone("index"),
        Word::alone("unique"),
        Word::alone("private"),
        Word::alone("bigint"),
        Word::alone("rev"),
        Word::alone("write_only"),
        Word::alone("read_only"),
        Word::alone("immutable"),
        Word::alone("created_at"),
        Word::alone("updated_at"),
        Word::value("set", "user.id"),
        Word::value("renamed_from", "\"..\""),
        Word::either("parent"),
        Word::value("on_destroy", OnDestroy::USAGE),
        Word::value("child", "\"song\""),
        Word::value("children", "\"songs\""),
    ],
    elsewhere: &[&ON_STRUCT],
};

/// The words on the struct.
pub(crate) struct StructWords {
    pub(crate) access: Option<Access>,
    /// Whether there is any access word, be its value right or wrong.
    pub(crate) decides_access: bool,
    pub(crate) push: Option<Push>,
    pub(crate) remote: Option<Ident>,
    /// Says that the policy is written by hand.
    pub(crate) policy: Option<Ident>,
    /// The type of the app's users, where no policy names it, and the word before it.
    pub(crate) user: Option<(Ident, Type)>,
    /// Says that rules are written by hand.
    pub(crate) validate: Option<Ident>,
    pub(crate) hooks: Option<Ident>,
    pub(crate) name: Option<Spanned>,
    pub(crate) table: Option<LitStr>,
    /// The resource whose ids the field marked `parent` holds, and the word before it.
    pub(crate) parent: Option<(Ident, Type)>,
    pub(crate) crate_path: Option<Path>,
}

impl StructWords {
    pub(crate) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let words = Words::read(attributes, "resource", &ON_STRUCT, errors);
        let named = |name: &str, what: &str| {
            let word = words.key(name).cloned();
            word.zip(parsed(&words, name, what, errors))
        };
        Self {
            access: words.choice("access", &Access::CHOICES, errors),
            decides_access: words.get("access").is_some(),
            push: words.choice("push", &Push::CHOICES, errors),
            remote: words.key("remote").cloned(),
            policy: words.key("policy").cloned(),
            user: named("user", "a type"),
            validate: words.key("validate").cloned(),
            hooks: words.key("hooks").cloned(),
            name: words.name("name", errors),
            table: texts(&words, "table", errors).into_iter().next(),
            parent: named("parent", "a resource"),
            crate_path: words.path("crate", errors).cloned(),
        }
    }
}

/// The words on a field, each with the place where it stands.
pub(crate) struct FieldWords {
    pub(crate) id: Option<Ident>,
    pub(crate) server: bool,
    pub(crate) index: Option<Ident>,
    pub(crate) unique: Option<Ident>,
    pub(crate) private: Option<Ident>,
    pub(crate) bigint: Option<Ident>,
    pub(crate) rev: Option<Ident>,
    /// What the user who creates the record makes of the field.
    pub(crate) set: Option<Expr>,
    /// The names it had before.
    pub(crate) renamed_from: Vec<LitStr>,
    /// The word that says that it holds the id of a parent.
    pub(crate) parent: Option<Ident>,
    /// Of which resource, where the field says that.
    pub(crate) parent_type: Option<Type>,
    pub(crate) on_destroy: Option<OnDestroy>,
    /// What the parent calls one of its children.
    pub(crate) child: Option<Spanned>,
    /// What it calls them all.
    pub(crate) children: Option<Spanned>,
    /// Every word, in the order written.
    all: Vec<Ident>,
}

impl FieldWords {
    pub(crate) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let words = Words::read(attributes, "resource", &ON_FIELD, errors);
        let key = |name| words.key(name).cloned();
        Self {
            id: key("id"),
            server: words.choice("id", &[("server", ())], errors).is_some(),
            index: key("index"),
            unique: key("unique"),
            private: key("private"),
            bigint: key("bigint"),
            rev: key("rev"),
            set: parsed(&words, "set", "an expression about `user`", errors),
            renamed_from: texts(&words, "renamed_from", errors),
            parent: key("parent"),
            parent_type: parsed(&words, "parent", "a resource", errors),
            on_destroy: words.choice("on_destroy", &OnDestroy::CHOICES, errors),
            child: words.name("child", errors),
            children: words.name("children", errors),
            all: words.keys().cloned().collect(),
        }
    }

    /// This word, if it was written.
    pub(crate) fn get(&self, name: &str) -> Option<&Ident> {
        self.all.iter().find(|word| *word == name)
    }

    /// The first of all.
    pub(crate) fn any(&self) -> Option<&Ident> {
        self.all.first()
    }
}

/// The value of a word that takes a piece of Rust.
fn parsed<T: Parse>(words: &Words, name: &str, what: &str, errors: &Errors) -> Option<T> {
    let value = words.get(name)?.value.as_ref()?;
    let parsed = syn::parse2(value.to_token_stream()).ok();
    if parsed.is_none() {
        errors.push(value, format!("the value of `{name}` is {what}"));
    }
    parsed
}

/// The value of a word that takes a text; of `renamed_from`, several in brackets.
fn texts(words: &Words, name: &str, errors: &Errors) -> Vec<LitStr> {
    let Some(value) = words.get(name).and_then(|given| given.value.as_ref()) else {
        return Vec::new();
    };
    let several = name == "renamed_from";
    match value {
        Value::Text(text) => return vec![text.clone()],
        Value::Other(tokens) if several => {
            let list = |input: ParseStream<'_>| {
                let list;
                syn::bracketed!(list in input);
                list.parse_terminated(<LitStr as Parse>::parse, Token![,])
            };
            if let Ok(list) = list.parse2(tokens.clone()) {
                return list.into_iter().collect();
            }
        }
        _ => {}
    }
    let list = if several {
        format!(", or `{name} = [\"..\", \"..\"]`")
    } else {
        String::new()
    };
    errors.push(value, format!("write a text: `{name} = \"..\"`{list}"));
    Vec::new()
}
