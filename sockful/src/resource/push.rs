//! Whom the changes of a resource are told.

use super::Resource;
use crate::hooks::HookFacts;

/// Whom the changes of a resource are told: the word `push`.
///
/// Whatever it says, a change is told to those alone who may read the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// Whoever watches a query that the record matches, or has matched.
    Watch,
    /// Every client.
    All,
    /// Whoever was answered the record.
    Interest,
    /// Nobody.
    None,
}

impl Push {
    /// What holds for `R`: the word it states, or else [`Watch`](Self::Watch), but [`None`](Self::None) where hooks have a say in what
    /// is read. They have none in a push, which would show what they change, and tell what they refuse.
    pub(crate) fn of<R: Resource>() -> Self {
        let hooks = || R::FACTS.hooks.map(|written| written());
        match R::PUSH {
            Some(stated) => stated,
            None if hooks().as_ref().is_some_and(HookFacts::follow_reads) => Self::None,
            None => Self::Watch,
        }
    }
}

#[cfg(test)]
mod tests;
