//! Code in RAM that changes, seen through two addresses. The cures: `Pages::fill` and `on_tlb_fill` (rights and flush at a page's
//! first fetch), `Memory::wrote` with `Core::go_on` (writes by the host), `on_translation` and `State::find` (costs).

use super::*;

/// Where the routine is, from the start of RAM.
const PLACE: u32 = 0x2200;
/// adds r0,#1; adds r0,#1
const TWO_NARROW: u32 = 0x3001_3001;
/// add.w r0,r0,#16
const ONE_WIDE: u32 = 0x0010_F100;
const ROUNDS: u32 = 200;

/// Firmware that in each round writes `first` into a routine in RAM by the address `write`, calls it by the address `run`, does the
/// same with `second`, and stores to the routine's page by the other address: R0, instructions, cycles.
fn rewrites(first: u32, second: u32, write: u32, run: u32) -> (u32, u64, u64) {
    // loop: str r5,[r6]; str r2,[r1]; blx r3; str r4,[r1]; blx r3; subs r5,#1; bne loop; bkpt
    let mut c = core(&[0x6035, 0x600A, 0x4798, 0x600C, 0x4798, 0x3D01, 0xD1F8, 0xBE00]);
    assert!(c.memory().write(RAM_BASE + PLACE + 4, &bytes(&[0x4770]))); // bx lr
    let other = if write == RAM_BASE { RAM_ALIAS } else { RAM_BASE };
    for (register, value) in [
        (RegisterARM::R1, write + PLACE),
        (RegisterARM::R2, first),
        (RegisterARM::R3, (run + PLACE) | 1),
        (RegisterARM::R4, second),
        (RegisterARM::R5, ROUNDS),
        (RegisterARM::R6, other + PLACE + 0x100),
    ] {
        c.write_register(register, value);
    }
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
    assert_eq!(c.memory().word(RAM_BASE + PLACE + 0x100), Some(1));
    (c.register(RegisterARM::R0), c.instructions(), c.cycles())
}

/// "Memory", "Virtual TLB with self-modifying code": two mappings of RAM, or READ|WRITE for data and READ|EXEC for code alone, run
/// stale code. "Rewritten code": its static cost goes stale silently.
#[test]
fn firmware_that_rewrites_code_runs_and_is_charged_what_it_wrote() {
    for write in [RAM_BASE, RAM_ALIAS] {
        for run in [RAM_BASE, RAM_ALIAS] {
            let both = rewrites(TWO_NARROW, ONE_WIDE, write, run);
            assert_eq!((both.0, both.1), (18 * ROUNDS, 12 * u64::from(ROUNDS) + 1), "{write:#x}, {run:#x}");
            let (narrow, wide) =
                (rewrites(TWO_NARROW, TWO_NARROW, write, run), rewrites(ONE_WIDE, ONE_WIDE, write, run));
            assert_eq!(2 * both.2, narrow.2 + wide.2, "{write:#x}, {run:#x}");
            // By its data address code is waited for word by word, and both are one word.
            assert!(run == RAM_BASE || narrow.2 > wide.2);
        }
    }
}

/// The same: a page that has only been data for long, by both addresses, and then holds code.
#[test]
fn a_data_page_that_becomes_a_code_page_is_watched_from_then_on() {
    for (data, run) in [(RAM_BASE, RAM_ALIAS), (RAM_ALIAS, RAM_BASE), (RAM_BASE, RAM_BASE), (RAM_ALIAS, RAM_ALIAS)] {
        // Data: loop: str r2,[r1]; subs r5,#1; bne loop; then blx r3; str r4,[r1]; blx r3; bkpt, all in one run.
        let mut c = core(&[0x600A, 0x3D01, 0xD1FC, 0x4798, 0x600C, 0x4798, 0xBE00]);
        assert!(c.memory().write(RAM_BASE + PLACE + 4, &bytes(&[0x4770])));
        for (register, value) in [
            (RegisterARM::R1, data + PLACE),
            (RegisterARM::R2, TWO_NARROW),
            (RegisterARM::R3, (run + PLACE) | 1),
            (RegisterARM::R4, ONE_WIDE),
            (RegisterARM::R5, 500),
        ] {
            c.write_register(register, value);
        }
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        assert_eq!(c.register(RegisterARM::R0), 18, "{data:#x}, {run:#x}");
    }
}

