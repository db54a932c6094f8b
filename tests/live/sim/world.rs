//! What is kept in a simulated world, and who may read what of it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sockful::prelude::*;
use sockful::{AppBuilder, Config, Handshake, Login};
use tokio::time::Duration;

/// Who there is, the clients of a world in this order.
pub(super) const PEOPLE: [&str; 4] = ["ann", "bob", "cleo", "dora"];
pub(super) const TEAMS: [&str; 3] = ["blue", "green", "red"];
pub(super) const KINDS: [&str; 3] = ["fig", "kiwi", "pear"];

/// The resources that are watched. All have the same fields; they differ in who may read their records, and who is told of them.
pub(super) const WATCHED: [&str; 3] = ["note", "card", "doc"];

/// Of every record of this one everybody is told who may read it.
pub(super) const TOLD: &str = "sign";

/// Of a record of this one everybody is told who was answered it.
pub(super) const HELD: &str = "page";

/// All of these.
pub(super) const KEPT: [&str; 5] = ["note", "card", "doc", TOLD, HELD];

/// How many different records there may be of each: few, so that ids come again and people meet.
pub(super) const RECORDS: usize = 6;

/// How often the server asks for a sign of life, and how long it waits for that.
pub(super) const PING: Duration = Duration::from_millis(600);

/// How often it tells how far it is.
const BEAT: Duration = Duration::from_millis(700);

/// Somebody, and the teams that decide what this somebody may read.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public)]
pub(super) struct Member {
    id: String,
    teams: Vec<String>,
}

/// How often each client has counted: what is done twice is seen here.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(access = public, remote)]
pub(super) struct Tally {
    id: String,
    count: u32,
}

#[remote]
impl Tally {
    #[remote]
    fn add(&mut self) -> u32 {
        self.count += 1;
        self.count
    }
}

/// The resources of [`KEPT`], each by what it says of itself.
macro_rules! kept {
    ($($(#[$said:meta])* $name:ident;)*) => {
        $(
        #[derive(Debug, Serialize, Deserialize, JsonSchema, Resource)]
        $(#[$said])*
        struct $name {
            id: String,
            #[resource(index)]
            owner: String,
            #[serde(default)]
            public: bool,
            #[serde(default)]
            team: Option<String>,
            #[serde(default)]
            kind: Option<String>,
            #[serde(default)]
            level: i64,
        }

        #[remote]
        impl $name {
            /// Says something about the record as it is: nobody changes it meanwhile.
            #[remote]
            async fn nudge(&mut self, cx: &Cx) -> Result<()> {
                let Self { id, owner, public, team, .. } = self;
                let said = json!({ "id": id, "owner": owner, "public": public, "team": team });
                cx.tell::<Self>(&self.id, NUDGE, &said).await
            }
        }
    )*

        /// Makes some records of each, with ids that clients use.
        async fn fill(system: &Cx) -> Result<()> {
            $(
                for at in 0..RECORDS - 2 {
                    let record = $name {
                        id: format!("{}-{at}", $name::FACTS.name),
                        owner: PEOPLE[at % PEOPLE.len()].to_owned(),
                        public: at % 3 == 0,
                        team: TEAMS.get(at % 4).map(|it| (*it).to_owned()),
                        kind: KINDS.get(at % 4).map(|it| (*it).to_owned()),
                        level: at as i64,
                    };
                    system.create(record).await?;
                }
            )*
            Ok(())
        }
    };
}

kept! {
    #[resource(access = public, remote)]
    Note;

    // Whoever may read a card may give it away, so cards come into views and leave them.
    #[resource(remote)]
    #[policy(user = Member, read(public || owner == user.id), write(true))]
    Card;

    #[resource(remote)]
    #[policy(user = Member, read(user.teams.contains(&team)), write(user.teams.contains(&team)))]
    Doc;

    #[resource(remote, push = all)]
    #[policy(user = Member, read(public || owner == user.id), write(true))]
    Sign;

    #[resource(remote, push = interest)]
    #[policy(user = Member, read(public || user.teams.contains(&team)), write(true))]
    Page;
}

/// What is told of a record that has not changed.
pub(super) const NUDGE: &str = "nudge";

/// Whether a client with this id may hear of this record, as far as the record alone tells.
pub(super) fn may_hear(person: &str, resource: &str, record: &Value) -> bool {
    !["card", "sign"].contains(&resource)
        || record["public"] != Value::Bool(false)
        || record.get("owner").is_none_or(|owner| owner == person)
}

/// Whether a client of these teams may hear what is told of this record.
pub(super) fn may_be_told(teams: &[Value], resource: &str, told: &Value) -> bool {
    let is_of_them = teams.contains(&told["team"]);
    match resource {
        "doc" => is_of_them,
        "page" => is_of_them || told["public"] == Value::Bool(true),
        _ => true,
    }
}

/// The teams of somebody whom nobody has changed.
pub(super) fn first_teams(client: usize) -> Vec<&'static str> {
    vec![TEAMS[client % TEAMS.len()]]
}

/// An app of this world, without a store: clients are who they say.
pub(super) fn app() -> AppBuilder {
    #[derive(Deserialize)]
    struct Auth {
        token: Option<String>,
    }
    let mut config = Config::default();
    config.ping_interval = PING;
    config.ping_timeout = PING;
    config.position_interval = BEAT;
    // Whoever is cut off comes back at once, again and again.
    config.handshakes_per_minute = u32::MAX;
    App::builder()
        .resource::<Note>()
        .resource::<Card>()
        .resource::<Doc>()
        .resource::<Sign>()
        .resource::<Page>()
        .resource::<Member>()
        .resource::<Tally>()
        .authenticate(async |h: Handshake| -> Result<Option<Login>> {
            Ok(h.auth::<Auth>()?.token.map(Login::new))
        })
        .user(async |cx: Cx, key: String| cx.get::<Member>(&key).await.map(Some))
        .refresh::<Member>(|member| &member.id)
        .config(config)
}

/// Puts everybody, and some records, into an app whose store is empty.
pub(super) async fn settle(app: &App) -> Result<()> {
    let system = app.system();
    if system.count(Member::query()).await? > 0 {
        return Ok(());
    }
    for (at, person) in PEOPLE.iter().enumerate() {
        let id = (*person).to_owned();
        let teams = first_teams(at).into_iter().map(str::to_owned).collect();
        system
            .create(Member {
                id: id.clone(),
                teams,
            })
            .await?;
        system.create(Tally { id, count: 0 }).await?;
    }
    fill(&system).await
}
