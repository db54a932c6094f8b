//! What the attributes of a resource say: our own words, and those of serde that concern us.

mod on_destroy;

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, LitStr, Meta, Path, Token, Type};

use crate::attr::{Grammar, Spanned, Value, Word, Words};
use crate::errors::Errors;
use crate::names::Case;
use crate::output::Access;
pub(crate) use on_destroy::OnDestroy;

/// `#[resource(..)]` on the struct.
static ON_STRUCT: Grammar = Grammar {
    place: "the struct",
    words: &[
        Word::value("access", Access::USAGE),
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

/// What serde was told about the struct.
#[derive(Default)]
pub(crate) struct SerdeStruct {
    pub(crate) rename_all: Option<Case>,
    pub(crate) default: Option<SerdeDefault>,
}

/// What serde takes where a value is absent.
#[derive(Clone)]
pub(crate) enum SerdeDefault {
    /// The default of the type.
    OfType,
    /// What the function of this path answers.
    Path(LitStr),
}

impl SerdeDefault {
    fn of(word: SerdeWord) -> Self {
        word.value.map_or(Self::OfType, Self::Path)
    }
}

impl SerdeStruct {
    pub(crate) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let mut read = Self::default();
        for word in serde_words(attributes) {
            let name = word.name();
            match name.as_str() {
                "rename_all" => match &word.value {
                    Some(text) => read.rename_all = Case::parse(&text.value()),
                    None => errors.push(&word.tokens, SPLIT_NAMES),
                },
                "default" => read.default = Some(SerdeDefault::of(word)),
                _ => {
                    if let Some((_, reason)) =
                        REFUSED_ON_STRUCT.iter().find(|(key, _)| *key == name)
                    {
                        errors.push(&word.tokens, format!("serde's `{name}` {reason}"));
                    }
                }
            }
        }
        read
    }
}

/// What serde was told about a field.
#[derive(Default)]
pub(crate) struct SerdeField {
    pub(crate) rename: Option<LitStr>,
    pub(crate) skip: Option<TokenStream>,
    pub(crate) default: Option<SerdeDefault>,
    pub(crate) skip_serializing: Option<TokenStream>,
    pub(crate) skip_serializing_if: Option<TokenStream>,
    /// `with`, `serialize_with` or `deserialize_with`.
    pub(crate) with: Option<TokenStream>,
    /// Whether serde writes the value by a function of its own.
    pub(crate) custom: bool,
    /// `with = "sockful::Bigint"`, by whatever path.
    pub(crate) bigint: Option<TokenStream>,
}

impl SerdeField {
    pub(crate) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let mut read = Self::default();
        for word in serde_words(attributes) {
            let name = word.name();
            match name.as_str() {
                "rename" => match word.value {
                    Some(text) => read.rename = Some(text),
                    None => errors.push(&word.tokens, SPLIT_NAMES),
                },
                "skip" => read.skip = Some(word.tokens),
                "default" => read.default = Some(SerdeDefault::of(word)),
                "skip_serializing" => read.skip_serializing = Some(word.tokens),
                "skip_serializing_if" => read.skip_serializing_if = Some(word.tokens),
                "with" if word.is_bigint() => read.bigint = Some(word.tokens),
                "with" | "serialize_with" | "deserialize_with" => {
                    read.custom |= name != "deserialize_with";
                    read.with = Some(word.tokens);
                }
                _ => {
                    if let Some((_, reason)) = REFUSED_ON_FIELD.iter().find(|(key, _)| *key == name)
                    {
                        errors.push(&word.tokens, format!("serde's `{name}` {reason}"));
                    }
                }
            }
        }
        read
    }
}

const SPLIT_NAMES: &str =
    "a field has one name, in requests as in answers; write one name for both";

/// What serde offers on a struct, but a resource cannot have, and why.
const REFUSED_ON_STRUCT: [(&str, &str); 8] = [
    (
        "transparent",
        "makes the record a bare value, and a resource is an object; remove it",
    ),
    (
        "tag",
        "adds a field that is not stored; remove it, or add a real field",
    ),
    ("content", "adds a field that is not stored; remove it"),
    ("untagged", "is for enums; remove it"),
    (
        "from",
        "hides the fields of a resource; give it the fields you want to store",
    ),
    (
        "try_from",
        "hides the fields of a resource; check records in a hook instead",
    ),
    (
        "into",
        "hides the fields of a resource; give it the fields you want to store",
    ),
    (
        "remote",
        "describes a foreign type; a resource is your own struct, so remove it",
    ),
];

/// The same for fields.
const REFUSED_ON_FIELD: [(&str, &str); 3] = [
    (
        "flatten",
        "hides the names of the stored fields; give the value a field of its own",
    ),
    (
        "alias",
        "gives a field a second name, which queries would not know; remove it",
    ),
    (
        "skip_deserializing",
        "makes a field that is answered but cannot be stored; use `#[serde(skip)]`, or remove it",
    ),
];

/// One word of `#[serde(..)]`.
struct SerdeWord {
    path: Path,
    /// The text after `=`, if that is what follows.
    value: Option<LitStr>,
    tokens: TokenStream,
}

impl SerdeWord {
    fn name(&self) -> String {
        self.path
            .get_ident()
            .map(|ident| ident.unraw().to_string())
            .unwrap_or_default()
    }

    /// Whether the value is a path that ends in `Bigint`.
    fn is_bigint(&self) -> bool {
        let path = self
            .value
            .as_ref()
            .and_then(|text| text.parse::<Path>().ok());
        path.is_some_and(|path| path.segments.last().is_some_and(|it| it.ident == "Bigint"))
    }
}

/// Every word for serde. What serde cannot read either, it reports itself.
fn serde_words(attributes: &[Attribute]) -> impl Iterator<Item = SerdeWord> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .filter_map(|list| {
            Punctuated::<Meta, Token![,]>::parse_terminated
                .parse2(list.tokens.clone())
                .ok()
        })
        .flatten()
        .map(|meta| SerdeWord {
            path: meta.path().clone(),
            value: match &meta {
                Meta::NameValue(meta) => match &meta.value {
                    Expr::Lit(syn::ExprLit {
                        lit: Lit::Str(text),
                        ..
                    }) => Some(text.clone()),
                    _ => None,
                },
                _ => None,
            },
            tokens: meta.into_token_stream(),
        })
}
