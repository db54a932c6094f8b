//! The expansions as files one can read (`snapshots/`), their size, the paths they name; and the parts that no
//! program which fails to compile can show.

mod errors;
mod names;
mod policies;
mod questions;
mod relations;
mod rules;

use std::collections::HashSet;

use expect_test::{ExpectFile, expect_file};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use syn::visit::Visit;

// What is generated.

#[test]
fn resource_with_only_an_id() {
    let input = quote! {
        #[resource(access = public)]
        pub struct Creature {
            pub id: Id<Self>,
        }
    };
    check_resource(
        &input,
        1,
        &expect_file!["../snapshots/resource_with_only_an_id.rs"],
    );
}

#[test]
fn resource_with_every_word() {
    let input = quote! {
        /// An account.
        ///
        /// Its balance may be large.
        #[derive(Serialize, Deserialize, JsonSchema, Resource)]
        #[serde(rename_all = "camelCase")]
        #[resource(access = authenticated, push = interest, remote, name = "bank_account", table = "Bank Accounts", crate = app::api)]
        pub struct Account {
            #[resource(id = server)]
            pub number: Uuid,
            /// Who owns it.
            #[resource(index)]
            pub owner_name: String,
            #[resource(unique)]
            #[serde(rename = "IBAN")]
            pub iban: String,
            /// In cents.
            #[resource(bigint)]
            #[serde(with = "sockful::Bigint")]
            pub balance: i64,
            #[serde(default, skip_serializing)]
            #[resource(private, index)]
            pub credit_score: Option<u64>,
            #[serde(default = "rates::standard", skip_serializing)]
            #[resource(private, renamed_from = ["interest", "rate"])]
            pub interest_rate: f64,
            #[serde(skip_serializing_if = "Option::is_none")]
            pub r#type: Option<String>,
            #[serde(with = "hex")]
            pub colour: Colour,
            #[resource(rev)]
            pub version: u64,
            #[serde(skip)]
            pub cache: Cache,
        }
    };
    check_resource(
        &input,
        9,
        &expect_file!["../snapshots/resource_with_every_word.rs"],
    );
}

#[test]
fn resource_with_mistakes_still_is_one() {
    let expanded = crate::resource::derive(quote! {
        struct Creature {
            id: Id<Self>,
        }
    });
    expect_file!["../snapshots/resource_with_mistakes.rs"].assert_eq(&format(&expanded));
}

#[test]
fn remote_methods_of_a_record() {
    let item = quote! {
        impl Creature {
            pub const LEGS: u32 = 4;

            /// Feeds it.
            #[remote]
            pub async fn feed(&mut self, food: String) -> Result<String> {
                todo!()
            }

            /// Whether it is hungry.
            #[remote]
            pub fn is_hungry(&self) -> bool {
                todo!()
            }

            /// Moves it to another place.
            #[remote]
            pub async fn move_to(&mut self, cx: &Cx, place: Id<Place>) -> Result<()> {
                todo!()
            }

            fn helper(&self) {}
        }
    };
    check_remote(
        &item,
        Some(3),
        &expect_file!["../snapshots/remote_methods_of_a_record.rs"],
    );
}

#[test]
fn remote_method_with_a_long_signature() {
    let item = quote! {
        impl Creature {
            #[remote(rename = "flyTo", detached, access = authenticated)]
            pub async fn fly_to(
                &mut self,
                cx: &Cx,
                place: Id<Place>,
                #[remote(default)] mut speed: f64,
                r#type: Option<Kind>,
            ) -> Result<()> {
                todo!()
            }
        }
    };
    // Outside the budget: arguments are named four times, and when they are many they wrap each time.
    check_remote(
        &item,
        None,
        &expect_file!["../snapshots/remote_method_with_a_long_signature.rs"],
    );
}

#[test]
fn remote_methods_of_a_collection() {
    let item = quote! {
        impl Creature {
            #[remote(read)]
            pub async fn hungriest(cx: &Cx, limit: u32) -> Result<Vec<Creature>> {
                todo!()
            }

            #[cfg(feature = "clock")]
            #[remote]
            pub async fn tick() {}
        }
    };
    check_remote(
        &item,
        Some(2),
        &expect_file!["../snapshots/remote_methods_of_a_collection.rs"],
    );
}

