//! The frame around everything that is generated, and where its tokens claim to stand.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Path;

use crate::attr::Access;

/// Puts generated items where they can neither see nor be seen by the user's names. The only thing they name
/// is the crate's hidden door, as `__sockful`.
pub(crate) fn wrap(crate_path: Option<&Path>, items: &TokenStream) -> TokenStream {
    let door = match crate_path {
        Some(path) => quote!(#path::__private),
        None => quote!(::sockful::__private),
    };
    quote! {
        #[allow(unused_qualifications, reason = "generated code stands on the user's tokens")]
        const _: () = {
            use #door as __sockful;
            #items
        };
    }
}

/// A span for generated tokens that errors should show here. Locals named at such a span are invisible to the
/// user's tokens, and theirs to it.
pub(crate) fn at(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// `Access::Public` and its like.
pub(crate) fn access(access: Access) -> TokenStream {
    match access {
        Access::Public => quote!(__sockful::Access::Public),
        Access::Authenticated => quote!(__sockful::Access::Authenticated),
    }
}
