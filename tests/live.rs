//! Changes reach exactly those who may and want to know, and nobody misses one.

mod replica;
mod sim;
