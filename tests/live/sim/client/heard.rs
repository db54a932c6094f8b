//! What a client makes of what it hears.

use serde_json::{Value, json};

use super::{Asked, Client, Question};
use crate::live::replica::{Sub, Todo, snapshot};
use crate::live::sim::Follow;
use crate::live::sim::server::Keeps;
use crate::live::sim::socket::Socket;
use crate::live::sim::stage::count;
use crate::live::sim::world::{HELD, TOLD};

impl Client {
    /// Takes an answer, which must be that to the oldest request: all are answered once, and in order.
    pub(super) async fn answered(
        &mut self,
        socket: &mut Socket,
        ack: u64,
        [error, result, meta]: [Value; 3],
    ) -> Option<()> {
        self.tell(&format!("<- {ack} {error} {result} {meta}"));
        count(&self.place().answered, 1);
        // What has begun anew may have been told more before.
        self.kept = None;
        let (expected, asked) = self
            .asked
            .pop_front()
            .expect("an answer nobody has asked for");
        assert_eq!(ack, expected, "answers come in the order of requests, once");
        if error["temporary"] == true {
            return self.ask_again(socket, asked).await;
        }
        match asked {
            Asked::Wish(wish) => {
                self.wishes.retain(|it| *it != wish);
                self.granted(&wish, &error, &meta);
                let is_told = self.follow == Follow::Watch && meta["replayed"].is_null();
                let answers_record = ["create", "update", "replace"];
                let answers_record = answers_record.iter().any(|it| wish[1] == *it);
                if wish[0] == HELD && error.is_null() && is_told && answers_record {
                    self.holds(&result, &meta);
                }
            }
            Asked::Follow(at) => {
                assert_eq!(error, Value::Null, "whoever may ask may follow");
                let Question {
                    resource, query, ..
                } = &self.questions[at];
                let result = match self.follow {
                    Follow::Watch => result,
                    Follow::Poll => {
                        json!({ "watch": format!("{resource}{query}"), "records": result })
                    }
                };
                self.hear_records(resource, &result["records"]);
                let sub = self.replica.watched(resource, query, &result, &meta);
                self.questions[at].sub = Some(sub);
            }
            Asked::Unwatch(_) => {
                assert!(
                    error.is_null() || error["reason"] == "unknown_watch",
                    "{error}"
                );
            }
            Asked::Resume(shown) => {
                assert_eq!(error, Value::Null, "whoever may follow may resume");
                let todo = self.replica.resumed(&shown, &result);
                self.hear_outcomes(&result);
                self.act_on(socket, todo).await?;
            }
            Asked::Read => {
                assert_eq!(error, Value::Null, "whoever may be told may read");
                self.hear_records(TOLD, &result);
                self.replica.read(TOLD, &result, &meta);
            }
            Asked::Look(push) => {
                assert!(error.is_null() || error["code"] == 404, "{error}");
                if push {
                    self.holds(&result, &meta);
                }
            }
            Asked::Others(resource) => {
                assert_eq!(error, Value::Null, "whoever may be told may read");
                self.compared_others(resource, &snapshot(&result, &meta["revs"]));
            }
            Asked::Compare(at) => {
                assert_eq!(error, Value::Null, "whoever may follow may ask");
                self.compared(at, &snapshot(&result, &meta["revs"]));
            }
            Asked::Tally(number) => {
                if self.keeps == Keeps::Everything && self.will.person().is_some() {
                    assert_eq!(
                        result["count"], self.counted,
                        "what is repeated is done once"
                    );
                }
                self.place().compared.set(number);
            }
        }
        Some(())
    }

    /// Asks again what cannot be done now.
    async fn ask_again(&mut self, socket: &mut Socket, asked: Asked) -> Option<()> {
        match asked {
            Asked::Wish(wish) => {
                self.wishes.retain(|it| *it != wish);
                self.ask(socket, &wish.clone(), Asked::Wish(wish)).await
            }
            Asked::Read => self.read_all(socket, TOLD).await,
            Asked::Resume(shown) => {
                let request = json!(["sockful", "resume", shown]);
                self.ask(socket, &request, Asked::Resume(shown)).await
            }
            // It asks anyway, or does not mind.
            Asked::Follow(_) | Asked::Unwatch(_) | Asked::Look(_) => Some(()),
            asked => panic!("it is quiet: why not {asked:?}?"),
        }
    }

