//! Conditions on records: `{ hunger: { $gt: 5 }, $or: [..], 'pos.x': 1 }`.

use super::operand::{self, Target};
use super::{Parser, and, path, step};
use crate::error::FieldError;
use crate::query::{Filter, Test};
use crate::row::{Tree, Value};
use crate::schema::Kind;

/// What leads to other conditions.
const JOINING: [&str; 3] = ["$and", "$or", "$not"];

/// What may be asked of one value.
const OPERATORS: [&str; 10] = [
    "$gt",
    "$gte",
    "$lt",
    "$lte",
    "$ne",
    "$in",
    "$nin",
    "$exists",
    "$contains",
    "$startsWith",
];

impl<'a> Parser<'a> {
    /// Everything an object of conditions asks for, so many levels deep.
    pub(super) fn all_of(&mut self, at: &str, entries: &[(String, Tree)], depth: usize) -> Filter {
        let entries = self.distinct(at, entries);
        let parts = entries
            .into_iter()
            .filter_map(|(key, tree)| self.part(at, key, tree, depth));
        and(parts.collect::<Vec<_>>())
    }

    /// One entry of an object of conditions. Nothing, if there is something wrong with it.
    pub(super) fn part(
        &mut self,
        at: &str,
        key: &str,
        tree: &Tree,
        depth: usize,
    ) -> Option<Filter> {
        let place = step(at, key);
        match key {
            "$and" => Some(and(self.alternatives(&place, tree, depth)?)),
            "$or" => Some(Filter::Or(self.alternatives(&place, tree, depth)?)),
            "$not" => Some(!self.nested(&place, tree, depth)?),
            _ => self.condition(&place, key, tree, at.is_empty()),
        }
    }

    fn alternatives(&mut self, place: &str, tree: &Tree, depth: usize) -> Option<Vec<Filter>> {
        let Tree::List(items) = tree else {
            self.wrong_type(place, "a list of conditions", tree);
            return None;
        };
        let items = items.iter().enumerate();
        items
            .map(|(index, item)| self.nested(&format!("{place}[{index}]"), item, depth))
            .collect()
    }

    /// A part of `$and` or `$or`, or what `$not` denies. Without a test in it, it counts as one.
    fn nested(&mut self, place: &str, tree: &Tree, depth: usize) -> Option<Filter> {
        let most = self.config.query_depth;
        if depth >= most {
            let what = "levels of `$and`, `$or` and `$not`";
            self.refuse(FieldError::beyond(place, "too_deep", what, most));
            return None;
        }
        let Tree::Object(entries) = tree else {
            self.wrong_type(place, "an object of conditions", tree);
            return None;
        };
        let before = self.terms;
        let filter = self.all_of(place, entries, depth + 1);
        if self.terms == before {
            self.term(place)?;
        }
        Some(filter)
    }

    /// What is asked of one field, or of a value nested in it.
    fn condition(
        &mut self,
        place: &str,
        key: &str,
        tree: &Tree,
        outermost: bool,
    ) -> Option<Filter> {
        let target = self.target(place, key, outermost)?;
        let parts = match tree {
            Tree::Object(entries) if !entries.is_empty() => {
                let entries = self.distinct(place, entries);
                let parts = entries.into_iter().filter_map(|(name, tree)| {
                    self.operator(&target, &step(place, name), name, tree)
                });
                parts.collect()
            }
            Tree::Object(_) | Tree::List(_) => {
                let expected = "a plain value, or an object of operators such as {\"$in\": []}";
                self.wrong_type(place, expected, tree);
                return None;
            }
            _ => {
                let value = self.operand(&target, place, tree)?;
                vec![self.test(&target, place, Test::Equal(value))?]
            }
        };
        Some(and(parts))
    }

