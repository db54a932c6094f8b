//! A copy against the smallest server that says what the wire says, on a line that loses, repeats and breaks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fastrand::Rng;
use serde_json::{Value, json};

use super::{Replica, Sub, Todo};

const KINDS: [&str; 3] = ["fig", "kiwi", "pear"];

/// What a line carries to the client, in order.
enum Said {
    Event(&'static str, Vec<Value>),
    Watched(Value, Value, Value),
    Resumed(Value, Value),
}

/// A record, before and after.
type Change = (String, Option<Value>, Option<Value>);

/// One server and its line to one client. A watch is named by the text of its query.
struct Server {
    rng: Rng,
    epoch: u64,
    pos: u64,
    /// The least position that replay begins from.
    floor: u64,
    records: BTreeMap<String, (Value, u64)>,
    log: Vec<(u64, Vec<Change>)>,
    /// The last position pushed to each group that is open.
    groups: BTreeMap<String, u64>,
    watching: BTreeSet<String>,
    line: VecDeque<Said>,
    /// How often each fault has happened, and each outcome of a resume.
    counts: BTreeMap<&'static str, usize>,
}

impl Server {
    fn new(seed: u64) -> Self {
        Self {
            rng: Rng::with_seed(seed),
            epoch: 0,
            pos: 0,
            floor: 0,
            records: BTreeMap::new(),
            log: Vec::new(),
            groups: BTreeMap::new(),
            watching: BTreeSet::new(),
            line: VecDeque::new(),
            counts: BTreeMap::new(),
        }
    }

    /// A transaction of one record, or of some.
    fn commit(&mut self) {
        self.pos += self.rng.u64(1..3);
        let mut changes = Vec::new();
        for _ in 0..self.rng.usize(1..4) {
            let id = format!("{}", self.rng.u8(..5));
            let kind = KINDS[self.rng.usize(..KINDS.len())];
            let new = (self.rng.u8(..4) > 0).then(|| json!({ "id": id, "kind": kind }));
            let old = self.records.remove(&id).map(|(record, _)| record);
            if let Some(new) = &new {
                self.records.insert(id.clone(), (new.clone(), self.pos));
            }
            changes.push((id, old, new));
        }
        self.log.push((self.pos, changes.clone()));
        for watch in self.watching.clone() {
            let prev = self.groups[&watch];
            if let Some(push) = push(&watch, self.pos, prev, &changes) {
                self.groups.insert(watch, self.pos);
                self.line.push_back(push);
            }
        }
    }

    fn watch(&mut self, query: &Value) {
        let watch = query.to_string();
        self.join(&watch);
        let (records, revs) = self.found(&watch);
        self.line.push_back(Said::Watched(
            query.clone(),
            json!({ "watch": watch, "records": records }),
            json!({ "pos": self.pos, "revs": revs, "epoch": self.epoch.to_string(), "view": "v" }),
        ));
    }

    fn resume(&mut self, asked: &Value) {
        let mut outcomes = Vec::new();
        let mut replays = Vec::new();
        for sub in asked["subs"].as_array().expect("a list") {
            let watch = sub["watch"].as_str().expect("a watch").to_owned();
            let from = sub["pos"].as_u64().expect("a position");
            self.join(&watch);
            let mut outcome =
                json!({ "watch": watch, "resource": "note", "pos": self.pos, "view": "v" });
            let known = asked["epoch"].as_str() == Some(&self.epoch.to_string());
            if !known || from < self.floor || from > self.pos {
                let (records, revs) = self.found(&watch);
                outcome["outcome"] = "reset".into();
                outcome["records"] = json!(records);
                outcome["revs"] = json!(revs);
                self.count("reset");
            } else {
                let mut prev = from;
                let before = replays.len();
                for (pos, changes) in self.log.iter().filter(|(pos, _)| *pos > from) {
                    if let Some(push) = push(&watch, *pos, prev, changes) {
                        replays.push(push);
                        prev = *pos;
                    }
                }
                let n = replays.len() - before;
                let name = if n > 0 { "replayed" } else { "nothing" };
                outcome["outcome"] = name.into();
                outcome["n"] = n.into();
                self.count(name);
            }
            outcomes.push(outcome);
        }
        let result = json!({ "epoch": self.epoch.to_string(), "subs": outcomes });
        self.line.push_back(Said::Resumed(asked.clone(), result));
        self.line.extend(replays);
    }

    /// Takes part in the group of a question; the first who does opens it.
    fn join(&mut self, watch: &str) {
        self.groups.entry(watch.to_owned()).or_insert(self.pos);
        self.watching.insert(watch.to_owned());
    }

