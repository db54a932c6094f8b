//! Random schemas, rows, queries and transactions.
//!
//! What is drawn is raw: numbers that stand for choices. It becomes a schema, a row or a query once it is known what
//! can be chosen from, so that whatever is drawn fits together, and shrinks part by part.

mod nested;
mod pools;
mod question;
mod shape;
mod value;

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

pub(super) use self::pools::{FLOATS, INTS, NESTED, TEXTS, TIMES};
pub(super) use self::question::{RawQuestion, raw_question};
pub(super) use self::shape::{RawRow, RawShape, id, raw_row, raw_shape, row};
pub(super) use self::value::RawValue;

/// How many questions a property test asks.
pub(super) fn cases() -> u32 {
    number("SOCKFUL_CASES").map_or(5_000, |cases| cases.try_into().unwrap_or(u32::MAX))
}

/// Draws so many values, and panics with the smallest that `holds` refuses. What is drawn depends on the seed
/// alone.
pub(super) fn draw<S: Strategy>(
    cases: u32,
    strategy: &S,
    holds: impl Fn(S::Value) -> Result<(), String>,
) where
    S::Value: Debug,
{
    let seed = number("SOCKFUL_SEED").unwrap_or(0);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: cases.max(1),
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let ran = runner.run(strategy, |value| holds(value).map_err(TestCaseError::fail));
    match ran {
        Ok(()) => {}
        Err(TestError::Fail(reason, _)) => {
            let cases = self::cases();
            panic!("{reason}\n\nagain: SOCKFUL_CASES={cases} SOCKFUL_SEED={seed}")
        }
        Err(TestError::Abort(reason)) => panic!("nothing could be drawn: {reason}"),
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable}={text}: a whole number is expected")))
}