#[test]
fn remote_block_with_mistakes_comes_back() {
    let expanded = crate::remote::expand(
        TokenStream::new(),
        &quote! {
            impl Creature {
                #[remote]
                #[must_use]
                fn update(&self, #[remote(default)] food: String) {}
            }
        },
    );
    expect_file!["../snapshots/remote_block_with_mistakes.rs"].assert_eq(&format(&expanded));
}

#[test]
fn remote_gives_back_what_is_no_block() {
    for item in [
        quote!(
            fn free() {}
        ),
        quote!(
            struct Creature;
        ),
        quote!(impl Creature { fn }),
    ] {
        let expanded = crate::remote::expand(TokenStream::new(), &item).to_string();
        assert!(expanded.starts_with(&item.to_string()), "{expanded}");
        assert!(expanded.contains("compile_error"), "{expanded}");
    }
}

/// Compares with the snapshot, counts lines (25, and 3 for each field), and looks at the paths.
fn check_resource(input: &TokenStream, fields: usize, snapshot: &ExpectFile) {
    let expanded = crate::resource::derive(input.clone());
    let formatted = format(&expanded);
    snapshot.assert_eq(&formatted);
    assert_budget(&formatted, 25 + 3 * fields);
    assert_hygienic(input, &expanded);
}

/// Compares with the snapshot, counts lines (on average 10 for a method, beside the frame), looks at the paths.
fn check_remote(item: &TokenStream, methods: Option<usize>, snapshot: &ExpectFile) {
    let expanded = crate::remote::expand(TokenStream::new(), item);
    let formatted = format(&expanded);
    snapshot.assert_eq(&formatted);

    let file = syn::parse2::<syn::File>(expanded).unwrap();
    let generated = &file.items[1];
    if let Some(methods) = methods {
        let frame = 9;
        assert_budget(&format(&quote!(#generated)), frame + 10 * methods);
    }
    assert_hygienic(item, &quote!(#generated));
}

fn format(tokens: &TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens.clone()).unwrap())
}

fn assert_budget(formatted: &str, budget: usize) {
    let lines = formatted.lines().count();
    assert!(
        lines <= budget,
        "{lines} lines, but the budget is {budget}:\n{formatted}"
    );
}

// What generated code names.

/// Every path is the user's own, or starts with `::`, `__sockful`, `Self` or a local of ours: whatever the user
/// calls their types and modules, the expansion means the same.
fn assert_hygienic(input: &TokenStream, expanded: &TokenStream) {
    let mut written = HashSet::new();
    collect_idents(input.clone(), &mut written);
    let file = syn::parse2::<syn::File>(expanded.clone()).unwrap();
    let mut paths = Paths::default();
    paths.visit_file(&file);
    assert!(!paths.0.is_empty());
    let ours = [
        "__sockful",
        "Self",
        "record",
        "cx",
        "args",
        "column",
        "allow",
        "automatically_derived",
    ];
    for first in &paths.0 {
        assert!(
            ours.contains(&first.as_str()) || written.contains(first),
            "`{first}` is not ours to name"
        );
    }
}

/// The first segments of all paths without a leading `::`, those in the arguments of macros included.
#[derive(Default)]
struct Paths(Vec<String>);

impl Visit<'_> for Paths {
    fn visit_path(&mut self, path: &syn::Path) {
        if path.leading_colon.is_none() {
            self.0
                .extend(path.segments.first().map(|first| first.ident.to_string()));
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        assert!(
            item.leading_colon.is_some() || quote!(#item).to_string().starts_with("use app :: api")
        );
    }

    fn visit_macro(&mut self, mac: &syn::Macro) {
        self.visit_path(&mac.path);
        if let Ok(expr) = mac.parse_body::<syn::Expr>() {
            self.visit_expr(&expr);
        }
    }
}

fn collect_idents(tokens: TokenStream, idents: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                idents.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect_idents(group.stream(), idents),
            // serde takes paths as texts.
            TokenTree::Literal(literal) => {
                let text = syn::parse2::<syn::LitStr>(TokenTree::from(literal).into());
                let path = text.and_then(|text| text.parse::<syn::Path>());
                let first = path.ok().and_then(|path| path.segments.into_iter().next());
                idents.extend(first.map(|first| first.ident.to_string()));
            }
            TokenTree::Punct(_) => {}
        }
    }
}

#[test]
fn remote_removes_only_its_own_attributes() {
    let expanded = crate::remote::expand(
        TokenStream::new(),
        &quote! {
            #[allow(unused, reason = "kept")]
            impl Creature {
                /// Kept.
                #[remote]
                #[inline]
                pub fn feed(&mut self, #[allow(unused)] #[remote(default)] food: String) {}

                #[sockful::remote]
                fn other(&self) {}
            }
        },
    );
    let block = syn::parse2::<syn::File>(expanded).unwrap().items.remove(0);
    let expected = quote! {
        #[allow(unused, reason = "kept")]
        impl Creature {
            /// Kept.
            #[inline]
            pub fn feed(&mut self, #[allow(unused)] food: String) {}

            fn other(&self) {}
        }
    };
    assert_eq!(quote!(#block).to_string(), expected.to_string());
}

/// Half-typed attributes are what an editor expands most of the time.
#[test]
fn no_input_panics() {
    let words = [
        "",
        ",",
        "=",
        "access",
        "access =",
        "access = ,",
        "push = [",
        "push = watch | all",
        "id = = 3",
        "name = \"",
        "\"x\"",
        "a(b)",
        "crate = 3",
        "renamed_from = [",
        "renamed_from = [\"x\", 3]",
        "table = [\"x\"]",
        "set = user.",
        "set = (",
        "user = 3",
        "created_at = 3",
    ];
    for word in words {
        let Ok(word) = word.parse::<TokenStream>() else {
            continue;
        };
        crate::resource::derive(quote!(
            #[resource(#word)]
            struct A {
                #[resource(#word)]
                id: u32,
            }
        ));
        crate::resource::derive(quote!(#[resource #word] struct A;));
        crate::remote::expand(
            word.clone(),
            &quote!(impl A { #[remote(#word)] fn a(#[remote(#word)] b: u8) {} }),
        );
        crate::remote::expand(word, &TokenStream::new());
    }
    crate::resource::derive(TokenStream::new());
    let group = TokenTree::Group(proc_macro2::Group::new(
        Delimiter::Brace,
        TokenStream::new(),
    ));
    crate::resource::derive(group.into());
}
