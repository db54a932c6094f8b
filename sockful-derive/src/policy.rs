//! `#[policy(..)]`: who may do what with which records, as conditions over their fields and the user.
//!
//! A rule is a Rust expression of which fields are bare names: `owner == user.id || public`. It becomes a filter, by which
//! stores, checks and pushes decide alike.

mod ast;
mod check;
mod expand;
mod names;

pub(crate) use self::ast::Policy;
pub(crate) use self::check::{Checked, check};
pub(crate) use self::expand::{expand, expand_facts};
pub(crate) use self::names::{Kept, Parent, user_in};
