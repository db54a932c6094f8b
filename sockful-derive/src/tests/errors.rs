//! Errors are collected, and none is forgotten.

use quote::quote;

use crate::errors::Errors;

#[test]
fn errors_are_combined() {
    let errors = Errors::new();
    errors.push(quote!(a), "first");
    errors.push_at(proc_macro2::Span::call_site(), "second");
    let found = errors
        .finish()
        .unwrap_err()
        .into_iter()
        .map(|error| error.to_string());
    assert_eq!(found.collect::<Vec<_>>(), ["first", "second"]);
}

#[test]
fn no_errors_are_fine() {
    assert!(Errors::new().finish().is_ok());
}

#[test]
#[should_panic(expected = "the mistakes of an item were never read")]
fn errors_cannot_be_forgotten() {
    drop(Errors::new());
}

#[test]
#[should_panic(expected = "another reason")]
fn unread_errors_do_not_hide_a_panic() {
    let _errors = Errors::new();
    panic!("another reason");
}
