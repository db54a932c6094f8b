//! What `#[policy(..)]` generates: a function for each verb, which makes a filter for a user.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::check::Checked;
use super::names::{Parent, USER, user_in};
use crate::output::at;
use crate::query::ast::Named;
use crate::query::condition::{Condition, Follow, Test};
use crate::query::expand::borrowed;

/// The impl of `Policy`.
pub(crate) fn expand(checked: &Checked<'_>, resource: &Ident) -> TokenStream {
    // Out of sight of the rules: what asks about the user names one that is there.
    let user = Ident::new(USER, Span::mixed_site());
    let ty = checked.user;
    let functions = checked.rules.iter().flat_map(|(verbs, condition)| {
        let expander = Expander {
            user: &user,
            parents: &checked.parents,
        };
        let (first, more) = (name(verbs[0]), verbs[1..].iter().map(|verb| name(verb)));
        let filter = expander.condition(condition, false);
        let rule = quote! {
            fn #first(#user: ::core::option::Option<&#ty>) -> __sockful::FilterOf<Self> { #filter }
        };
        let same = more.map(|verb| {
            quote! {
                fn #verb(#user: ::core::option::Option<&#ty>) -> __sockful::FilterOf<Self> { Self::#first(#user) }
            }
        });
        [rule].into_iter().chain(same.collect::<Vec<_>>())
    });
    quote! {
        #[automatically_derived]
        #[allow(unused_variables, reason = "a rule need not ask about the user")]
        impl __sockful::Policy for #resource {
            type User = #ty;
            #(#functions)*
        }
        #[automatically_derived]
        impl __sockful::DeclaresPolicy for #resource {}
    }
}

fn name(verb: &str) -> Ident {
    Ident::new(verb, Span::call_site())
}

/// `PolicyFacts::of::<Self>().following(&[Follow::of::<Album>(Verb::Read, Verb::Read)])`
pub(crate) fn expand_facts(checked: &Checked<'_>) -> TokenStream {
    let follows = checked.rules.iter().flat_map(|(verbs, condition)| {
        let follows = condition.follows().into_iter();
        follows.flat_map(move |Follow { parent, verb, .. }| {
            let (of, its) = (checked.parents[*parent].of, variant(verb));
            verbs.iter().map(move |verb| {
                let verb = variant(verb);
                quote!(__sockful::Follow::of::<#of>(#verb, #its))
            })
        })
    });
    let follows: Vec<_> = follows.collect();
    let following = (!follows.is_empty()).then(|| quote!(.following(&[#(#follows),*])));
    quote!(__sockful::PolicyFacts::of::<Self>()#following)
}

/// `Verb::Read`
fn variant(verb: &str) -> TokenStream {
    let mut name = verb.to_owned();
    name[..1].make_ascii_uppercase();
    let name = Ident::new(&name, Span::call_site());
    quote!(__sockful::Verb::#name)
}

struct Expander<'a> {
    user: &'a Ident,
    parents: &'a [Parent<'a>],
}

impl Expander<'_> {
    /// `!` is pushed down to the parts: a part that asks about the user is false where there is none, also under `!`.
    fn condition(&self, condition: &Condition<'_>, negated: bool) -> TokenStream {
        let each = |parts: &[Condition<'_>]| -> Vec<_> {
            parts
                .iter()
                .map(|part| self.condition(part, negated))
                .collect()
        };
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                let all = matches!(condition, Condition::All(_)) != negated;
                let parts = each(parts);
                if all {
                    quote!(__sockful::both!(#(#parts),*))
                } else {
                    quote!(__sockful::either!(#(#parts),*))
                }
            }
            Condition::Not(part) => self.condition(part, !negated),
            Condition::Plain(expr) => {
                let plain = quote_spanned!(at(expr.span())=> __sockful::plain);
                let not = negated.then(|| quote!(!));
                self.asked(expr, quote!(#plain::<Self>(#not (#expr))))
            }
            Condition::Test(field, test) => self.test(*field, test, negated),
            Condition::Follow(follow) => {
                let Parent { field, of, .. } = &self.parents[follow.parent];
                let (user, verb) = (self.user, variant(follow.verb));
                let function = quote_spanned!(at(follow.rule.span())=> __sockful::follow);
                // Never behind `!`: that is refused.
                quote!(#function::<Self, #of, _>(#field, #verb, #user))
            }
        }
    }

    /// `field.equal(value)`
    fn test(&self, field: Named<'_>, test: &Test<'_>, negated: bool) -> TokenStream {
        let ident = field.0;
        let call = |name: &str| Ident::new(name, at(ident.span()));
        let rust_name = field.rust_name();
        let typed =
            quote!(__sockful::TypedField::of_policy(#rust_name, |record: &Self| &record.#ident));
        let opposite = |name: &'static str| match name {
            "equal" => Some("different"),
            "different" => Some("equal"),
            // A null is neither less nor more: so it is with the opposite of each.
            "less" => Some("at_least"),
            "at_least" => Some("less"),
            "more" => Some("at_most"),
            "at_most" => Some("more"),
            "is_none" => Some("is_some"),
            "is_some" => Some("is_none"),
            _ => None,
        };
        let turned = |name: &'static str| match opposite(name) {
            Some(other) if negated => (call(other), None),
            _ => (call(name), negated.then(|| quote!(!))),
        };
        match test {
            Test::Against(name, value) => {
                let (function, not) = turned(name);
                let borrowed = borrowed(value);
                self.asked(value, quote!(#not #typed.#function(#borrowed)))
            }
            Test::Within(list) => {
                let (function, not) = turned("within");
                self.asked(list, quote!(#not #typed.#function((#list).iter())))
            }
            Test::Alone(name) => {
                let (function, not) = turned(name);
                quote!(#not #typed.#function())
            }
        }
    }

    /// A part of a rule, false without a user if it asks about one.
    fn asked(&self, asks: &impl ToTokens, part: TokenStream) -> TokenStream {
        let Some(named) = user_in(asks) else {
            return part;
        };
        let user = self.user;
        quote!(__sockful::of_user(#user, |#named| #part))
    }
}
