//! What the killed server keeps: entries, whose struct grows from stage to stage, and counters with receipts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::BuildError;
use sockful::prelude::*;

/// Counts what was done: doing it twice would show.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
pub(super) struct Counter {
    id: String,
    n: u64,
}

/// Written in one transaction with the counter it tells of.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
pub(super) struct Receipt {
    id: String,
    counter: String,
    n: u64,
}

#[remote]
impl Counter {
    #[remote]
    fn add(&mut self) -> u64 {
        self.n += 1;
        self.n
    }

    #[remote]
    async fn take(&mut self, cx: &Cx, receipt: String) -> Result<u64> {
        self.n += 1;
        let receipt = Receipt {
            id: receipt,
            counter: self.id.clone(),
            n: self.n,
        };
        cx.create(receipt).await?;
        Ok(self.n)
    }
}

/// Entries as they were with each version of a program. Each has an index more: what makes it takes a while.
macro_rules! stages {
    ($($number:literal $stage:ident [$($field:ident)*],)*) => {
        $(
            #[derive(Serialize, Deserialize, JsonSchema, Resource)]
            #[resource(access = public, name = "entry")]
            struct $stage {
                id: String,
                value: u64,
                $(
                    #[serde(default)]
                    #[resource(index)]
                    $field: Option<String>,
                )*
            }
        )*

        /// The app of a stage.
        pub(super) async fn app(store: Sqlite, stage: usize) -> std::result::Result<App, BuildError> {
            let app = App::builder().store(store);
            let app = app.resource::<Counter>().resource::<Receipt>();
            let app = match stage {
                $($number => app.resource::<$stage>(),)*
                _ => panic!("there is no stage {stage}"),
            };
            app.build().await
        }

        /// How many stages there are.
        pub(super) const STAGES: usize = [$($number),*].len();
    };
}

stages! {
    0 Entry0 [],
    1 Entry1 [a],
    2 Entry2 [a b],
    3 Entry3 [a b c],
    4 Entry4 [a b c d],
    5 Entry5 [a b c d e],
}
