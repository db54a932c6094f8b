//! What one seed draws: a world, what goes wrong in it and when, and what its people want.

use fastrand::Rng;
use serde_json::{Value, json};
use tokio::time::Duration;

use super::server::Keeps;
use super::world::{HELD, KEPT, KINDS, NUDGE, PEOPLE, RECORDS, TEAMS, WATCHED};

/// One run.
#[derive(Debug)]
pub(super) struct Plan {
    /// How many clients there are.
    pub(super) clients: usize,
    /// The longest time that anything takes on the network.
    pub(super) latency: Duration,
    /// What a crash leaves.
    pub(super) keeps: Keeps,
    pub(super) rounds: Vec<Round>,
}

/// A time in which people do things and things go wrong. A quiet moment follows, in which all must be well.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) lasts: Duration,
    /// What goes wrong, and when, counted from the beginning of the round; in this order.
    pub(super) faults: Vec<(Duration, Fault)>,
}

/// What goes wrong. Each client is meant by its number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// The connection of a client ends.
    Cut(usize),
    /// What a client and the server send each other comes only after this time.
    Hold(usize, Duration),
    /// What they send each other is lost, for this time: so is the connection, though neither is told.
    Part(usize, Duration),
    /// A client reads nothing for this time.
    Stall(usize, Duration),
    /// The server is gone, and comes back after this time.
    Crash(Duration),
    /// The server is told to end, and comes back so long after it has.
    End(Duration),
}

impl Plan {
    pub(super) fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let clients = rng.usize(2..=3);
        Self {
            clients,
            latency: millis([5, 20, 60][rng.usize(..3)]),
            keeps: match rng.u8(..4) {
                0 => Keeps::Nothing,
                _ => Keeps::Everything,
            },
            rounds: (0..rng.usize(1..=2))
                .map(|_| Round::draw(&mut rng, clients))
                .collect(),
        }
    }
}

impl Round {
    fn draw(rng: &mut Rng, clients: usize) -> Self {
        let lasts = rng.u64(800..1_600);
        let mut faults: Vec<_> = (0..rng.usize(1..=3))
            .map(|_| (millis(rng.u64(..lasts)), Fault::draw(rng, clients)))
            .collect();
        faults.sort_by_key(|(at, _)| *at);
        Self {
            lasts: millis(lasts),
            faults,
        }
    }
}

impl Fault {
    fn draw(rng: &mut Rng, clients: usize) -> Self {
        let client = rng.usize(..clients);
        match rng.u8(..10) {
            0..3 => Self::Cut(client),
            3..5 => Self::Hold(client, millis(rng.u64(50..900))),
            5..7 => Self::Part(client, millis(rng.u64(50..900))),
            7 => Self::Stall(client, millis(rng.u64(50..900))),
            8 => Self::Crash(millis(rng.u64(..600))),
            _ => Self::End(millis(rng.u64(..600))),
        }
    }
}

/// Who a client is, what it asks and what it wants, drawn from the seed and its number.
#[derive(Debug)]
pub(super) struct Will {
    rng: Rng,
    person: Option<&'static str>,
}

impl Will {
    pub(super) fn of(seed: u64, client: usize) -> Self {
        let mut rng = Rng::with_seed(seed ^ (client as u64 + 1) << 32);
        // Not the first: somebody must be there who may do things.
        let nobody = client > 0 && rng.u8(..5) == 0;
        Self {
            person: (!nobody).then_some(PEOPLE[client]),
            rng,
        }
    }