    /// Whatever may happen between a server and its client, but for the end of the line, which is told.
    fn go_wrong(&mut self) -> bool {
        match self.rng.u8(..12) {
            0 => {
                // Answers are not lost while a line stands.
                if let Some(Said::Event("note", _)) = self.line.back() {
                    self.line.pop_back();
                    self.count("lost");
                }
            }
            1 => {
                if let Some(Said::Event(name, arguments)) = self.line.back() {
                    let again = Said::Event(name, arguments.clone());
                    self.line.push_back(again);
                    self.count("twice");
                }
            }
            2 => {
                if let Some(watch) = self.watching.pop_first() {
                    self.groups.remove(&watch);
                    let told = json!({ "watch": watch, "resource": "note", "reason": "overflow" });
                    let told = vec![json!("reset"), told, json!({ "pos": self.pos })];
                    self.line.push_back(Said::Event("sockful", told));
                    self.count("overflow");
                }
            }
            3 => {
                self.floor = self.pos;
                self.count("pruned");
            }
            4 => {
                // The server has restarted.
                self.groups.clear();
                return self.cut();
            }
            5 if self.rng.bool() => {
                // So has its log.
                *self = Self {
                    rng: self.rng.clone(),
                    epoch: self.epoch + 1,
                    counts: std::mem::take(&mut self.counts),
                    ..Self::new(0)
                };
                return self.cut();
            }
            6 => return self.cut(),
            _ => {}
        }
        false
    }

    fn cut(&mut self) -> bool {
        self.line.clear();
        self.watching.clear();
        self.count("cut");
        true
    }

    fn beat(&mut self) {
        let watches = self
            .watching
            .iter()
            .map(|it| (it.clone(), json!(self.groups[it])));
        let told = json!({ "pos": self.pos, "watches": Value::Object(watches.collect()) });
        self.line
            .push_back(Said::Event("sockful", vec![json!("pos"), told]));
    }

    fn found(&self, watch: &str) -> (Vec<&Value>, Vec<u64>) {
        let records = self.records.values();
        let found = records.filter(|(record, _)| finds(watch, Some(record)));
        found.map(|(record, rev)| (record, *rev)).unzip()
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }
}

/// Whether a question finds this record, if there is one.
fn finds(watch: &str, record: Option<&Value>) -> bool {
    let query: Value = serde_json::from_str(watch).expect("a query");
    record.is_some_and(|it| query["kind"].is_null() || query["kind"] == it["kind"])
}

/// What a transaction says to the group of a question.
fn push(watch: &str, pos: u64, prev: u64, changes: &[Change]) -> Option<Said> {
    let items = changes.iter().filter_map(|(id, old, new)| {
        let action = match (finds(watch, old.as_ref()), finds(watch, new.as_ref())) {
            (false, false) => return None,
            (false, true) => "enter",
            (true, true) => "update",
            (true, false) => return Some(("leave", json!({ "id": id }))),
        };
        Some((action, new.clone().expect("what is found is there")))
    });
    let mut items: Vec<_> = items.collect();
    let meta = json!({ "pos": pos, "prev": prev, "watch": watch });
    let arguments = match items.len() {
        0 => return None,
        1 => {
            let (action, record) = items.remove(0);
            let mut meta = meta;
            meta["rev"] = pos.into();
            vec![json!(action), record, meta]
        }
        _ => {
            let items = items
                .into_iter()
                .map(|(action, record)| json!([action, record, pos]));
            vec![json!("batch"), items.collect(), meta]
        }
    };
    Some(Said::Event("note", arguments))
}

/// Lets the client take all that the line holds, and do what it must.
fn drain(server: &mut Server, replica: &mut Replica) {
    while let Some(said) = server.line.pop_front() {
        let todo = match said {
            Said::Event(name, arguments) => replica.apply(name, &arguments),
            Said::Resumed(asked, result) => replica.resumed(&asked, &result),
            Said::Watched(query, result, meta) => {
                replica.watched("note", &query, &result, &meta);
                Todo::default()
            }
        };
        for sub in todo.renew {
            let query = replica.of(&sub).expect("it was followed").query.clone();
            server.watch(&query);
        }
        if !todo.resume.is_empty() {
            let asked = replica.state(|sub| todo.resume.contains(sub));
            server.resume(&asked);
        }
    }
}

#[test]
fn a_copy_is_what_the_server_has_whatever_the_line_does() {
    let mut counts = BTreeMap::new();
    for seed in 0..500 {
        let mut server = Server::new(seed);
        let mut replica = Replica::default();
        let queries = [
            json!({}),
            json!({ "kind": "fig" }),
            json!({ "kind": "pear" }),
        ];
        for query in &queries {
            server.watch(query);
        }
        drain(&mut server, &mut replica);
        for _ in 0..60 {
            server.commit();
            if server.go_wrong() {
                server.resume(&replica.state(|_| true));
            }
            if server.rng.bool() {
                drain(&mut server, &mut replica);
            }
        }
        // A push may be lost that none follows.
        drain(&mut server, &mut replica);
        server.beat();
        drain(&mut server, &mut replica);

        assert!(replica.is_whole(), "seed {seed}");
        for query in &queries {
            let watch = query.to_string();
            let copy = replica
                .of(&Sub::Watch(watch.clone()))
                .expect("it is followed");
            let copy: Vec<_> = copy.records.values().map(|(it, rev)| (it, *rev)).collect();
            let (records, revs) = server.found(&watch);
            let found: Vec<_> = records.into_iter().zip(revs).collect();
            assert_eq!(copy, found, "seed {seed}: {watch}");
        }
        for (what, count) in server.counts {
            *counts.entry(what).or_insert(0) += count;
        }
    }
    for what in [
        "lost", "twice", "overflow", "pruned", "cut", "reset", "replayed", "nothing",
    ] {
        assert!(counts.get(what) > Some(&100), "{what}: {counts:?}");
    }
}
