//! Whole worlds by a seed: a server and its clients on a simulated network with a simulated clock. Connections are cut, messages held
//! back and lost, the server crashes and comes back, people change records and what they may read. At every quiet moment what each
//! client has, made of nothing but answers and pushes, is what the server finds to the same question.
//!
//! `SOCKFUL_SIM_SEEDS` says how many worlds, `SOCKFUL_SIM_SEED` is the one to see again. A seed draws what people want, what goes
//! wrong and how long messages take. Ids of sessions and the order of maps are not drawn by it: a run is alike when it is
//! repeated, not the same.

mod client;
mod plan;
mod run;
mod server;
mod socket;
mod stage;
mod world;

use std::env;

use self::stage::Sum;

/// How a client comes by what it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follow {
    /// It asks once, and is told.
    Watch,
    /// It asks again at every quiet moment.
    Poll,
}

#[test]
fn every_copy_is_what_the_server_has_whatever_goes_wrong() {
    let follow = match env::var("SOCKFUL_SIM_FOLLOW").as_deref() {
        Ok("watch") => Follow::Watch,
        _ => Follow::Poll,
    };
    let seeds = match setting("SOCKFUL_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..setting("SOCKFUL_SIM_SEEDS").unwrap_or(1_000),
    };
    let mut sum = Sum::default();
    for seed in seeds {
        run::run(seed, follow, &mut sum);
    }
    eprintln!("{sum}");
    assert!(
        sum.answered > 10 * sum.runs && sum.records > 0,
        "nothing happened: {sum}"
    );
}

fn setting(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}
