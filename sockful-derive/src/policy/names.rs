//! What the names in a rule mean: bare ones are fields, `user` is the user, the rest is Rust.

use std::collections::HashSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Expr;
use syn::ext::IdentExt;

use crate::errors::Errors;
use crate::names::did_you_mean;
use crate::query::ast::{Named, bare};
use crate::query::condition::Names;

/// The fields that rules may name, by their names in Rust.
pub(super) struct Fields {
    pub(super) resource: String,
    pub(super) names: HashSet<String>,
}

impl Fields {
    fn has(&self, ident: &Ident) -> bool {
        self.names.contains(&ident.unraw().to_string())
    }

    /// The one name that an expression is.
    fn name(expr: &Expr) -> Option<&Ident> {
        match bare(expr) {
            Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
            _ => None,
        }
    }

    /// Whether a token that is a name stands where a field could: not behind a dot, not as a part of a path, and not called.
    fn may_be_field(before: Option<&TokenTree>, after: Option<&TokenTree>) -> bool {
        let punct = |token: Option<&TokenTree>, signs: &[char]| matches!(token, Some(TokenTree::Punct(punct)) if signs.contains(&punct.as_char()));
        let called = matches!(after, Some(TokenTree::Group(group))
            if group.delimiter() == proc_macro2::Delimiter::Parenthesis);
        !punct(before, &['.', ':']) && !punct(after, &[':', '!']) && !called
            // `a != b` is a `!` too, but a joint one.
            || matches!(after, Some(TokenTree::Punct(punct))
                if punct.as_char() == '!' && punct.spacing() == proc_macro2::Spacing::Joint)
    }
}

impl Names for Fields {
    fn field<'a>(&self, expr: &'a Expr) -> Option<Named<'a>> {
        let name = Self::name(expr)?;
        self.has(name).then_some(Named(name))
    }

    fn is_mentioned(&self, tokens: TokenStream) -> bool {
        let tokens: Vec<_> = tokens.into_iter().collect();
        tokens.iter().enumerate().any(|(at, token)| match token {
            TokenTree::Group(group) => self.is_mentioned(group.stream()),
            TokenTree::Ident(ident) => {
                let before = at.checked_sub(1).map(|before| &tokens[before]);
                self.has(ident) && Self::may_be_field(before, tokens.get(at + 1))
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }

    /// Whether a user is there is asked of each part by itself.
    fn takes_all_apart(&self) -> bool {
        true
    }

    /// A lone lower-case name that is neither a field nor the user.
    fn check_plain(&self, expr: &Expr, errors: &Errors) {
        let Some(name) = Self::name(expr) else { return };
        let text = name.unraw().to_string();
        if text == "user" || !text.starts_with(|first: char| first.is_lowercase()) {
            return;
        }
        let known = self.names.iter().map(String::as_str);
        let meant = did_you_mean(&text, known);
        let meant = meant.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
        errors.push(
            name,
            format!("no field `{text}` on `{}`{meant}", self.resource),
        );
    }

    fn example(&self) -> String {
        "owner == user.id".to_owned()
    }
}

/// Whether a condition asks about the user.
pub(crate) fn mentions_user(tokens: &impl ToTokens) -> bool {
    fn within(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => within(group.stream()),
            TokenTree::Ident(ident) => ident == "user",
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    within(tokens.to_token_stream())
}
