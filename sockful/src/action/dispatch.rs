//! The one road: every call, from wherever it comes, goes through [`dispatch`].

use std::hash::BuildHasher;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use foldhash::quality::RandomState;
use futures_util::FutureExt;

use super::call::{Act, Call, Outcome};
use super::deadline::Deadline;
use super::hooks::Stop;
use super::locks::{self, Spot, Turn, changing};
use super::step::{self, Allowed, Permit};
use super::{
    Aftermath, Effect, aftermath, authority, builtin, changeset, commit, ledger, record, remote,
    watch,
};
use crate::app::App;
use crate::cx::{Scope, Staged};
use crate::error::{Error, Result};
use crate::row::Value;
use crate::schema::Schema;
use crate::store::Transaction;

/// How often a call runs again because records it had read were changed meanwhile.
const ATTEMPTS: usize = 16;

const OWN_RECORD: &str = "a method has asked the app to change the method's own record, which would \
    wait for the method to end: change `self`, or use the method's own context";

/// Decides about a call, does what it asks, and commits what it wrote.
///
/// # Errors
/// What the client is told. Timeout always means not done.
pub(crate) async fn dispatch(call: &mut Call<'_>) -> Result<Outcome> {
    let deadline = Deadline::of(call);
    let known = step::identify(call, &deadline).await?;
    let mut call = step::access(call, known)?;
    let mut aftermath = Aftermath::default();
    match (call.effect(), call.cx.scope()) {
        (Effect::Mutation, Scope::Free) => match call.options.once.clone() {
            Some(once) => {
                let app = call.app;
                let run = mutate(&mut call, &deadline, true);
                // Boxed, so that calls without an operation do not carry the room it needs.
                Box::pin(ledger::once(app, &once, &deadline, run)).await
            }
            None => mutate(&mut call, &deadline, false).await,
        },
        (Effect::Mutation, Scope::Read) => Err(Error::internal(
            "a method that says it only reads has tried to write",
        )),
        (Effect::Read, Scope::Free | Scope::Read) => {
            let is_outermost = matches!(call.cx.scope(), Scope::Free);
            if is_outermost {
                call.set_scope(Scope::Read);
            } else {
                call.begin();
            }
            let call = call.allowed();
            let outcome = {
                let acted = pin!(act(call, &mut aftermath));
                if is_outermost {
                    deadline.within(acted).await??
                } else {
                    acted.await?
                }
            };
            if let Some(started) = aftermath::follow(call, aftermath) {
                started.await;
            }
            Ok(outcome)
        }
        (_, Scope::Mutation(outer)) => {
            let outer = Arc::clone(outer);
            inner(&mut call, &outer).await
        }
    }
}

/// A call within another, which commits what it writes. It runs again when what it had seen of that one was no longer true:
/// a method may wait for several calls at once.
async fn inner(call: &mut Permit<'_, '_>, outer: &Arc<Staged>) -> Result<Outcome> {
    loop {
        let open = Open(Arc::new(Staged::within(outer)));
        call.set_inner_scope(Scope::Mutation(Arc::clone(&open.0)));
        let mut aftermath = Aftermath::default();
        match act(call.allowed(), &mut aftermath).await {
            Ok(outcome) => {
                if open.0.hand_over(outer, aftermath)? {
                    return Ok(outcome);
                }
            }
            // What it was refused for may never have been.
            Err(error) => {
                if open.0.holds(outer) {
                    return Err(error);
                }
            }
        }
    }
}

