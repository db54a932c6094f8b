//! What of policies `build()` refuses, and what becomes of a rule that fails later.

use sockful::query::{Filter, FilterOf, Path, Test};
use sockful::{AppBuilder, Policy, Record, Resource, Value as Column};

use super::*;

/// A resource whose policy is written by hand: each verb says the same.
macro_rules! ruled {
    ($name:ident: |$user:ident| $rule:expr) => {
        #[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(policy)]
        struct $name {
            id: String,
        }

        impl Policy for $name {
            type User = User;

            fn read($user: Option<&User>) -> FilterOf<Self> {
                $rule
            }

            fn create(user: Option<&User>) -> FilterOf<Self> {
                Self::read(user)
            }

            fn update(user: Option<&User>) -> FilterOf<Self> {
                Self::read(user)
            }

            fn destroy(user: Option<&User>) -> FilterOf<Self> {
                Self::read(user)
            }
        }
    };
}

fn asks(field: usize, test: Test) -> Filter {
    Filter::Test(Path::field(field), test)
}

ruled!(Hasty: |user| {
    let user = user.expect("somebody has logged in");
    filter!(|h: Self| h.id == user.id)
});
ruled!(Beyond: |_user| FilterOf::new(asks(7, Test::Equal(Column::Null))));
ruled!(Misfit: |_user| FilterOf::new(asks(0, Test::Equal(Column::Int(1)))));
// For those alone who have logged in.
ruled!(Late: |user| match user {
    Some(user) if user.admin => panic!("nobody has thought of admins"),
    Some(user) if user.id == "eve" => FilterOf::new(!asks(0, Test::Less(Column::Int(1)))),
    _ => FilterOf::all(),
});

async fn problems(app: AppBuilder) -> Vec<String> {
    let error = app.store(Memory::new()).build().await.unwrap_err();
    error.problems().collect()
}

fn known(app: AppBuilder) -> AppBuilder {
    app.user(async |_: Cx, id: String| {
        let admin = id == "root";
        Ok(Some(User { id, admin }))
    })
}

async fn of<R: Resource + Record>() -> Vec<String> {
    problems(known(App::builder()).resource::<R>()).await
}

#[tokio::test]
async fn a_policy_needs_what_is_known_of_users() {
    let told = problems(App::builder().resource::<Note>()).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("note: its policy asks for a `") && told[0].contains(".user(..)"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_policy_asks_for_the_users_that_the_app_has() {
    let app = App::builder()
        .resource::<Note>()
        .user(async |_: Cx, key: String| Ok(Some(key)));
    let told = problems(app).await;
    assert_eq!(told.len(), 1, "{told:?}");
    for part in [
        "note: its policy asks for a `",
        "User`",
        "`.user(..)` answers a `",
        "String`",
    ] {
        assert!(told[0].contains(part), "{told:?}");
    }
}

#[tokio::test]
async fn a_policy_can_be_asked_about_those_who_have_not_logged_in() {
    let app = known(App::builder());
    let told = problems(app.resource::<Hasty>().resource::<Beyond>()).await;
    assert_eq!(
        told,
        [
            "hasty: its policy fails for callers who have not logged in: a panic: somebody has logged in",
            "beyond: its policy fails for callers who have not logged in: a query of `beyond` asks for field 7, which is not there",
        ]
    );
}

#[tokio::test]
async fn a_policy_compares_a_field_with_what_its_column_keeps() {
    assert_eq!(
        of::<Misfit>().await,
        [
            "misfit: its policy fails for callers who have not logged in: `id` is text, and cannot be compared with 1"
        ]
    );
}

#[tokio::test]
async fn a_rule_that_fails_for_one_user_lets_this_user_do_nothing_and_others_all() {
    let app = support::app(|app| known(app).resource::<Late>()).await;
    let (ann, nobody) = (app.login("ann"), app.anonymous());
    let made = ann.call("late", "create", json!({ "id": "a" })).await;
    made.result();
    for key in ["root", "eve"] {
        let client = app.login(key);
        for (action, payload) in [
            ("get", json!("a")),
            ("all", json!({})),
            ("count", json!({})),
            ("create", json!({ "id": "b" })),
            ("destroy", json!("a")),
        ] {
            let refused = client.call("late", action, payload).await;
            let error = refused.error();
            assert_eq!(
                (&error["code"], &error["reason"]),
                (&json!(503), &json!("user_unavailable")),
                "{key} {action}"
            );
            assert!(!error.to_string().contains("admins"), "{error}");
        }
    }
    let got = nobody.call("late", "get", json!("a")).await;
    assert_eq!(got.result()["id"], "a");
}
