//! A client's copy of what it follows, made of nothing but answers and pushes.

mod model;
mod reading;
mod resuming;
mod rule;

use std::collections::BTreeMap;

use serde_json::Value;

use self::reading::Reading;

/// What a client follows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sub {
    /// The records a question finds, by the id of the watch.
    Watch(String),
    /// All records of a resource that pushes them to everybody.
    All(String),
    /// One record that the client was answered: resource and id, as JSON text.
    Record(String, String),
}

/// What is known of one of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Followed {
    pub(crate) resource: String,
    /// What was asked; null where nothing was.
    pub(crate) query: Value,
    view: Value,
    /// The position up to which everything has been heard.
    last: u64,
    /// Each record with its revision, by its id as JSON text.
    pub(crate) records: BTreeMap<String, (Value, u64)>,
    /// Something was missed, or may have been, and what it was has been asked for.
    stale: bool,
    /// Of what is told without being asked for: all records have to be read.
    reading: Option<Reading>,
}

/// One item of a push: action, record, revision.
type Item<'a> = (&'a str, &'a Value, u64);

/// What a client must do after what it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Todo {
    /// Ask by `sockful.resume` what was missed of these.
    pub(crate) resume: Vec<Sub>,
    /// These have ended: ask anew.
    pub(crate) renew: Vec<Sub>,
    /// Read all records of these resources, for [`Replica::read`].
    pub(crate) read: Vec<String>,
    /// These are called otherwise from now on.
    pub(crate) renamed: Vec<(Sub, Sub)>,
}

/// A client's copy.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Replica {
    epoch: Value,
    /// What it has said when it connected.
    shown: Value,
    followed: BTreeMap<Sub, Followed>,
}

impl Replica {
    /// Everything it follows.
    pub(crate) fn followed(&self) -> impl Iterator<Item = (&Sub, &Followed)> {
        self.followed.iter()
    }

    /// The copy of one.
    pub(crate) fn of(&self, sub: &Sub) -> Option<&Followed> {
        self.followed.get(sub)
    }

    /// Whether nothing that was missed is still to come.
    pub(crate) fn is_whole(&self) -> bool {
        let mut followed = self.followed.values();
        followed.all(|it| !it.stale && it.reading.is_none())
    }

    /// Takes the answer of `watch`; which watch that is.
    pub(crate) fn watched(
        &mut self,
        resource: &str,
        query: &Value,
        result: &Value,
        meta: &Value,
    ) -> Sub {
        self.epoch = meta["epoch"].clone();
        let followed = Followed {
            resource: resource.to_owned(),
            query: query.clone(),
            view: meta["view"].clone(),
            last: number(meta, "pos"),
            records: snapshot(&result["records"], &meta["revs"]),
            stale: false,
            reading: None,
        };
        let sub = Sub::Watch(text(result, "watch"));
        self.followed.insert(sub.clone(), followed);
        sub
    }

    /// Takes the answer of `get`, or one record of another, of a resource that pushes by interest.
    pub(crate) fn interested(&mut self, resource: &str, record: &Value, rev: u64, pos: u64) -> Sub {
        let id = record["id"].to_string();
        let sub = Sub::Record(resource.to_owned(), id.clone());
        let known = self.followed.get(&sub);
        // What it holds is what it was told; of what is gone it may be told again, from then on.
        if known.is_some_and(|it| it.stale || !it.records.is_empty() || pos <= it.last) {
            return sub;
        }
        let followed = Followed {
            resource: resource.to_owned(),
            query: Value::Null,
            view: Value::Null,
            last: pos,
            records: BTreeMap::from([(id, (record.clone(), rev))]),
            stale: false,
            reading: None,
        };
        self.followed.insert(sub.clone(), followed);
        sub
    }

    /// Lets go of one.
    pub(crate) fn forget(&mut self, sub: &Sub) {
        self.followed.remove(sub);
    }

