//! `docs/protocol.md` and the server agree: every example of the page is played, in the order written.

mod page;
mod player;

use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::Config;
use sockful::prelude::*;

use self::player::Player;
use crate::support::{self, Creature};

#[tokio::test]
async fn the_examples_of_the_page_are_what_the_server_answers() {
    let app = support::creatures().await;
    assert!(Player::new(&app).play("wire").await >= 33);
}

#[tokio::test]
async fn the_examples_of_logging_in_are_what_the_server_answers() {
    let app = support::app(|app| app.authenticate(by_token)).await;
    assert!(Player::new(&app).play("wire-login").await >= 4);
}

#[tokio::test]
async fn the_examples_of_watching_are_what_the_server_pushes() {
    let app = support::creatures().await;
    assert!(Player::new(&app).play("wire-live").await >= 21);
}

#[tokio::test]
async fn the_example_of_a_beat_is_what_the_server_tells() {
    let mut config = Config::default();
    config.position_interval = Duration::from_millis(1);
    let app = support::app(|app| app.config(config).resource::<Creature>()).await;
    assert_eq!(Player::new(&app).play("wire-beat").await, 2);
}

#[tokio::test]
async fn the_example_of_a_reset_is_what_the_server_tells() {
    let mut config = Config::default();
    config.max_push = 1;
    let app = support::app(|app| app.config(config).resource::<Creature>()).await;
    assert_eq!(Player::new(&app).play("wire-reset").await, 2);
}

#[tokio::test]
async fn the_examples_of_other_strategies_are_what_the_server_pushes() {
    let app = support::app(|app| app.resource::<News>().resource::<Page>()).await;
    assert!(Player::new(&app).play("wire-strategies").await >= 10);
}

/// The tokens of the page.
async fn by_token(h: Handshake) -> Result<Option<Login>> {
    let shown: Value = h.auth()?;
    let user = match shown["token"].as_str() {
        None => return Ok(None),
        Some("one of ann's") => "ann",
        Some("one of bob's") => "bob",
        Some(_) => {
            return Err(Error::not_authenticated("this token is unknown").reason("bad_token"));
        }
    };
    let end = SystemTime::now() + Duration::from_secs(900);
    Ok(Some(Login::new(user).expires(end)))
}

/// For everybody.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = all)]
struct News {
    id: String,
    text: String,
}

/// For whoever was answered it.
#[derive(Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, push = interest, remote)]
struct Page {
    id: String,
    text: String,
}

#[remote]
impl Page {
    #[remote]
    async fn typing(&self, cx: &Cx, who: String) -> Result<()> {
        cx.tell::<Self>(&self.id, "typing", &who).await
    }

    #[remote(read)]
    async fn announce(cx: &Cx, minutes: u8) -> Result<()> {
        cx.app().tell_all("restart", &json!({ "minutes": minutes }))
    }
}
