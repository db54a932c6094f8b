//! What `filter!` and `sort!` generate: expressions that name fields and values. All that follows from them is in the runtime.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use super::ast::{Named, Question};
use super::condition::{Condition, Test};
use super::order::Key;
use crate::output::at;

/// Stands for a filter where there were mistakes, of the right type if the resource is known.
pub(crate) fn no_filter(resource: Option<&Type>) -> TokenStream {
    let of = resource.map(|ty| quote!(::<#ty>));
    quote!(__sockful::FilterOf #of::all())
}

/// Stands for an order where there were mistakes.
pub(crate) fn no_order(resource: Option<&Type>) -> TokenStream {
    match resource {
        Some(ty) => quote!([] as [__sockful::SortKeyOf<#ty>; 0]),
        None => quote!([]),
    }
}

/// The only name an expansion adds is that of the crate's hidden door.
pub(crate) fn within(door: &TokenStream, expression: &TokenStream) -> TokenStream {
    quote! {{
        use #door::__private as __sockful;
        #expression
    }}
}

/// `both!(.., ..)`, `either!(.., ..)`, a test, or a plain condition.
pub(crate) fn condition(question: &Question, condition: &Condition<'_>) -> TokenStream {
    let each = |parts: &[Condition<'_>]| -> Vec<_> {
        parts
            .iter()
            .map(|part| self::condition(question, part))
            .collect()
    };
    match condition {
        Condition::All(parts) => {
            let parts = each(parts);
            quote!(__sockful::both!(#(#parts),*))
        }
        Condition::Any(parts) => {
            let parts = each(parts);
            quote!(__sockful::either!(#(#parts),*))
        }
        Condition::Not(part) => {
            let part = self::condition(question, part);
            quote!(!#part)
        }
        Condition::Plain(expr) => {
            let (plain, ty) = (
                quote_spanned!(at(expr.span())=> __sockful::plain),
                &question.ty,
            );
            quote!(#plain::<#ty>(#expr))
        }
        Condition::Test(field, test) => expand_test(question, *field, test),
        Condition::Follow(_) => unreachable!("`filter!` names no parents"),
    }
}

/// `[.., ..]`
pub(crate) fn keys(question: &Question, keys: &[Key<'_>]) -> TokenStream {
    let keys = keys.iter().map(|key| {
        let direction = if key.descending {
            "descending"
        } else {
            "ascending"
        };
        let direction = Ident::new(direction, at(key.field.0.span()));
        let field = expand_field(question, key.field);
        quote!(#field.#direction())
    });
    quote!([#(#keys),*])
}

/// `field.more(5)`. What the type of the field forbids is told at the field, a value of a wrong type at the value.
fn expand_test(question: &Question, field: Named<'_>, test: &Test<'_>) -> TokenStream {
    let name = |name: &str| Ident::new(name, at(field.0.span()));
    let (function, argument) = match test {
        Test::Against(function, value) => (name(function), Some(borrowed(value))),
        Test::Within(list) => (name("within"), Some(quote!((#list).iter()))),
        Test::Alone(function) => (name(function), None),
    };
    let field = expand_field(question, field);
    quote!(#field.#function(#argument))
}

/// `&(value)`, which errors show as the value.
pub(crate) fn borrowed(value: &Expr) -> TokenStream {
    quote_spanned!(at(value.span())=> &(#value))
}

/// `TypedField::new(const { place::<Card>("hunger") }, |c: &Card| &c.hunger)`
fn expand_field(question: &Question, field: Named<'_>) -> TokenStream {
    let Question { record, ty, .. } = question;
    let (ident, name) = (field.0, field.rust_name());
    let place = quote_spanned!(at(ident.span())=> const { __sockful::place::<#ty>(#name) });
    quote!(__sockful::TypedField::new(#place, |#record: &#ty| &#record.#ident))
}
