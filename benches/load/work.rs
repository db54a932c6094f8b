//! The requests of one socket, and what their answers must look like.

use std::fmt::Write as _;
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::tree;

/// How many records the store holds before anything is measured.
const RECORDS: usize = 1_000;

/// Whose words a server understands.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Dialect {
    /// `emit(resource, action, payload)`: ours, and the hand-written peer's.
    Sockful,
    /// `emit(method, service, …, query)`.
    Feathers,
}

/// What is asked again and again.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) enum Action {
    /// A record, by its id.
    Get,
    /// A new record each time.
    Create,
    /// Two fields of a record.
    Update,
    /// A method that changes its record.
    Feed,
    /// Fifty records in the order of their names.
    List,
    /// A new record each time, by an operation that has an id.
    CreateOnce,
    /// Twenty records with their children, and those with theirs.
    Tree,
}

impl Action {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Create => "create",
            Self::Update => "update",
            Self::Feed => "feed",
            Self::List => "list of 50",
            Self::CreateOnce => "create with an operation id",
            Self::Tree => "20 albums with songs and notes",
        }
    }

    pub(crate) fn writes(self) -> bool {
        !matches!(self, Self::Get | Self::List | Self::Tree)
    }
}

pub(crate) struct Work {
    dialect: Dialect,
    action: Action,
    socket: usize,
    /// Counts the requests.
    turn: usize,
    text: String,
}

impl Work {
    pub(super) fn new(dialect: Dialect, action: Action, socket: usize) -> Self {
        Self {
            dialect,
            action,
            socket,
            turn: 0,
            text: String::new(),
        }
    }

    /// A request that every server answers, one way or another.
    pub(crate) fn probe(dialect: Dialect) -> String {
        get(dialect, "nobody")
    }

    /// The creates of the records that a measurement starts with; some need those before them.
    pub(super) fn seeds(dialect: Dialect, action: Action) -> Vec<Vec<String>> {
        if action == Action::Tree {
            return tree::seeds(dialect);
        }
        let creatures = (0..RECORDS).map(|index| create(dialect, &format!("c{index}")));
        vec![creatures.collect()]
    }