    /// What a key of an object of conditions names.
    fn target(&mut self, place: &str, key: &str, outermost: bool) -> Option<Target<'a>> {
        let schema = self.schema;
        let (name, rest) = match key.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (key, None),
        };
        let Some(position) = self.field(name) else {
            let keys = if outermost { self.keys } else { &[] };
            let known = schema.visible().map(|field| field.name);
            let known = known.chain(JOINING).chain(keys.iter().copied());
            let error = FieldError::unknown(place, known);
            self.refuse(error);
            return None;
        };
        let field = &schema.fields[position];
        let keys = match rest.map(|rest| path::keys(schema, field, rest, self.config)) {
            None => Vec::new(),
            Some(Ok(keys)) => keys,
            Some(Err((code, message))) => {
                self.refuse(FieldError::new(place, code, message));
                return None;
            }
        };
        Some(Target::new(field, position, keys))
    }

    fn operator(
        &mut self,
        target: &Target<'_>,
        place: &str,
        name: &str,
        tree: &Tree,
    ) -> Option<Filter> {
        let mut negated = false;
        let test = match name {
            "$gt" => Test::More(self.operand(target, place, tree)?),
            "$gte" => Test::AtLeast(self.operand(target, place, tree)?),
            "$lt" => Test::Less(self.operand(target, place, tree)?),
            "$lte" => Test::AtMost(self.operand(target, place, tree)?),
            "$ne" => {
                negated = true;
                Test::Equal(self.operand(target, place, tree)?)
            }
            "$in" | "$nin" => {
                negated = name == "$nin";
                Test::In(self.operands(target, place, tree)?)
            }
            "$exists" => {
                let Tree::Bool(exists) = tree else {
                    self.wrong_type(place, "true or false", tree);
                    return None;
                };
                negated = *exists;
                Test::Equal(Value::Null)
            }
            "$contains" => {
                self.is_for(target, place, "text and lists")?;
                Test::Contains(self.operand(target, place, tree)?)
            }
            "$startsWith" => {
                self.is_for(target, place, "text")?;
                match (tree, self.operand(target, place, tree)?) {
                    (Tree::Text(_), Value::Text(text)) => Test::StartsWith(text),
                    _ => {
                        self.wrong_type(place, "text", tree);
                        return None;
                    }
                }
            }
            _ => {
                self.no_operator(target, place, name);
                return None;
            }
        };
        let test = self.test(target, place, test)?;
        Some(if negated { !test } else { test })
    }

    fn no_operator(&mut self, target: &Target<'_>, place: &str, name: &str) {
        let mut error = FieldError::unknown(place, OPERATORS);
        if target.nested && !name.starts_with('$') {
            error.message.push_str(
                "; to ask about a part of a nested value write its path as the key, such as \"pos.x\"",
            );
        }
        self.refuse(error);
    }

    /// `$contains` and `$startsWith` look into text, or into what is nested.
    fn is_for(&mut self, target: &Target<'_>, place: &str, what: &str) -> Option<()> {
        if target.nested || target.field.kind == Kind::Text {
            return Some(());
        }
        let message = format!("is for {what}, but this is {}", target.field.kind.noun());
        self.refuse(FieldError::new(place, "wrong_type", message));
        None
    }

    fn operands(&mut self, target: &Target<'_>, place: &str, tree: &Tree) -> Option<Vec<Value>> {
        let Tree::List(items) = tree else {
            self.wrong_type(place, "a list", tree);
            return None;
        };
        let most = self.config.query_in;
        if items.len() > most {
            self.refuse(FieldError::beyond(
                place,
                "too_many",
                "values of one list",
                most,
            ));
            return None;
        }
        let items = items.iter().enumerate();
        items
            .map(|(index, item)| self.operand(target, &format!("{place}[{index}]"), item))
            .collect()
    }

    fn operand(&mut self, target: &Target<'_>, place: &str, tree: &Tree) -> Option<Value> {
        match operand::read(target, place, tree) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(error);
                None
            }
        }
    }

    /// A test, which counts as one term.
    fn test(&mut self, target: &Target<'_>, place: &str, test: Test) -> Option<Filter> {
        self.term(place)?;
        Some(Filter::Test(target.path.clone(), test))
    }

    /// Counts what a store has work with.
    fn term(&mut self, place: &str) -> Option<()> {
        self.terms += 1;
        let most = self.config.query_terms;
        if self.terms <= most {
            return Some(());
        }
        // Once is enough.
        if self.terms == most + 1 {
            self.refuse(FieldError::beyond(
                place,
                "too_many",
                "conditions of one query",
                most,
            ));
        }
        None
    }
}
