//! What is generated for fields that hold the ids of parents.

use expect_test::expect_file;
use quote::quote;

use super::{assert_budget, assert_hygienic, format};

#[test]
fn resource_with_every_word_of_a_parent() {
    let input = quote! {
        #[resource(access = public, parent = Album)]
        pub struct Song {
            pub id: Id<Song>,
            #[resource(parent)]
            pub album_id: Id<Album>,
            #[resource(parent = music::Label, on_destroy = restrict, child = "hit")]
            pub label_id: Id<music::Label>,
            #[resource(parent = Self, on_destroy = cascade, children = "versions")]
            pub original_id: Option<Id<Self>>,
            #[resource(parent = Kind, on_destroy = detach, child = "example")]
            pub r#type: Option<String>,
        }
    };
    let expanded = crate::resource::derive(input.clone());
    let formatted = format(&expanded);
    expect_file!["../../snapshots/resource_with_parents.rs"].assert_eq(&formatted);
    assert_budget(&formatted, 25 + 3 * 5 + 4 * 4);
    assert_hygienic(&input, &expanded);
}
