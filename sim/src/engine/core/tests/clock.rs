//! The clock against what the manuals and measurements say.

use super::*;

/// RIOT-OS/RIOT PR 17980 on an nRF52840: 3.00 cycles a round.
#[test]
fn the_empty_loop_takes_three_cycles_a_round() {
    // movw r0, #1000; subs r0,#1; bne; bkpt #0
    let mut c = core(&[0xF240, 0x30E8, 0x3801, 0xD1FD, 0xBE00]);
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
    // The last round's branch is not taken; its vain fetch is what the model charges in place of the refill.
    assert_eq!(c.cycles(), 1 + 3 * 1000 + 1);
    assert_eq!(c.instructions(), 1 + 2 * 1000 + 1);
}

#[test]
fn sixty_four_stores_in_one_block_have_sixty_four_times() {
    let mut code = vec![0x6008; 64]; // str r0, [r1]
    code.push(0xBE00);
    let mut c = core(&code);
    c.write_register(RegisterARM::R1, OUTSET);
    c.run(u64::MAX);
    let times: Vec<u64> = c.bus().writes.iter().map(|w| w.0).collect();
    assert_eq!(times, (0..64).collect::<Vec<_>>());
    assert_eq!(c.bus().pcs[63], CODE + 126);
}

/// A memory hook inside an IT block left its IT bits behind, and the first instruction of the next block was skipped.
#[test]
fn a_conditional_store_to_a_peripheral_skips_nothing_behind_it() {
    // cmp r0,r0; it eq; streq r2,[r1]; cmp r0,#1; b +0; movs r3,#7; bkpt
    let mut c = core(&[0x4280, 0xBF08, 0x600A, 0x2801, 0xE7FF, 0x2307, 0xBE00]);
    c.write_register(RegisterARM::R1, OUTSET);
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
    assert_eq!(c.bus().writes.len(), 1);
    assert_eq!(c.register(RegisterARM::R3), 7);
}

#[test]
fn an_event_inside_a_block_is_met_at_the_exact_instruction() {
    for deadline in 1..40 {
        let mut code = vec![0x3001; 40]; // adds r0, #1
        code.push(0xBE00);
        let mut c = core(&code);
        assert_eq!(c.run(deadline), Stop::Deadline);
        assert_eq!((c.cycles(), u64::from(c.register(RegisterARM::R0))), (deadline, deadline));
    }
}

#[test]
fn how_time_is_cut_up_changes_nothing() {
    // ldr r0,[r1]; ldr r2,[r1,#4]; str r0,[r3]; ldr r4,[pc]; udiv r5,r0,r6; cmp r0,#0; it ne; ldrne r4,[r1]; subs r7,#1; bne
    let code = [
        0x6808, 0x684A, 0x6018, 0x4C05, 0xFBB0, 0xF5F6, 0x2800, 0xBF18, 0x680C, 0x3F01, 0xD1F5, 0xBE00, 0xBF00, 0xBF00,
        0x1234, 0x5678,
    ];
    let run = |step: u64| {
        let mut c = core(&code);
        for (register, value) in
            [(RegisterARM::R1, RAM_BASE + 64), (RegisterARM::R3, OUTSET), (RegisterARM::R6, 3), (RegisterARM::R7, 50)]
        {
            c.write_register(register, value);
        }
        assert!(c.memory().write(RAM_BASE + 64, &[0, 0, 0, 0x40, 0, 0, 0, 0]));
        let mut deadline = step;
        while c.run(deadline) == Stop::Deadline {
            deadline = c.cycles() + step;
        }
        (c.cycles(), c.instructions(), c.bus().writes.clone())
    };
    let whole = run(u64::MAX / 2);
    assert!(whole.2.len() == 50);
    for step in [1, 2, 3, 5, 7, 13, 100] {
        assert_eq!(run(step), whole, "in steps of {step} cycles");
    }
}

/// Only the block into which the event falls runs past it: a loop must not run on for ever.
#[test]
fn an_event_inside_a_branch_is_met_behind_it() {
    let mut c = core(&[0x3001, 0xE7FD]); // adds r0,#1; b .-2: three cycles a round
    for deadline in 1..200 {
        assert_eq!(c.run(deadline), Stop::Deadline);
        assert!((deadline..deadline + 3).contains(&c.cycles()), "{} for {deadline}", c.cycles());
    }
}

