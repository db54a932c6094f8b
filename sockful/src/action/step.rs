//! The steps a request takes before anything is done. None knows its neighbours but by what they made.

mod access;
mod decode;
mod limits;
mod route;

pub(crate) use access::{Allowed, access};
pub(crate) use decode::decode;
pub(crate) use limits::check_id;
pub(crate) use route::{Route, route};
