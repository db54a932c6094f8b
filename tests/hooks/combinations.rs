//! The words `remote` and `hooks`, each with and without the other.

use super::*;

macro_rules! words {
    ($($name:ident $wire:literal [$($word:ident),*])*) => {$(
        #[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(access = public, name = $wire $(, $word)*)]
        struct $name {
            id: String,
            #[serde(default)]
            count: u32,
        }
    )*};
}

words! {
    Neither "neither" []
    RemoteAlone "remote_alone" [remote]
    HooksAlone "hooks_alone" [hooks]
    Both "both" [remote, hooks]
}

macro_rules! count_up {
    ($($name:ident)*) => {$(
        #[remote]
        impl $name {
            #[remote]
            fn count_up(&mut self) -> u32 {
                self.count += 1;
                self.count
            }
        }
    )*};
}

macro_rules! begin_at_ten {
    ($($name:ident)*) => {$(
        impl Hooks for $name {
            async fn before_create(_: &Cx, new: &mut $name) -> Result<()> {
                new.count = 10;
                Ok(())
            }
        }
    )*};
}

count_up!(RemoteAlone Both);
begin_at_ten!(HooksAlone Both);

/// The count of a new record, and what counting up answers.
async fn outcome(resource: &str) -> (Value, Value) {
    let app = support::app(|app| {
        app.resource::<Neither>()
            .resource::<RemoteAlone>()
            .resource::<HooksAlone>()
            .resource::<Both>()
    });
    let client = app.await.anonymous();
    let created = client.call(resource, "create", json!({ "id": "1" })).await;
    let counted = client
        .call(resource, "count_up", json!({ "id": "1" }))
        .await;
    let counted = if counted.is_ok() {
        counted.result()
    } else {
        &counted.error()["reason"]
    };
    (created.result()["count"].clone(), counted.clone())
}

#[tokio::test]
async fn neither_remote_nor_hooks() {
    assert_eq!(
        outcome("neither").await,
        (json!(0), json!("unknown_action"))
    );
}

#[tokio::test]
async fn remote_without_hooks() {
    assert_eq!(outcome("remote_alone").await, (json!(0), json!(1)));
}

#[tokio::test]
async fn hooks_without_remote() {
    assert_eq!(
        outcome("hooks_alone").await,
        (json!(10), json!("unknown_action"))
    );
}

#[tokio::test]
async fn remote_and_hooks() {
    assert_eq!(outcome("both").await, (json!(10), json!(11)));
}
