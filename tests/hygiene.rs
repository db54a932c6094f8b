//! Generated code means the same whatever the user calls their own things.
//!
//! That these modules compile is most of the test.

use sockful::Resource as _;

/// Everything that generated code might name carelessly is something else here.
#[allow(dead_code, non_camel_case_types, reason = "the names are what matters")]
mod shadowed {
    use ::sockful as api;

    use api::{Cx, Id, Resource, remote};
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    type Fallible<T> = ::core::result::Result<T, api::Error>;
    type Text = ::std::string::String;
    type Maybe<T> = ::core::option::Option<T>;

    mod sockful {}
    mod core {}
    mod alloc {}
    struct Result;
    struct Option;
    struct Box;
    struct String;
    struct Vec;
    struct Future;
    struct Pin;
    struct Filter;
    struct SortKey;
    struct TypedField;
    struct Facts;
    struct Field;
    struct Action;
    struct Access;
    struct Send;
    struct Sync;
    struct Some;
    struct None;
    struct Ok;
    struct Err;

    macro_rules! shadow {
        ($($name:ident)*) => {$(
            #[allow(unused_macros, reason = "the names are what matters")]
            macro_rules! $name {
                ($dollar:tt) => {
                    ::core::compile_error!("generated code calls a macro of the user")
                };
            }
        )*};
    }
    shadow!(arguments answer schema_of returns_of both either vec unreachable matches);

    #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(access = public, remote)]
    pub(crate) struct Card {
        pub(crate) id: Id<Self>,
        #[resource(index)]
        pub(crate) record: Text,
        #[serde(with = "api::Bigint")]
        #[resource(bigint)]
        pub(crate) cx: i64,
        #[serde(default, skip_serializing)]
        #[resource(private)]
        pub(crate) column: Maybe<u64>,
    }

    #[remote]
    impl Card {
        /// The names of its arguments are those of the generated closure.
        #[remote]
        async fn rename(
            &mut self,
            context: &Cx,
            cx: Text,
            #[remote(default)] args: u8,
            column: Maybe<u8>,
        ) -> Fallible<Text> {
            let _ = (context, args, column);
            self.record = cx;
            ::core::result::Result::Ok(self.record.clone())
        }

        #[remote]
        fn cx(&self) -> i64 {
            self.cx
        }

        #[remote(read)]
        async fn answer(cx: &Cx, record: u8) {
            let _ = (cx, record);
        }
    }

    /// The locals of the expansion have the names of these.
    pub(crate) fn question(
        filter: i64,
        place: &str,
    ) -> (api::query::FilterOf<Card>, [api::query::SortKeyOf<Card>; 2]) {
        let plain = true;
        let asked =
            api::filter!(|filter_: Card| filter_.cx == filter && plain && filter_.record == place);
        (
            asked,
            api::sort!(|record: Card| (Reverse(record.cx), record.record)),
        )
    }
}

/// Where another crate, or a module, re-exports sockful.
mod renamed {
    pub(crate) mod framework {
        pub(crate) mod api {
            pub(crate) use sockful::*;
        }
    }

    /// Not the crate: a path without `::` must not find this one either.
    #[allow(dead_code, reason = "the name is what matters")]
    mod sockful {}

    use framework::api::{Id, Resource, remote};
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema, Resource)]
    #[resource(access = authenticated, remote, crate = crate::renamed::framework::api)]
    pub(crate) struct Card {
        pub(crate) id: Id<Self>,
    }

    #[remote(crate = framework::api)]
    impl Card {
        #[remote]
        fn touch(&mut self, note: String) {
            drop(note);
        }
    }

    /// These find the crate by themselves.
    pub(crate) fn question(id: &Id<Card>) -> framework::api::query::FilterOf<Card> {
        let order = framework::api::sort!(|c: Card| c.id);
        assert_eq!(order.len(), 1);
        framework::api::filter!(|c: Card| c.id == id)
    }
}

#[test]
fn shadowed_names_change_nothing() {
    let facts = shadowed::Card::FACTS;
    let fields = facts
        .fields
        .iter()
        .map(|field| field.name)
        .collect::<Vec<_>>();
    assert_eq!(facts.name, "card");
    assert_eq!(fields, ["id", "record", "cx", "column"]);
    assert!(facts.fields[3].write.is_some());

    let actions = facts
        .actions
        .iter()
        .map(|action| action.name)
        .collect::<Vec<_>>();
    assert_eq!(actions, ["rename", "cx", "answer"]);
    let arguments = facts.actions[0]
        .arguments
        .iter()
        .map(|it| (it.name, it.default));
    assert_eq!(
        arguments.collect::<Vec<_>>(),
        [("cx", false), ("args", true), ("column", false)]
    );
    assert!(facts.actions.iter().all(|action| action.returns.is_some()));
}

#[test]
fn the_locals_of_a_question_are_those_of_the_user() {
    use sockful::query::{Filter, Path, SortKey, Test};
    let (asked, order) = shadowed::question(5, "here");
    let test = |field, value| Filter::Test(Path::field(field), Test::Equal(value));
    let text = sockful::Value::Text("here".into());
    let both = test(2, sockful::Value::Int(5)).and(test(1, text));
    assert_eq!(Filter::from(asked), both);
    assert_eq!(
        order
            .map(SortKey::from)
            .map(|key| (key.field, key.descending)),
        [(2, true), (1, false)]
    );
}

#[test]
fn a_renamed_crate_is_found() {
    let id = sockful::Id::new();
    assert!(!renamed::question(&id).is_all());
    let facts = renamed::Card::FACTS;
    assert_eq!(facts.name, "card");
    assert_eq!(facts.actions[0].name, "touch");
    assert!(facts.actions[0].arguments[0].schema.is_some());
}
