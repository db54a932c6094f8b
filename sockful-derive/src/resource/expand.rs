//! What `#[derive(Resource)]` generates.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ExprPath, LitStr, Type};

use super::ast::{Field, Resource};
use super::attrs::{OnDestroy, SerdeDefault};
use super::check::{Checked, Parent};
use super::rules::Rules;
use crate::output;
use crate::policy;

/// The impls of one resource.
pub(crate) fn expand(checked: &Checked<'_>, rules: &Rules) -> TokenStream {
    let Checked {
        resource,
        name,
        access,
        policy,
        id,
        user,
        parents,
    } = checked;
    let ident = resource.ident;
    let table = resource.table_name();
    let (key, key_ident, docs) = (id.ty, id.ident, &resource.docs);
    let fields = resource
        .stored()
        .map(|field| expand_field(resource, field, user.as_ref(), parents));

    let push = resource.words.push.map(|push| {
        quote! {
            const PUSH: ::core::option::Option<__sockful::Push> = ::core::option::Option::Some(#push);
        }
    });

    // The word `remote` promises a block of methods, and alone makes one possible: where the block is missing, the
    // error shows the word.
    let (actions, declares_remote) = match &resource.words.remote {
        None => (quote!(&[]), None),
        Some(word) => (
            quote_spanned!(output::at(word.span())=> <Self as __sockful::Remote>::ACTIONS),
            Some(quote! {
                #[automatically_derived]
                impl __sockful::DeclaresRemote for #ident {}
            }),
        ),
    };

    // The same for a policy: without the word, or the attribute, one written by hand would never be asked.
    let stated = match (policy, &resource.words.policy) {
        (Some(policy), _) => {
            let facts = policy::expand_facts(policy);
            quote!(::core::option::Option::Some(#facts))
        }
        (None, Some(word)) => quote_spanned! {output::at(word.span())=>
            ::core::option::Option::Some(__sockful::PolicyFacts::of::<Self>())
        },
        (None, None) => quote!(::core::option::Option::None),
    };
    let policy = match (policy, &resource.words.policy) {
        (Some(policy), _) => Some(policy::expand(policy, ident)),
        (None, Some(_)) => Some(quote! {
            #[automatically_derived]
            impl __sockful::DeclaresPolicy for #ident {}
        }),
        (None, None) => None,
    };

    // An error about them shows what says that there are any.
    let rules = match rules.place() {
        Some(place) => {
            let validate = quote_spanned!(output::at(place)=> __sockful::validate::<Self>);
            quote!(::core::option::Option::Some(#validate))
        }
        None => quote!(::core::option::Option::None),
    };

    let (hooks, declares_hooks) = match &resource.words.hooks {
        None => (quote!(::core::option::Option::None), None),
        Some(word) => (
            quote_spanned! {output::at(word.span())=>
                ::core::option::Option::Some(__sockful::HookFacts::<Self>::of)
            },
            Some(quote! {
                #[automatically_derived]
                impl __sockful::DeclaresHooks for #ident {}
            }),
        ),
    };

    let relatives = parents
        .iter()
        .map(|parent| expand_relatives(resource, parent));

    // One bound for everything serde and schemars must provide: a forgotten derive is one error, at the name.
    let assertion = quote_spanned! {output::at(ident.span())=>
        const _: () = __sockful::assert_record::<#ident>();
    };

    output::wrap(
        resource.words.crate_path.as_ref(),
        &quote! {
            #[automatically_derived]
            impl __sockful::Resource for #ident {
                type Key = #key;
                const ACCESS: __sockful::Access = #access;
                #push
                const FACTS: &'static __sockful::Facts<Self> = &__sockful::Facts {
                    name: #name,
                    table: #table,
                    docs: #docs,
                    policy: #stated,
                    validate: #rules,
                    hooks: #hooks,
                    key: |record| &record.#key_ident,
                    fields: &[#(#fields),*],
                    actions: #actions,
                };
            }
            #declares_remote
            #policy
            #declares_hooks
            #(#relatives)*
            #assertion
        },
    )
}

/// `Field::new("balance").docs("..").bigint::<i64>()`
fn expand_field(
    resource: &Resource<'_>,
    field: &Field<'_>,
    user: Option<&TokenStream>,
    parents: &[Parent<'_>],
) -> TokenStream {
    let (ident, ty, words) = (field.ident, field.ty, &field.words);
    let (name, rust_name) = (resource.field_name(field), field.rust_name());
    let mut chain = quote!(__sockful::FieldFacts::new(#name));
    if name != rust_name {
        chain.extend(quote!(.named(#rust_name)));
    }
    if field.serde.custom {
        chain.extend(quote!(.custom()));
    }
    if !field.docs.is_empty() {
        let docs = &field.docs;
        chain.extend(quote!(.docs(#docs)));
    }
    if field.is_id() {
        chain.extend(quote!(.id()));
    }
    if words.server {
        chain.extend(quote!(.server()));
    }
    if words.index.is_some() {
        chain.extend(quote!(.index()));
    }
    if words.unique.is_some() {
        chain.extend(quote!(.unique()));
    }
    if words.bigint.is_some() {
        chain.extend(quote!(.bigint::<#ty>()));
    }
    if words.rev.is_some() {
        chain.extend(quote!(.rev::<#ty>()));
    }
    for word in ["read_only", "immutable"] {
        if let Some(word) = words.get(word) {
            chain.extend(quote!(.#word()));
        }
    }
    for word in ["created_at", "updated_at"] {
        if let Some(word) = words.get(word) {
            chain.extend(quote!(.#word::<#ty>()));
        }
    }
    if let (Some(value), Some(of)) = (&words.set, user) {
        let user = Ident::new("user", Span::call_site());
        // An error about its type shows the value.
        let borrowed = quote_spanned!(output::at(value.span())=> &(#value));
        chain.extend(quote!(.set(__sockful::set!(#user: #of => #ty, #borrowed))));
    }
    if let Some(parent) = parents
        .iter()
        .find(|parent| std::ptr::eq(parent.field, field))
    {
        chain.extend(expand_parent(parent));
    }
    if let Some(word) = field.hidden() {
        // serde does not write it, so the stored row gets it from here.
        chain.extend(quote!(.#word(|record: &Self, column| column.write(&record.#ident))));
        // For the same reason schemars knows of no default.
        if let Some(default) = expand_default(resource, field) {
            chain.extend(quote!(.default_value(#default)));
        }
    }
    let old = &words.renamed_from;
    if !old.is_empty() {
        chain.extend(quote!(.renamed_from(&[#(#old),*])));
    }
    chain.into_token_stream()
}

/// `.parent::<Album, Id<Album>>("album", "song", "songs").on_destroy(OnDestroy::Restrict)`
fn expand_parent(parent: &Parent<'_>) -> TokenStream {
    let Parent {
        field,
        of,
        name,
        child,
        children,
    } = parent;
    let ty = field.ty;
    // An error about the parent shows its name; one about the field shows the type that is written there.
    let mut chain =
        quote_spanned!(output::at(of.span())=> .parent::<#of, #ty>(#name, #child, #children));
    if let Some(word) = field.words.on_destroy {
        let what = match word {
            OnDestroy::Cascade => quote!(Cascade),
            OnDestroy::Restrict => quote!(Restrict),
            OnDestroy::Detach => quote!(Detach),
        };
        chain.extend(quote!(.on_destroy(__sockful::OnDestroy::#what)));
    }
    chain
}

/// `relate!(pub Song.album_id: Id<Album> => Album { album, songs, create_song });`
fn expand_relatives(resource: &Resource<'_>, parent: &Parent<'_>) -> TokenStream {
    let (child, visible) = (resource.ident, &resource.original.vis);
    let (field, ty) = (parent.field.ident, parent.field.ty);
    // No `impl` block is of a `Self`.
    let of = match parent.of {
        Type::Path(of) if of.path.is_ident("Self") => child.to_token_stream(),
        of => of.to_token_stream(),
    };
    // Where a method of this name is there already, the error shows the field.
    let at_field = output::at(field.span());
    let named = |name: &str| method(name, at_field);
    let (up, down) = (named(&parent.name), named(&parent.children));
    let create = named(&format!("create_{}", parent.child));
    quote_spanned! {at_field=>
        __sockful::relate!(#visible #child.#field: #ty => #of { #up, #down, #create });
    }
}

/// A name of ours as that of a method.
fn method(name: &str, span: Span) -> Ident {
    match syn::parse_str::<Ident>(name) {
        Ok(_) => Ident::new(name, span),
        Err(_) => Ident::new_raw(name, span),
    }
}

/// What stores the value that serde takes for a field where it is absent.
fn expand_default(resource: &Resource<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let (ident, ty) = (field.ident, field.ty);
    // A path that serde cannot read either, it reports itself.
    let path = |text: &LitStr| text.parse::<ExprPath>().ok();
    Some(match (&field.serde.default, &resource.serde.default) {
        (Some(SerdeDefault::OfType), _) => quote!(__sockful::write_default::<#ty>),
        (Some(SerdeDefault::Path(text)), _) => {
            let path = path(text)?;
            quote!(|column| column.write::<#ty>(&#path()))
        }
        (None, Some(SerdeDefault::OfType)) => {
            quote!(|column| column.write(&<Self as __sockful::Default>::default().#ident))
        }
        (None, Some(SerdeDefault::Path(text))) => {
            let path = path(text)?;
            quote!(|column| column.write(&#path().#ident))
        }
        (None, None) => return None,
    })
}
