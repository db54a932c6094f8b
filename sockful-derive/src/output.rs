//! The frame around everything that is generated, and where its tokens claim to stand.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

/// Puts generated items where they can neither see nor be seen by the user's names. The only thing they name
/// is the crate's hidden door, as `__sockful`.
pub(crate) fn wrap(crate_path: Option<&Path>, items: &TokenStream) -> TokenStream {
    let door = match crate_path {
        Some(path) => quote!(#path::__private),
        None => quote!(::sockful::__private),
    };
    quote! {
        #[allow(deprecated, unused_qualifications, reason = "the tokens are the user's")]
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

/// Who may call: the values of `access = ..`, and the path that each becomes.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    Public,
    Authenticated,
    /// What a policy says, which is written elsewhere.
    Policy,
}

impl Access {
    pub(crate) const USAGE: &'static str = "public` or `access = authenticated";
    pub(crate) const CHOICES: [(&'static str, Self); 2] = [
        ("public", Self::Public),
        ("authenticated", Self::Authenticated),
    ];
}

impl ToTokens for Access {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Public => quote!(__sockful::Access::Public),
            Self::Authenticated => quote!(__sockful::Access::Authenticated),
            Self::Policy => quote!(__sockful::Access::Policy),
        });
    }
}
