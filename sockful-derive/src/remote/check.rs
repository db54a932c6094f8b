//! What is forbidden: one function per rule. What passes is [`Checked`], with nothing left to doubt.

use std::collections::HashMap;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Safety, Type, TypeReference};

use super::ast::{Argument, Block, Input, Method, Receiver};
use crate::errors::Errors;
use crate::names::{BUILT_IN_ACTIONS, is_action_name};

/// A block without mistakes.
pub(crate) struct Checked<'a> {
    pub(crate) block: &'a Block<'a>,
    pub(crate) methods: Vec<CheckedMethod<'a>>,
}

/// A method without mistakes.
pub(crate) struct CheckedMethod<'a> {
    pub(crate) method: &'a Method<'a>,
    pub(crate) name: String,
    pub(crate) passes: Vec<Pass<'a>>,
}

/// What is passed to the method after its record.
pub(crate) enum Pass<'a> {
    Context(&'a TypeReference),
    Argument {
        ident: &'a Ident,
        ty: &'a Type,
        default: bool,
    },
}

/// The tuples of the runtime end here.
const MOST_ARGUMENTS: usize = 12;

/// Applies every rule. Incomplete only if at least one was broken.
pub(crate) fn check<'a>(block: &'a Block<'a>, errors: &Errors) -> Checked<'a> {
    inherent_and_plain(block, errors);
    something_is_marked(block, errors);
    for method in &block.methods {
        no_qualifiers(method, errors);
        no_generics(method, errors);
        receiver_is_borrowed(method, errors);
        read_only_without_receiver(method, errors);
        checked_after_a_change(method, errors);
        one_context(method, errors);
        arguments_are_named_and_owned(method, errors);
        returns_a_named_type(method, errors);
        name_is_allowed(method, errors);
    }
    names_differ(block, errors);
    let methods = block
        .methods
        .iter()
        .map(|method| CheckedMethod {
            method,
            name: method.wire_name(),
            passes: method.inputs.iter().filter_map(pass).collect(),
        })
        .collect();
    Checked { block, methods }
}

fn pass<'a>(input: &'a Input<'a>) -> Option<Pass<'a>> {
    Some(match input {
        Input::Context { ty, .. } => Pass::Context(ty),
        Input::Argument(Argument {
            ident, ty, words, ..
        }) => Pass::Argument {
            ident: (*ident)?,
            ty,
            default: words.default.is_some(),
        },
    })
}

/// `impl Trait for Card { .. }`, `impl<T> Card<T> { .. }`
fn inherent_and_plain(block: &Block<'_>, errors: &Errors) {
    if let Some((path, _)) = &block.original.trait_ {
        errors.push(
            path,
            "`#[remote]` belongs on an `impl` block of the resource itself, not of a trait",
        );
    }
    for parameter in &block.original.generics.params {
        errors.push(
            parameter,
            "a resource has no generic parameters, and so has its block",
        );
    }
}

/// `#[remote] impl Card { fn helper(&self) {} }`
fn something_is_marked(block: &Block<'_>, errors: &Errors) {
    let mistaken = block
        .original
        .items
        .iter()
        .any(|item| super::attrs::mark(super::attrs::of_item(item)).is_some());
    if block.methods.is_empty() && !mistaken {
        errors.push(
            &block.original.self_ty,
            "no method of this block is remote; mark one with `#[remote]`, or remove it from the block",
        );
    }
}

/// `unsafe fn`, `const fn`, `extern "C" fn`
fn no_qualifiers(method: &Method<'_>, errors: &Errors) {
    let signature = &method.original.sig;
    let refuse = |tokens: &dyn ToTokens, word: &str| {
        errors.push(
            tokens,
            format!("clients cannot call `{word}` methods; remove `{word}`"),
        );
    };
    if let Some(word) = &signature.constness {
        refuse(word, "const");
    }
    match &signature.safety {
        Safety::Unsafe(word) => refuse(word, "unsafe"),
        Safety::Safe(word) => refuse(word, "safe"),
        Safety::Default => {}
    }
    if let Some(abi) = &signature.abi {
        refuse(abi, "extern");
    }
}

/// `fn find<T>(..)`
fn no_generics(method: &Method<'_>, errors: &Errors) {
    for parameter in &method.original.sig.generics.params {
        errors.push(
            parameter,
            "clients cannot choose generic parameters; name the types",
        );
    }
}

/// `fn consume(self)`, `fn boxed(self: Box<Self>)`
fn receiver_is_borrowed(method: &Method<'_>, errors: &Errors) {
    if let Receiver::Other(receiver) = method.receiver {
        errors.push(
            receiver,
            "the record stays in the store; borrow it with `&self`, or with `&mut self` to change it",
        );
    }
}

/// `#[remote(read)] fn name(&self)`, `#[remote(read)] fn rename(&mut self)`
fn read_only_without_receiver(method: &Method<'_>, errors: &Errors) {
    let Some(word) = &method.words.read else {
        return;
    };
    match method.receiver {
        Receiver::Update => {
            errors.push(
                word,
                "a method with `&mut self` changes its record; take `&self`, or remove `read`",
            );
        }
        Receiver::Read => errors.push(
            word,
            "a method with `&self` only reads anyway; remove `read`",
        ),
        Receiver::Collection | Receiver::Other(_) => {}
    }
}

