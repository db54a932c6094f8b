//! `#[remote]`: makes the marked methods of an impl block callable by clients.
//!
//! The block itself comes back as it was written, without our own attributes; what is generated follows it.

mod ast;
mod attrs;
mod check;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, ItemImpl};

use self::ast::Block;
use self::attrs::BlockWords;
use crate::errors::Errors;
use crate::fallback;

/// The item as it was written, then the impl of `Remote`, or the mistakes and an empty one.
pub(crate) fn expand(words: TokenStream, item: &TokenStream) -> TokenStream {
    let mut block = match syn::parse2::<ItemImpl>(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            let mistake = not_a_block(item, error).into_compile_error();
            return quote!(#item #mistake);
        }
    };
    let errors = Errors::new();
    let words = BlockWords::read(words, &errors);
    let expanded = {
        let read = Block::read(&block, &errors);
        let checked = check::check(&read, &errors);
        match errors.finish() {
            Ok(()) => expand::expand(&words, &checked),
            Err(mistakes) => {
                let mistakes = mistakes.into_compile_error();
                let fallback = fallback::remote(&block, words.crate_path.as_ref());
                quote!(#mistakes #fallback)
            }
        }
    };
    attrs::strip(&mut block);
    quote!(#block #expanded)
}

/// `#[remote] fn free() {}`, `#[remote] struct Card;`, or a marked method in an unmarked block.
fn not_a_block(item: &TokenStream, error: syn::Error) -> syn::Error {
    let (place, message) = match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(function)) => (
            function.sig.ident.span(),
            "`#[remote]` marks the methods of an `impl` block that is itself marked `#[remote]`; mark the block too, \
             or move this function into one",
        ),
        Ok(Item::Struct(item)) => (
            item.ident.span(),
            "`#[remote]` belongs on an `impl` block; on the struct, write `#[resource(remote)]`",
        ),
        Ok(_) => (
            error.span(),
            "`#[remote]` belongs on an `impl` block and on methods inside it",
        ),
        Err(_) => return error,
    };
    syn::Error::new(place, message)
}
