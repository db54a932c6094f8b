//! May this caller call this at all?

use std::ops::Deref;

use super::super::call::Call;
use super::super::deadline::Deadline;
use super::identify::{Identified, identify_again};
use crate::cx::Scope;
use crate::error::{Error, Result};
use crate::identity::Caller;
use crate::resource::Access;

/// A call that may be carried out; made here alone.
#[derive(Clone, Copy)]
pub(crate) struct Allowed<'c, 'a>(&'c Call<'a>);

/// The same, held by the one who sends it on its way.
pub(crate) struct Permit<'c, 'a>(&'c mut Call<'a>);

/// Lets a call pass, or refuses it. It stays where it is: to move it takes longer than to decide about it.
///
/// # Errors
/// NotAuthenticated, where a caller must have logged in and has not.
pub(crate) fn access<'c, 'a>(call: &'c mut Call<'a>, _: Identified) -> Result<Permit<'c, 'a>> {
    check(call)?;
    Ok(Permit(call))
}

fn check(call: &Call<'_>) -> Result<()> {
    match (call.access(), call.cx.caller()) {
        (Access::Policy, _) if call.is_of_no_record() => {
            // Does not compile; denied all the same.
            return Err(Error::internal("nothing says who may call this method"));
        }
        (Access::Public | Access::Policy, _) | (_, Caller::System | Caller::User(..)) => {}
        (Access::Authenticated, Caller::Anonymous(_)) => {
            return Err(Error::not_authenticated("log in first"));
        }
    }
    let mut parts = call.parts.iter().enumerate();
    parts.try_for_each(|(item, part)| check(part).map_err(|error| error.of_item(item)))
}

impl<'a> Permit<'_, 'a> {
    /// The call, to be carried out.
    pub(crate) fn allowed(&self) -> Allowed<'_, 'a> {
        Allowed(self.0)
    }

    /// Gives the call, and all its parts, a scope of its own, and begins anew.
    pub(crate) fn set_scope(&mut self, scope: Scope) {
        self.0.set_scope(scope);
    }

    /// Gives the call, and all its parts, a part of the scope it was made in, and begins anew.
    pub(crate) fn set_inner_scope(&mut self, scope: Scope) {
        self.0.set_inner_scope(scope);
    }

    /// Makes sure of the caller once more: for a call that has waited, or begins anew.
    ///
    /// # Errors
    /// Those of [`identify`](super::identify()).
    pub(crate) async fn identify_again(&mut self, deadline: &Deadline) -> Result<()> {
        identify_again(self.0, deadline).await
    }

    /// Begins within the scope that the call has.
    pub(crate) fn begin(&mut self) {
        self.0.begin();
    }
}

impl<'c, 'a> Allowed<'c, 'a> {
    /// The call itself.
    pub(crate) fn call(self) -> &'c Call<'a> {
        self.0
    }

    /// Of a changeset: the calls that it is made of, which were looked at as well.
    pub(crate) fn parts(self) -> impl Iterator<Item = Self> {
        self.0.parts.iter().map(Self)
    }
}

impl<'a> Deref for Allowed<'_, 'a> {
    type Target = Call<'a>;

    fn deref(&self) -> &Call<'a> {
        self.0
    }
}

impl<'a> Deref for Permit<'_, 'a> {
    type Target = Call<'a>;

    fn deref(&self) -> &Call<'a> {
        self.0
    }
}
