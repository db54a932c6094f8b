//! A question as it was written: `|c: Card| ..`.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Ident, Pat, Stmt, Type};

use super::condition::Names;
use crate::errors::Errors;

/// A closure over a record.
pub(crate) struct Question {
    /// What it calls the record.
    pub(crate) record: Ident,
    /// The resource.
    pub(crate) ty: Type,
    pub(crate) body: Expr,
}

/// A field of the record, as it was written behind the dot.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a>(pub(crate) &'a Ident);

impl Named<'_> {
    /// Its name in Rust, without `r#`.
    pub(crate) fn rust_name(self) -> String {
        self.0.unraw().to_string()
    }
}

/// What the user wrote, behind the path to the crate and a semicolon, which `sockful::filter!` puts before it.
pub(crate) fn split(input: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = input.into_iter();
    let end =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    let door = tokens.by_ref().take_while(|token| !end(token)).collect();
    (door, tokens.collect())
}

impl Question {
    /// `None`, with the reason reported, for anything but a plain closure over one record whose type is named.
    pub(crate) fn read(tokens: TokenStream, example: &str, errors: &Errors) -> Option<Self> {
        let write = format!("write a closure over a record: `|c: Card| {example}`");
        let closure = match syn::parse2::<ExprClosure>(tokens.clone()) {
            Ok(closure) => closure,
            Err(error) => {
                // What is a closure has a mistake of its own.
                if tokens.to_string().starts_with('|') {
                    errors.add(error);
                } else if tokens.is_empty() {
                    errors.push_at(proc_macro2::Span::call_site(), write);
                } else {
                    errors.push(tokens, write);
                }
                return None;
            }
        };
        let words = [
            closure.capture.as_ref().map(Spanned::span),
            closure.asyncness.as_ref().map(Spanned::span),
            closure.constness.as_ref().map(Spanned::span),
        ];
        for span in words.into_iter().flatten() {
            errors.push_at(span, "this closure never runs; remove the word before it");
        }
        let mut inputs = closure.inputs.iter();
        let (Some(Pat::Type(input)), None) = (inputs.next(), inputs.next()) else {
            errors.push(
                &closure.inputs,
                "name one record and its resource: `|c: Card| ..`",
            );
            return None;
        };
        let Pat::Ident(record) = &*input.pat else {
            errors.push(
                &input.pat,
                "name the record, and take nothing apart: `|c: Card| ..`",
            );
            return None;
        };
        Some(Self {
            record: record.ident.clone(),
            ty: (*input.ty).clone(),
            body: *closure.body,
        })
    }

    fn is_record(&self, expr: &Expr) -> bool {
        matches!(bare(expr), Expr::Path(path) if path.path.is_ident(&self.record))
    }
}

/// A field is `c.name`, and whatever names the record has a part in it.
impl Names for Question {
    fn field<'a>(&self, expr: &'a Expr) -> Option<Named<'a>> {
        match bare(expr) {
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) if self.is_record(&field.base) => Some(Named(name)),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_mentioned(&self, tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => self.is_mentioned(group.stream()),
            TokenTree::Ident(ident) => ident == self.record,
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }

    /// What is not about the record stays as it is.
    fn takes_all_apart(&self) -> bool {
        false
    }

    /// The record makes plain what is a field: all else is Rust.
    fn check_plain(&self, _: &Expr, _: &Errors) {}

    fn example(&self) -> String {
        format!("{}.hunger > 5", self.record)
    }

    fn written(&self, field: Named<'_>) -> String {
        format!("{}.{}", self.record, field.0)
    }

    fn refused(&self, _: TokenStream) -> Option<String> {
        None
    }
}

/// An expression without parentheses, `&` and `*` around it.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    match inside(expr) {
        Expr::Reference(reference) => bare(&reference.expr),
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => bare(&unary.expr),
        other => other,
    }
}

/// An expression without what stands around it: parentheses, the braces that a formatter puts around a long closure,
/// and the invisible ones around a fragment of a macro.
pub(crate) fn inside(expr: &Expr) -> &Expr {
    match expr {
        Expr::Block(block) => match &block.block.stmts[..] {
            [Stmt::Expr(only, None)] if block.label.is_none() => inside(only),
            _ => expr,
        },
        Expr::Paren(paren) => inside(&paren.expr),
        Expr::Group(group) => inside(&group.expr),
        other => other,
    }
}
