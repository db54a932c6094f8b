//! What `#[serde(..)]` says that concerns a resource.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, LitStr, Meta, Path, Token};

use crate::errors::Errors;
use crate::names::Case;

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
