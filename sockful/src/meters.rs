//! What is counted and measured for those who run a server, through the facade `metrics`.
//!
//! Names, labels and units are in `docs/observability.md`. Each handle is asked for once, when the app is built: counting is
//! then an addition, and nothing where no recorder is installed. Labels come from the program, never from a client.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Unit};

use crate::action::BUILTIN;
use crate::error::Error;
use crate::limits::Limit;
use crate::resource::Registry;
use crate::schema::Schema;
use crate::store::{Committed, StoreError};

const CALLS: &str = "sockful_calls_total";
const DURATION: &str = "sockful_call_duration_seconds";
const SESSIONS: &str = "sockful_sessions";
const HANDSHAKES: &str = "sockful_handshakes_total";
const REFUSED: &str = "sockful_refused_total";
const COMMITS: &str = "sockful_commits_total";
const HOOKS: &str = "sockful_hook_failures_total";
const PUSHES: &str = "sockful_pushes_total";
const RESETS: &str = "sockful_resets_total";
const GROUPS: &str = "sockful_groups";

/// The outcome of what was done.
pub(crate) const OK: &str = "ok";
/// The resource and the action of requests that name none there is.
const UNKNOWN: &str = "unknown";

/// Everything an app counts.
pub(crate) struct Meters {
    /// By the places of resources and of their actions.
    calls: Vec<Vec<Meter>>,
    /// By the actions of sockful itself.
    services: Vec<Meter>,
    unknown: Meter,
    sessions: Gauge,
    connected: Counter,
    refused: Vec<Counter>,
    commits: Commits,
}

/// Transactions, by what the store has made of them.
struct Commits {
    done: Counter,
    stale: Counter,
    refused: Counter,
    failed: Counter,
}

/// What is counted of one action.
pub(crate) struct Meter {
    resource: &'static str,
    action: &'static str,
    done: Counter,
    took: Histogram,
}

impl Meters {
    /// Those of an app with these resources, for the recorder that is installed now.
    pub(crate) fn new(registry: &Registry, services: &[&'static str]) -> Self {
        describe();
        Self {
            calls: registry
                .schemas()
                .iter()
                .map(|it| Meter::of_all(it))
                .collect(),
            services: services
                .iter()
                .map(|action| Meter::new(crate::protocol::SOCKFUL, action))
                .collect(),
            unknown: Meter::new(UNKNOWN, UNKNOWN),
            sessions: metrics::gauge!(SESSIONS),
            connected: metrics::counter!(HANDSHAKES, "outcome" => OK),
            refused: Limit::ALL.map(|it| refusals(it.name())).into(),
            commits: Commits::new(),
        }
    }

    /// That of an action by its place and that of its resource.
    pub(crate) fn call(&self, resource: usize, action: usize) -> &Meter {
        let action = self.calls.get(resource).and_then(|it| it.get(action));
        action.unwrap_or(&self.unknown)
    }

    /// That of an action of sockful itself.
    pub(crate) fn service(&self, place: usize) -> &Meter {
        self.services.get(place).unwrap_or(&self.unknown)
    }

    /// That of requests which name no action there is, or are not read so far.
    pub(crate) fn unknown(&self) -> &Meter {
        &self.unknown
    }

    /// Counts a session until what this answers is dropped.
    pub(crate) fn session(&self) -> Present {
        self.sessions.increment(1);
        Present(self.sessions.clone())
    }

    /// Counts a handshake by what became of it.
    pub(crate) fn handshake<T>(&self, done: &Result<T, Error>) {
        match done {
            Ok(_) => self.connected.increment(1),
            Err(error) => {
                metrics::counter!(HANDSHAKES, "outcome" => error.outcome()).increment(1);
            }
        }
    }

    /// Counts what a limit has refused.
    pub(crate) fn refused(&self, limit: Limit) {
        let place = Limit::ALL.iter().position(|it| *it == limit);
        if let Some(counter) = place.and_then(|place| self.refused.get(place)) {
            counter.increment(1);
        }
    }

    /// Counts a transaction by what the store has made of it.
    pub(crate) fn commit(&self, done: &Result<Committed, StoreError>) {
        use StoreError::{Answered, Dangling, Exists, Stale, Unique};
        let Commits {
            done: ok,
            stale,
            refused,
            failed,
        } = &self.commits;
        let counter = match done {
            Ok(_) => ok,
            Err(Stale) => stale,
            Err(Exists { .. } | Unique { .. } | Dangling(_) | Answered(_)) => refused,
            Err(_) => failed,
        };
        counter.increment(1);
    }

    /// Counts a hook behind a call of this resource that has failed.
    pub(crate) fn hook_failed(resource: &'static str) {
        metrics::counter!(HOOKS, "resource" => resource).increment(1);
    }
}

/// Counts what is told of the changes of a resource, once for each who is told.
pub(crate) fn pushes(resource: &'static str) -> Counter {
    metrics::counter!(PUSHES, "resource" => resource)
}

/// Counts something of which somebody is told no more, by the reason.
pub(crate) fn reset(reason: &'static str) {
    metrics::counter!(RESETS, "reason" => reason).increment(1);
}

/// Counts views of records that somebody is told of.
pub(crate) fn groups() -> Gauge {
    metrics::gauge!(GROUPS)
}

/// Counts connections that a listener has refused for a limit of this name.
pub(crate) fn refusals(limit: &'static str) -> Counter {
    metrics::counter!(REFUSED, "limit" => limit)
}

impl Commits {
    fn new() -> Self {
        let counter = |outcome| metrics::counter!(COMMITS, "outcome" => outcome);
        Self {
            done: counter(OK),
            stale: counter("stale"),
            refused: counter("refused"),
            failed: counter("failed"),
        }
    }
}

impl Meter {
    fn new(resource: &'static str, action: &'static str) -> Self {
        Self {
            resource,
            action,
            done: metrics::counter!(
                CALLS, "resource" => resource, "action" => action, "outcome" => OK
            ),
            took: metrics::histogram!(DURATION, "resource" => resource, "action" => action),
        }
    }

