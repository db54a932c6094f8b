//! What `#[remote(..)]` says on a block, a method and an argument; and how its traces are removed again.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, FnArg, ImplItem, ItemImpl, Path};

use crate::attr::{self, Grammar, Spanned, Word, Words};
use crate::errors::Errors;
use crate::output::Access;

static ON_BLOCK: Grammar = Grammar {
    place: "the block",
    words: &[Word::value("crate", "path")],
    elsewhere: &[&ON_METHOD, &ON_ARGUMENT],
};

static ON_METHOD: Grammar = Grammar {
    place: "a method",
    words: &[
        Word::alone("read"),
        Word::alone("detached"),
        Word::alone("check_after"),
        Word::value("rename", "\"..\""),
        Word::value("access", Access::USAGE),
    ],
    elsewhere: &[&ON_BLOCK, &ON_ARGUMENT],
};

static ON_ARGUMENT: Grammar = Grammar {
    place: "an argument",
    words: &[Word::alone("default")],
    elsewhere: &[&ON_BLOCK, &ON_METHOD],
};

/// The words on the block.
pub(crate) struct BlockWords {
    pub(crate) crate_path: Option<Path>,
}

impl BlockWords {
    pub(crate) fn read(tokens: TokenStream, errors: &Errors) -> Self {
        let words = Words::read_tokens(tokens, &ON_BLOCK, errors);
        Self {
            crate_path: words.path("crate", errors).cloned(),
        }
    }
}

/// The words on a method.
pub(crate) struct MethodWords {
    pub(crate) read: Option<Ident>,
    pub(crate) detached: bool,
    pub(crate) check_after: Option<Ident>,
    pub(crate) rename: Option<Spanned>,
    pub(crate) access: Option<Access>,
}

impl MethodWords {
    pub(crate) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let words = Words::read(attributes, "remote", &ON_METHOD, errors);
        Self {
            read: words.key("read").cloned(),
            detached: words.get("detached").is_some(),
            check_after: words.key("check_after").cloned(),
            rename: words.name("rename", errors),
            access: words.choice("access", &Access::CHOICES, errors),
        }
    }
}

/// The words on an argument.
pub(crate) struct ArgumentWords {
    pub(crate) default: Option<Ident>,
}

impl ArgumentWords {
    pub(crate) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let words = Words::read(attributes, "remote", &ON_ARGUMENT, errors);
        Self {
            default: words.key("default").cloned(),
        }
    }
}

/// The first `#[remote]` among these attributes.
pub(crate) fn mark(attributes: &[Attribute]) -> Option<&Attribute> {
    attributes
        .iter()
        .find(|attribute| attr::is_ours(attribute, "remote"))
}

/// The attributes of an argument or a receiver.
pub(crate) fn of_argument(argument: &FnArg) -> &[Attribute] {
    match argument {
        FnArg::Receiver(receiver) => &receiver.attrs,
        FnArg::Typed(argument) => &argument.attrs,
    }
}

/// The attributes of an item in the block, if it can have any.
pub(crate) fn of_item(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Fn(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        ImplItem::Macro(item) => &item.attrs,
        _ => &[],
    }
}

/// Removes every `#[remote]` inside the block, and nothing else.
pub(crate) fn strip(block: &mut ItemImpl) {
    for item in &mut block.items {
        match item {
            ImplItem::Const(item) => strip_from(&mut item.attrs),
            ImplItem::Type(item) => strip_from(&mut item.attrs),
            ImplItem::Macro(item) => strip_from(&mut item.attrs),
            ImplItem::Fn(method) => {
                strip_from(&mut method.attrs);
                for argument in &mut method.sig.inputs {
                    match argument {
                        FnArg::Receiver(receiver) => strip_from(&mut receiver.attrs),
                        FnArg::Typed(argument) => strip_from(&mut argument.attrs),
                    }
                }
            }
            _ => {}
        }
    }
}

fn strip_from(attributes: &mut Vec<Attribute>) {
    attributes.retain(|attribute| !attr::is_ours(attribute, "remote"));
}
