//! What `filter!` and `sort!` generate.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use super::{assert_hygienic, format};
use crate::query;

#[test]
fn filter_of_every_kind_of_condition() {
    let question = quote!(
        |c: Card| c.public && !(c.owner == id || 5 <= c.r#type) && admin
            || c.tags.contains(&tag) && names.contains(&c.name) && c.kind.is_none()
    );
    check_question(
        query::filter,
        &question,
        &expect_file!["../../snapshots/filter_of_every_kind.rs"],
    );
}

#[test]
fn order_of_several_fields() {
    check_question(
        query::sort,
        &quote!(|c: Card| (Reverse(c.hunger), c.name)),
        &expect_file!["../../snapshots/order_of_several_fields.rs"],
    );
}

#[test]
fn question_with_mistakes_still_is_a_filter() {
    let expanded = query::filter(quote!(::sockful; |c: Card| c.name.len() > 3));
    let formatted = format(&quote!(fn question() -> Filter { #expanded }));
    expect_file!["../../snapshots/filter_with_mistakes.rs"].assert_eq(&formatted);
}

/// Compares with the snapshot, and looks at the paths.
fn check_question(
    expand: fn(TokenStream) -> TokenStream,
    question: &TokenStream,
    snapshot: &ExpectFile,
) {
    let expanded = expand(quote!(::sockful; #question));
    let expanded = quote!(fn question() { #expanded });
    snapshot.assert_eq(&format(&expanded));
    assert_hygienic(question, &expanded);
}

#[test]
fn no_question_panics() {
    for question in [
        "",
        ";",
        "a; ",
        "a; |",
        "a; |c|",
        "a; |c| c",
        "a; |c: Card| ",
        "a; |c: Card| c.",
        "a; |c: Card| c.0 == 1",
        "a; |c: Card| c.x ==",
        "a; |c: Card| c",
        "a; |(c, d): Card| c.x",
        "a; |c: Card, d: Card| c.x == d.x",
        "a; move |c: Card| c.x",
        "a; c.x > 1",
        "a; |c: Card| Reverse()",
    ] {
        let Ok(question) = question.parse::<TokenStream>() else {
            continue;
        };
        for expand in [query::filter, query::sort] {
            expand(question.clone());
        }
    }
}
