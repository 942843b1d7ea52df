//! A machine is a value: however it is cut, copied and put back, what follows is the same.

use super::bench::{Seen, Setup, finish, finish_in, long, run_to};
use crate::engine::machine::{Machine, Outcome};
use crate::engine::snapshot::{MachineSnapshot, RestoreError};
use peripherals::kernel::{Instant, Span, Width};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

fn config(short: u32, all: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let rng_seed = if given.rng_seed == RngSeed::Random { RngSeed::Fixed(0x5EED) } else { given.rng_seed };
    ProptestConfig { cases: if long() { all } else { short }, rng_seed, failure_persistence: None, ..given }
}

fn hold(config: ProptestConfig, moments: impl Strategy<Value = (u64, u64)>, setup: &Setup, whole: &Seen) {
    let outcome = TestRunner::new(config).run(&moments, |(at, on)| {
        for (way, seen) in ways(setup, at, on).iter().enumerate() {
            prop_assert_eq!(seen, whole, "way {} from {} to {} and back", way, at, at + on);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// From the machine as it is at cycle `at`, on to the end: as if nothing had been; in the same machine when it has run on for `on` cycles; in a
/// new one; in a new one on another thread, with every round of its polling loops.
fn ways(setup: &Setup, at: u64, on: u64) -> [Seen; 4] {
    let mut machine = setup.machine();
    run_to(&mut machine, Instant::from_cycles(at));
    let snapshot = machine.snapshot();
    let (away, there) = (snapshot.clone(), setup.clone());
    let away = std::thread::spawn(move || {
        let mut machine = there.machine();
        machine.run_polling_loops();
        finish(put(machine, &away))
    });
    let disturbed = {
        let mut machine = put(setup.machine(), &snapshot);
        run_to(&mut machine, Instant::from_cycles(at + on));
        finish(put(machine, &snapshot))
    };
    let new = finish(put(setup.machine(), &snapshot));
    [finish(machine), disturbed, new, away.join().expect("the thread ends")]
}

fn put(mut machine: Machine, snapshot: &MachineSnapshot) -> Machine {
    machine.restore(snapshot).expect("it fits");
    machine
}

#[test]
fn a_song_goes_on_from_a_snapshot_at_any_moment() {
    let setup = Setup::player("player-cached.elf");
    let whole = finish(setup.machine());
    assert!(matches!(whole.outcome, Outcome::Exit(0)), "{whole:?}");
    hold(config(2, 40), (0..whole.cycles, 0..20_000_000u64), &setup, &whole);
}

#[test]
fn a_firmware_that_sleeps_goes_on_from_a_snapshot_at_any_moment() {
    let setup = Setup::soak([33, 777, 1_500, 400], "gated");
    let whole = finish(setup.machine());
    assert!(matches!(whole.outcome, Outcome::Exit(0)), "{whole:?}");
    hold(config(40, 2_000), (0..whole.cycles, 0..2_000_000u64), &setup, &whole);
}

#[test]
fn whatever_interrupts_come_a_snapshot_changes_nothing() {
    let settings = (1u32..40, 0u32..400, 0u32..3_000, any::<bool>(), 0u64..1_000, 0u64..200_000);
    let outcome = TestRunner::new(config(30, 2_000)).run(&settings, |(rtc, timer, systick, running, at, on)| {
        // Interrupts that come faster than they are handled leave nothing over for the end.
        let timer = if timer > 0 { timer + 10 } else { 0 };
        let systick = if systick > 0 { systick + 300 } else { 0 };
        let setup = Setup::soak([rtc, timer, systick, 60], if running { "running" } else { "gated" });
        let whole = finish(setup.machine());
        prop_assert!(matches!(whole.outcome, Outcome::Exit(0)), "{whole:?}");
        for (way, seen) in ways(&setup, at * whole.cycles / 1_000, on).iter().enumerate() {
            prop_assert_eq!(seen, &whole, "way {}", way);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn slices_of_any_length_and_skipped_loops_change_nothing() {
    let setups = [Setup::player("player-lsb-first.elf"), Setup::soak([33, 777, 1_500, 100], "gated")];
    for setup in setups {
        let whole = finish(setup.machine());
        for slice in [Span::from_us(7), Span::from_us(333), Span::from_ms(5), Span::from_ms(10_000)] {
            assert_eq!(finish_in(setup.machine(), slice), whole, "in slices of {slice}");
        }
        let mut machine = setup.machine();
        machine.run_polling_loops();
        assert_eq!(finish(machine), whole, "every round of a polling loop");
    }
}

#[test]
fn machines_on_four_threads_do_not_see_each_other() {
    let setups = [
        Setup::player("player-lsb-first.elf"),
        Setup::player("player-mode1.elf"),
        Setup::soak([33, 777, 1_500, 2_000], "gated"),
        Setup::soak([100, 60, 700, 1_000], "running"),
    ];
    let alone = setups.clone().map(|setup| finish(setup.machine()));
    let together = setups.map(|setup| std::thread::spawn(move || finish(setup.machine())));
    let together = together.map(|thread| thread.join().expect("the thread ends"));
    assert_eq!(together, alone);
    assert!(alone.iter().all(|seen| alone.iter().filter(|other| other.trace == seen.trace).count() == 1), "all differ");
}

/// The machine that it is put into has run other firmware, which is gone.
#[test]
fn a_snapshot_brings_its_firmware_along() {
    let (song, other) = (Setup::player("player-lsb-first.elf"), Setup::player("player-mode1.elf"));
    let whole = finish(song.machine());
    let mut machine = song.machine();
    run_to(&mut machine, Instant::ZERO + Span::from_ms(30));
    let snapshot = machine.snapshot();
    let mut machine = other.machine();
    run_to(&mut machine, Instant::ZERO + Span::from_ms(40));
    assert_eq!(finish(put(machine, &snapshot)), whole);
}

/// RASR of the region that holds RAM: 256 KB, and AP. Both machines have changed their MPU equally often.
#[test]
fn a_snapshot_brings_its_memory_protection_along() {
    let setup = Setup::soak([33, 777, 1_500, 10], "gated");
    let protected = |access: u32| {
        let mut machine = setup.machine();
        let bus = machine.core.bus_mut();
        for (addr, value) in [(0xE000_ED9C, 0x2000_0000), (0xE000_EDA0, access << 24 | 17 << 1 | 1), (0xE000_ED94, 5)] {
            bus.soc.write(addr, Width::Word, value, &mut bus.fabric.world).expect("it exists");
        }
        machine
    };
    let (open, closed) = (protected(3), protected(0));
    let shut = closed.snapshot();
    let mut machine = put(setup.machine(), &open.snapshot());
    run_to(&mut machine, Instant::ZERO + Span::from_ms(1));
    let (seen, expected) = (finish(put(machine, &shut)), finish(closed));
    assert_ne!(expected.outcome, Outcome::Exit(0), "it cannot reach its stack");
    assert_eq!(seen, expected);
    assert_eq!(finish(open).outcome, Outcome::Exit(0));
}

#[test]
fn a_snapshot_of_another_board_or_timing_is_refused_and_changes_nothing() {
    let setup = Setup::soak([33, 777, 1_500, 100], "gated");
    let snapshot = Setup::player("player-mode1.elf").machine().snapshot();
    let mut machine = setup.machine();
    assert_eq!(machine.restore(&snapshot), Err(RestoreError::Board));
    let mut other = setup.machine();
    other.rules.pair_loads ^= true;
    assert_eq!(machine.restore(&other.snapshot()), Err(RestoreError::Rules));
    assert_eq!(finish(machine), finish(setup.machine()));
}

/// What a snapshot holds can go to another thread; the compiler says so.
const _: () = {
    const fn travels<T: Send + Clone + 'static>() {}
    travels::<MachineSnapshot>();
};
