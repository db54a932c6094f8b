//! What is left of a panic.

use std::any::Any;

use crate::store::StoreError;

/// The failure that a panic within a store is to whoever waits.
pub(in crate::store) fn panicked(panic: &(dyn Any + Send)) -> StoreError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    StoreError::Failed(format!("a panic: {}", text.unwrap_or("without text")).into())
}
