//! `#[derive(Resource)]`: states the facts of a struct that serde and schemars cannot know.

mod ast;
mod attrs;
mod check;
mod expand;
mod facts;
mod rules;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use self::ast::Resource;
use self::attrs::StructWords;
use self::rules::Rules;
use crate::errors::Errors;
use crate::fallback;
use crate::policy::Policy;

/// The impls of one resource, or its mistakes and impls that keep them the only errors.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let errors = Errors::new();
    let words = StructWords::read(&input.attrs, &errors);
    let policy = Policy::read(&input.attrs, &errors);
    let rules = Rules::read(&input, words.validate.as_ref(), &errors);
    let resource = Resource::read(&input, &words, policy.as_ref(), &errors);
    let checked = resource
        .as_ref()
        .and_then(|resource| check::check(resource, &errors));
    match errors.finish() {
        // Without a mistake there is something checked.
        Ok(()) => checked
            .map(|checked| expand::expand(&checked, &rules))
            .unwrap_or_default(),
        Err(mistakes) => {
            let mistakes = mistakes.into_compile_error();
            let key = resource.as_ref().and_then(Resource::likely_key);
            let fallback = fallback::resource(&input, words.crate_path.as_ref(), key);
            quote::quote!(#mistakes #fallback)
        }
    }
}
