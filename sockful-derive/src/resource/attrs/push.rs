//! `#[resource(push = interest)]`

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Whom changes are told: the values of `push = ..`, and the path that each becomes.
#[derive(Clone, Copy)]
pub(crate) enum Push {
    Watch,
    All,
    Interest,
    None,
}

impl Push {
    pub(crate) const USAGE: &str = "watch | all | interest | none";
    pub(crate) const CHOICES: [(&str, Self); 4] = [
        ("watch", Self::Watch),
        ("all", Self::All),
        ("interest", Self::Interest),
        ("none", Self::None),
    ];
}

impl ToTokens for Push {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Watch => quote!(__sockful::Push::Watch),
            Self::All => quote!(__sockful::Push::All),
            Self::Interest => quote!(__sockful::Push::Interest),
            Self::None => quote!(__sockful::Push::None),
        });
    }
}
