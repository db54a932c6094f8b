//! Collects the mistakes of one item, so that all of them are shown at once.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// The mistakes found so far. Dropping it without [`finish`](Errors::finish) is a bug, and panics.
///
/// Nothing that reads attributes returns a `Result`: it pushes here and goes on with a default.
pub(crate) struct Errors {
    /// `None` once they have been read.
    found: RefCell<Option<Vec<syn::Error>>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self {
            found: RefCell::new(Some(Vec::new())),
        }
    }

    /// A mistake in these tokens of the user. Messages are lower case, have no full stop and say what to do.
    pub(crate) fn push(&self, tokens: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// A mistake at a place that has no tokens of its own.
    pub(crate) fn push_at(&self, span: Span, message: impl Display) {
        self.add(syn::Error::new(span, message));
    }

    /// A mistake that syn found.
    pub(crate) fn add(&self, error: syn::Error) {
        if let Some(found) = &mut *self.found.borrow_mut() {
            found.push(error);
        }
    }

    /// All of them as one error, or nothing to complain about.
    pub(crate) fn finish(self) -> syn::Result<()> {
        let found = self.found.take().unwrap_or_default();
        let all = found.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        });
        all.map_or(Ok(()), Err)
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        let unread = self.found.borrow().is_some();
        assert!(
            !unread || std::thread::panicking(),
            "the mistakes of an item were never read"
        );
    }
}
