//! The ledger: a mutation with an operation id happens once, however often it is sent, and answers the same.
//!
//! [`once`] is the whole sequence. The answer is recorded by the very commit of the call, so that there is no
//! moment between what is done and what is known of it. The store has the last word: of two nodes that do the
//! same operation at once one is told that it was answered, and answers as the other.

mod request;
mod turns;

pub(crate) use request::fingerprint;
pub(crate) use turns::Turns;

use std::pin::pin;

use super::call::Outcome;
use super::deadline::Deadline;
use crate::app::App;
use crate::error::{Error, Result};
use crate::protocol;
use crate::store::{AnswerFn, Answered, Operation, OperationKey, StoreError, Transaction};

/// The operation that a request belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Once {
    pub(crate) key: OperationKey,
    /// The [`fingerprint`] of what is asked.
    pub(crate) request: [u8; 32],
}

/// Runs a mutation, unless its operation was answered before: then that answer is given again.
///
/// A refusal is an answer too. One that is temporary is not, so a retry runs again.
///
/// # Errors
/// Conflict `op_reused`, if the operation was another request; Unavailable `op_pending`, while a duplicate runs;
/// what the mutation was or is refused with.
pub(super) async fn once(
    app: &App,
    once: &Once,
    deadline: &Deadline,
    run: impl Future<Output = Result<Outcome>>,
) -> Result<Outcome> {
    // Behind duplicates that run on this node; one that comes to its turn finds their answer.
    let turn = app.operations().turn(&once.key);
    let _turn = deadline.within(pin!(turn)).await.map_err(pending)?;
    let answered = app.store().answered(&once.key);
    if let Some(answered) = deadline.within(pin!(answered)).await.map_err(pending)?? {
        return once.replay(&answered);
    }
    match run.await {
        Err(error) if error.is_lasting() => once.refuse(app, error).await,
        done => done,
    }
}

/// Not Timeout, which means not done: the first request may be done by now.
fn pending(_timeout: Error) -> Error {
    let message = "it is not known yet whether this operation was done: send it again";
    Error::unavailable(message).reason("op_pending")
}

impl Once {
    /// The answer that was recorded: an outcome or an error, marked as replayed.
    ///
    /// # Errors
    /// The recorded error; Conflict `op_reused`, if it answers another request.
    pub(super) fn replay(&self, answered: &Answered) -> Result<Outcome> {
        if answered.request != self.request {
            let message = "this operation id was used for another request";
            return Err(Error::conflict(message).reason("op_reused"));
        }
        protocol::replay(&answered.answer)
    }

    /// Records that the operation was refused, in a transaction of its own. Who cannot know that this is
    /// kept must try again.
    async fn refuse(&self, app: &App, error: Error) -> Result<Outcome> {
        let text = protocol::record_refusal(&error);
        let transaction = Transaction {
            operation: Some(self.operation(Box::new(move |_| text.clone()))),
            ..Transaction::default()
        };
        match app.store().commit(transaction).await {
            Ok(_) => Err(error),
            Err(StoreError::Answered(answered)) => self.replay(&answered),
            Err(failed) => Err(failed.into()),
        }
    }

    /// What the store is to record with the commit of this operation.
    pub(super) fn operation(&self, answer: AnswerFn) -> Operation {
        Operation {
            key: self.key.clone(),
            request: self.request,
            answer,
        }
    }
}
