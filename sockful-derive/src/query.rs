//! `filter!` and `sort!`: what Rust code asks a store, in Rust's own syntax.
//!
//! Both take a closure over a record that never runs: `filter!(|c: Card| c.hunger > 5)`. Its parameter makes plain which names
//! are fields, so that there is nothing to guess.

pub(crate) mod ast;
pub(crate) mod condition;
pub(crate) mod expand;
mod order;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use self::ast::Question;
use crate::errors::Errors;

/// An expression of type `FilterOf` the resource, or the mistakes.
pub(crate) fn filter(input: TokenStream) -> TokenStream {
    let nothing = expand::no_filter;
    answer(input, "c.hunger > 5", nothing, |question, errors| {
        let condition = condition::read(question, &question.body, errors);
        condition.map(|condition| expand::condition(question, &condition))
    })
}

/// An expression that is an array of `SortKeyOf` the resource, or the mistakes.
pub(crate) fn sort(input: TokenStream) -> TokenStream {
    answer(input, "c.hunger", expand::no_order, |question, errors| {
        let keys = order::read(question, errors);
        keys.map(|keys| expand::keys(question, &keys))
    })
}

/// Reads a question and expands it. What has mistakes still is of the type it should be, so that those are
/// the only errors.
fn answer(
    input: TokenStream,
    example: &str,
    nothing: fn(Option<&Type>) -> TokenStream,
    expand: impl FnOnce(&Question, &Errors) -> Option<TokenStream>,
) -> TokenStream {
    let (door, closure) = ast::split(input);
    let errors = Errors::new();
    let question = Question::read(closure, example, &errors);
    let expanded = question.as_ref().and_then(|it| expand(it, &errors));
    let nothing = || nothing(question.as_ref().map(|it| &it.ty));
    match errors.finish() {
        Ok(()) => expand::within(&door, &expanded.unwrap_or_else(nothing)),
        Err(mistakes) => {
            let mistakes = mistakes.into_compile_error();
            let fallback = expand::within(&door, &nothing());
            quote!({ #mistakes #fallback })
        }
    }
}
