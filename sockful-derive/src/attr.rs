//! The grammar that all our attributes share: words and `word = value`, separated by commas.
//!
//! A [`Grammar`] is a table of the words accepted in one place. [`Words`] is what was written there: each word
//! known, at most once, with a value exactly where one belongs. Everything else has already been reported.

use std::fmt::Write;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, LitStr, Meta, Path, Token};

use crate::errors::Errors;
use crate::names::did_you_mean;

/// The words that an attribute accepts in one place.
pub(crate) struct Grammar {
    /// Where this is, with its article: `a field`.
    pub(crate) place: &'static str,
    pub(crate) words: &'static [Word],
    /// The same attribute's grammars in other places, so that a misplaced word can be sent there.
    pub(crate) elsewhere: &'static [&'static Self],
}

/// One word of a grammar.
pub(crate) struct Word {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
}

/// What may follow a word. The text shows it as the user would write it.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    Nothing,
    Value(&'static str),
    /// The word stands alone, or with a value.
    Either,
}

impl Word {
    /// A word that stands alone.
    pub(crate) const fn alone(name: &'static str) -> Self {
        Self {
            name,
            takes: Takes::Nothing,
        }
    }

    /// `name = usage`.
    pub(crate) const fn value(name: &'static str, usage: &'static str) -> Self {
        Self {
            name,
            takes: Takes::Value(usage),
        }
    }

    /// `name`, or `name = ..`.
    pub(crate) const fn either(name: &'static str) -> Self {
        Self {
            name,
            takes: Takes::Either,
        }
    }
}

impl Grammar {
    fn word(&self, name: &str) -> Option<&'static Word> {
        self.words.iter().find(|word| word.name == name)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().map(|word| word.name)
    }

    /// ``unknown key `uniqe`; did you mean `unique`? (keys: `id`, `index`, ..)``
    fn unknown(&self, written: &str) -> String {
        if let Some(home) = self
            .elsewhere
            .iter()
            .find(|other| other.word(written).is_some())
        {
            return format!(
                "`{written}` belongs on {}, not on {}",
                home.place, self.place
            );
        }
        let mut message = format!("unknown key `{written}`");
        hint(&mut message, written, self.names());
        list(&mut message, "key", self.names());
        message
    }
}

fn hint<'a>(message: &mut String, written: &str, known: impl IntoIterator<Item = &'a str>) {
    if let Some(meant) = did_you_mean(written, known) {
        let _ = write!(message, "; did you mean `{meant}`?");
    }
}

fn list<'a>(message: &mut String, title: &str, known: impl IntoIterator<Item = &'a str>) {
    let known = known
        .into_iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>();
    let plural = if known.len() == 1 { "" } else { "s" };
    let _ = write!(message, " ({title}{plural}: {})", known.join(", "));
}

/// The words written in one place.
#[derive(Default)]
pub(crate) struct Words(Vec<Given>);

/// One word as it was written.
pub(crate) struct Given {
    pub(crate) key: Ident,
    equals: Option<Token![=]>,
    pub(crate) value: Option<Value>,
}

/// What follows `=`.
pub(crate) enum Value {
    Path(Path),
    Text(LitStr),
    Other(TokenStream),
}

impl Value {
    fn read(tokens: TokenStream) -> Self {
        if let Ok(text) = syn::parse2(tokens.clone()) {
            Self::Text(text)
        } else if let Ok(path) = Path::parse_mod_style.parse2(tokens.clone()) {
            Self::Path(path)
        } else {
            Self::Other(tokens)
        }
    }
}

impl Words {
    /// Reads every `#[name(..)]` among these attributes.
    pub(crate) fn read(
        attributes: &[Attribute],
        name: &str,
        grammar: &Grammar,
        errors: &Errors,
    ) -> Self {
        let mut words = Self::default();
        for attribute in attributes
            .iter()
            .filter(|attribute| is_ours(attribute, name))
        {
            match &attribute.meta {
                Meta::Path(_) => {}
                Meta::List(meta) => words.extend(meta.tokens.clone(), grammar, errors),
                Meta::NameValue(meta) => {
                    errors.push(
                        meta,
                        format!("write `#[{name}(..)]`, with the words in parentheses"),
                    );
                }
            }
        }
        words
    }

    /// Reads what stands between the parentheses.
    pub(crate) fn read_tokens(tokens: TokenStream, grammar: &Grammar, errors: &Errors) -> Self {
        let mut words = Self::default();
        words.extend(tokens, grammar, errors);
        words
    }

    fn extend(&mut self, tokens: TokenStream, grammar: &Grammar, errors: &Errors) {
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                match given(input, grammar) {
                    Ok(given) => self.accept(given, grammar, errors),
                    Err(error) => {
                        errors.add(error);
                        until_comma(input)?;
                    }
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.add(error);
        }
    }

