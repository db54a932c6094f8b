//! Fields that are set by the user who creates the record: `#[resource(set = user.id)]`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;
use crate::policy;
use crate::resource::ast::Resource;

/// The type of the user, if a field asks for it: that of the policy, or of the word `user`.
pub(super) fn user(resource: &Resource<'_>, errors: &Errors) -> Option<TokenStream> {
    for field in resource.stored() {
        let (Some(word), Some(value)) = (field.words.get("set"), &field.words.set) else {
            continue;
        };
        if policy::user_in(value).is_none() {
            let message = "this asks nothing about the user: write `read_only` and give the field a default of serde";
            errors.push(word, message);
        }
        if let Some(with) = &field.serde.with {
            let message = "what the user sets is stored by its own `Serialize`; wrap the value in a type of yours instead";
            errors.push(with, message);
        }
    }
    let word = resource.words.user.as_ref();
    let mut asks = resource.stored().filter_map(|field| field.words.get("set"));
    let asking = asks.next();
    match (word, resource.policy, &resource.words.policy, asking) {
        (Some((key, _)), Some(_), ..) | (Some((key, _)), _, Some(_), _) => {
            errors.push(
                key,
                "the policy names the type of the user already; remove `user`",
            );
            None
        }
        (Some((key, _)), .., None) => {
            let message =
                "no field is `set` by the user, so nothing asks for the type; remove `user`";
            errors.push(key, message);
            None
        }
        (.., None) => None,
        (Some((_, ty)), ..) => Some(quote!(#ty)),
        // Its own check says what it lacks.
        (None, Some(policy), ..) => policy.user.as_ref().map(|ty| quote!(#ty)),
        (None, None, Some(_), _) => Some(quote!(<Self as __sockful::Policy>::User)),
        (None, None, None, Some(set)) => {
            let message = "what is the type of `user`? name it on the struct, `#[resource(user = User)]`, or write a `#[policy(user = User, ..)]`";
            errors.push(set, message);
            None
        }
    }
}
