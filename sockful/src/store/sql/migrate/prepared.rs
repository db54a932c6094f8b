//! What a start has done to a database so far, and what it has still to do.

use super::{Migration, Plan};
use crate::store::StoreError;
use crate::store::sql::error::refused;

/// What was done within the transaction of a start, and the plan for the rest.
pub(in crate::store) struct Prepared {
    /// The statements that were run.
    pub(in crate::store) done: Vec<String>,
    pub(in crate::store) plan: Plan,
}

impl Prepared {
    /// All statements, in their order.
    pub(in crate::store) fn texts(&self) -> Vec<String> {
        let steps = self.plan.steps.iter().map(|step| &step.text);
        self.done.iter().chain(steps).cloned().collect()
    }

    /// Refuses a database that lacks anything where nothing may be made.
    pub(in crate::store) fn check(&self, allowed: bool) -> Result<(), StoreError> {
        let texts = self.texts();
        if allowed || texts.is_empty() {
            return Ok(());
        }
        Err(refused(format!(
            "migrations are switched off, and the database lacks:\n{}",
            texts.join(";\n")
        )))
    }

    /// Tells whoever starts the server what nothing is done about.
    pub(in crate::store) fn warn(&self) {
        for warning in &self.plan.warnings {
            tracing::warn!("{warning}");
        }
    }
}

/// Refuses migrations that were not run where nothing may be made.
pub(in crate::store) fn check_run(waiting: &[&Migration], allowed: bool) -> Result<(), StoreError> {
    if allowed || waiting.is_empty() {
        return Ok(());
    }
    let not_run = |it: &&Migration| {
        let name = &it.name;
        format!("migrations are switched off, and the migration `{name}` was not run")
    };
    Err(StoreError::Unfit(waiting.iter().map(not_run).collect()))
}
