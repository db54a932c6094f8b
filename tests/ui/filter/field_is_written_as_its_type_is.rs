use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

mod upper {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text.to_uppercase())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
struct Card {
    id: String,
    #[serde(with = "upper")]
    #[schemars(with = "String")]
    name: String,
}

fn main() {
    let _ = filter!(|c: Card| c.name == "Ann");
}
