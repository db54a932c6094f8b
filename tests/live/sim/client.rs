//! A client of a simulated world: it asks, follows, is cut off, comes back, and compares.

mod checks;
mod heard;

use std::collections::VecDeque;
use std::rc::Rc;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::Follow;
use super::plan::Will;
use super::server::Keeps;
use super::socket::{Heard, Socket, auth};
use super::stage::{Phase, Place, Stage, count};
use super::world::{HELD, TOLD, first_teams};
use crate::live::replica::{Replica, Sub};

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
    /// A push that may come again.
    kept: Option<(String, Vec<Value>)>,
    /// Its teams, where nothing is on its way that changes them.
    teams: Option<Vec<Value>>,
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
    Unwatch(Sub),
    /// What it is told about these from now on, as it has shown them.
    Resume(Value),
    /// All records of a resource of which everybody is told.
    Read,
    /// Records that it is told of from now on, unless it said otherwise.
    Look(bool),
    /// What the server finds to a question now.
    Compare(usize),
    /// All records that there are of what is followed without watching.
    Others(&'static str),
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
            kept: None,
            teams: Some(first_teams(number).into_iter().map(Value::from).collect()),
        }
    }

    /// Connects again and again, for as long as the simulation runs.
    pub(super) async fn run(mut self) -> turmoil::Result {
        loop {
            let resume = (self.follow == Follow::Watch).then(|| self.replica.show());
            let resume = resume.filter(|it| it["subs"] != json!([]));
            self.resuming = resume.is_some();
            self.kept = None;
            if self.keeps == Keeps::Nothing {
                self.teams = None;
            }
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
            self.place().follows.set(self.follows());
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

    /// How much it is told about, at least and at most.
    fn follows(&self) -> (usize, usize) {
        if self.follow == Follow::Poll {
            // Of this it is told, whether it listens or not.
            return (1, 1);
        }
        let followed = self.replica.followed();
        let gone =
            followed.filter(|(sub, it)| matches!(sub, Sub::Record(..)) && it.records.is_empty());
        let most = self.replica.followed().count();
        (most - gone.count(), most)
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
                    if self.follow == Follow::Watch && self.will.once_in(6) {
                        self.look(socket).await?;
                    }
                    let mut wish = self.will.wish();
                    if self.follow == Follow::Poll && wish[0] == HELD {
                        wish[3]["push"] = false.into();
                    }
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
                self.ask(socket, &request, Asked::Unwatch(sub)).await?;
            }
        }
        Some(())
    }

    /// Is answered something of which it is told from then on, or lets go of it.
    async fn look(&mut self, socket: &mut Socket) -> Option<()> {
        let request = self.will.look();
        let asked = if request[1] == "unwatch" {
            let id = request[2]["id"].to_string();
            let sub = Sub::Record(HELD.to_owned(), id);
            self.replica.forget(&sub);
            Asked::Unwatch(sub)
        } else {
            Asked::Look(request[3]["push"] == true)
        };
        self.ask(socket, &request, asked).await
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
        if self.follow == Follow::Watch {
            for resource in [TOLD, HELD] {
                let request = json!([resource, "all", {}, { "push": false }]);
                self.ask(socket, &request, Asked::Others(resource)).await?;
            }
        }
        let person = self.will.person().unwrap_or("ann");
        let request = json!(["tally", "get", person]);
        self.ask(socket, &request, Asked::Tally(number)).await
    }

    async fn ask(&mut self, socket: &mut Socket, request: &Value, asked: Asked) -> Option<()> {
        self.tell(&format!("-> {request}"));
        if let Asked::Wish(wish) = &asked {
            self.wishes.push(wish.clone());
            if wish[0] == "member" {
                self.teams = None;
            }
        }
        let ack = socket.emit(request).await?;
        self.asked.push_back((ack, asked));
        Some(())
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