#[test]
fn waiting_and_undefined_instructions_are_told_apart() {
    assert_eq!(core(&[0xBF30]).run(u64::MAX), Stop::WaitForInterrupt);
    assert_eq!(core(&[0xBF20]).run(u64::MAX), Stop::WaitForEvent);
    assert_eq!(core(&[0xDE00]).run(u64::MAX), Stop::Undefined);
    assert_eq!(core(&[0xDF05]).run(u64::MAX), Stop::SupervisorCall);
    assert_eq!(core(&[0xE7FE]).run(u64::MAX), Stop::Loop);
}

#[test]
fn yield_is_a_no_operation() {
    let mut c = core(&[0xBF10, 0x2005, 0xBE00]);
    while c.run(u64::MAX) == Stop::Deadline {}
    assert_eq!(c.register(RegisterARM::R0), 5);
}

#[test]
fn a_refused_access_names_its_exact_address() {
    // ldr r0,[r1,#4]
    let mut c = core(&[0x6848]);
    c.write_register(RegisterARM::R1, 0x8000_0010);
    assert_eq!(c.run(u64::MAX), Stop::Refused { address: 0x8000_0014, access: Access::Read });
    assert_eq!(c.pc(), CODE);
    // Flash is read-only.
    let mut c = core(&[0x6008]);
    c.write_register(RegisterARM::R1, 0x800);
    assert_eq!(c.run(u64::MAX), Stop::Refused { address: 0x800, access: Access::Write });
    // bx r1 into nothing
    let mut c = core(&[0x4708]);
    c.write_register(RegisterARM::R1, 0x3000_0001);
    assert_eq!(c.run(u64::MAX), Stop::Refused { address: 0x3000_0000, access: Access::Fetch });
}

/// Unicorn sees code that firmware rewrites, and so must the clock, through either address of RAM.
#[test]
fn rewritten_code_is_run_and_charged_anew() {
    let mut c = core(&[0xBE00]);
    let divide: &[u8] = &[0xB0, 0xFB, 0xF1, 0xF0, 0x00, 0xBE]; // udiv r0,r0,r1; bkpt
    let add: &[u8] = &[0x00, 0xEB, 0x01, 0x00, 0x00, 0xBE]; // add.w r0,r0,r1; bkpt
    let mut costs = Vec::new();
    for code in [divide, add, divide] {
        assert!(c.memory().write(RAM_BASE + 0x100, code));
        c.write_register(RegisterARM::R0, 1 << 20);
        c.write_register(RegisterARM::R1, 3);
        c.drop_translation(RAM_ALIAS + 0x100, 8);
        c.set_pc(RAM_ALIAS + 0x100);
        let before = c.cycles();
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        costs.push(c.cycles() - before);
    }
    assert_eq!(costs[0], costs[2]);
    assert!(costs[0] > costs[1], "{costs:?}");
}

#[test]
fn firmware_that_rewrites_its_own_code_runs_what_it_wrote() {
    // Code in RAM at 0x20000100 stores r2 (a new instruction) over the movs that follows, by the data address, and jumps
    // to it by the code address: str r2,[r1]; bx r3; and there: movs r0,#1; bkpt
    let mut c = core_at(RAM_BASE + 0x100, &[0x800A, 0x4718]);
    for (i, half) in [0x2001u16, 0xBE00].iter().enumerate() {
        assert!(c.memory().write(RAM_BASE + 0x200 + 2 * i as u32, &half.to_le_bytes()));
    }
    for value in [0x2001u32, 0x2002, 0x2003] {
        c.write_register(RegisterARM::R1, RAM_BASE + 0x200);
        c.write_register(RegisterARM::R2, value);
        c.write_register(RegisterARM::R3, RAM_ALIAS + 0x201);
        c.set_pc(RAM_BASE + 0x100);
        assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
        assert_eq!(c.register(RegisterARM::R0), value & 0xFF);
    }
}

/// What a run of `code` looks like from outside, polling loops skipped or not.
fn poll(code: &[u16], skip: bool, r1: u32) -> (Stop, u64, u64, Vec<u32>, usize) {
    let mut c = core(code);
    if !skip {
        c.run_polling_loops();
    }
    c.write_register(RegisterARM::R1, r1);
    let stop = c.run(100_003);
    let registers = (0..15).map(|n| c.general(n)).collect();
    (stop, c.cycles(), c.instructions(), registers, c.bus().reads.len())
}

#[test]
fn a_polling_loop_is_skipped_without_a_trace() {
    let code = [0x6808, 0x2800, 0xD0FC, 0xBE00]; // ldr r0,[r1]; cmp r0,#0; beq .-4; bkpt
    let (skipped, run) = (poll(&code, true, 0x5000_0510), poll(&code, false, 0x5000_0510));
    assert_eq!((skipped.0, skipped.1, skipped.2, &skipped.3), (run.0, run.1, run.2, &run.3));
    assert!(skipped.4 < 40 && run.4 > 10_000, "{} and {} reads", skipped.4, run.4);
}