    /// Who it has logged in as.
    pub(super) fn person(&self) -> Option<&'static str> {
        self.person
    }

    /// Once in so many times.
    pub(super) fn once_in(&mut self, times: u32) -> bool {
        self.rng.u32(..times) == 0
    }

    /// A time until something is done again.
    pub(super) fn pause(&mut self, from: u64, to: u64) -> Duration {
        millis(self.rng.u64(from..to))
    }

    /// A question: a resource, and a query that may be watched.
    pub(super) fn question(&mut self) -> (&'static str, Value) {
        let resource = self.one_of(&WATCHED);
        let mut query = self.condition(true);
        if self.once_in(5) {
            query["$select"] = json!(["kind", "level"]);
        }
        (resource, query)
    }

    /// What it wants to be answered, or to let go of, of what it holds then: a request.
    pub(super) fn look(&mut self) -> Value {
        let id = format!("{HELD}-{}", self.rng.usize(..RECORDS));
        let silent = json!({ "push": !self.once_in(5) });
        match self.rng.u8(..6) {
            0 => json!([HELD, "unwatch", { "id": id }]),
            1 => json!([HELD, "all", self.condition(true), silent]),
            _ => json!([HELD, "get", id, silent]),
        }
    }

    fn condition(&mut self, deep: bool) -> Value {
        let level = self.rng.i64(0..4);
        match self.rng.u8(..if deep { 10 } else { 7 }) {
            0 => json!({ "kind": self.one_of(&KINDS) }),
            1 => json!({ "level": { "$gte": level } }),
            2 => json!({ "level": { "$gt": 0, "$lt": level } }),
            3 => json!({ "owner": self.one_of(&PEOPLE) }),
            4 => json!({ "team": { "$in": [self.one_of(&TEAMS), self.one_of(&TEAMS)] } }),
            5 => json!({ "kind": { "$ne": self.one_of(&KINDS) } }),
            6 => json!({ "public": true }),
            7 => json!({ "$or": [self.condition(false), self.condition(false)] }),
            8 => json!({ "$not": self.condition(false) }),
            _ => json!({}),
        }
    }

    /// What it wants done: a request, with an id by which it is done once.
    pub(super) fn wish(&mut self) -> Value {
        let resource = self.one_of(&KEPT);
        let (resource, action, payload) = match (self.rng.u8(..20), self.person) {
            (0, Some(person)) => {
                let teams: Vec<_> = TEAMS.iter().filter(|_| self.rng.bool()).collect();
                ("member", "update", json!({ "id": person, "teams": teams }))
            }
            (1..4, Some(person)) => ("tally", "add", json!({ "id": person })),
            (4..6, _) => {
                let some = 0..self.rng.usize(2..5);
                let some: Vec<_> = some.map(|_| self.change(resource)).collect();
                ("sockful", "commit", some.into())
            }
            (6, _) => {
                let id = format!("{resource}-{}", self.rng.usize(..RECORDS));
                (resource, NUDGE, json!({ "id": id }))
            }
            _ => {
                let change = self.change(resource);
                let action = match change[1].as_str() {
                    Some("create") => "create",
                    Some("update") => "update",
                    Some("replace") => "replace",
                    _ => "destroy",
                };
                (resource, action, change[2].clone())
            }
        };
        let op = uuid::Builder::from_random_bytes(self.rng.u128(..).to_be_bytes()).into_uuid();
        json!([resource, action, payload, { "op": op }])
    }

    /// One change, as a request.
    fn change(&mut self, resource: &str) -> Value {
        let id = format!("{resource}-{}", self.rng.usize(..RECORDS));
        match self.rng.u8(..10) {
            0..4 => json!([resource, "create", self.record(&id)]),
            4 => json!([resource, "replace", self.record(&id)]),
            5..9 => {
                let mut whole = self.record(&id);
                let changed = ["owner", "public", "team", "kind", "level"][self.rng.usize(..5)];
                json!([resource, "update", { "id": id, changed: whole[changed].take() }])
            }
            _ => json!([resource, "destroy", { "id": id }]),
        }
    }

    fn record(&mut self, id: &str) -> Value {
        let team = self.maybe(&TEAMS);
        let kind = self.maybe(&KINDS);
        json!({
            "id": id,
            "owner": self.one_of(&PEOPLE),
            "public": self.rng.bool(),
            "team": team,
            "kind": kind,
            "level": self.rng.i64(0..5),
        })
    }

    fn one_of(&mut self, of: &[&'static str]) -> &'static str {
        of[self.rng.usize(..of.len())]
    }

    fn maybe(&mut self, of: &[&'static str]) -> Option<&'static str> {
        (!self.once_in(4)).then(|| self.one_of(of))
    }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