    async fn read_all(&mut self, socket: &mut Socket, resource: &str) -> Option<()> {
        let request = json!([resource, "all", {}]);
        self.ask(socket, &request, Asked::Read).await
    }

    /// Takes the records of an answer of which it is told from then on.
    fn holds(&mut self, result: &Value, meta: &Value) {
        let one = std::slice::from_ref(result);
        let (records, revs) = match result {
            Value::Array(records) => (&records[..], meta["revs"].as_array().map(Vec::as_slice)),
            Value::Null => (&[][..], None),
            _ => (one, Some(std::slice::from_ref(&meta["rev"]))),
        };
        let pos = meta["pos"].as_u64();
        for (record, rev) in records.iter().zip(revs.into_iter().flatten()) {
            let sub = Sub::Record(HELD.to_owned(), record["id"].to_string());
            let lets_go = |asked: &Asked| matches!(asked, Asked::Unwatch(of) if *of == sub);
            if self.asked.iter().any(|(_, asked)| lets_go(asked)) {
                // It was answered before that is done.
                continue;
            }
            let rev = rev.as_u64().expect("a revision");
            self.replica
                .interested(HELD, record, rev, pos.expect("a position"));
        }
    }

    pub(super) async fn event(
        &mut self,
        socket: &mut Socket,
        name: &str,
        arguments: &[Value],
    ) -> Option<()> {
        if arguments[0] != "pos" {
            self.tell(&format!("<- {name} {}", json!(arguments)));
        }
        if self.follow == Follow::Poll {
            return Some(());
        }
        if name == "sockful" {
            self.kept = None;
            if arguments[0] == "resumed" {
                assert!(self.resuming, "nobody has asked to go on");
                self.resuming = false;
                self.hear_outcomes(&arguments[1]);
            }
        } else {
            assert!(!self.resuming, "a push before what was missed");
            match arguments {
                [action, items, ..] if action == "batch" => {
                    for item in items.as_array().into_iter().flatten() {
                        self.hear_record(name, &item[1]);
                    }
                }
                [_, record, meta] => {
                    self.hear_record(name, record);
                    if meta["pos"].is_null() {
                        self.hear_told(name, record);
                    }
                }
                _ => {}
            }
        }
        let todo = self.replica.apply(name, arguments);
        if name != "sockful" {
            self.hear_again(name, arguments);
        }
        self.act_on(socket, todo).await
    }

    /// Hears a push once more, at once or later: that changes nothing.
    fn hear_again(&mut self, name: &str, arguments: &[Value]) {
        if self.will.once_in(4) {
            self.hear_twice(name, arguments);
        }
        if self.will.once_in(3)
            && let Some((name, arguments)) = self.kept.take()
        {
            self.hear_twice(&name, &arguments);
        }
        if self.kept.is_none() {
            self.kept = Some((name.to_owned(), arguments.to_vec()));
        }
    }

    fn hear_twice(&mut self, name: &str, arguments: &[Value]) {
        let before = self.replica.clone();
        let todo = self.replica.apply(name, arguments);
        assert_eq!(todo, Todo::default(), "what is repeated asks for nothing");
        assert!(
            self.replica == before,
            "what is repeated changes nothing: {name} {}",
            json!(arguments)
        );
        count(&self.place().twice, 1);
    }

    fn hear_outcomes(&self, result: &Value) {
        for sub in result["subs"].as_array().into_iter().flatten() {
            match sub["outcome"].as_str() {
                Some("replayed") => count(&self.place().replayed, 1),
                Some("reset") => count(&self.place().reset, 1),
                _ => {}
            }
            let resource = sub["resource"].as_str().unwrap_or_default();
            self.hear_records(resource, &sub["records"]);
        }
    }

    async fn act_on(&mut self, socket: &mut Socket, todo: Todo) -> Option<()> {
        for sub in todo.renew {
            self.replica.forget(&sub);
            for question in &mut self.questions {
                if question.sub.as_ref() == Some(&sub) {
                    question.sub = None;
                }
            }
        }
        for (before, now) in todo.renamed {
            for question in &mut self.questions {
                if question.sub.as_ref() == Some(&before) {
                    question.sub = Some(now.clone());
                }
            }
        }
        for resource in todo.read {
            self.read_all(socket, &resource).await?;
        }
        if todo.resume.is_empty() {
            return Some(());
        }
        let state = self.replica.state(|sub| todo.resume.contains(sub));
        let request = json!(["sockful", "resume", state]);
        self.ask(socket, &request, Asked::Resume(state)).await
    }
}
