//! The steps a request takes before anything is done. None knows its neighbours but by what they made.

mod access;
mod decode;
mod identify;
mod limits;
mod route;

pub(crate) use access::{Allowed, Permit, access};
pub(crate) use decode::{decode, decode_changeset, parts, timeout_alone};
pub(crate) use identify::identify;
pub(crate) use limits::{check_id, limits};
pub(crate) use route::{Route, Service, Target, route};
