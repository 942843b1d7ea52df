//! Breakpoints, watched addresses and single steps, on code that is made for them.

use super::*;

/// Runs to the end, going on from every halt; gives PC and what was touched at each.
fn halts(core: &mut Core<Recorder>) -> Vec<(u32, Option<WatchHit>)> {
    let mut seen = Vec::new();
    loop {
        core.pass_breakpoint();
        match core.run(u64::MAX) {
            Stop::Halt => seen.push((core.pc(), None)),
            Stop::Watched(hit) => seen.push((core.pc(), Some(hit))),
            Stop::Breakpoint { number: 0 } => return seen,
            stop => panic!("{stop:?} at {:08x}", core.pc()),
        }
        assert!(seen.len() < 1000);
    }
}

fn to_the_end(mut core: Core<Recorder>) -> (u64, u64) {
    halts(&mut core);
    (core.cycles(), core.instructions())
}

/// movs r0,#3; loop: subs r0,#1; bne loop; bkpt #0
const LOOP: [u16; 4] = [0x2003, 0x3801, 0xD1FD, 0xBE00];

#[test]
fn a_breakpoint_is_met_each_time_and_costs_nothing() {
    let without = to_the_end(core(&LOOP));
    for (at, times) in [(CODE, 0), (CODE + 2, 3), (CODE + 4, 3), (CODE + 6, 1)] {
        let mut core = core(&LOOP);
        core.set_breakpoint(at, true);
        let seen = halts(&mut core);
        assert_eq!(seen, vec![(at, None); times], "{at:x}");
        assert_eq!((core.cycles(), core.instructions()), without, "{at:x}");
    }
}

#[test]
fn a_breakpoint_that_is_gone_is_met_no_more() {
    let mut core = core(&LOOP);
    core.set_breakpoint(CODE + 4, true);
    assert_eq!(core.run(u64::MAX), Stop::Halt);
    assert_eq!(core.run(u64::MAX), Stop::Halt, "nobody said that it may go on");
    core.set_breakpoint(CODE + 4, false);
    assert_eq!(halts(&mut core), []);
}

/// cmp r0,#0; ite eq; moveq r1,#1; movne r1,#2; bkpt #0
const IT: [u16; 5] = [0x2800, 0xBF0C, 0x2101, 0x2102, 0xBE00];

#[test]
fn in_an_it_block_a_breakpoint_is_met_whether_or_not_its_condition_holds() {
    let without = to_the_end(core(&IT));
    for at in [CODE + 4, CODE + 6, CODE + 8] {
        let mut core = core(&IT);
        core.set_breakpoint(at, true);
        assert_eq!(halts(&mut core), [(at, None)], "{at:x}");
        assert_eq!((core.cycles(), core.instructions(), core.general(1)), (without.0, without.1, 1), "{at:x}");
    }
}

#[test]
fn each_step_is_one_instruction() {
    for code in [&LOOP[..], &IT] {
        let without = to_the_end(core(code));
        let mut core = core(code);
        let mut pcs = vec![core.pc()];
        while core.step() == Stop::Stepped {
            pcs.push(core.pc());
        }
        assert_eq!((core.cycles(), core.instructions()), without);
        assert_eq!(pcs.len() as u64, without.1, "BKPT counts: {pcs:x?}");
        assert!(pcs.windows(2).all(|two| two[0].abs_diff(two[1]) <= 4), "{pcs:x?}");
    }
}

/// ldr r0,=DATA; movs r1,#7; str r1,[r0]; ldr r2,[r0,#4]; str r1,[r0,#8]; ldrb r2,[r0,#3]; bkpt #0
const DATA: u32 = 0x2000_1000;
const ACCESSES: [u16; 10] = [0x4803, 0x2107, 0x6001, 0x6842, 0x6081, 0x78C2, 0xBE00, 0xBF00, 0x1000, 0x2000];

