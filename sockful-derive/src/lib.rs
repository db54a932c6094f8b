//! The macros of sockful. Their documentation stands at the re-exports in `sockful`.
//!
//! They take the same road, and name its stations alike: `ast` is what was written, `attrs` what the
//! attributes say, `facts` what follows from both, `check` what is forbidden, `expand` what is generated.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo)
)]

mod attr;
mod errors;
mod fallback;
mod names;
mod output;
mod policy;
mod query;
mod remote;
mod resource;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

#[allow(missing_docs, reason = "documented at the re-export")]
#[proc_macro_derive(Resource, attributes(policy, resource))]
pub fn resource(input: TokenStream) -> TokenStream {
    resource::derive(input.into()).into()
}

#[allow(missing_docs, reason = "documented at the re-export")]
#[proc_macro_attribute]
pub fn remote(words: TokenStream, item: TokenStream) -> TokenStream {
    remote::expand(words.into(), &item.into()).into()
}

#[allow(
    missing_docs,
    reason = "documented at `sockful::filter!`, which names the crate"
)]
#[proc_macro]
pub fn filter(input: TokenStream) -> TokenStream {
    query::filter(input.into()).into()
}

#[allow(
    missing_docs,
    reason = "documented at `sockful::sort!`, which names the crate"
)]
#[proc_macro]
pub fn sort(input: TokenStream) -> TokenStream {
    query::sort(input.into()).into()
}
