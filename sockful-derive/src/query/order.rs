//! What a list is sorted by: fields, each as it is or in `Reverse(..)`.

use syn::Expr;

use super::ast::{Named, Question, inside};
use super::condition::Names;
use crate::errors::Errors;

/// One key of an order.
pub(crate) struct Key<'a> {
    pub(crate) field: Named<'a>,
    pub(crate) descending: bool,
}

/// Reads the body of a question. `None` only if there was a mistake.
pub(crate) fn read<'a>(question: &'a Question, errors: &Errors) -> Option<Vec<Key<'a>>> {
    let keys: Vec<_> = match inside(&question.body) {
        Expr::Tuple(tuple) => tuple.elems.iter().collect(),
        other => vec![other],
    };
    let keys: Vec<_> = keys
        .into_iter()
        .map(|key| read_key(question, key, errors))
        .collect();
    keys.into_iter().collect()
}

fn read_key<'a>(question: &Question, expr: &'a Expr, errors: &Errors) -> Option<Key<'a>> {
    let (expr, descending) = match inside(expr) {
        Expr::Call(call) if call.args.len() == 1 && is_reverse(&call.func) => (&call.args[0], true),
        other => (other, false),
    };
    let field = question.field(expr);
    if field.is_none() {
        let record = &question.record;
        let message =
            format!("a list is sorted by fields: `{record}.name`, or `Reverse({record}.name)`");
        errors.push(expr, message);
    }
    Some(Key {
        field: field?,
        descending,
    })
}

/// `Reverse`, by whatever path.
fn is_reverse(function: &Expr) -> bool {
    let Expr::Path(path) = function else {
        return false;
    };
    path.path
        .segments
        .last()
        .is_some_and(|last| last.ident == "Reverse")
}
