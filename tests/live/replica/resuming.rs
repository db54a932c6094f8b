//! How a copy begins, ends, and goes on after an interruption.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Followed, Replica, Sub, Todo, number, parsed, snapshot, text};

impl Replica {
    /// What `auth.resume` says when it connects.
    pub(crate) fn show(&mut self) -> Value {
        self.shown = self.state(|_| true);
        self.shown.clone()
    }

    /// What `sockful.resume` says: of all, or of some.
    pub(crate) fn state(&self, of: impl Fn(&Sub) -> bool) -> Value {
        let subs = self.followed.iter().filter(|(sub, _)| of(sub));
        let subs: Vec<_> = subs
            .map(|(sub, it)| match sub {
                Sub::Watch(watch) => json!({
                    "watch": watch,
                    "resource": it.resource,
                    "query": it.query,
                    "pos": it.last,
                    "view": it.view,
                }),
                Sub::All(resource) => {
                    json!({ "resource": resource, "view": it.view, "pos": it.last })
                }
                Sub::Record(resource, id) => {
                    json!({ "resource": resource, "id": parsed(id), "pos": it.last })
                }
            })
            .collect();
        json!({ "epoch": self.epoch, "subs": subs })
    }

    /// Takes the result of `sockful.resume`, which is that of `auth.resume` as well: the outcomes are in the order asked.
    pub(crate) fn resumed(&mut self, asked: &Value, result: &Value) -> Todo {
        self.epoch = result["epoch"].clone();
        let mut todo = Todo::default();
        let asked = asked["subs"].as_array().expect("what was asked");
        let outcomes = result["subs"].as_array().expect("outcomes");
        assert_eq!(asked.len(), outcomes.len(), "an outcome for each");
        for (asked, outcome) in asked.iter().zip(outcomes) {
            self.goes_on(named(asked), outcome, &mut todo);
        }
        todo
    }

    fn goes_on(&mut self, sub: Sub, outcome: &Value, todo: &mut Todo) {
        let Some(mut it) = self.followed.remove(&sub) else {
            return;
        };
        if !outcome["error"].is_null() {
            todo.renew.push(sub);
            return;
        }
        it.stale = false;
        it.view = outcome["view"].clone();
        match (outcome["outcome"].as_str(), &sub) {
            (Some("nothing"), _) => it.last = number(outcome, "pos"),
            // What follows leads there.
            (Some("replayed"), _) => {}
            (Some("reset"), Sub::All(_)) => it.read_anew(number(outcome, "pos")),
            (Some("reset"), _) => {
                it.last = number(outcome, "pos");
                it.records = match &outcome["records"] {
                    // Of a record that is gone there is no revision.
                    Value::Array(none) if none.is_empty() => BTreeMap::new(),
                    records => snapshot(records, &outcome["revs"]),
                };
            }
            _ => panic!("no outcome: {outcome}"),
        }
        if it.reading.is_some() {
            todo.read.push(it.resource.clone());
        }
        let now = match (&sub, outcome["watch"].as_str()) {
            (Sub::Watch(_), Some(watch)) => Sub::Watch(watch.to_owned()),
            _ => sub.clone(),
        };
        if now != sub {
            todo.renamed.push((sub, now.clone()));
        }
        self.followed.insert(now, it);
    }

    /// A position beat: what was pushed last of each watch, and of each resource that is pushed without being watched.
    pub(super) fn beat(&mut self, told: &Value) -> Todo {
        let mut todo = Todo::default();
        for (watch, last) in told["watches"].as_object().into_iter().flatten() {
            self.should_be_at(last, &mut todo, |sub| *sub == Sub::Watch(watch.clone()));
        }
        for (resource, last) in told["resources"].as_object().into_iter().flatten() {
            self.should_be_at(last, &mut todo, |sub| match sub {
                Sub::All(of) | Sub::Record(of, _) => of == resource,
                Sub::Watch(_) => false,
            });
        }
        todo
    }

    /// Whether the furthest of these has come so far: else all of them have to ask.
    fn should_be_at(&mut self, last: &Value, todo: &mut Todo, of: impl Fn(&Sub) -> bool) {
        let mut these: Vec<_> = self.followed.iter_mut().filter(|it| of(it.0)).collect();
        let furthest = these.iter().map(|(_, it)| it.last).max();
        let is_stale = these.iter().any(|(_, it)| it.stale);
        if furthest.is_some() && last.as_u64() > furthest && !is_stale {
            for (sub, it) in &mut these {
                it.stale = true;
                todo.resume.push((*sub).clone());
            }
        }
    }

    /// A reset that nobody asked for.
    pub(super) fn ended(&mut self, told: &Value, meta: &Value) -> Todo {
        let sub = named(told);
        let mut todo = Todo::default();
        if let Sub::All(resource) = &sub {
            match self.followed.get_mut(&sub) {
                // It goes on behind it.
                Some(it) => {
                    it.read_anew(number(meta, "pos"));
                    todo.read.push(resource.clone());
                }
                None => todo.renew = self.records_of(resource),
            }
        } else if self.followed.contains_key(&sub) {
            todo.renew.push(sub);
        }
        for sub in &todo.renew {
            if let Some(it) = self.followed.get_mut(sub) {
                it.stale = true;
            }
        }
        todo
    }

    fn records_of(&self, resource: &str) -> Vec<Sub> {
        let is_of = |sub: &&Sub| matches!(sub, Sub::Record(of, _) if of == resource);
        self.followed.keys().filter(is_of).cloned().collect()
    }

    /// What is pushed to everybody begins here, unless it was resumed.
    pub(super) fn joined(&mut self, told: &Value) -> Todo {
        self.epoch = told["epoch"].clone();
        let mut todo = Todo::default();
        for sub in told["subs"].as_array().into_iter().flatten() {
            let resource = text(sub, "resource");
            let mut begun = Followed {
                resource: resource.clone(),
                query: Value::Null,
                view: sub["view"].clone(),
                last: 0,
                records: BTreeMap::new(),
                stale: false,
                reading: None,
            };
            begun.read_anew(number(sub, "pos"));
            self.followed.insert(Sub::All(resource.clone()), begun);
            todo.read.push(resource);
        }
        todo
    }
}

/// Which sub an outcome, or a reset, is about.
fn named(told: &Value) -> Sub {
    if let Some(watch) = told["watch"].as_str() {
        return Sub::Watch(watch.to_owned());
    }
    let resource = text(told, "resource");
    match &told["id"] {
        Value::Null => Sub::All(resource),
        id => Sub::Record(resource, id.to_string()),
    }
}
