//! What the names in a rule mean: bare ones are fields, `user` is the user, the rest is Rust.

use std::collections::HashMap;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprField, Member, Type};

use super::check::{VERBS, WRITE};
use crate::errors::Errors;
use crate::names::did_you_mean;
use crate::query::ast::{Named, bare};
use crate::query::condition::{Follow, Names};

/// What a rule calls the user.
pub(super) const USER: &str = "user";

/// What a rule may call the only parent.
const PARENT: &str = "parent";

/// The fields of a resource, by their names in Rust, and its parents.
pub(super) struct Fields<'a> {
    pub(super) resource: String,
    pub(super) kept: HashMap<String, Kept>,
    pub(super) parents: &'a [Parent<'a>],
}

/// A parent whose rules can be followed.
pub(crate) struct Parent<'a> {
    /// What the record calls it: `album`.
    pub(crate) name: String,
    /// The field that holds its id, by its name in Rust.
    pub(crate) field: String,
    pub(crate) of: &'a Type,
    /// Whether it is of the resource itself.
    pub(crate) is_itself: bool,
}

/// How the store keeps a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// As its type is written.
    Plainly,
    /// As a function writes it, which serde's `with` names.
    Otherwise,
    /// Not at all: serde skips it.
    Nowhere,
}

impl Fields<'_> {
    fn has(&self, ident: &Ident) -> bool {
        let kept = self.kept.get(&ident.unraw().to_string());
        kept.is_some_and(|kept| *kept != Kept::Nowhere)
    }

    /// Reports a name that stands where a field or the user would, and is neither.
    fn check_name(&self, name: &Ident, errors: &Errors) {
        let text = name.unraw().to_string();
        if text == USER || !text.starts_with(|first: char| first.is_lowercase()) {
            return;
        }
        let message = if self.kept.contains_key(&text) {
            format!("`{text}` is not stored, so no rule can ask about it: serde skips it")
        } else {
            let known = self.kept.iter().filter(|(_, kept)| **kept != Kept::Nowhere);
            let known = known.map(|(name, _)| name.as_str()).chain([USER]);
            let meant = did_you_mean(&text, known);
            let meant = meant.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
            format!("no field `{text}` on `{}`{meant}", self.resource)
        };
        errors.push(name, message);
    }

    /// The parent of this name; the word `parent` is the only one.
    fn parent(&self, name: &Ident, errors: &Errors) -> Option<Result<usize, ()>> {
        let text = name.unraw().to_string();
        let named = |parent: &Parent<'_>| parent.name == text;
        if let Some(place) = self.parents.iter().position(named) {
            return Some(Ok(place));
        }
        let held = |parent: &Parent<'_>| parent.field == text;
        let message = match self.parents {
            [_] if text == PARENT => return Some(Ok(0)),
            [one, other, ..] if text == PARENT => format!(
                "which parent? `{}` or `{}`: call it by its name",
                one.name, other.name
            ),
            parents => {
                let parent = &parents.iter().find(|it| held(it))?.name;
                format!("this is the id of the parent; its rules are those of `{parent}`")
            }
        };
        errors.push(name, message);
        Some(Err(()))
    }

    /// The rule of a parent, by its name.
    fn rule(&self, parent: usize, rule: &Ident, errors: &Errors) -> Option<&'static str> {
        let (text, parent) = (rule.unraw().to_string(), &self.parents[parent].name);
        let verb = VERBS.into_iter().find(|verb| *verb == text);
        if verb.is_none() {
            let message = if text == WRITE {
                format!("`write` stands for three rules; follow one of them: `{parent}.update`")
            } else {
                let meant = did_you_mean(&text, VERBS);
                let meant = meant.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                let known = VERBS.map(|verb| format!("`{parent}.{verb}`")).join(", ");
                format!("a parent has no rule `{text}`{meant} (rules: {known})")
            };
            errors.push(rule, message);
        }
        verb
    }

    /// The parameter of a closure that looks like a field.
    fn shadowing(&self, tokens: TokenStream) -> Option<Ident> {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is = |token: Option<&TokenTree>, signs: &[char]| matches!(token, Some(TokenTree::Punct(punct)) if signs.contains(&punct.as_char()));
        tokens
            .iter()
            .enumerate()
            .find_map(|(at, token)| match token {
                TokenTree::Group(group) => self.shadowing(group.stream()),
                TokenTree::Ident(ident) if self.has(ident) => {
                    let before = at.checked_sub(1).map(|before| &tokens[before]);
                    let parameter =
                        is(before, &['|', '&']) && is(tokens.get(at + 1), &['|', ',', ':']);
                    parameter.then(|| ident.clone())
                }
                _ => None,
            })
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

impl Names for Fields<'_> {
    fn field<'a>(&self, expr: &'a Expr) -> Option<Named<'a>> {
        let name = name(expr)?;
        self.has(name).then_some(Named(name))
    }

    fn follow<'a>(&self, expr: &'a Expr, errors: &Errors) -> Option<Result<Follow<'a>, ()>> {
        let Expr::Field(ExprField {
            base,
            member: Member::Named(rule),
            ..
        }) = expr
        else {
            return None;
        };
        let parent = self.parent(name(base)?, errors)?;
        Some(parent.and_then(|parent| {
            let verb = self.rule(parent, rule, errors).ok_or(())?;
            Ok(Follow { rule, parent, verb })
        }))
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

    /// Lower-case names that are neither a field nor the user.
    fn check_plain(&self, expr: &Expr, errors: &Errors) {
        for name in roots(expr) {
            self.check_name(name, errors);
        }
    }

    fn written(&self, field: Named<'_>) -> String {
        field.rust_name()
    }

    fn refused(&self, tokens: TokenStream) -> Option<String> {
        let name = self.shadowing(tokens)?;
        Some(format!(
            "`{name}` is a field here: give the parameter of the closure another name"
        ))
    }

    fn example(&self) -> String {
        "owner == user.id".to_owned()
    }
}

