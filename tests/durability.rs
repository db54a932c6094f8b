//! Nothing acknowledged is lost: processes are killed, and machines lose their power, at moments drawn at random.
//!
//! `SOCKFUL_KILLS` sets how many kills (50), `SOCKFUL_CUTS` how many losses of power (100); `SOCKFUL_SEED` draws
//! other moments. A run prints its seed.

mod support {
    pub(crate) mod folder;
}

mod sqlite {
    mod judge;
    mod operation;
    mod records;

    mod kill;
    mod power;
}

/// A number that the environment may set.
fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is `{text}`: it is a number")))
}

/// The seed of this run.
fn seed() -> u64 {
    setting("SOCKFUL_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32))
}
