//! What is drawn by a seed: `SOCKFUL_SEED`, and how much of it: `SOCKFUL_CASES`.

use fastrand::Rng;

/// What the environment sets, or else this.
pub(super) fn setting(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    let number = text.map(|text| text.parse().expect("a number"));
    number.unwrap_or(otherwise)
}

/// Whatever fails says by this how to see it again.
#[derive(Debug)]
pub(super) struct Dice {
    seed: u64,
    rng: Rng,
}

impl Dice {
    pub(super) fn new() -> Self {
        let seed = setting("SOCKFUL_SEED", 0);
        Self {
            seed,
            rng: Rng::with_seed(seed),
        }
    }

    /// Another throw that depends on this number alone.
    pub(super) fn of(number: u64) -> Self {
        let seed = setting("SOCKFUL_SEED", 0);
        let rng = Rng::with_seed(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(number),
        );
        Self { seed, rng }
    }

    /// A number below this.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.rng.usize(..end)
    }

    /// Once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(super) fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// One of these, or nothing.
    pub(super) fn maybe<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (!self.once_in(3)).then(|| self.one_of(of))
    }

    /// Some of these.
    pub(super) fn some_of<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let some = of.iter().filter(|_| self.rng.bool());
        some.cloned().collect()
    }

    /// How to throw the same.
    pub(super) fn again(&self) -> String {
        format!("again: SOCKFUL_SEED={}", self.seed)
    }
}