/// `#[remote(check_after)] fn name(&self)`
fn checked_after_a_change(method: &Method<'_>, errors: &Errors) {
    if let (Some(word), Receiver::Read | Receiver::Collection) =
        (&method.words.check_after, &method.receiver)
    {
        errors.push(
            word,
            "only a method with `&mut self` leaves a record behind; remove `check_after`",
        );
    }
}

/// `fn copy(cx: &Cx, other: &Cx)`, `fn own(cx: &mut Cx)`, `fn default(#[remote(default)] cx: &Cx)`
fn one_context(method: &Method<'_>, errors: &Errors) {
    for (index, (ty, words)) in method.contexts().enumerate() {
        if index > 0 {
            errors.push(
                ty,
                "only the context is borrowed, and once; an argument needs an owned type",
            );
        } else if ty.mutability.is_some() {
            errors.push(ty, "the context is shared; write `&Cx`");
        }
        if let Some(word) = &words.default {
            errors.push(word, "the context is always there; remove `default`");
        }
    }
}

/// `fn place((x, y): (i32, i32))`, `fn any(value: impl Display)`, thirteen arguments
fn arguments_are_named_and_owned(method: &Method<'_>, errors: &Errors) {
    for argument in method.arguments() {
        if argument.ident.is_none() {
            errors.push(
                &argument.original.pat,
                "an argument is named on the wire, so give it a name and take it apart in the body",
            );
            continue;
        }
        if let Some(span) = find_keyword(argument.ty, "impl") {
            errors.push_at(
                span,
                "clients cannot choose the type; name one instead of `impl ..`",
            );
        } else if let Some(span) = find_borrow(argument.ty) {
            errors.push_at(
                span,
                "an argument is read from the payload; give it an owned type",
            );
        }
        if let Some(cfg) = argument
            .original
            .attrs
            .iter()
            .find(|attr| attr.path().is_ident("cfg"))
        {
            errors.push(
                cfg,
                "an argument cannot depend on the build; put `#[cfg(..)]` on the method",
            );
        }
    }
    if let Some(excess) = method.arguments().nth(MOST_ARGUMENTS) {
        errors.push(
            excess.original,
            format!(
                "a remote method has at most {MOST_ARGUMENTS} arguments; put them into a struct"
            ),
        );
    }
}

/// `fn names() -> impl Iterator<Item = String>`
fn returns_a_named_type(method: &Method<'_>, errors: &Errors) {
    if let Some(span) = method.returns.and_then(|ty| find_keyword(ty, "impl")) {
        errors.push_at(
            span,
            "the answer is described to clients; name its type instead of `impl ..`",
        );
    }
}

/// `fn update(..)`, `#[remote(rename = "move to")]`
fn name_is_allowed(method: &Method<'_>, errors: &Errors) {
    let name = method.wire_name();
    let (span, remedy) = match &method.words.rename {
        Some(written) => (written.span, "choose another name"),
        None => (
            method.ident.span(),
            "choose another with `#[remote(rename = \"..\")]`",
        ),
    };
    if BUILT_IN_ACTIONS.contains(&name.as_str()) {
        errors.push_at(
            span,
            format!("`{name}` is an action that every resource has; {remedy}"),
        );
    } else if !is_action_name(&name) {
        errors.push_at(
            span,
            format!("`{name}` is no name of an action: ASCII letters, digits and `_`; {remedy}"),
        );
    }
}

/// `#[remote(rename = "feed")] fn nourish(..)` beside `fn feed(..)`. Two methods that both depend on the build may
/// stand for each other.
fn names_differ(block: &Block<'_>, errors: &Errors) {
    let mut names = HashMap::new();
    for method in &block.methods {
        let name = method.wire_name();
        let always = method.cfgs.is_empty();
        let Some(other_always) = names.insert(name.clone(), always) else {
            continue;
        };
        if always || other_always {
            let written = method.words.rename.as_ref();
            errors.push_at(
                written.map_or(method.ident.span(), |name| name.span),
                format!("clashing names: another remote method is `{name}` on the wire too"),
            );
        }
    }
}

/// Where this keyword stands in a type, at any depth.
fn find_keyword(ty: &Type, keyword: &str) -> Option<Span> {
    find(
        ty.to_token_stream(),
        &|token| matches!(token, TokenTree::Ident(ident) if ident == keyword),
    )
}

/// Where a type borrows: at a `&` or a lifetime, except for `'static`, which is left to the type system.
fn find_borrow(ty: &Type) -> Option<Span> {
    find(
        ty.to_token_stream(),
        &|token| matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), '&' | '\'')),
    )
}

fn find(tokens: TokenStream, wanted: &dyn Fn(&TokenTree) -> bool) -> Option<Span> {
    tokens.into_iter().find_map(|token| match &token {
        TokenTree::Group(group) => find(group.stream(), wanted),
        _ => wanted(&token).then(|| token.span()),
    })
}
