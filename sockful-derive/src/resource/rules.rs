//! What says that the values of a record have rules: garde's own attributes, or the word `validate`.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput};

use crate::errors::Errors;

/// Where a struct says so.
pub(crate) struct Rules(Option<Span>);

impl Rules {
    /// `word` is the word `validate`, for rules that are written by hand.
    pub(crate) fn read(input: &DeriveInput, word: Option<&Ident>, errors: &Errors) -> Self {
        let mut garde = None;
        let fields = match &input.data {
            syn::Data::Struct(data) => Some(data.fields.iter()),
            _ => None,
        };
        let on_fields = fields.into_iter().flatten().flat_map(|field| &field.attrs);
        for attribute in input.attrs.iter().chain(on_fields) {
            if is(attribute, "garde") {
                garde = garde.or(Some(attribute.path().span()));
            } else if is(attribute, "validate") {
                errors.push(
                    attribute.path(),
                    "clients would be told of this rule, and nothing would check it: write `#[garde(..)]`",
                );
            }
        }
        if let (Some(word), Some(_)) = (word, garde) {
            let message = "`#[garde(..)]` means it already; this word is for an `impl garde::Validate` by hand, so remove it";
            errors.push(word, message);
        }
        Self(garde.or(word.map(Ident::span)))
    }

    /// Where an error about them belongs; `None` if there are none.
    pub(crate) fn place(&self) -> Option<Span> {
        self.0
    }
}

fn is(attribute: &Attribute, name: &str) -> bool {
    attribute
        .path()
        .segments
        .last()
        .is_some_and(|last| last.ident == name)
}
