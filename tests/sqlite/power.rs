//! The power of the machine fails at random moments. What was acknowledged is on the disk.
//!
//! Writers commit to a store on a disk that keeps only what was synced, and of the rest whatever it likes.

mod machine;

use sockful::store::{Durability, Store};

use self::machine::{Machine, Seen};
use super::judge::counted;
use super::records::STAGES;
use crate::{seed, setting};

/// So many times one database loses its power, before another begins.
const CHAIN: u64 = 5;

#[test]
fn nothing_acknowledged_is_lost_when_the_power_fails() {
    let cuts = setting("SOCKFUL_CUTS").unwrap_or(100);
    let seed = seed();
    eprintln!("{cuts} losses of power: SOCKFUL_CUTS={cuts} SOCKFUL_SEED={seed}");
    let mut seen = Seen::default();
    for chain in 0..cuts.div_ceil(CHAIN) {
        let mut machine = Machine::new(Durability::Full, seed.wrapping_add(chain << 32));
        for cut in 0..CHAIN {
            machine.stage = usize::try_from(cut).map_or(0, |cut| cut % STAGES);
            machine.lives(&mut seen);
            machine.judge().holds(machine.done());
        }
        machine.finishes(&mut seen);
        let epoch = machine.epoch.clone();
        let judged = machine.judge();
        judged.holds(machine.done());
        assert_eq!(judged.entries(), machine.done().count());
        counted(machine.done());
        assert_eq!(machine.epoch, epoch, "nothing was lost");
        let cut = (chain + 1) * CHAIN;
        if cut.is_multiple_of(500) {
            eprintln!("{cut} so far");
        }
    }
    eprintln!("{seen:?}");
    assert!(
        cuts < 100
            || seen.in_a_start > 0
                && seen.in_a_checkpoint > 0
                && seen.in_an_end > 0
                && seen.under_load > 0
                && seen.recovered > 0,
        "there are moments at which no power failed"
    );
}

#[test]
fn what_is_acknowledged_after_a_sync_has_failed_is_on_the_disk() {
    let seed = seed();
    eprintln!("SOCKFUL_SEED={seed}");
    let mut failed = 0;
    for chain in 0..6 {
        let mut machine = Machine::new(Durability::Full, seed.wrapping_add(chain << 32));
        for _ in 0..CHAIN {
            failed += u64::from(machine.lives_with_a_failing_disk());
            machine.judge().holds(machine.done());
        }
    }
    assert!(failed > 10, "it has failed only {failed} times");
}

#[test]
fn relaxed_loses_no_more_than_the_last_moments_and_stays_whole() {
    let seed = seed();
    eprintln!("SOCKFUL_SEED={seed}");
    let mut lost = 0;
    for round in 0..30 {
        let mut machine = Machine::new(Durability::Relaxed, seed.wrapping_add(round << 32));
        machine.lives_a_while();
        let before = machine.epoch.clone();
        let judged = machine.judge();
        let kept = judged.entries() as u64;
        judged.holds(machine.done().filter(|(_, done)| done.pos <= kept));
        let gone = machine.done().filter(|(_, done)| done.pos > kept).count();
        // A position that was acknowledged may now be given a second time.
        assert!(
            gone == 0 || machine.epoch != before,
            "the epoch is the same"
        );
        lost += gone;
    }
    eprintln!("{lost} acknowledged operations lost");
    assert!(lost > 0, "a disk that keeps everything shows nothing");
}

#[test]
fn a_disk_that_lies_about_syncs_is_seen_to_lose() {
    let seed = seed();
    eprintln!("SOCKFUL_SEED={seed}");
    let mut lost = 0;
    for round in 0..10 {
        let mut machine = Machine::new(Durability::Full, seed.wrapping_add(round << 32));
        machine.disk.lie();
        machine.lives_a_while();
        // It may be damaged as well: then everything is lost.
        let log = async { machine.open()?.log().await };
        let kept = machine.runtime.block_on(log).map_or(0, |log| log.to);
        lost += machine.done().filter(|(_, done)| done.pos > kept).count();
    }
    assert!(lost > 0, "a disk that keeps everything shows nothing");
}
