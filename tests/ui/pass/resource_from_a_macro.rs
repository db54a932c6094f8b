// `macro_rules!` writes the struct and the block.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

macro_rules! resource {
    ($name:ident, $access:ident, $id:ty, $($field:ident: $type:ty),*) => {
        #[derive(Serialize, Deserialize, JsonSchema, Resource)]
        #[resource(access = $access, remote)]
        pub struct $name {
            pub id: $id,
            $(#[resource(index)] pub $field: $type,)*
        }

        #[remote]
        impl $name {
            #[remote]
            pub async fn set(&mut self, cx: &Cx, $($field: $type),*) -> Result<()> {
                let _ = cx;
                $(self.$field = $field;)*
                Ok(())
            }
        }
    };
}

resource!(Card, public, Id<Card>, title: String, record: u8);

fn main() {}
