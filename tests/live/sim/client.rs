//! A client of a simulated world: it asks, follows, is cut off, comes back, and compares.

mod checks;

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::Follow;
use super::plan::Will;
use super::server::Keeps;
use super::socket::{Heard, Socket, auth};
use super::stage::{Phase, Place, Stage, count};
use crate::live::replica::{Replica, Sub, Todo, snapshot};

/// How many requests a client has unanswered at most.
const IN_FLIGHT: usize = 4;
/// How many questions it has.
const QUESTIONS: usize = 2;

/// One client.
pub(super) struct Client {
    number: usize,
    name: &'static str,
    will: Will,
    follow: Follow,
    keeps: Keeps,
    stage: Rc<Stage>,
    replica: Replica,
    questions: Vec<Question>,
    /// What was wanted and has not been answered, in the order in which it was wanted.
    wishes: Vec<Value>,
    /// How often it has counted, and has been told so.
    counted: u64,
    /// The requests of this connection that were not answered yet, in the order sent.
    asked: VecDeque<(u64, Asked)>,
    /// It has shown what it follows, and was not told yet what became of that.
    resuming: bool,
}

/// Something that is followed.
struct Question {
    resource: &'static str,
    query: Value,
    /// Where the copy of its answer is.
    sub: Option<Sub>,
}

/// What a request is about.
#[derive(Debug)]
enum Asked {
    Wish(Value),
    /// Begins to follow a question.
    Follow(usize),
    Unwatch,
    Resume,
    /// What the server finds to a question now.
    Compare(usize),
    /// How often this client has counted, and how many questions were to be compared before.
    Tally(usize),
}

impl Client {
    pub(super) fn new(
        seed: u64,
        number: usize,
        follow: Follow,
        keeps: Keeps,
        stage: Rc<Stage>,
    ) -> Self {
        let mut will = Will::of(seed, number);
        let questions = (0..QUESTIONS).map(|_| Question::new(&mut will)).collect();
        Self {
            number,
            name: super::run::NAMES[number],
            will,
            follow,
            keeps,
            stage,
            replica: Replica::default(),
            questions,
            wishes: Vec::new(),
            counted: 0,
            asked: VecDeque::new(),
            resuming: false,
        }
    }

    /// Connects again and again, for as long as the simulation runs.
    pub(super) async fn run(mut self) -> turmoil::Result {
        loop {
            let resume = self.replica.state(|_| self.follow == Follow::Watch);
            let resume = Some(resume).filter(|it| it["subs"] != json!([]));
            self.resuming = resume.is_some();
            if let Some(socket) = Socket::connect(&auth(self.will.person(), resume)).await {
                count(&self.place().connected, 1);
                self.tell("connected");
                self.asked.clear();
                if self.talk(socket).await.is_none() {
                    self.tell("lost the connection");
                }
            }
            self.place().idle.set(false);
            sleep(self.will.pause(20, 200)).await;
        }
    }

    /// Uses a connection until it ends.
    async fn talk(&mut self, mut socket: Socket) -> Option<()> {
        for wish in std::mem::take(&mut self.wishes) {
            self.ask(&mut socket, &wish.clone(), Asked::Wish(wish))
                .await?;
        }
        let mut next = Instant::now();
        loop {
            self.place().idle.set(self.is_idle());
            if self.follow == Follow::Watch {
                self.place().follows.set(self.replica.followed().count());
            }
            tokio::select! {
                biased;
                () = sleep_until(next) => {
                    if self.place().cut.take() {
                        self.tell("drops the connection");
                        return Some(());
                    }
                    if let Some(time) = self.place().stall.take() {
                        self.tell("reads nothing for a while");
                        sleep(time).await;
                    }
                    self.act(&mut socket).await?;
                    next = Instant::now() + self.will.pause(30, 120);
                }
                heard = socket.hear() => match heard? {
                    Heard::Answer(ack, answer) => self.answered(&mut socket, ack, answer).await?,
                    Heard::Event(name, arguments) => self.event(&mut socket, &name, &arguments).await?,
                },
            }
        }
    }

    /// Whether it has all that it waits for.
    fn is_idle(&self) -> bool {
        !self.resuming
            && self.asked.is_empty()
            && self.wishes.is_empty()
            && self.replica.is_whole()
            && self.questions.iter().all(|it| it.sub.is_some())
    }

    /// Does what is due, now and then.
    async fn act(&mut self, socket: &mut Socket) -> Option<()> {
        for at in 0..self.questions.len() {
            let waits = |(_, asked): &(u64, Asked)| matches!(asked, Asked::Follow(it) if *it == at);
            if self.questions[at].sub.is_none() && !self.asked.iter().any(waits) {
                self.follow(socket, at).await?;
            }
        }
        match self.stage.phase.get() {
            Phase::Acting => {
                if self.asked.len() < IN_FLIGHT && !self.resuming {
                    if self.will.once_in(25) {
                        self.ask_something_else(socket).await?;
                    }
                    let wish = self.will.wish();
                    self.ask(socket, &wish.clone(), Asked::Wish(wish)).await?;
                }
            }
            Phase::Comparing(number) => {
                if self.is_idle() && self.place().compared.get() < number {
                    self.compare(socket, number).await?;
                }
            }
            Phase::Settling => {}
        }
        Some(())
    }