/// #25: what the host writes (EasyDMA, an image, a snapshot) over code that has run. Unicorn sees only stores of the firmware's own.
#[test]
fn code_that_the_host_rewrites_runs_as_it_was_written() {
    let mut c = core(&[0xBE00]);
    let addresses = [RAM_BASE + PLACE, RAM_ALIAS + PLACE];
    let ways = addresses.iter().flat_map(|&write| addresses.iter().map(move |&run| (write, run)));
    for (n, (write, run)) in (1..).zip(ways.cycle().take(40)) {
        // movs r0,#n; bkpt; every other time only the byte with the immediate
        let code = bytes(&[0x2000 | n, 0xBE00]);
        assert!(c.memory().write(write, if n % 2 == 1 { &code } else { &code[..1] }));
        call(&mut c, run);
        assert_eq!(c.register(RegisterARM::R0), u32::from(n), "written at {write:#x}, run at {run:#x}");
    }
}

#[test]
fn code_in_ram_that_is_restored_runs_as_it_was() {
    let mut c = core(&[0xBE00]);
    for run in [RAM_BASE + PLACE, RAM_ALIAS + PLACE] {
        assert!(c.memory().write(RAM_BASE + PLACE, &bytes(&[0x2001, 0xBE00])));
        call(&mut c, run);
        let ram = c.memory().ram();
        assert!(c.memory().write(RAM_BASE + PLACE, &bytes(&[0x2002, 0xBF00, 0xBE00])));
        call(&mut c, run);
        let after = (c.register(RegisterARM::R0), c.instructions());
        c.memory().restore_ram(&ram);
        call(&mut c, run);
        assert_eq!((after.0, c.register(RegisterARM::R0), c.instructions() - after.1), (2, 1, 2), "{run:#x}");
    }
}

/// #24: a hook that is added when its instruction is translated already may not fire. The cure is `Core::install_dynamic`, which drops the
/// translation.
#[test]
fn a_division_is_charged_by_its_operands_from_the_first_time_on() {
    // movs r1,#1; movs r0,#1; lsls r0,#31; udiv r2,r0,r1; bkpt
    for base in [CODE, RAM_ALIAS + PLACE] {
        let mut c = core_at(base, &[0x2101, 0x2001, 0x07C0, 0xFBB0, 0xF2F1, 0xBE00]);
        let mut took = Vec::new();
        for _ in 0..3 {
            let before = c.cycles();
            call(&mut c, base);
            took.push(c.cycles() - before);
        }
        // Eleven cycles for a quotient of 32 bits.
        assert!(took[0] >= 3 + 11 && took.iter().all(|&cycles| cycles.abs_diff(took[0]) <= 3), "{took:?}");
    }
}

/// "Hooks: cost": each hit of a code hook costs for every code hook there is. The cure is `State::learn`, which wants them only for
/// instructions whose cost depends on data.
#[test]
fn only_instructions_whose_cost_depends_on_data_are_hooked() {
    // ldr, str, mul, ldm, push, cmp, it, addne, then one division and one conditional load
    let mut c = core(&[
        0x6808, 0x6008, 0x4341, 0xBF00, 0xB401, 0xBC01, 0x4280, 0xBF18, 0x3001, 0xFBB0, 0xF2F1, 0xBF18, 0x6808, 0xBE00,
    ]);
    c.write_register(RegisterARM::R1, RAM_BASE);
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
    let mut hooked: Vec<_> = c.state.hooked.iter().map(|pc| pc - CODE).collect();
    hooked.sort_unstable();
    assert_eq!(hooked, [18, 24]);
}

/// "Hooks: cost" again: those that hardly run lose their hooks, and have them again when they are met, as `clock/sites.rs` has it.
#[test]
fn instructions_that_hardly_run_lose_their_hooks_and_no_cycle() {
    // cmp r0,r0; twenty times it eq, ldreq r0,[r1]; movs r5,#250; then 250 divisions, and all of that twice more
    let mut code = vec![0x4280];
    code.extend([0xBF08, 0x6808].repeat(20));
    code.extend([0x25FA, 0xFBB2, 0xF2F1, 0x3D01, 0xD1FB, 0x3C01]);
    code.extend([0xD100 | (-(code.len() as i32 + 2)) as u16 & 0xFF, 0xBE00]);
    let run = |review| {
        let mut c = core(&code);
        c.state.review_sites_after(review);
        c.write_register(RegisterARM::R1, RAM_BASE);
        c.write_register(RegisterARM::R4, 3);
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        (c.cycles(), c.instructions(), c.state.hooked.len())
    };
    let (cycles, instructions, hooked) = run(u32::MAX);
    assert_eq!(hooked, 21);
    // One look in the last round of divisions.
    assert_eq!(run(800), (cycles, instructions, 1));
    // One in the first round as well, so that all are met again in between.
    assert_eq!(run(260), (cycles, instructions, 1));
}