#[test]
fn watched_memory_halts_behind_the_access_and_nothing_else_does() {
    let without = to_the_end(core(&ACCESSES));
    let hit = |at: u32, address, kind| (CODE + at, Some(WatchHit { address, kind }));
    for (watch, seen) in [
        (Watch { address: DATA, bytes: 4, kind: WatchKind::Write }, vec![hit(6, DATA, WatchKind::Write)]),
        (Watch { address: DATA + 2, bytes: 2, kind: WatchKind::Read }, vec![hit(12, DATA + 3, WatchKind::Read)]),
        (
            Watch { address: DATA + 6, bytes: 4, kind: WatchKind::Access },
            vec![hit(8, DATA + 6, WatchKind::Access), hit(10, DATA + 8, WatchKind::Access)],
        ),
        (Watch { address: DATA + 12, bytes: 4, kind: WatchKind::Access }, vec![]),
        // By its other address.
        (
            Watch { address: DATA - RAM_BASE + RAM_ALIAS, bytes: 1, kind: WatchKind::Write },
            vec![hit(6, DATA - RAM_BASE + RAM_ALIAS, WatchKind::Write)],
        ),
        // The literal.
        (Watch { address: CODE + 16, bytes: 4, kind: WatchKind::Read }, vec![hit(2, CODE + 16, WatchKind::Read)]),
    ] {
        let mut core = core(&ACCESSES);
        core.set_watches(&[watch]);
        assert_eq!(halts(&mut core), seen, "{watch:x?}");
        assert_eq!((core.cycles(), core.instructions(), core.memory().word(DATA)), (without.0, without.1, Some(7)));
    }
}

/// cmp r0,#0; ldr r1,=DATA; itt eq; streq r0,[r1]; streq r0,[r1,#4]; bkpt #0
const IN_IT: [u16; 8] = [0x2800, 0x4902, 0xBF04, 0x6008, 0x6048, 0xBE00, 0x1000, 0x2000];

#[test]
fn a_watched_store_in_an_it_block_halts_right_behind_it() {
    let without = to_the_end(core(&IN_IT));
    let mut core = core(&IN_IT);
    core.set_watches(&[Watch { address: DATA, bytes: 8, kind: WatchKind::Write }]);
    let pcs: Vec<u32> = halts(&mut core).into_iter().map(|(pc, _)| pc).collect();
    assert_eq!(pcs, [CODE + 8, CODE + 10]);
    assert_eq!((core.cycles(), core.instructions()), without);
}

/// push {r0,lr} ... pop {r0,pc} on a watched stack, with a loop behind it that would run on with the page open.
#[test]
fn a_pop_to_pc_from_a_watched_page_closes_the_page_again() {
    // push {r0,lr}; bl f; bkpt #0; f: push {r0,lr}; pop {r0,pc}
    let code = [0xB501, 0xF000, 0xF801, 0xBE00, 0xB501, 0xBD01];
    let without = to_the_end(core(&code));
    let mut core = core(&code);
    core.set_watches(&[Watch { address: STACK - 16, bytes: 4, kind: WatchKind::Access }]);
    let pcs: Vec<u32> = halts(&mut core).into_iter().map(|(pc, _)| pc).collect();
    assert_eq!(pcs, [CODE + 10, CODE + 6]);
    assert_eq!((core.cycles(), core.instructions()), without);
}

/// ldr r1,=DREQ's port; loop: ldr r0,[r1]; cmp r0,#0; beq loop; bkpt #0
const POLL: [u16; 8] = [0x4902, 0x6808, 0x2800, 0xD0FC, 0xBE00, 0xBF00, 0x0510, 0x5000];

/// A loop that would be skipped ahead in is gone round when there is a breakpoint in it, and the clock is the same.
#[test]
fn a_breakpoint_in_a_loop_that_polls_is_met_in_every_round() {
    let mut plain = core(&POLL);
    plain.bus_mut().event = Some(400);
    while plain.cycles() < 400 {
        assert_eq!(plain.run(400), Stop::Deadline);
    }
    let mut core = core(&POLL);
    core.bus_mut().event = Some(400);
    core.set_breakpoint(CODE + 4, true);
    let mut rounds = Vec::new();
    loop {
        core.pass_breakpoint();
        match core.run(400) {
            Stop::Halt => rounds.push(core.cycles()),
            Stop::Deadline => break,
            stop => panic!("{stop:?}"),
        }
    }
    assert!(
        rounds.len() > 30 && rounds.windows(2).skip(1).all(|two| two[1] - two[0] == rounds[3] - rounds[2]),
        "{rounds:?}"
    );
    assert_eq!((core.cycles(), core.instructions()), (plain.cycles(), plain.instructions()));
}