    async fn follow(&mut self, socket: &mut Socket, at: usize) -> Option<()> {
        let Question {
            resource, query, ..
        } = &self.questions[at];
        let request = match self.follow {
            Follow::Watch => json!([resource, "watch", query]),
            Follow::Poll => json!([resource, "all", query]),
        };
        self.ask(socket, &request, Asked::Follow(at)).await
    }

    /// Lets go of a question for another.
    async fn ask_something_else(&mut self, socket: &mut Socket) -> Option<()> {
        let at = self.number % self.questions.len();
        let Some(sub) = self.questions[at].sub.take() else {
            return Some(());
        };
        let before = self.questions[at].resource;
        self.questions[at] = Question::new(&mut self.will);
        // The same question twice is one watch.
        let others = self
            .questions
            .iter()
            .any(|it| it.sub.as_ref() == Some(&sub));
        if let Sub::Watch(watch) = &sub
            && !others
        {
            self.replica.forget(&sub);
            if self.follow == Follow::Watch {
                let request = json!([before, "unwatch", watch]);
                self.ask(socket, &request, Asked::Unwatch).await?;
            }
        }
        Some(())
    }

    async fn compare(&mut self, socket: &mut Socket, number: usize) -> Option<()> {
        for at in 0..self.questions.len() {
            if self.follow == Follow::Poll {
                self.follow(socket, at).await?;
            }
            let Question {
                resource, query, ..
            } = &self.questions[at];
            let mut query = query.clone();
            query["$limit"] = 1_000.into();
            let request = json!([resource, "all", query]);
            self.ask(socket, &request, Asked::Compare(at)).await?;
        }
        let person = self.will.person().unwrap_or("ann");
        let request = json!(["tally", "get", person]);
        self.ask(socket, &request, Asked::Tally(number)).await
    }

    async fn ask(&mut self, socket: &mut Socket, request: &Value, asked: Asked) -> Option<()> {
        self.tell(&format!("-> {request}"));
        if let Asked::Wish(wish) = &asked {
            self.wishes.push(wish.clone());
        }
        let ack = socket.emit(request).await?;
        self.asked.push_back((ack, asked));
        Some(())
    }

    /// Takes an answer, which must be that to the oldest request: all are answered once, and in order.
    async fn answered(
        &mut self,
        socket: &mut Socket,
        ack: u64,
        [error, result, meta]: [Value; 3],
    ) -> Option<()> {
        self.tell(&format!("<- {ack} {error} {result} {meta}"));
        count(&self.place().answered, 1);
        let (expected, asked) = self
            .asked
            .pop_front()
            .expect("an answer nobody has asked for");
        assert_eq!(ack, expected, "answers come in the order of requests, once");
        match asked {
            Asked::Wish(wish) => {
                self.wishes.retain(|it| *it != wish);
                if error["temporary"] == true {
                    self.ask(socket, &wish.clone(), Asked::Wish(wish)).await?;
                } else {
                    self.granted(&wish, &error, &meta);
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
            Asked::Unwatch => {
                assert!(
                    error.is_null() || error["reason"] == "unknown_watch",
                    "{error}"
                );
            }
            Asked::Resume => {
                assert_eq!(error, Value::Null, "whoever may follow may resume");
                let todo = self.resumed(&result);
                self.act_on(socket, todo).await?;
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

    async fn event(&mut self, socket: &mut Socket, name: &str, arguments: &[Value]) -> Option<()> {
        self.tell(&format!("<- {name} {}", json!(arguments)));
        if name == "sockful" && arguments[0] == "resumed" {
            assert!(self.resuming, "nobody has asked to go on");
            self.resuming = false;
            let todo = self.resumed(&arguments[1]);
            return self.act_on(socket, todo).await;
        }
        if name != "sockful" {
            assert!(!self.resuming, "a push before what was missed");
            match arguments {
                [action, items, ..] if action == "batch" => {
                    for item in items.as_array().into_iter().flatten() {
                        self.hear_record(name, &item[1]);
                    }
                }
                [_, record, ..] => self.hear_record(name, record),
                _ => {}
            }
        }
        let todo = self.replica.apply(name, arguments);
        self.act_on(socket, todo).await
    }

    fn resumed(&mut self, result: &Value) -> Todo {
        for sub in result["subs"].as_array().into_iter().flatten() {
            match sub["outcome"].as_str() {
                Some("replayed") => count(&self.place().replayed, 1),
                Some("reset") => count(&self.place().reset, 1),
                _ => {}
            }
            let resource = sub["resource"].as_str().unwrap_or_default();
            self.hear_records(resource, &sub["records"]);
        }
        self.replica.resumed(result)
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
        if todo.resume.is_empty() {
            return Some(());
        }
        let state = self.replica.state(|sub| todo.resume.contains(sub));
        let request = json!(["sockful", "resume", state]);
        self.ask(socket, &request, Asked::Resume).await
    }

    fn place(&self) -> &Place {
        &self.stage.places[self.number]
    }

    fn tell(&self, what: &str) {
        let at = turmoil::sim_elapsed().unwrap_or_default();
        self.stage.tell(format!("{at:?} {}: {what}", self.name));
    }
}

impl Question {
    fn new(will: &mut Will) -> Self {
        let (resource, query) = will.question();
        Self {
            resource,
            query,
            sub: None,
        }
    }
}