    /// Takes an event: its name, and its arguments.
    pub(crate) fn apply(&mut self, event: &str, arguments: &[Value]) -> Todo {
        let argument = |at: usize| arguments.get(at).unwrap_or(&Value::Null);
        match (event, argument(0).as_str()) {
            ("sockful", Some("pos")) => self.beat(argument(1)),
            ("sockful", Some("reset")) => self.ended(argument(1), argument(2)),
            ("sockful", Some("joined")) => self.joined(argument(1)),
            ("sockful", Some("resumed")) => {
                let shown = std::mem::take(&mut self.shown);
                self.resumed(&shown, argument(1))
            }
            ("sockful", _) => Todo::default(),
            (resource, Some("batch")) => {
                let meta = argument(2);
                let items = argument(1).as_array().map_or(&[][..], Vec::as_slice);
                let items: Vec<_> = items
                    .iter()
                    .map(|item| {
                        let rev = item[2].as_u64().expect("a batch tells revisions");
                        let action = item[0].as_str().expect("a batch tells actions");
                        (action, &item[1], rev)
                    })
                    .collect();
                self.push(resource, &items, meta)
            }
            (resource, Some(action)) if !argument(2)["pos"].is_null() => {
                let meta = argument(2);
                let items = [(action, argument(1), number(meta, "rev"))];
                self.push(resource, &items, meta)
            }
            // Told by `tell`: of no record, and without a position.
            _ => Todo::default(),
        }
    }

    /// The rule of clients: what is old is dropped, what follows is applied, what is beyond is a gap.
    fn push(&mut self, resource: &str, items: &[Item<'_>], meta: &Value) -> Todo {
        let (pos, prev) = (number(meta, "pos"), number(meta, "prev"));
        let mut todo = Todo::default();
        for (sub, items) in self.concerned(resource, items, &meta["watch"]) {
            let Some(it) = self.followed.get_mut(&sub) else {
                continue;
            };
            // What else may be read since has no position of its own.
            if pos < it.last || (pos == it.last && meta["view"].is_null()) {
                continue;
            }
            if prev > it.last {
                // Who has asked already waits for the answer.
                if !std::mem::replace(&mut it.stale, true) {
                    todo.resume.push(sub);
                }
                continue;
            }
            it.last = pos;
            if !meta["view"].is_null() {
                it.view = meta["view"].clone();
            }
            match &mut it.reading {
                Some(reading) => reading.hears(pos, &items),
                None => it.put_all(&items),
            }
        }
        todo
    }

    /// Whom these items of one push are for.
    fn concerned<'a>(
        &self,
        resource: &str,
        items: &[Item<'a>],
        watch: &Value,
    ) -> Vec<(Sub, Vec<Item<'a>>)> {
        if let Some(watch) = watch.as_str() {
            return vec![(Sub::Watch(watch.to_owned()), items.to_vec())];
        }
        let all = Sub::All(resource.to_owned());
        if self.followed.contains_key(&all) {
            return vec![(all, items.to_vec())];
        }
        let each = items.iter().map(|item| {
            let id = item.1["id"].to_string();
            (Sub::Record(resource.to_owned(), id), vec![*item])
        });
        each.collect()
    }
}

impl Followed {
    /// Whether what was missed is still to come.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    fn put_all(&mut self, items: &[Item<'_>]) {
        for (action, record, rev) in items {
            self.put(action, record, *rev);
        }
    }

    fn put(&mut self, action: &str, record: &Value, rev: u64) {
        let id = record["id"].to_string();
        match action {
            "enter" | "update" | "create" => {
                self.records.insert(id, (record.clone(), rev));
            }
            "leave" | "destroy" => {
                self.records.remove(&id);
            }
            _ => panic!("no push has the action {action}"),
        }
    }
}

/// Records by their ids as JSON text, each with its revision.
pub(crate) fn snapshot(records: &Value, revs: &Value) -> BTreeMap<String, (Value, u64)> {
    let records = records.as_array().expect("a snapshot has records");
    let revs = revs.as_array().expect("a snapshot has revisions");
    assert_eq!(records.len(), revs.len(), "a revision for each record");
    let each = records.iter().zip(revs).map(|(record, rev)| {
        let rev = rev.as_u64().expect("a revision is a number");
        (record["id"].to_string(), (record.clone(), rev))
    });
    each.collect()
}

fn number(of: &Value, name: &str) -> u64 {
    let number = of[name].as_u64();
    number.unwrap_or_else(|| panic!("no {name} in {of}"))
}

fn text(of: &Value, name: &str) -> String {
    let text = of[name].as_str();
    text.unwrap_or_else(|| panic!("no {name} in {of}"))
        .to_owned()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("an id is JSON")
}
