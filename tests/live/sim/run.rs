//! One run: a server, its clients, and what goes wrong between them.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::json;
use sockful::App;
use tokio::time::Duration;
use turmoil::{Builder, Sim};

use super::Manner;
use super::client::Client;
use super::kept::Kind;
use super::plan::{Fault, Plan, Round, Will};
use super::server::{House, SERVER, serve};
use super::stage::{Phase, Stage, Sum};

/// The hosts of the clients.
pub(super) const NAMES: [&str; 4] = ["first", "second", "third", "fourth"];

/// The step of the clocks.
const TICK: Duration = Duration::from_millis(10);
/// How long all must be idle before it is quiet.
const QUIET: Duration = Duration::from_millis(200);
/// Longer than anything takes to come to rest.
const GUARD: Duration = Duration::from_secs(60);

/// The simulation of one seed.
pub(super) struct Run {
    sim: Sim<'static>,
    stage: Rc<Stage>,
    plan: Plan,
    house: Rc<House>,
    /// Who has logged in.
    users: usize,
    /// What is wrong at the moment with each link, and when that ends.
    links: Vec<Option<(Wrong, Duration)>>,
    server: Server,
}

/// What the server is doing, and what is next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Up,
    /// It ends, and is down for this long then.
    Ending(Duration),
    /// It comes back at this time.
    Down(Duration),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Held,
    Parted,
}

/// Runs the simulation of a seed.
///
/// # Panics
/// If anything is not as promised, with the seed.
pub(super) fn run(seed: u64, manner: Manner, sum: &mut Sum) {
    let mut run = Run::new(seed, manner);
    if let Err(error) = run.play() {
        panic!(
            "again: SOCKFUL_SIM_SEED={seed} on {:?}\n{error}\n{:#?}\n{}",
            manner.kind,
            run.plan,
            run.stage.story()
        );
    }
    sum.add(&run.stage, run.sim.elapsed());
}

impl Run {
    fn new(seed: u64, Manner { kind, follow }: Manner) -> Self {
        let plan = Plan::of(seed);
        let mut builder = Builder::new();
        if kind == Kind::Postgres {
            // For the connections to the database, which are not simulated.
            builder.enable_tokio_io();
        }
        let mut sim = builder
            .rng_seed(seed)
            .tick_duration(TICK)
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(plan.latency)
            .tcp_capacity(1_024)
            .simulation_duration(Duration::MAX)
            .enable_random_order()
            .build();
        let house = Rc::new(House::new(kind));
        let inside = Rc::clone(&house);
        sim.host(SERVER, move || serve(Rc::clone(&inside)));
        let stage = Rc::new(Stage::new(plan.clients));
        for (number, name) in NAMES.into_iter().enumerate().take(plan.clients) {
            let client = Client::new(seed, number, follow, plan.keeps, Rc::clone(&stage));
            sim.client(name, client.run());
        }
        let users = (0..plan.clients).filter_map(|client| Will::of(seed, client).person());
        Self {
            sim,
            stage,
            house,
            users: users.collect::<BTreeSet<_>>().len(),
            links: vec![None; plan.clients],
            server: Server::Up,
            plan,
        }
    }

    fn play(&mut self) -> turmoil::Result {
        for number in 0..self.plan.rounds.len() {
            self.stage.phase.set(Phase::Acting);
            self.go_wrong(number)?;
            while self.server != Server::Up {
                self.mend(Duration::MAX);
                self.sim.step()?;
            }
            self.mend(Duration::MAX);

            self.stage.phase.set(Phase::Settling);
            self.tell("all is mended");
            let mut quiet = Duration::ZERO;
            self.step_until("it is quiet", |stage| {
                quiet = if stage.all(|it| it.idle.get()) {
                    quiet + TICK
                } else {
                    Duration::ZERO
                };
                quiet >= QUIET
            })?;

            self.tell("it is quiet");
            if let Some(app) = &*self.house.app.borrow() {
                app.tell_all("quiet", &json!(number))?;
            }
            self.stage.phase.set(Phase::Comparing(number + 1));
            self.step_until("all have compared", |stage| {
                stage.all(|it| it.compared.get() > number)
            })?;
            self.nothing_is_left_behind()?;
        }
        Ok(())
    }

