//! What is generated for fields that are not for everybody, and for rules of values.

use expect_test::expect_file;
use quote::quote;

use super::check_resource;

#[test]
fn resource_with_rules_of_fields() {
    let input = quote! {
        #[resource(access = authenticated, user = facts::User)]
        pub struct Card {
            #[resource(immutable)]
            pub board: Id<Board>,
            pub id: Id<Card>,
            #[garde(length(min = 1, max = 200))]
            pub title: String,
            #[resource(set = user.id.clone())]
            pub owner: Id<User>,
            #[serde(default, skip_serializing)]
            #[resource(write_only)]
            pub pin: Option<String>,
            #[serde(default)]
            #[resource(read_only)]
            pub votes: u32,
            #[resource(created_at)]
            pub created: Timestamp,
            #[resource(updated_at)]
            pub updated: Option<Timestamp>,
        }
    };
    check_resource(
        &input,
        8,
        &expect_file!["../../snapshots/resource_with_rules_of_fields.rs"],
    );
}
