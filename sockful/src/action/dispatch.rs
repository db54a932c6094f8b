//! The one road: every call, from wherever it comes, goes through [`dispatch`].

use std::sync::Arc;
use std::time::Duration;

use super::call::{Act, Call, Outcome};
use super::deadline::Deadline;
use super::locks::changing;
use super::step::{self, Allowed};
use super::{Effect, builtin, commit, ledger, remote};
use crate::cx::{Scope, Staged};
use crate::error::{Error, Result};

/// How often a call runs again because records it had read were changed meanwhile.
const ATTEMPTS: usize = 16;

const OWN_RECORD: &str = "a method has asked the app to change the method's own record, which would \
    wait for the method to end: change `self`, or use the method's own context";

/// Decides about a call, does what it asks, and commits what it wrote.
///
/// # Errors
/// What the client is told. Timeout always means not done.
pub(crate) async fn dispatch(call: Call<'_>) -> Result<Outcome> {
    let mut call = step::access(call)?;
    let deadline = Deadline::of(&call);
    match (call.effect(), call.cx.scope()) {
        (Effect::Mutation, Scope::Free) => match call.options.once.clone() {
            Some(once) => {
                let app = call.cx.app().clone();
                let run = mutate(&mut call, deadline);
                // Boxed, so that calls without an operation do not carry the room it needs.
                Box::pin(ledger::once(&app, &once, deadline, run)).await
            }
            None => mutate(&mut call, deadline).await,
        },
        (Effect::Mutation, Scope::Read) => Err(Error::internal(
            "a method that says it only reads has tried to write",
        )),
        (Effect::Read, Scope::Free) => {
            call.cx.set_scope(Scope::Read);
            deadline.within(act(&call)).await?
        }
        // Part of another call, which commits what it writes.
        (Effect::Mutation, Scope::Mutation(_)) | (Effect::Read, _) => act(&call).await,
    }
}

/// A mutation that owns its transaction. It runs again when what it had read was no longer true.
async fn mutate(call: &mut Call<'_, Allowed>, deadline: Deadline) -> Result<Outcome> {
    let app = call.cx.app().clone();
    // Calls that change one record queue up here, so that they need not run again.
    let id = call.changes();
    let spot = id.map(|id| app.locks().spot(call.schema().name, id));
    let _turn = match spot {
        Some(spot) if spot.is_own() => return Err(Error::internal(OWN_RECORD)),
        Some(spot) => deadline.within(app.locks().turn(spot)).await?,
        None => None,
    };
    for _ in 0..ATTEMPTS {
        let open = Open(Arc::new(Staged::default()));
        call.cx.set_scope(Scope::Mutation(Arc::clone(&open.0)));
        let outcome = deadline.within(changing(spot, act(call))).await??;
        // From here on nothing is cut off: what the store has begun, it finishes.
        if let Some(outcome) = commit::commit(call, open.0.close(), outcome).await? {
            return Ok(outcome);
        }
        tokio::task::yield_now().await;
    }
    let message = "the records of this call are changed by too many others";
    Err(Error::conflict(message)
        .reason("contended")
        .retry_after(Duration::from_millis(100)))
}

/// A transaction that ends with its call, however that ends: what outlives the call can write no more.
struct Open(Arc<Staged>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

async fn act(call: &Call<'_, Allowed>) -> Result<Outcome> {
    match &call.act {
        Act::Create(drafts) => builtin::create(call, drafts).await,
        Act::Get(id) => builtin::get(call, id).await,
        Act::All(query) => builtin::all(call, query).await,
        Act::Count(query) => builtin::count(call, query).await,
        Act::Change { id, edit } => builtin::change(call, id, edit).await,
        Act::Destroy(id) => builtin::destroy(call, id).await,
        Act::Remote(method) => remote::run(call, method).await,
    }
}
