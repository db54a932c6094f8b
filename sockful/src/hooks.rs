//! Code of the app that runs before and after what clients ask for.
//!
//! This file is what users implement. `hooks/written.rs` finds out which hooks there are, `hooks/erased.rs` runs them without
//! the type of the record, `hooks/chain.rs` holds those of the whole app, and `action/hooks.rs` has their place in a call.
//! Those of sessions are in `hooks/session.rs`, and run by `session/visit.rs`.

mod call;
mod chain;
mod erased;
mod session;
mod written;

use std::pin::Pin;
use std::task::{Context, Poll};

pub use call::{HookedCall, RemoteCall};
pub(crate) use chain::Chain;
pub(crate) use erased::{ErasedHooks, TypedHooks};
pub use session::SessionInfo;
pub(crate) use session::{SessionHook, SessionHooks};
pub use written::HookFacts;

use crate::cx::Cx;
use crate::error::Result;
use crate::query::Find;
use crate::resource::{Record, Resource};

/// What happens around the actions of one resource: declared by the word `hooks` on the struct, written as an impl.
///
/// ```
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
/// use sockful::prelude::*;
///
/// #[derive(Serialize, Deserialize, JsonSchema, Resource)]
/// #[resource(access = public, hooks)]
/// struct Card {
///     id: Id<Card>,
///     title: String,
///     #[serde(default)]
///     locked: bool,
/// }
///
/// impl Hooks for Card {
///     async fn before_create(_cx: &Cx, new: &mut Card) -> Result<()> {
///         new.title = new.title.trim().to_owned();
///         Ok(())
///     }
///
///     async fn before_update(_cx: &Cx, old: &Card, _new: &mut Card) -> Result<()> {
///         if old.locked {
///             return Err(Error::forbidden("this card is locked"));
///         }
///         Ok(())
///     }
/// }
/// ```
///
/// # Contract
/// - A hook runs for every call, whoever makes it: a client, a method through its [`Cx`], the application itself.
/// - `before_*` comes behind the policy of the resource and before validation: it sees no record that the caller may not read, and
///   none that the caller may not change or destroy where that is asked. Only a record to create is judged behind the hook, which may
///   complete it; for a caller who may create none at all, whatever it holds, the hook does not run. `before_all`
///   comes before anything is looked for, and runs for whoever may call.
/// - It may change what it is lent, or refuse by
///   an error, which the caller is told. What it writes through its context is part of the call: committed with it, or not
///   at all. Like the call it belongs to it runs again if somebody else changed the same records meanwhile.
/// - [`Cx::answer`] in a `before_*` ends the call with an answer of the hook's own.
/// - `after_get` and `after_all` come before the answer: they may change what is shown of the records, or refuse. They keep nothing
///   secret: the answers of `create`, `update`, `replace`, `destroy` and of methods show the record as it is, and its fields can be
///   asked for, sorted by and counted. What nobody may see is `private` or `write_only`, what some may not see is for the policy, or
///   for a resource of its own. In what is pushed they have no say: a resource that has one of them pushes nothing, unless it says by the
///   word [`push`](macro@crate::Resource#push) to whom records are told as they are.
/// - The other `after_*` run once what they are about is committed, whoever has written it, and apart from the answer:
///   in any order, at most once, not at all if the server ends before. An error is logged and told to nobody. What they write
///   through their context is committed by itself. Answers wait for hooks of their own caller alone, where too many run
///   ([`Config::hooks_in_flight`](crate::Config::hooks_in_flight)).
/// - A panic is an error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` says `hooks`, and has none",
    label = "write `impl Hooks for {Self} {{ .. }}`, or remove this word"
)]
pub trait Hooks: Resource + Record + DeclaresHooks {
    /// Before a record is created: with its id, and the defaults of fields that were not given.
    fn before_create(cx: &Cx, new: &mut Self) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, new);
        NotWritten
    }

    /// Before `update` and `replace`: the record as it is, and as it shall be.
    fn before_update(
        cx: &Cx,
        old: &Self,
        new: &mut Self,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, old, new);
        NotWritten
    }

    /// Before a record is destroyed.
    fn before_destroy(cx: &Cx, old: &Self) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, old);
        NotWritten
    }

    /// Before a record that the caller may read is answered by `get`.
    fn before_get(cx: &Cx, id: &Self::Key) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, id);
        NotWritten
    }

    /// Before `all` and `count`: [`Find::restrict`] leaves out what the caller shall not find. An order by a field that clients never
    /// see is refused with Internal where a client is to get a cursor, which would hold the value. So is a limit that leaves out
    /// records which are included, by `$include`: they are those of many records at once.
    fn before_all(cx: &Cx, query: &mut Find<Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, query);
        NotWritten
    }

    /// Before a remote method runs.
    fn before_remote(cx: &Cx, call: &mut RemoteCall) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, call);
        NotWritten
    }

    /// After a record was created.
    fn after_create(cx: &Cx, new: &Self) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, new);
        NotWritten
    }

    /// After a record was changed, by `update`, `replace` or a method, or has lost its parent: as it was, and as it is.
    fn after_update(cx: &Cx, old: &Self, new: &Self) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, old, new);
        NotWritten
    }

    /// After a record was destroyed, by itself or with its parent.
    fn after_destroy(cx: &Cx, old: &Self) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, old);
        NotWritten
    }

    /// Before `get` answers this record: what is changed here is shown, and not stored. Not to keep secrets: see the contract. A
    /// resource that has this hook and no word `push` is `push = none`.
    fn after_get(cx: &Cx, record: &mut Self) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, record);
        NotWritten
    }

    /// Before `all` answers these records: what is changed here is shown, and not stored. Not to keep secrets: see the contract. A
    /// resource that has this hook and no word `push` is `push = none`.
    fn after_all(cx: &Cx, records: &mut [Self]) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, records);
        NotWritten
    }

    /// After a remote method has run.
    fn after_remote(cx: &Cx, call: &RemoteCall) -> impl Future<Output = Result<()>> + Send {
        let _ = (cx, call);
        NotWritten
    }
}

/// Implemented by the word `hooks` alone: an impl that the struct does not speak of would never run.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "hooks of `{Self}` would never run: its `#[resource(..)]` does not say `hooks`",
    label = "not declared on the struct",
    note = "add the word on the struct: `#[resource(hooks)]`"
)]
pub trait DeclaresHooks {}

/// What a hook that nobody wrote answers, so that it can be told apart.
struct NotWritten;

impl Future for NotWritten {
    type Output = Result<()>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }
}