    /// The server has the sessions and watches that clients have, and does nothing for anybody who is gone.
    fn nothing_is_left_behind(&mut self) -> turmoil::Result {
        let house = Rc::clone(&self.house);
        let load = || house.app.borrow().as_ref().map(App::load);
        let (sessions, users) = (self.plan.clients, self.users);
        self.step_until("nothing is left behind", |stage| {
            let follows = stage.places.iter().map(|it| it.follows.get());
            let (least, most) =
                follows.fold((0, 0), |(least, most), it| (least + it.0, most + it.1));
            load().is_some_and(|it| {
                let busy = it.handshakes + it.calls + it.records + it.operations + it.following;
                (it.sessions, it.users, busy) == (sessions, users, 0)
                    && (least..=most).contains(&it.members)
            })
        })
        .map_err(|error| format!("{error} {:?}", load()).into())
    }

    /// Lets people act, and things go wrong.
    fn go_wrong(&mut self, number: usize) -> turmoil::Result {
        let began = self.sim.elapsed();
        let Round { lasts, faults } = &self.plan.rounds[number];
        let (lasts, faults) = (*lasts, faults.clone());
        let mut faults = faults.into_iter().peekable();
        loop {
            let now = self.sim.elapsed();
            self.mend(now);
            while let Some((_, fault)) = faults.next_if(|(at, _)| began + *at <= now) {
                self.break_something(fault, now);
            }
            if now >= began + lasts {
                return Ok(());
            }
            self.sim.step()?;
        }
    }

    fn break_something(&mut self, fault: Fault, now: Duration) {
        self.tell(&format!("{fault:?}"));
        match fault {
            Fault::Cut(client) => self.stage.places[client].cut.set(true),
            Fault::Stall(client, time) => self.stage.places[client].stall.set(Some(time)),
            Fault::Hold(client, time) if self.links[client].is_none() => {
                self.sim.hold(NAMES[client], SERVER);
                self.links[client] = Some((Wrong::Held, now + time));
            }
            Fault::Part(client, time) if self.links[client].is_none() => {
                self.sim.partition(NAMES[client], SERVER);
                self.links[client] = Some((Wrong::Parted, now + time));
            }
            Fault::Crash(time) if self.server == Server::Up => self.crash(now + time),
            Fault::End(time) if self.server == Server::Up => {
                self.house.end.set(true);
                self.server = Server::Ending(time);
            }
            // Nothing is broken twice.
            Fault::Hold(..) | Fault::Part(..) | Fault::Crash(..) | Fault::End(..) => {}
        }
    }

    fn crash(&mut self, until: Duration) {
        self.sim.crash(SERVER);
        self.house.crashed(self.plan.keeps);
        self.server = Server::Down(until);
    }

    /// Ends what is to have ended by then.
    fn mend(&mut self, by: Duration) {
        for (client, link) in self.links.iter_mut().enumerate() {
            match link.take_if(|(_, until)| *until <= by) {
                Some((Wrong::Held, _)) => self.sim.release(NAMES[client], SERVER),
                Some((Wrong::Parted, _)) => self.sim.repair(NAMES[client], SERVER),
                None => {}
            }
        }
        match self.server {
            Server::Ending(time) if self.house.ended.get() => {
                self.crash(self.sim.elapsed() + time);
            }
            Server::Down(until) if until <= by => {
                self.sim.bounce(SERVER);
                self.server = Server::Up;
            }
            _ => {}
        }
    }

    fn step_until(&mut self, what: &str, mut so: impl FnMut(&Stage) -> bool) -> turmoil::Result {
        let end = self.sim.elapsed() + GUARD;
        while !so(&self.stage) {
            if self.sim.elapsed() > end {
                let places = &self.stage.places;
                return Err(format!("never comes: {what}: {places:#?}").into());
            }
            self.sim.step()?;
        }
        Ok(())
    }

    fn tell(&self, what: &str) {
        self.stage.tell(format!("{:?} {what}", self.sim.elapsed()));
    }
}
