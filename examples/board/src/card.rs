//! The records: cards on a board.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

/// What cards are on.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
pub(crate) struct Board {
    pub(crate) id: String,
    pub(crate) title: String,
}

/// Something to do, which goes with its board.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, parent = Board, remote)]
pub(crate) struct Card {
    pub(crate) id: Id<Self>,
    #[resource(parent)]
    pub(crate) board_id: String,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) column: Column,
}

/// How far it is.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Column {
    #[default]
    Todo,
    Doing,
    Done,
}

#[remote]
impl Card {
    /// Tells whoever watches this card that somebody is changing it. Nothing is kept of that.
    #[remote]
    async fn typing(&self, cx: &Cx, who: String) -> Result<()> {
        cx.tell::<Self>(&self.id, "typing", &who).await
    }
}

/// Makes a first board, where there is none.
pub(crate) async fn plant(cx: &Cx) -> Result<()> {
    if cx.all(Board::query().limit(1)).await?.is_empty() {
        cx.create(Board {
            id: "main".to_owned(),
            title: "What there is to do".to_owned(),
        })
        .await?;
    }
    Ok(())
}
