//! What `#[remote]` generates after the block.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::ast::Receiver;
use super::attrs::BlockWords;
use super::check::{Checked, CheckedMethod, Pass};
use crate::output::{self, at};

/// The impl of `Remote` for one block.
pub(crate) fn expand(words: &BlockWords, checked: &Checked<'_>) -> TokenStream {
    let ty = &checked.block.original.self_ty;
    let actions = checked.methods.iter().map(expand_method);
    output::wrap(
        words.crate_path.as_ref(),
        &quote! {
            #[automatically_derived]
            impl __sockful::Remote for #ty {
                const ACTIONS: &'static [__sockful::ActionFacts<Self>] = &[#(#actions),*];
            }
        },
    )
}

/// One element of the table: how the method is called, then what is stated about it.
fn expand_method(checked: &CheckedMethod<'_>) -> TokenStream {
    let method = checked.method;
    let cfgs = &method.cfgs;
    let name = &checked.name;
    // A method of no record must not leave it to a policy who may call it; the error shows its name.
    let constructor = match (&method.receiver, method.words.access) {
        (Receiver::Update, _) => quote!(ActionFacts::update),
        (Receiver::Collection, None) => {
            quote_spanned!(at(method.ident.span())=> ActionFacts::collection)
        }
        (Receiver::Collection, Some(_)) => quote!(ActionFacts::collection_for),
        (Receiver::Read | Receiver::Other(_), _) => quote!(ActionFacts::read),
    };
    let access = match method.receiver {
        Receiver::Collection => method.words.access.map(|access| quote!(#access,)),
        _ => None,
    };
    let run = expand_run(checked);
    let words = expand_words(checked);
    quote! {
        #(#cfgs)*
        __sockful::#constructor(#access #name, #run) #words
    }
}

/// `|record, cx, args| Box::pin(async move { .. })`
///
/// Errors stand where their cause is: an argument that cannot be decoded at its type (one of several: at their list), a
/// result that cannot be serialised at the return type, and a future that is not `Send` at the method's name.
fn expand_run(checked: &CheckedMethod<'_>) -> TokenStream {
    let method = checked.method;
    let locals = Locals::of(checked);
    let Locals { record, cx, args } = &locals;
    let parameters = match method.receiver {
        Receiver::Collection => quote!(#cx, #args),
        _ => quote!(#record, #cx, #args),
    };
    let decode = expand_decode(checked, args);
    let call = expand_call(checked, &locals);

    let returned = method.returns.map_or(method.ident.span(), Spanned::span);
    let answer = quote_spanned!(at(returned)=> __sockful::answer!(#call));
    quote_spanned! {at(method.ident.span())=>
        |#parameters| __sockful::Box::pin(async move { #decode #answer })
    }
}

/// The parameters of the generated closure. Their names cannot meet those of the user.
struct Locals {
    record: Ident,
    cx: Ident,
    args: Ident,
}

impl Locals {
    /// What the call does not need is called `_..`.
    fn of(checked: &CheckedMethod<'_>) -> Self {
        let local = |name: &str, used: bool| {
            let prefix = if used { "" } else { "_" };
            format_ident!("{prefix}{name}", span = Span::mixed_site())
        };
        let takes_context = checked
            .passes
            .iter()
            .any(|pass| matches!(pass, Pass::Context(_)));
        let takes_arguments = checked
            .passes
            .iter()
            .any(|pass| matches!(pass, Pass::Argument { .. }));
        Self {
            record: local("record", true),
            cx: local("cx", takes_context),
            args: local("args", takes_arguments),
        }
    }
}

/// `let (food, Defaulted(limit)) = args.decode::<(String, Defaulted<u32>)>()?;`
fn expand_decode(checked: &CheckedMethod<'_>, args: &Ident) -> Option<TokenStream> {
    let mut names = Vec::new();
    let mut types = Vec::new();
    for pass in &checked.passes {
        if let Pass::Argument { ident, ty, default } = pass {
            if *default {
                names.push(quote!(__sockful::Defaulted(#ident)));
                types.push(quote_spanned!(at(ty.span())=> __sockful::Defaulted<#ty>));
            } else {
                names.push(quote!(#ident));
                types.push(quote!(#ty));
            }
        }
    }
    let place = match &types[..] {
        [] => return None,
        [only] => only.span(),
        _ => checked.method.original.sig.paren_token.span.join(),
    };
    let types = quote_spanned!(at(place)=> (#(#types,)*));
    Some(quote! {
        let (#(#names,)*) = #args.decode::<#types>()?;
    })
}

/// `Self::feed(record, context(cx), food).await`
fn expand_call(checked: &CheckedMethod<'_>, locals: &Locals) -> TokenStream {
    let Locals { record, cx, .. } = locals;
    let method = checked.method;
    let ident = method.ident;
    let record = match method.receiver {
        Receiver::Collection => None,
        _ => Some(quote!(#record)),
    };
    let passed = record
        .into_iter()
        .chain(checked.passes.iter().map(|pass| match pass {
            Pass::Context(ty) => {
                let context = quote_spanned!(at(ty.elem.span())=> __sockful::context);
                quote!(#context(#cx))
            }
            Pass::Argument { ident, .. } => quote!(#ident),
        }));
    let wait = method
        .original
        .sig
        .asyncness
        .map(|word| quote_spanned!(at(word.span)=> .await));
    quote_spanned!(at(ident.span())=> Self::#ident(#(#passed),*)#wait)
}

/// `.docs("..").arguments(..).returns(..).read_only()`
fn expand_words(checked: &CheckedMethod<'_>) -> TokenStream {
    let method = checked.method;
    let mut chain = TokenStream::new();
    if !method.docs.is_empty() {
        let docs = &method.docs;
        chain.extend(quote!(.docs(#docs)));
    }
    let arguments = checked.passes.iter().filter_map(|pass| match pass {
        Pass::Context(_) => None,
        Pass::Argument { ident, ty, default } => {
            let name = ident.unraw().to_string();
            let default = default.then(|| quote!(= default));
            // What is wrong with its rules is told at its type.
            Some(quote_spanned!(at(ty.span())=> __sockful::argument!(#name: #ty #default)))
        }
    });
    let arguments = arguments.collect::<Vec<_>>();
    if !arguments.is_empty() {
        chain.extend(quote!(.arguments(const { &[#(#arguments),*] })));
    }
    match method.returns {
        Some(ty) => chain.extend(quote!(.returns(__sockful::returns_of!(#ty)))),
        None => chain.extend(quote!(.returns(__sockful::returns_of!(())))),
    }
    if method.words.read.is_some() {
        chain.extend(quote!(.read_only()));
    }
    if method.words.detached {
        chain.extend(quote!(.detached()));
    }
    if method.words.check_after.is_some() {
        chain.extend(quote!(.check_after()));
    }
    if let (Some(access), Receiver::Update | Receiver::Read) =
        (method.words.access, &method.receiver)
    {
        chain.extend(quote!(.access(#access)));
    }
    chain
}