    /// The built-in actions, in their order, and then the methods.
    fn of_all(schema: &Schema) -> Vec<Self> {
        let builtin = BUILTIN.iter().map(|(name, _)| *name);
        let methods = schema.actions.iter().map(|method| method.name);
        let actions = builtin.chain(methods);
        actions.map(|name| Self::new(schema.name, name)).collect()
    }

    /// The name of the resource.
    pub(crate) fn resource(&self) -> &'static str {
        self.resource
    }

    /// The name of the action.
    pub(crate) fn action(&self) -> &'static str {
        self.action
    }

    /// Counts a call by what became of it.
    pub(crate) fn count(&self, outcome: &'static str) {
        if outcome == OK {
            self.done.increment(1);
        } else {
            self.count_failed(outcome);
        }
    }

    /// How long a call took.
    pub(crate) fn took(&self, time: Duration) {
        self.took.record(time);
    }

    /// Outcomes are the reasons of the program and of sockful: few, but not known before they come.
    fn count_failed(&self, outcome: &'static str) {
        let (resource, action) = (self.resource, self.action);
        let counter = metrics::counter!(
            CALLS, "resource" => resource, "action" => action, "outcome" => outcome
        );
        counter.increment(1);
    }
}

/// One that a gauge counts until this is dropped.
pub(crate) struct Present(Gauge);

impl Drop for Present {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

fn describe() {
    metrics::describe_counter!(
        CALLS,
        Unit::Count,
        "Requests of clients, by what became of them"
    );
    metrics::describe_histogram!(DURATION, Unit::Seconds, "How long calls of clients take");
    metrics::describe_gauge!(SESSIONS, Unit::Count, "Connected clients");
    metrics::describe_counter!(
        HANDSHAKES,
        Unit::Count,
        "Clients that connect or show a new token, by what became of it"
    );
    metrics::describe_counter!(REFUSED, Unit::Count, "What a limit has refused");
    metrics::describe_counter!(
        COMMITS,
        Unit::Count,
        "Transactions, by what the store made of them"
    );
    metrics::describe_counter!(
        PUSHES,
        Unit::Count,
        "Changes that somebody was told of, once for each who was"
    );
    metrics::describe_counter!(
        RESETS,
        Unit::Count,
        "Watches that have ended because nobody could say what was missed, by the reason"
    );
    metrics::describe_gauge!(
        GROUPS,
        Unit::Count,
        "Views of records that somebody is told of: those who see the same share one"
    );
    metrics::describe_counter!(HOOKS, Unit::Count, "Hooks behind calls that have failed");
}
