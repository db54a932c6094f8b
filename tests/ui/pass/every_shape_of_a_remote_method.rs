// Receivers, arguments, results.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sockful::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
pub struct Card {
    pub id: Id<Self>,
    pub title: String,
}

#[remote]
impl Card {
    pub const LIMIT: usize = 100;

    /// Async, with everything.
    #[remote(access = authenticated)]
    pub async fn rename(
        &mut self,
        title: String,
        cx: &Cx,
        mut record: Option<u8>,
        args: Vec<u8>,
        r#type: Option<String>,
        #[remote(default)] limit: usize,
    ) -> Result<Self> {
        record.take();
        let _ = (args, r#type, limit);
        self.title = title;
        cx.get::<Self>(&self.id).await
    }

    #[remote]
    pub fn title(&self) -> &str {
        &self.title
    }

    #[remote]
    pub fn clear(&mut self) {
        self.title.clear();
    }

    #[remote(read)]
    pub async fn overdue(cx: &Cx, limit: Option<usize>) -> Result<Vec<Card>> {
        let _ = limit.unwrap_or(Self::LIMIT);
        cx.all(Self::query()).await
    }

    #[remote(detached, rename = "tickTock")]
    pub async fn tick() -> std::result::Result<u64, Error> {
        Ok(Self::helper())
    }

    #[cfg(any())]
    #[remote]
    pub fn absent() {}

    #[cfg(all())]
    #[remote(rename = absent)]
    pub fn present() {}

    fn helper() -> u64 {
        1
    }
}

fn main() {}