    fn accept(&mut self, given: Given, grammar: &Grammar, errors: &Errors) {
        let name = given.key.to_string();
        let Some(word) = grammar.word(&name) else {
            errors.push(&given.key, grammar.unknown(&name));
            return;
        };
        if self.get(word.name).is_some() {
            errors.push(&given.key, format!("`{name}` is written twice; remove one"));
            return;
        }
        match (word.takes, &given.value) {
            (Takes::Nothing, Some(value)) => {
                errors.push(
                    value,
                    format!("`{name}` takes no value; write `{name}` alone"),
                );
            }
            (Takes::Value(usage), None) => {
                errors.push(
                    &given.key,
                    format!("`{name}` needs a value: `{name} = {usage}`"),
                );
            }
            (Takes::Nothing | Takes::Either, None) if given.equals.is_some() => {
                errors.push(
                    given.equals,
                    format!("nothing follows; write `{name}` alone"),
                );
            }
            _ => {}
        }
        self.0.push(given);
    }

    /// This word, if it was written.
    pub(crate) fn get(&self, name: &str) -> Option<&Given> {
        self.0.iter().find(|given| given.key == name)
    }

    /// The key of a word, if it was written: where errors about it belong.
    pub(crate) fn key(&self, name: &str) -> Option<&Ident> {
        self.get(name).map(|given| &given.key)
    }

    /// Every key that was written.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Ident> {
        self.0.iter().map(|given| &given.key)
    }

    /// The value of a word that takes one of these names.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
        errors: &Errors,
    ) -> Option<T> {
        let value = self.get(name)?.value.as_ref()?;
        let names = || choices.iter().map(|(name, _)| *name);
        let written = match value {
            Value::Path(path) => path.to_token_stream().to_string().replace(' ', ""),
            Value::Text(text) => {
                let mut message = format!("the value of `{name}` is a name, without quotes");
                list(&mut message, "value", names());
                errors.push(text, message);
                return None;
            }
            Value::Other(tokens) => {
                let mut message = format!("this is not a value of `{name}`");
                list(&mut message, "value", names());
                errors.push(tokens, message);
                return None;
            }
        };
        let found = choices.iter().find(|(name, _)| *name == written);
        if found.is_none() {
            let mut message = format!("unknown value `{written}` of `{name}`");
            hint(&mut message, &written, names());
            list(&mut message, "value", names());
            errors.push(value, message);
        }
        found.map(|(_, choice)| *choice)
    }

    /// The value of a word that takes a name, in quotes or not.
    pub(crate) fn name(&self, name: &str, errors: &Errors) -> Option<Spanned> {
        let value = self.get(name)?.value.as_ref()?;
        match value {
            Value::Text(text) => {
                return Some(Spanned {
                    text: text.value(),
                    span: text.span(),
                });
            }
            Value::Path(path) => {
                if let Some(ident) = path.get_ident() {
                    return Some(Spanned {
                        text: ident.unraw().to_string(),
                        span: ident.span(),
                    });
                }
            }
            Value::Other(_) => {}
        }
        errors.push(value, format!("write a name: `{name} = \"..\"`"));
        None
    }

    /// The value of a word that takes a path.
    pub(crate) fn path(&self, name: &str, errors: &Errors) -> Option<&Path> {
        match self.get(name)?.value.as_ref()? {
            Value::Path(path) => Some(path),
            other => {
                errors.push(
                    other,
                    format!("write a path without quotes: `{name} = my::path`"),
                );
                None
            }
        }
    }
}

/// A name and where it was written.
pub(crate) struct Spanned {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// Whether this is `#[name ..]` or `#[sockful::name ..]`.
pub(crate) fn is_ours(attribute: &Attribute, name: &str) -> bool {
    let path = attribute.path();
    path.segments.len() <= 2 && path.segments.last().is_some_and(|last| last.ident == name)
}

/// The doc comment: its lines joined by `\n`, each without the space that follows `///`.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
    {
        if let Meta::NameValue(meta) = &attribute.meta
            && let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) = &meta.value
        {
            let text = text.value();
            lines.extend(
                text.split('\n')
                    .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned()),
            );
        }
    }
    lines.join("\n").trim().to_owned()
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Path(path) => path.to_tokens(tokens),
            Self::Text(text) => text.to_tokens(tokens),
            Self::Other(other) => other.to_tokens(tokens),
        }
    }
}

/// `word`, `word = value`, or something in the place of a value that cannot be one.
fn given(input: ParseStream<'_>, grammar: &Grammar) -> syn::Result<Given> {
    let Ok(key) = input.call(Ident::parse_any) else {
        let mut message = "expected a word".to_owned();
        list(&mut message, "key", grammar.names());
        return Err(input.error(message));
    };
    let equals = input.parse::<Option<Token![=]>>()?;
    let rest = until_comma(input)?;
    let value = match equals {
        _ if rest.is_empty() => None,
        None => Some(Value::Other(rest)),
        Some(_) => Some(Value::read(rest)),
    };
    Ok(Given { key, equals, value })
}

/// Everything up to the next comma, which stays.
fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}