#[test]
fn a_polling_loop_across_calls_is_skipped_too() {
    // loop: bl read; cmp r0,#0; beq loop; bkpt; read: ldr r0,[r1]; bx lr
    let code = [0xF000, 0xF803, 0x2800, 0xD0FB, 0xBE00, 0x6808, 0x4770];
    let (skipped, run) = (poll(&code, true, 0x5000_0510), poll(&code, false, 0x5000_0510));
    assert_eq!((skipped.0, skipped.1, skipped.2, &skipped.3), (run.0, run.1, run.2, &run.3));
    assert!(skipped.4 < 40, "{} reads", skipped.4);
}

#[test]
fn a_loop_that_counts_or_reads_a_clock_is_left_alone() {
    let counts = [0x6808, 0x3201, 0x2800, 0xD0FB, 0xBE00]; // ldr r0,[r1]; adds r2,#1; cmp r0,#0; beq
    let code = [0x6808, 0x2800, 0xD0FC, 0xBE00];
    for (code, register) in [(&counts[..], 0x5000_0510), (&code[..], CYCCNT)] {
        let (skipped, run) = (poll(code, true, register), poll(code, false, register));
        assert_eq!(skipped, run);
    }
}

/// Unicorn took address 0 for the end of the run when that was what it was told to run to.
#[test]
fn a_call_to_address_0_is_seen() {
    // blx r1; and at 0, erased flash: 0xFFFF, which is undefined
    let mut c = core(&[0x4788]);
    c.write_register(RegisterARM::R1, 1);
    assert_eq!(c.run(u64::MAX), Stop::Undefined);
    assert_eq!(c.pc(), 0);
}

/// Armv7-M ARM, A2.3.1: bit 0 of a branch target is the T bit, which has to be 1.
#[test]
fn a_branch_to_an_even_address_is_told_from_an_undefined_instruction() {
    let mut c = core(&[0x4788]);
    c.write_register(RegisterARM::R1, 0x800);
    assert_eq!(c.run(u64::MAX), Stop::NotThumb);
}

/// Unicorn drops writes of CONTROL and the masks while the core is unprivileged.
#[test]
fn a_reset_makes_the_core_privileged_again() {
    // msr CONTROL, r0; isb; bkpt
    let mut c = core(&[0xB672, 0xF380, 0x8814, 0xF3BF, 0x8F6F, 0xBE00]);
    c.write_register(RegisterARM::R0, 3);
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
    assert_eq!(c.register(RegisterARM::CONTROL) & 3, 3);
    c.reset(STACK, CODE);
    let special = [RegisterARM::CONTROL, RegisterARM::PRIMASK].map(|r| c.register(r) & 3);
    assert_eq!((special, c.register(RegisterARM::SP)), ([0, 0], STACK));
}

#[test]
fn an_unaligned_store_to_a_peripheral_happens_once_and_time_goes_on() {
    // str r0,[r1]; str r0,[r2]; bkpt
    let mut c = core(&[0x6008, 0x6010, 0xBE00]);
    c.write_register(RegisterARM::R0, 0x1234);
    c.write_register(RegisterARM::R1, OUTSET + 1);
    c.write_register(RegisterARM::R2, OUTSET);
    assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 });
    let writes = c.bus().writes.clone();
    assert_eq!(writes.iter().map(|w| w.1).collect::<Vec<_>>(), [OUTSET + 1, OUTSET]);
    assert!(writes[0].0 < writes[1].0);
}

/// A loop that waits for a word in memory is skipped up to the event that may change it, and ends as if every round had run.
#[test]
fn a_loop_that_polls_memory_is_skipped_to_the_next_event() {
    // ldr r0,[r1]; cmp r0,#0; beq the load
    let run = |skip: bool, event: u64| {
        let mut c = core(&[0x6808, 0x2800, 0xD0FC, 0xBE00]);
        c.write_register(RegisterARM::R1, RAM_BASE + 64);
        c.bus_mut().event = Some(event);
        if !skip {
            c.run_polling_loops();
        }
        assert_eq!(c.run(u64::MAX), Stop::Deadline);
        let (pc, cycles, instructions) = (c.pc(), c.cycles(), c.instructions());
        assert!((event..event + 6).contains(&cycles), "{cycles}");
        (pc, cycles, instructions)
    };
    for event in [100, 1_000, 99_999, 100_000, 100_001, 100_002] {
        assert_eq!(run(true, event), run(false, event), "{event}");
    }
    // 40,000 s of it: only by skipping does this end.
    run(true, 1 << 41);
}
