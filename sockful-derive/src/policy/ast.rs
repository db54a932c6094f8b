//! A policy as it was written: `user = User, read(..), write(..)`.

use proc_macro2::{Ident, Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Meta, Token, Type};

use crate::attr::is_ours;
use crate::errors::Errors;

/// Everything that `#[policy(..)]` says.
pub(crate) struct Policy {
    /// Where it stands.
    pub(crate) span: Span,
    pub(crate) user: Option<Type>,
    pub(crate) rules: Vec<Rule>,
    /// Whether all of it could be read.
    pub(crate) whole: bool,
}

/// `read(public || owner == user.id)`
pub(crate) struct Rule {
    pub(crate) verb: Ident,
    pub(crate) condition: Expr,
}

enum Part {
    User(Type),
    Rule(Rule),
}

impl Policy {
    /// `None` if there is no such attribute. Several are read as one.
    pub(crate) fn read(attributes: &[Attribute], errors: &Errors) -> Option<Self> {
        let mut policy = None;
        for attribute in attributes.iter().filter(|it| is_ours(it, "policy")) {
            let policy = policy.get_or_insert_with(|| Self {
                span: attribute.path().span(),
                user: None,
                rules: Vec::new(),
                whole: true,
            });
            match &attribute.meta {
                Meta::List(list) => policy.extend(list.tokens.clone(), errors),
                other => {
                    policy.whole = false;
                    errors.push(other, "write `#[policy(user = User, read(..), write(..))]`");
                }
            }
        }
        policy
    }

    fn extend(&mut self, tokens: TokenStream, errors: &Errors) {
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                match part(input)? {
                    Part::User(user) if self.user.is_none() => self.user = Some(user),
                    Part::User(user) => errors.push(user, "`user` is written twice; remove one"),
                    Part::Rule(rule) => self.rules.push(rule),
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            self.whole = false;
            errors.add(error);
        }
    }
}

fn part(input: ParseStream<'_>) -> syn::Result<Part> {
    let key: Ident = input.parse()?;
    if key == "user" {
        if !input.peek(Token![=]) {
            let message = "`user` needs the type of the app's users: `user = User`";
            return Err(syn::Error::new(key.span(), message));
        }
        input.parse::<Token![=]>()?;
        return Ok(Part::User(input.parse()?));
    }
    if !input.peek(syn::token::Paren) {
        let message = format!("`{key}` needs a rule: `{key}(owner == user.id)`");
        return Err(syn::Error::new(key.span(), message));
    }
    let content;
    syn::parenthesized!(content in input);
    if content.is_empty() {
        let message = format!(
            "`{key}` needs a rule; nobody may: `{key}(false)`, everybody may: `{key}(true)`"
        );
        return Err(syn::Error::new(key.span(), message));
    }
    let condition = content.parse()?;
    if content.is_empty() {
        return Ok(Part::Rule(Rule {
            verb: key,
            condition,
        }));
    }
    Err(content.error("a rule is one condition; join several by `&&` or `||`"))
}
