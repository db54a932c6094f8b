//! How a remote method gets its context.

use super::Cx;

/// What a remote method may borrow: the context, and nothing else.
#[diagnostic::on_unimplemented(
    message = "a remote method can borrow nothing but `&Cx`",
    label = "arguments are owned: they come from the payload",
    note = "take `String` instead of `&str`, `Vec<T>` instead of `&[T]`"
)]
pub trait Context {
    /// The context itself.
    #[doc(hidden)]
    fn from_cx(cx: &Cx) -> &Self;
}

impl Context for Cx {
    fn from_cx(cx: &Cx) -> &Self {
        cx
    }
}