    /// The next request.
    pub(super) fn request(&mut self) -> &str {
        self.turn += 1;
        self.text.clear();
        let text = &mut self.text;
        // Sockets start far apart, so that they seldom want the same record at the same time.
        let id = (self.turn + self.socket * 61) % RECORDS;
        // Three digits that have a page of others behind them, in the order of texts.
        let from = 100 + id % 800;
        let written = match (self.dialect, self.action) {
            (Dialect::Sockful, Action::Get) => write!(text, r#"["creature","get","c{id}"]"#),
            (Dialect::Feathers, Action::Get) => write!(text, r#"["get","creature","c{id}",{{}}]"#),
            (Dialect::Sockful, Action::CreateOnce) => {
                let (socket, turn) = (self.socket, self.turn);
                text.push_str(&create(self.dialect, &format!("s{socket}-{turn}")));
                text.pop();
                // Who has not logged in must name an operation by a UUID.
                write!(
                    text,
                    r#",{{"op":"00000000-0000-4000-8000-{socket:04x}{turn:08x}"}}]"#
                )
            }
            // Feathers knows no operations.
            (_, Action::Create | Action::CreateOnce) => {
                let id = format!("s{}-{}", self.socket, self.turn);
                text.push_str(&create(self.dialect, &id));
                Ok(())
            }
            (Dialect::Sockful, Action::List) => write!(
                text,
                r#"["creature","all",{{"name":{{"$gte":"c{from}"}},"$sort":{{"name":1}},"$limit":50}}]"#
            ),
            (Dialect::Feathers, Action::List) => write!(
                text,
                r#"["find","creature",{{"name":{{"$gte":"c{from}"}},"$sort":{{"name":1}},"$limit":50}}]"#
            ),
            (dialect, Action::Tree) => {
                text.push_str(&tree::request(dialect, id));
                Ok(())
            }
            (Dialect::Sockful, Action::Update) => write!(
                text,
                r#"["creature","update",{{"id":"c{id}","hunger":{},"tags":["red"]}}]"#,
                self.turn % 256
            ),
            (Dialect::Feathers, Action::Update) => write!(
                text,
                r#"["patch","creature","c{id}",{{"hunger":{},"tags":["red"]}},{{}}]"#,
                self.turn % 256
            ),
            (Dialect::Sockful, Action::Feed) => {
                write!(
                    text,
                    r#"["creature","feed",{{"id":"c{id}","food":"a pear"}}]"#
                )
            }
            (Dialect::Feathers, Action::Feed) => {
                write!(
                    text,
                    r#"["feed","creature",{{"id":"c{id}","food":"a pear"}},{{}}]"#
                )
            }
        };
        debug_assert!(written.is_ok(), "writing to a String does not fail");
        &self.text
    }

    /// Whether an answer is a success, by its first bytes: done for every answer.
    pub(super) fn check(&self, answer: &str) -> io::Result<()> {
        if ["[null,{", "[null,\"", "[null,[{"]
            .iter()
            .any(|success| answer.starts_with(success))
        {
            Ok(())
        } else {
            Err(self.wrong(answer))
        }
    }

    /// Whether the answer to the last request is the right one, all of it: done for the first of each socket.
    pub(super) fn verify(&self, answer: &str) -> io::Result<()> {
        let request: Value = serde_json::from_str(&self.text)?;
        let arguments: Vec<Value> = serde_json::from_str(answer)?;
        let result = arguments.get(1).unwrap_or(&Value::Null);
        if self.action == Action::Tree {
            return match tree::is_answer(&self.text, result)? {
                true => Ok(()),
                false => Err(self.wrong(answer)),
            };
        }
        let id = match &request[2] {
            Value::String(id) => id,
            payload => payload["id"].as_str().unwrap_or_default(),
        };
        if self.action == Action::List {
            let listed = result.as_array().map_or(&[][..], Vec::as_slice);
            let from = request[2]["name"]["$gte"].as_str();
            let whole = listed.len() == 50
                && listed[0]["name"].as_str() == from
                && listed.is_sorted_by_key(|record| record["name"].as_str())
                && listed.iter().all(is_creature);
            return if whole {
                Ok(())
            } else {
                Err(self.wrong(answer))
            };
        }
        let right = match self.action {
            Action::Feed => result.as_str() == Some(&format!("{id} ate a pear")),
            Action::Update => {
                result["hunger"] == self.turn % 256 && result["tags"] == json!(["red"])
            }
            Action::Get | Action::Create | Action::CreateOnce | Action::List | Action::Tree => true,
        } && (self.action == Action::Feed
            || (result["id"] == *id && is_creature(result)));
        if arguments.first() == Some(&Value::Null) && right {
            Ok(())
        } else {
            Err(self.wrong(answer))
        }
    }

    fn wrong(&self, answer: &str) -> io::Error {
        io::Error::other(format!("{} was answered with {answer}", self.text))
    }
}

/// Whether this is a record as [`create`] makes it, but for what an update changes.
fn is_creature(record: &Value) -> bool {
    record["name"] == record["id"]
        && record["hunger"].is_u64()
        && record["kind"]["dragon"]["wings"] == 2
        && record["tags"].is_array()
}

fn get(dialect: Dialect, id: &str) -> String {
    match dialect {
        Dialect::Sockful => format!(r#"["creature","get","{id}"]"#),
        Dialect::Feathers => format!(r#"["get","creature","{id}",{{}}]"#),
    }
}

fn create(dialect: Dialect, id: &str) -> String {
    let record = format!(
        r#"{{"id":"{id}","name":"{id}","hunger":9,"kind":{{"dragon":{{"wings":2}}}},"tags":["red","old"]}}"#
    );
    match dialect {
        Dialect::Sockful => format!(r#"["creature","create",{record}]"#),
        Dialect::Feathers => format!(r#"["create","creature",{record},{{}}]"#),
    }
}
