//! What a filter asks: tests of one field each, joined by `&&`, `||` and `!`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{BinOp, Expr, ExprBinary, ExprMethodCall, UnOp};

use super::ast::{Named, inside};
use crate::errors::Errors;
use crate::names::did_you_mean;

/// A condition, without mistakes.
pub(crate) enum Condition<'a> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Plain Rust, the same for every record.
    Plain(&'a Expr),
    Test(Named<'a>, Test<'a>),
    /// The rule of a parent: `album.read`
    Follow(Follow<'a>),
}

/// The rule of a parent.
pub(crate) struct Follow<'a> {
    /// As it is written.
    pub(crate) rule: &'a Ident,
    /// Which of the parents.
    pub(crate) parent: usize,
    /// What the rule is about: `read`
    pub(crate) verb: &'static str,
}

impl<'a> Condition<'a> {
    /// The rules of parents that it follows.
    pub(crate) fn follows(&self) -> Vec<&Follow<'a>> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::follows).collect(),
            Self::Not(part) => part.follows(),
            Self::Plain(_) | Self::Test(..) => Vec::new(),
            Self::Follow(follow) => vec![follow],
        }
    }
}

/// What is asked of one field.
pub(crate) enum Test<'a> {
    /// A test against a value, by the name of the function that makes it.
    Against(&'static str, &'a Expr),
    /// `list.contains(&c.name)`
    Within(&'a Expr),
    /// A test of the field alone, by the name of its function.
    Alone(&'static str),
}

/// The methods a field has.
const METHODS: [&str; 4] = ["contains", "starts_with", "is_none", "is_some"];

/// What the names in a condition mean.
pub(crate) trait Names {
    /// The field that an expression is, whatever `&` and `*` stand before it.
    fn field<'a>(&self, expr: &'a Expr) -> Option<Named<'a>>;

    /// The rule of a parent that an expression names; an error if it cannot be followed, which is reported.
    fn follow<'a>(&self, _: &'a Expr, _: &Errors) -> Option<Result<Follow<'a>, ()>> {
        None
    }

    /// Whether a field is named anywhere in it.
    fn is_mentioned(&self, tokens: TokenStream) -> bool;

    /// Whether the parts of a condition mean something each, also where none of them is about a field.
    fn takes_all_apart(&self) -> bool;

    /// Reports a value, or a part of a condition, that cannot mean anything here.
    fn check_plain(&self, expr: &Expr, errors: &Errors);

    /// How a field is compared with a value.
    fn example(&self) -> String;

    /// How a field is written.
    fn written(&self, field: Named<'_>) -> String;

    /// What is special about something that cannot mean anything here.
    fn refused(&self, tokens: TokenStream) -> Option<String>;
}

/// Reads a condition. `None` only if there was a mistake.
pub(crate) fn read<'a>(
    names: &dyn Names,
    condition: &'a Expr,
    errors: &Errors,
) -> Option<Condition<'a>> {
    Reader { names, errors }.condition(condition)
}

struct Reader<'n, 'e> {
    names: &'n dyn Names,
    errors: &'e Errors,
}

