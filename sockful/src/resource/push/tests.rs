use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful_derive::Resource;

use super::Push;
use crate::cx::Cx;
use crate::error::Result;
use crate::hooks::Hooks;
use crate::query::Find;
use crate::resource::Id;
use crate::row::tests::schema_of;

/// A resource with these words, and with these hooks.
macro_rules! resource {
    ($name:ident, [$($words:tt)*] $(, { $($hooks:tt)* })?) => {
        #[derive(Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(access = public, crate = crate, $($words)*)]
        struct $name {
            id: Id<Self>,
        }

        $(impl Hooks for $name { $($hooks)* })?
    };
}

#[test]
fn without_a_word_watchers_are_told() {
    resource!(Card, []);
    assert_eq!(schema_of::<Card>().push, Push::Watch);
}

#[test]
fn hooks_that_do_not_follow_reads_change_nothing() {
    resource!(Card, [hooks], {
        async fn before_get(_: &Cx, _: &Id<Self>) -> Result<()> {
            Ok(())
        }

        async fn before_all(_: &Cx, _: &mut Find<Self>) -> Result<()> {
            Ok(())
        }

        async fn after_create(_: &Cx, _: &Self) -> Result<()> {
            Ok(())
        }
    });
    assert_eq!(schema_of::<Card>().push, Push::Watch);
}

#[test]
fn what_hooks_follow_when_it_is_read_is_not_pushed() {
    resource!(Read, [hooks], {
        async fn after_get(_: &Cx, _: &mut Self) -> Result<()> {
            Ok(())
        }
    });
    resource!(Listed, [hooks], {
        async fn after_all(_: &Cx, _: &mut [Self]) -> Result<()> {
            Ok(())
        }
    });
    assert_eq!(schema_of::<Read>().push, Push::None);
    assert_eq!(schema_of::<Listed>().push, Push::None);
}

#[test]
fn a_word_holds_whatever_the_hooks_are() {
    resource!(Watched, [hooks, push = watch], {
        async fn after_get(_: &Cx, _: &mut Self) -> Result<()> {
            Ok(())
        }
    });
    resource!(Shown, [hooks, push = all], {
        async fn after_all(_: &Cx, _: &mut [Self]) -> Result<()> {
            Ok(())
        }
    });
    resource!(Held, [push = interest]);
    resource!(Still, [push = none]);
    assert_eq!(schema_of::<Watched>().push, Push::Watch);
    assert_eq!(schema_of::<Shown>().push, Push::All);
    assert_eq!(schema_of::<Held>().push, Push::Interest);
    assert_eq!(schema_of::<Still>().push, Push::None);
}
