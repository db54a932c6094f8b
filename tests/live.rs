//! Changes reach exactly those who may and want to know, and nobody misses one.

mod followed;
mod hostile;
mod house;
mod interest;
mod late;
mod leaving;
mod limits;
mod lost;
mod order;
mod overflow;
mod refused;
mod replica;
mod resume;
mod rights;
mod sim;
mod snapshot;
mod stale;
mod storm;
mod strategies;
mod streams;
mod tell;
mod watch;

use house::{Card, Gate, House, Member, Note, brief, briefs, heard, hears};
