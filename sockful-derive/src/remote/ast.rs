//! A block of remote methods as it was written.

use syn::ext::IdentExt;
use syn::{
    Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Pat, PatType, ReceiverKind,
    ReturnType, Type, TypeReference,
};

use super::attrs::{self, ArgumentWords, MethodWords};
use crate::attr::docs;
use crate::errors::Errors;

/// An `impl` block under `#[remote]`.
pub(crate) struct Block<'a> {
    pub(crate) original: &'a ItemImpl,
    /// The methods that are marked themselves.
    pub(crate) methods: Vec<Method<'a>>,
}

/// One method marked `#[remote]`.
pub(crate) struct Method<'a> {
    pub(crate) original: &'a ImplItemFn,
    pub(crate) ident: &'a Ident,
    pub(crate) docs: String,
    pub(crate) cfgs: Vec<&'a Attribute>,
    pub(crate) words: MethodWords,
    pub(crate) receiver: Receiver<'a>,
    /// Without the receiver.
    pub(crate) inputs: Vec<Input<'a>>,
    /// `None` where the method returns nothing.
    pub(crate) returns: Option<&'a Type>,
}

/// How a method takes its record.
#[derive(Clone, Copy)]
pub(crate) enum Receiver<'a> {
    /// `&mut self`
    Update,
    /// `&self`
    Read,
    /// No receiver.
    Collection,
    /// `self`, `self: Box<Self>`, `&'a self`: refused.
    Other(&'a syn::Receiver),
}

/// What a method takes besides its record.
pub(crate) enum Input<'a> {
    /// A reference: `cx: &Cx`, or a mistake that the type system reports.
    Context {
        ty: &'a TypeReference,
        words: ArgumentWords,
    },
    /// A field of the payload.
    Argument(Argument<'a>),
}

/// A named field of the payload.
pub(crate) struct Argument<'a> {
    pub(crate) original: &'a PatType,
    /// `None` for a pattern, which has been reported.
    pub(crate) ident: Option<&'a Ident>,
    pub(crate) ty: &'a Type,
    pub(crate) words: ArgumentWords,
}

impl<'a> Block<'a> {
    /// Reads the marked methods, and reports marks on anything else.
    pub(crate) fn read(block: &'a ItemImpl, errors: &Errors) -> Self {
        let mut methods = Vec::new();
        for item in &block.items {
            match (item, attrs::mark(attrs::of_item(item))) {
                (ImplItem::Fn(method), Some(_)) => methods.push(Method::read(method, errors)),
                (ImplItem::Fn(method), None) => unmarked(method, errors),
                (_, Some(mark)) => {
                    errors.push(mark, "only methods can be remote; remove `#[remote]`");
                }
                (_, None) => {}
            }
        }
        Self {
            original: block,
            methods,
        }
    }
}

/// `fn helper(#[remote(default)] limit: u32)`
fn unmarked(method: &ImplItemFn, errors: &Errors) {
    for mark in method
        .sig
        .inputs
        .iter()
        .filter_map(|input| attrs::mark(attrs::of_argument(input)))
    {
        errors.push(
            mark,
            format!(
                "`{}` is not remote; mark it with `#[remote]`",
                method.sig.ident
            ),
        );
    }
}

impl<'a> Method<'a> {
    fn read(method: &'a ImplItemFn, errors: &Errors) -> Self {
        let mut receiver = Receiver::Collection;
        let mut inputs = Vec::new();
        for input in &method.sig.inputs {
            match input {
                FnArg::Receiver(written) => {
                    receiver = Receiver::read(written);
                    if let Some(mark) = attrs::mark(&written.attrs) {
                        errors.push(mark, "`self` takes no `#[remote]`; mark the method");
                    }
                }
                FnArg::Typed(written) => inputs.push(Input::read(written, errors)),
            }
        }
        Self {
            original: method,
            ident: &method.sig.ident,
            docs: docs(&method.attrs),
            cfgs: method
                .attrs
                .iter()
                .filter(|attr| attr.path().is_ident("cfg"))
                .collect(),
            words: MethodWords::read(&method.attrs, errors),
            receiver,
            inputs,
            returns: match &method.sig.output {
                ReturnType::Default => None,
                ReturnType::Type(_, ty) => Some(ty),
            },
        }
    }

    /// Its name on the wire.
    pub(crate) fn wire_name(&self) -> String {
        match &self.words.rename {
            Some(name) => name.text.clone(),
            None => self.ident.unraw().to_string(),
        }
    }

    /// The fields of its payload.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Argument<'a>> {
        self.inputs.iter().filter_map(|input| match input {
            Input::Argument(argument) => Some(argument),
            Input::Context { .. } => None,
        })
    }

    /// The references it takes; there may be one.
    pub(crate) fn contexts(&self) -> impl Iterator<Item = (&'a TypeReference, &ArgumentWords)> {
        self.inputs.iter().filter_map(|input| match input {
            Input::Context { ty, words, .. } => Some((*ty, words)),
            Input::Argument(_) => None,
        })
    }
}

impl<'a> Receiver<'a> {
    fn read(written: &'a syn::Receiver) -> Self {
        match &written.kind {
            ReceiverKind::Reference(_, None, Some(_)) => Self::Update,
            ReceiverKind::Reference(_, None, None) => Self::Read,
            _ => Self::Other(written),
        }
    }
}

impl<'a> Input<'a> {
    fn read(written: &'a PatType, errors: &Errors) -> Self {
        let words = ArgumentWords::read(&written.attrs, errors);
        if let Type::Reference(ty) = ungrouped(&written.ty) {
            return Self::Context { ty, words };
        }
        let ident = match &*written.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(&name.ident),
            _ => None,
        };
        Self::Argument(Argument {
            original: written,
            ident,
            ty: &written.ty,
            words,
        })
    }
}

/// The type itself, without parentheses and the invisible group of a `macro_rules!` fragment.
fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(group) => ungrouped(&group.elem),
        _ => ty,
    }
}