/// A mutation that owns its transaction. It runs again when what it had read was no longer true. `waited` is whether it may have
/// waited for another call since its caller was known.
async fn mutate(
    call: &mut Permit<'_, '_>,
    deadline: &Deadline,
    mut waited: bool,
) -> Result<Outcome> {
    let app = call.app;
    // Calls that change one record queue up here, so that they need not run again.
    let id = call.changes();
    let spot = id.map(|id| app.locks().spot(call.schema().name, id));
    if spot.is_some_and(|spot| spot.is_own()) {
        return Err(Error::internal(OWN_RECORD));
    }
    let may_wait = !locks::has_turn();
    let mut turns = Turns::None;
    if may_wait && let (Some(spot), Some(id)) = (spot, id) {
        let (turn, at_once) = turn(call.allowed(), spot, id, deadline).await?;
        (turns, waited) = (Turns::Own(turn), waited || !at_once);
    }
    for attempt in 0..ATTEMPTS {
        if waited || attempt > 0 {
            call.identify_again(deadline).await?;
        }
        let open = Open(Arc::new(Staged::default()));
        call.set_scope(Scope::Mutation(Arc::clone(&open.0)));
        let allowed = call.allowed();
        let mut aftermath = Aftermath::default();
        let outcome = deadline
            .within(pin!(changing(spot, whole(allowed, &mut aftermath))))
            .await??;
        let transaction = open.0.close();
        aftermath.extend(open.0.take_aftermath());
        let touched = (may_wait && attempt > 0).then(|| touched(app, &transaction));
        // From here on nothing is cut off: what the store has begun, it finishes.
        if let Some(done) = commit::commit(allowed, transaction, outcome, aftermath).await? {
            // Hooks that follow may want these records, and this call may wait for such hooks.
            drop(turns);
            if let Some(owed) = done.owed {
                // Boxed, so that calls which nothing follows do not carry the room it needs.
                Box::pin(owed.start()).await;
            }
            return Ok(done.outcome);
        }
        // Often in vain: from now on it queues up at everything it touches.
        if let Some(touched) = touched {
            drop(turns);
            turns = Turns::All(deadline.within(pin!(app.locks().turns(touched))).await?);
        } else {
            tokio::task::yield_now().await;
        }
        // Turns do not keep out what other nodes change, nor what methods let the app change.
        if attempt > 1 {
            deadline
                .within(pin!(tokio::time::sleep(pause(attempt))))
                .await?;
        }
    }
    drop(turns);
    let message = "the records of this call are changed by too many others";
    Err(Error::conflict(message)
        .reason("contended")
        .retry_after(Duration::from_millis(100)))
}

/// Waits for a turn at the record that a call changes; also says whether it came at once.
///
/// # Errors
/// Timeout; what the call is refused with as the record is now, if it has to wait: who may not know of a record does not wait
/// for those who may.
async fn turn<'a>(
    call: Allowed<'_, 'a>,
    spot: Spot,
    id: &Value,
    deadline: &Deadline,
) -> Result<(Option<Turn<'a>>, bool)> {
    let mut turn = pin!(call.app.locks().turn(spot));
    // Asked once it has its place in the queue.
    if let Some(turn) = turn.as_mut().now_or_never() {
        return Ok((turn, true));
    }
    if authority::decides(&call) {
        deadline.within(pin!(record::load(call, id))).await??;
    }
    Ok((deadline.within(turn).await?, false))
}

/// Random and growing, so that calls which spoil each other's attempts fall out of step: at most
/// 400 ms in all.
fn pause(attempt: usize) -> Duration {
    let most = 1_000 << attempt.min(5);
    let random = RandomState::default().hash_one(attempt);
    Duration::from_micros(random % most)
}

/// What keeps others from the records of a call while it runs.
#[expect(dead_code, reason = "held, not looked at")]
enum Turns<'a> {
    None,
    Own(Option<Turn<'a>>),
    All(Vec<Turn<'a>>),
}

/// The records that a transaction writes or rests on.
fn touched(app: &App, transaction: &Transaction) -> Vec<Spot> {
    let spot = |schema: &Schema, id: &Value| app.locks().spot(schema.name, id);
    let writes = transaction.writes.iter();
    let reads = transaction.reads.iter();
    writes
        .map(|write| spot(&write.schema, &write.id))
        .chain(reads.map(|read| spot(&read.schema, &read.id)))
        .collect()
}

/// A transaction that ends with its call, however that ends: what outlives the call can write no more.
struct Open(Arc<Staged>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Does what a call asks that commits by itself, up to the commit.
async fn whole(call: Allowed<'_, '_>, aftermath: &mut Aftermath) -> Result<Outcome> {
    let outcome = act(call, aftermath).await?;
    builtin::none_existed(call).await?;
    Ok(outcome)
}

/// Does what the call asks, as far as that can be done before it is committed. What is to follow it is added to the aftermath.
pub(super) async fn act(call: Allowed<'_, '_>, aftermath: &mut Aftermath) -> Result<Outcome> {
    let done = match &call.act {
        Act::Changeset => return changeset::act_on_parts(call, aftermath).await,
        Act::Create(drafts) => builtin::create(call, drafts).await,
        Act::Get(id) => builtin::get(call, id).await,
        Act::All(page) => builtin::all(call, page).await,
        Act::Count(query) => builtin::count(call, query).await,
        // Boxed, so that no other call carries the room it needs.
        Act::Watch { page, since } => Box::pin(watch::watch(call, page, since.as_ref())).await,
        Act::Unwatch(what) => watch::unwatch(call, what),
        Act::Change { id, edit } => builtin::change(call, id, edit).await,
        Act::Destroy(id) => builtin::destroy(call, id).await,
        Act::Remote(method) => remote::run(call, method, aftermath).await,
    };
    let outcome = done.or_else(Stop::outcome)?;
    aftermath.called(call);
    Ok(outcome)
}
