//! What a client insists on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Client;
use crate::live::replica::Sub;
use crate::live::sim::Follow;
use crate::live::sim::stage::count;
use crate::live::sim::world::{HELD, TOLD, may_be_told, may_hear};

impl Client {
    /// Takes what became of a wish.
    pub(super) fn granted(&mut self, wish: &Value, error: &Value, meta: &Value) {
        if wish[0] == "tally" {
            assert_eq!(*error, Value::Null, "anybody may count");
            self.counted += 1;
        }
        if wish[0] == "member" {
            assert_eq!(*error, Value::Null, "anybody may change sides");
            // Unless more of it is on its way.
            let more = self.wishes.iter().any(|wish| wish[0] == "member");
            self.teams = wish[2]["teams"].as_array().filter(|_| !more).cloned();
        }
        // Own push before own answer: what was answered is not ahead of the copy.
        let (Some(rev), Value::Null) = (meta["rev"].as_u64(), &meta["replayed"]) else {
            return;
        };
        if self.follow == Follow::Poll {
            return;
        }
        let id = wish[2]["id"].to_string();
        for (sub, it) in self.replica.followed() {
            if it.is_stale() || wish[0] != it.resource.as_str() {
                continue;
            }
            if let Some((_, held)) = it.records.get(&id) {
                assert!(*held >= rev, "{sub:?} of {id} is behind the answer");
            }
        }
    }

    /// What it has is what the server has.
    pub(super) fn compared(&self, at: usize, found: &BTreeMap<String, (Value, u64)>) {
        let question = &self.questions[at];
        let copy = question.sub.as_ref().and_then(|sub| self.replica.of(sub));
        let copy = copy.expect("who compares follows");
        assert_eq!(
            copy.records, *found,
            "{} follows {} {}: what it has, and what the server has",
            self.name, question.resource, question.query
        );
        count(&self.place().records, found.len());
    }

    /// The same of what it follows without watching: of everything, or of what it holds.
    pub(super) fn compared_others(&self, resource: &str, found: &BTreeMap<String, (Value, u64)>) {
        let all = self.replica.of(&Sub::All(TOLD.to_owned()));
        if resource == TOLD {
            let all = all.expect("everybody is told");
            assert_eq!(
                all.records, *found,
                "{} is told of every {resource}: what it has, and what the server has",
                self.name
            );
            count(&self.place().records, found.len());
            return;
        }
        for (sub, it) in self.replica.followed() {
            if let Sub::Record(of, id) = sub {
                assert_eq!(of, HELD);
                let held = it.records.get(id);
                assert!(
                    held.is_none() || held == found.get(id),
                    "{} holds {held:?}: the server has {:?}",
                    self.name,
                    found.get(id)
                );
                count(&self.place().records, held.iter().len());
                count(&self.place().held, held.iter().len());
            }
        }
    }

    /// Hears of all of these.
    pub(super) fn hear_records(&self, resource: &str, records: &Value) {
        for record in records.as_array().into_iter().flatten() {
            self.hear_record(resource, record);
        }
    }

    /// No record comes to whom it is not for.
    pub(super) fn hear_record(&self, resource: &str, record: &Value) {
        let person = self.will.person().unwrap_or_default();
        assert!(
            may_hear(person, resource, record),
            "{} hears of {record}",
            self.name
        );
    }

    /// Nor is it told what is said about a record that it may not read.
    pub(super) fn hear_told(&self, resource: &str, told: &Value) {
        count(&self.place().told, 1);
        let Some(teams) = &self.teams else {
            return;
        };
        let teams = match self.will.person() {
            Some(_) => &teams[..],
            None => &[],
        };
        assert!(
            may_be_told(teams, resource, told),
            "{} of {teams:?} is told {told}",
            self.name
        );
    }
}