/// The one name that an expression is.
fn name(expr: &Expr) -> Option<&Ident> {
    match bare(expr) {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

/// The names that an expression begins with, where no name of its own can be meant: `user` of `user.id == MAX`.
fn roots(expr: &Expr) -> Vec<&Ident> {
    if let Some(name) = name(expr) {
        return vec![name];
    }
    match bare(expr) {
        Expr::Field(field) => roots(&field.base),
        Expr::Index(index) => roots(&index.expr),
        Expr::Cast(cast) => roots(&cast.expr),
        Expr::Unary(unary) => roots(&unary.expr),
        Expr::Binary(binary) => [roots(&binary.left), roots(&binary.right)].concat(),
        Expr::MethodCall(call) => {
            let parts = std::iter::once(&*call.receiver).chain(&call.args);
            parts.flat_map(roots).collect()
        }
        _ => Vec::new(),
    }
}

/// The user, as the first token that asks about it names it; `None` where a part of a condition does not ask.
///
/// What binds this very token is what the part means by it, also where a macro has written one of both.
pub(crate) fn user_in(tokens: &impl ToTokens) -> Option<Ident> {
    fn within(tokens: TokenStream, of_macro: bool) -> Option<Ident> {
        let mut after_bang = false;
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => within(group.stream(), of_macro || after_bang),
            TokenTree::Ident(ident) => {
                after_bang = false;
                (ident.unraw() == USER).then_some(ident)
            }
            TokenTree::Punct(punct) => {
                after_bang = punct.as_char() == '!';
                None
            }
            TokenTree::Literal(literal) => {
                // `format!("{user}")`
                let text = literal.to_string();
                let captured = text.contains("{user}") || text.contains("{user:");
                (of_macro && captured).then(|| Ident::new(USER, literal.span()))
            }
        })
    }
    within(tokens.to_token_stream(), false)
}
