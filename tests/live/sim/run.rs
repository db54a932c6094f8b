//! One run: a server, its clients, and what goes wrong between them.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::time::Duration;
use turmoil::{Builder, Sim};

use super::Follow;
use super::client::Client;
use super::plan::{Fault, Plan, Round};
use super::server::{Keeps, SERVER, Shared, serve};
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
    store: Rc<RefCell<Shared>>,
    /// What is wrong at the moment with each link, and when that ends.
    links: Vec<Option<(Wrong, Duration)>>,
    /// When the server comes back.
    down: Option<Duration>,
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
pub(super) fn run(seed: u64, follow: Follow, sum: &mut Sum) {
    let mut run = Run::new(seed, follow);
    if let Err(error) = run.play() {
        panic!(
            "again: SOCKFUL_SIM_SEED={seed}\n{error}\n{:#?}\n{}",
            run.plan,
            run.stage.story()
        );
    }
    sum.add(&run.stage, run.sim.elapsed());
}

impl Run {
    fn new(seed: u64, follow: Follow) -> Self {
        let plan = Plan::of(seed);
        let mut sim = Builder::new()
            .rng_seed(seed)
            .tick_duration(TICK)
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(plan.latency)
            .tcp_capacity(1_024)
            .simulation_duration(Duration::MAX)
            .enable_random_order()
            .build();
        let store = Rc::new(RefCell::new(Shared::default()));
        let kept = Rc::clone(&store);
        sim.host(SERVER, move || serve(kept.borrow().clone()));
        let stage = Rc::new(Stage::new(plan.clients));
        for number in 0..plan.clients {
            let client = Client::new(seed, number, follow, plan.keeps, Rc::clone(&stage));
            sim.client(NAMES[number], client.run());
        }
        Self {
            sim,
            stage,
            store,
            links: vec![None; plan.clients],
            down: None,
            plan,
        }
    }

    fn play(&mut self) -> turmoil::Result {
        for number in 0..self.plan.rounds.len() {
            self.stage.phase.set(Phase::Acting);
            self.go_wrong(number)?;
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
            self.stage.phase.set(Phase::Comparing(number + 1));
            self.step_until("all have compared", |stage| {
                stage.all(|it| it.compared.get() > number)
            })?;
        }
        Ok(())
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
            Fault::Crash(time) if self.down.is_none() => {
                self.sim.crash(SERVER);
                if self.plan.keeps == Keeps::Nothing {
                    self.store.take();
                }
                self.down = Some(now + time);
            }
            // Nothing is broken twice.
            Fault::Hold(..) | Fault::Part(..) | Fault::Crash(..) => {}
        }
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
        if self.down.take_if(|until| *until <= by).is_some() {
            self.sim.bounce(SERVER);
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