impl Reader<'_, '_> {
    fn condition<'q>(&self, expr: &'q Expr) -> Option<Condition<'q>> {
        if let Some(follow) = self.names.follow(inside(expr), self.errors) {
            return follow.ok().map(Condition::Follow);
        }
        let taken_apart = self.names.takes_all_apart() && is_joined(inside(expr));
        if !taken_apart && !self.mentions(expr) {
            self.names.check_plain(expr, self.errors);
            return Some(Condition::Plain(expr));
        }
        if let Some(field) = self.names.field(expr) {
            return Some(Condition::Test(field, Test::Alone("holds")));
        }
        match inside(expr) {
            Expr::Binary(binary) => match binary.op {
                BinOp::And(_) => self.joined(expr, &is_and).map(Condition::All),
                BinOp::Or(_) => self.joined(expr, &is_or).map(Condition::Any),
                _ => self.comparison(binary),
            },
            Expr::Unary(unary) if matches!(unary.op, UnOp::Not(_)) => {
                let inner = self.condition(&unary.expr)?;
                Some(Condition::Not(Box::new(inner)))
            }
            Expr::MethodCall(call) => self.method(call),
            Expr::Assign(assign) => {
                self.errors.push(assign.eq_token, "write `==` to compare");
                None
            }
            other => self.refuse(other),
        }
    }

    /// The parts of `a && b && c`, or of `a || b || c`. All are read, so that all mistakes are told.
    fn joined<'q>(
        &self,
        expr: &'q Expr,
        joins: &dyn Fn(&BinOp) -> bool,
    ) -> Option<Vec<Condition<'q>>> {
        match inside(expr) {
            Expr::Binary(binary) if joins(&binary.op) => {
                let left = self.joined(&binary.left, joins);
                let right = self.joined(&binary.right, joins);
                let (mut parts, more) = (left?, right?);
                parts.extend(more);
                Some(parts)
            }
            _ => self.condition(expr).map(|part| vec![part]),
        }
    }

    /// `c.hunger > 5`, `5 < c.hunger`
    fn comparison<'q>(&self, binary: &'q ExprBinary) -> Option<Condition<'q>> {
        let Some((forth, back)) = comparing(&binary.op) else {
            return self.refuse(binary);
        };
        let (left, right) = (&*binary.left, &*binary.right);
        match (self.names.field(left), self.names.field(right)) {
            (Some(_), Some(_)) => {
                let message = "the store compares a field with a value, not with another field";
                self.errors.push(binary, message);
                None
            }
            (Some(field), None) => self.against(field, forth, right),
            (None, Some(field)) => self.against(field, back, left),
            (None, None) => {
                let odd = if self.mentions(left) { left } else { right };
                self.refuse(odd)
            }
        }
    }

    /// `c.tags.contains("red")`, `names.contains(&c.name)`, `c.kind.is_none()`
    fn method<'q>(&self, call: &'q ExprMethodCall) -> Option<Condition<'q>> {
        let name = call.method.to_string();
        let only = (call.args.len() == 1).then(|| &call.args[0]);
        let Some(field) = self.names.field(&call.receiver) else {
            let asked = only.and_then(|argument| self.names.field(argument));
            return match asked {
                Some(field) if name == "contains" => self.within(field, &call.receiver),
                _ => self.refuse(call),
            };
        };
        match (METHODS.iter().find(|known| **known == name), only) {
            (Some(test @ (&"contains" | &"starts_with")), Some(value)) => {
                self.against(field, test, value)
            }
            (Some(test @ (&"is_none" | &"is_some")), None) if call.args.is_empty() => {
                Some(Condition::Test(field, Test::Alone(test)))
            }
            (Some(known), _) => {
                let value = if known.starts_with("is_") {
                    "no argument"
                } else {
                    "one value"
                };
                self.errors.push(call, format!("`{known}` takes {value}"));
                None
            }
            (None, _) => {
                let hint = did_you_mean(&name, METHODS);
                let hint = hint.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
                let known = METHODS.map(|name| format!("`{name}`")).join(", ");
                let message =
                    format!("the store has no `{name}`{hint} (methods of a field: {known})");
                self.errors.push(&call.method, message);
                None
            }
        }
    }

    fn against<'q>(
        &self,
        field: Named<'q>,
        test: &'static str,
        value: &'q Expr,
    ) -> Option<Condition<'q>> {
        self.is_value(value)?;
        Some(Condition::Test(field, Test::Against(test, value)))
    }

    fn within<'q>(&self, field: Named<'q>, list: &'q Expr) -> Option<Condition<'q>> {
        self.is_value(list)?;
        if let Expr::Range(_) = inside(list) {
            let field = self.names.written(field);
            let message =
                format!("write a range as two comparisons: `{field} >= 1 && {field} < 5`");
            self.errors.push(list, message);
            return None;
        }
        Some(Condition::Test(field, Test::Within(list)))
    }

    fn is_value(&self, value: &Expr) -> Option<()> {
        if self.mentions(value) {
            self.errors.push(
                value,
                "a field is compared with a value, which the record has no part in",
            );
            return None;
        }
        self.names.check_plain(value, self.errors);
        Some(())
    }

    /// For what names the record in another way.
    fn refuse<'q>(&self, expr: impl ToTokens) -> Option<Condition<'q>> {
        let message = self.names.refused(expr.to_token_stream());
        let message = message.unwrap_or_else(|| {
            let example = self.names.example();
            format!("the store can only compare a field itself with a value: `{example}`")
        });
        self.errors.push(expr, message);
        None
    }

    fn mentions(&self, expr: &Expr) -> bool {
        self.names.is_mentioned(expr.to_token_stream())
    }
}

/// Whether it is made of conditions: `a && b`, `a || b`, `!a`.
fn is_joined(expr: &Expr) -> bool {
    match expr {
        Expr::Binary(binary) => is_and(&binary.op) || is_or(&binary.op),
        Expr::Unary(unary) => matches!(unary.op, UnOp::Not(_)),
        _ => false,
    }
}

fn is_and(op: &BinOp) -> bool {
    matches!(op, BinOp::And(_))
}

fn is_or(op: &BinOp) -> bool {
    matches!(op, BinOp::Or(_))
}

/// The test an operator stands for, with the field on its left and on its right.
fn comparing(op: &BinOp) -> Option<(&'static str, &'static str)> {
    Some(match op {
        BinOp::Eq(_) => ("equal", "equal"),
        BinOp::Ne(_) => ("different", "different"),
        BinOp::Lt(_) => ("less", "more"),
        BinOp::Le(_) => ("at_most", "at_least"),
        BinOp::Gt(_) => ("more", "less"),
        BinOp::Ge(_) => ("at_least", "at_most"),
        _ => return None,
    })
}
