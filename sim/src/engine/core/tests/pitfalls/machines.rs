//! Several cores, and cores that are put back.

use super::*;

/// A program with code in RAM, stores to a peripheral and to RAM, a division and an IT block, that never ends.
fn busy(step: u16) -> Core<Recorder> {
    // loop: adds r0,#step; str r0,[r1]; str r0,[r6]; udiv r2,r0,r7; cmp r2,r3; it ne; addne r4,#1; mov r3,r2; b loop
    let code = [0x3000 | step, 0x6008, 0x6030, 0xFBB0, 0xF2F7, 0x429A, 0xBF18, 0x3401, 0x4613, 0xE7F5];
    let mut c = core_at(RAM_ALIAS + 0x400, &code);
    for (register, value) in [(RegisterARM::R1, OUTSET), (RegisterARM::R6, RAM_BASE + 0x600), (RegisterARM::R7, 7)] {
        c.write_register(register, value);
    }
    c
}

fn state(c: &Core<Recorder>) -> (u64, u64, Registers, Option<u32>) {
    (c.cycles(), c.instructions(), c.registers(), c.memory().word(RAM_BASE + 0x600))
}

/// #20 and #21: a context that is restored into another instance corrupts the heap, and has no memory in it. The cure is a list of registers and
/// a copy of RAM of our own (`Core::snapshot`).
#[test]
fn a_snapshot_goes_into_another_core_a_thousand_times() {
    let (mut whole, mut other) = (busy(3), busy(5));
    for round in 1..=1_000u64 {
        assert_eq!(whole.run(whole.cycles() + 37), Stop::Deadline);
        let snapshot = whole.snapshot();
        if round % 100 == 0 {
            other = busy(1);
        }
        other.restore(&snapshot);
        drop(snapshot);
        assert_eq!(state(&other), state(&whole), "in round {round}");
        let (before, stood, to) = (other.snapshot(), state(&other), whole.cycles() + 11 + round % 50);
        assert_eq!((whole.run(to), other.run(to)), (Stop::Deadline, Stop::Deadline));
        assert_eq!(state(&other), state(&whole), "behind round {round}");
        // Back where it was, over what has run since.
        other.restore(&before);
        assert_eq!(state(&other), stood, "back in round {round}");
    }
}

/// The same with other firmware in flash, which nothing but a restore changes: its translations and costs are the other core's.
#[test]
fn a_snapshot_brings_its_own_flash() {
    // adds r0,#1; adds r0,#1; bkpt, and add.w r0,r0,#16; bkpt
    let (narrow, wide) = (core(&[0x3001, 0x3001, 0xBE00]), core(&[0xF100, 0x0010, 0xBE00]));
    let snapshots = [(narrow.snapshot(), 2, 3), (wide.snapshot(), 16, 2)];
    let mut other = core(&[0xBE00]);
    for (snapshot, r0, instructions) in snapshots.iter().cycle().take(10) {
        other.restore(snapshot);
        assert_eq!(other.run(u64::MAX), Stop::Breakpoint { number: 0 });
        assert_eq!((other.register(RegisterARM::R0), other.instructions()), (*r0, *instructions));
    }
}

/// Several machines in one process: nothing of an engine is global.
#[test]
fn cores_with_different_code_at_one_address_do_not_see_each_other() {
    let alone: Vec<_> = (1..4)
        .map(|step| {
            let mut c = busy(step);
            assert_eq!(c.run(20_000), Stop::Deadline);
            (state(&c), c.bus().writes.clone())
        })
        .collect();
    let mut together: Vec<_> = (1..4).map(busy).collect();
    for to in (1..=200).map(|n| n * 100) {
        for c in &mut together {
            c.run(to);
        }
    }
    let threads: Vec<_> = (1..4)
        .map(|step| {
            std::thread::spawn(move || {
                let mut c = busy(step);
                c.run(20_000);
                (state(&c), c.bus().writes.clone())
            })
        })
        .collect();
    for ((alone, together), thread) in alone.iter().zip(&together).zip(threads) {
        assert_eq!(&(state(together), together.bus().writes.clone()), alone);
        assert_eq!(&thread.join().expect("the thread ends"), alone);
    }
}

/// "Interrupt latency": each event cuts a block, and Unicorn keeps the room of translations that were dropped one by one until its buffer of
/// 1 GB is full. The cure is `Core::drop_translation`, which drops all of them now and then.
#[test]
fn translations_that_were_dropped_do_not_pile_up() {
    let mut c = busy(3);
    let (mut most, mut flushes) = (0, 0);
    while flushes < 2 {
        let before = c.dropped;
        assert_eq!(c.run(c.cycles() + 2), Stop::Deadline);
        most = most.max(c.dropped);
        flushes += u32::from(c.dropped < before);
        assert!(c.cycles() < 400_000, "{} translations dropped, and all of them {flushes} times", c.dropped);
    }
    assert!(most < MOST_DROPPED);
}
