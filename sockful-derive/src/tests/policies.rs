//! What a policy becomes, and the parts of it that no program which fails to compile can show.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::TokenStream;
use quote::quote;

use super::{assert_budget, assert_hygienic, format};
use crate::policy::user_in;

#[test]
fn policy_of_an_owner() {
    let input = quote! {
        #[policy(user = User, read(public || owner == user.id), write(owner == user.id))]
        pub struct Card {
            pub id: Id<Self>,
            pub owner: Id<User>,
            pub public: bool,
        }
    };
    check_policy(
        &input,
        [2, 2],
        &expect_file!["../../snapshots/policy_of_an_owner.rs"],
    );
}

#[test]
fn policy_that_follows_parents() {
    let input = quote! {
        #[policy(
            user = User,
            read(album.read || folder.read),
            create(album.update),
            update(album.update && owner == user.id),
            destroy(false)
        )]
        pub struct Song {
            pub id: Id<Self>,
            #[resource(parent = Album)]
            pub album_id: Id<Album>,
            #[resource(parent = Folder)]
            pub folder_id: Option<Id<Folder>>,
            pub owner: String,
        }
    };
    check_policy(
        &input,
        [4, 0],
        &expect_file!["../../snapshots/policy_that_follows_parents.rs"],
    );
}

#[test]
fn policy_with_every_form_of_a_rule() {
    let input = quote! {
        #[policy(
            user = api::User,
            read(!(public && user.banned) || readers.contains(&user.id)),
            create(user.admin && !(price < user.budget)),
            update(user.teams.contains(&team) && state != State::Closed),
            destroy(team.is_none() || !matches!(user.role, Role::Guest))
        )]
        pub struct Card {
            pub id: Id<Self>,
            pub public: bool,
            pub readers: Vec<String>,
            pub price: Option<f64>,
            pub team: Option<String>,
            pub state: State,
        }
    };
    check_policy(
        &input,
        [4, 0],
        &expect_file!["../../snapshots/policy_with_every_form_of_a_rule.rs"],
    );
}

#[test]
fn policy_that_denies_all() {
    let input = quote! {
        #[policy(user = User, read(false), write(false))]
        pub struct Grave {
            pub id: Id<Self>,
        }
    };
    check_policy(
        &input,
        [2, 2],
        &expect_file!["../../snapshots/policy_that_denies_all.rs"],
    );
}

/// Compares with the snapshot, counts lines (on average 10 for a rule and 3 for a verb that has the rule of another, beside
/// the frame), looks at the paths.
fn check_policy(input: &TokenStream, [rules, same]: [usize; 2], snapshot: &ExpectFile) {
    let expanded = crate::resource::derive(input.clone());
    let policy = impl_of(&expanded, "Policy");
    let formatted = format(&policy);
    snapshot.assert_eq(&formatted);
    // Two attributes, the impl, the type of users and the bracket.
    let frame = 5;
    assert_budget(&formatted, frame + 10 * rules + 3 * same);
    assert_hygienic(input, &policy);
}

/// The impl of this trait among what was generated.
fn impl_of(expanded: &TokenStream, name: &str) -> TokenStream {
    let file = syn::parse2::<syn::File>(expanded.clone()).unwrap();
    let [syn::Item::Const(generated)] = &file.items[..] else {
        panic!("one block: {expanded}")
    };
    let syn::Expr::Block(block) = &*generated.expr else {
        panic!("one block: {expanded}")
    };
    let mut impls = block.block.stmts.iter().filter_map(|stmt| match stmt {
        syn::Stmt::Item(syn::Item::Impl(item)) => Some(item),
        _ => None,
    });
    let found = impls.find(|item| {
        let of = item
            .trait_
            .as_ref()
            .and_then(|(path, _)| path.segments.last());
        of.is_some_and(|of| of.ident == name)
    });
    let found = found.expect("an impl of it");
    quote!(#found)
}

#[test]
fn a_part_asks_about_the_user_wherever_it_names_one() {
    for part in [
        quote!(user),
        quote!(user.id),
        quote!(&user.teams[0]),
        quote!(r#user.id),
        quote!(matches!(user.role, Role::Guest)),
        quote!(format!("{}", user.id)),
        quote!(format!("{user}")),
        quote!(format!("{user:?}")),
        quote!(is(|it| it == user.id)),
        quote!({
            let it = user;
            it.admin
        }),
    ] {
        assert!(
            user_in(&part).is_some_and(|it| it.to_string().ends_with("user")),
            "{part}"
        );
    }
    for part in [
        quote!(true),
        quote!(users),
        quote!(super_user.id),
        quote!("user"),
        quote!("{user}"),
        quote!(!"{user}".is_empty()),
        quote!(format!("{users}")),
        quote!(USER.id),
    ] {
        assert!(user_in(&part).is_none(), "{part}");
    }
}

/// Half-typed policies are what an editor expands most of the time.
#[test]
fn no_policy_panics() {
    let words = [
        "",
        "user",
        "user =",
        "user = User",
        "user = User, read",
        "user = User, read(",
        "user = User, read()",
        "user = User, read(owner ==)",
        "user = User, read(!)",
        "user = User, read(owner == user.)",
        "user = User, read(owner), write(||)",
        "read(true), write(true)",
        "= 3",
        "\"x\"",
        "read(a, b)",
        "user = User, write(owner == user.id) read(true)",
    ];
    for word in words {
        let Ok(word) = word.parse::<TokenStream>() else {
            continue;
        };
        for item in [
            quote!(
                #[policy(#word)]
                struct Card {
                    id: u64,
                    owner: String,
                }
            ),
            quote!(#[policy #word] struct Card { id: u64 }),
            quote!(
                #[policy(#word)]
                #[policy(#word)]
                #[resource(policy)]
                struct Card {
                    user: u64,
                }
            ),
        ] {
            crate::resource::derive(item);
        }
    }
}
