//! Holds records against their rules, as they are about to be stored.

use super::step::Allowed;
use crate::error::{Error, Result};
use crate::row::Row;
use crate::schema::Schema;
use crate::validation::Mistake;

/// Lets a call go on with a record that keeps its rules.
///
/// # Errors
/// Unprocessable, with everything that breaks a rule: what lies in a private field is for the log alone.
pub(super) fn record(call: Allowed<'_, '_>, row: &Row) -> Result<()> {
    let mistakes = call.resource.mistakes(row)?;
    if mistakes.is_empty() {
        return Ok(());
    }
    let schema = call.schema();
    let is_private = |it: &Mistake| it.field.is_some_and(|at| schema.fields[at].words.private);
    let (private, told): (Vec<_>, Vec<_>) = mistakes.into_iter().partition(is_private);
    let error = if told.is_empty() {
        Error::unprocessable(format!("the {} breaks a rule", schema.name))
    } else {
        Error::invalid(told.into_iter().map(|it| it.error))
    };
    Err(if private.is_empty() {
        error
    } else {
        error.caused_by(summary(schema, &private).into())
    })
}

/// Lets a method leave its record like this. What was wrong with it before is not the method's doing.
///
/// # Errors
/// Internal: what a method writes is the server's doing, whoever has called it.
pub(super) fn left(call: Allowed<'_, '_>, before: &Row, row: &Row) -> Result<()> {
    if row.says_what(before) {
        return Ok(());
    }
    let mut mistakes = call.resource.mistakes(row)?;
    if !mistakes.is_empty() {
        let known = call.resource.mistakes(before)?;
        mistakes.retain(|it| !known.contains(it));
    }
    if mistakes.is_empty() {
        return Ok(());
    }
    let schema = call.schema();
    let summary = summary(schema, &mistakes);
    Err(Error::internal(format!(
        "a method has left its record breaking its rules: {summary}"
    )))
}

/// For the log. Of what never leaves the server it has no word that may quote a value.
fn summary(schema: &Schema, mistakes: &[Mistake]) -> String {
    let lines = mistakes.iter().map(|it| {
        let hidden = it
            .field
            .is_some_and(|at| schema.fields[at].words.is_hidden());
        let said = if hidden {
            &*it.error.code
        } else {
            &it.error.message
        };
        format!("{}.{} {said}", schema.name, it.error.path)
    });
    lines.collect::<Vec<_>>().join("; ")
}
