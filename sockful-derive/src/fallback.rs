//! Impls for an item that has mistakes, so that those are the only errors: whatever uses the type still compiles.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, ItemImpl, Path, Type};

use crate::output;

/// A `Resource` that knows nothing. Its id keeps its type, where it has one, so that calls with ids still fit.
pub(crate) fn resource(
    input: &DeriveInput,
    crate_path: Option<&Path>,
    key: Option<&Type>,
) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, type_generics, _) = input.generics.split_for_impl();
    let bounds = where_usable(input.generics.where_clause.as_ref(), &input.generics.params);
    let key = match key {
        Some(key) if input.generics.params.is_empty() => quote!(#key),
        _ => quote!(::std::string::String),
    };
    output::wrap(
        crate_path,
        &quote! {
            #[automatically_derived]
            impl #impl_generics __sockful::Resource for #ident #type_generics #bounds {
                type Key = #key;
                const ACCESS: __sockful::Access = __sockful::Access::Authenticated;
                const FACTS: &'static __sockful::Facts<Self> = &__sockful::Facts::unknown();
            }
            #[automatically_derived]
            impl #impl_generics __sockful::DeclaresRemote for #ident #type_generics #bounds {}
            #[automatically_derived]
            impl #impl_generics __sockful::DeclaresHooks for #ident #type_generics #bounds {}
            #[automatically_derived]
            impl #impl_generics __sockful::DeclaresPolicy for #ident #type_generics #bounds {}
        },
    )
}

/// A `Remote` without methods.
pub(crate) fn remote(block: &ItemImpl, crate_path: Option<&Path>) -> TokenStream {
    let ty = &block.self_ty;
    let (impl_generics, _, _) = block.generics.split_for_impl();
    let bounds = where_usable(block.generics.where_clause.as_ref(), &block.generics.params);
    output::wrap(
        crate_path,
        &quote! {
            #[automatically_derived]
            impl #impl_generics __sockful::Remote for #ty #bounds {
                const ACTIONS: &'static [__sockful::ActionFacts<Self>] = &[];
            }
        },
    )
}

/// A generic type (itself a mistake) is a resource only where it is sent and shared.
fn where_usable<T>(
    written: Option<&syn::WhereClause>,
    parameters: &syn::punctuated::Punctuated<syn::GenericParam, T>,
) -> TokenStream {
    if parameters.is_empty() {
        return quote!(#written);
    }
    let written = written.map(|clause| clause.predicates.iter().collect::<Vec<_>>());
    let written = written.unwrap_or_default();
    quote!(where #(#written,)* Self: ::core::marker::Send + ::core::marker::Sync + 'static)
}
