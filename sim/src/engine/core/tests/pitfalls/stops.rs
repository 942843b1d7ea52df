//! Where PC is when Unicorn stops, and what a stop must not do.

use super::*;

/// #5: SVC comes with PC behind it, BKPT and UDF with PC on them, and BKPT for ever. The cure is `Core::interrupted`,
/// `Core::undefined`, and callers that use `Core::step_over`.
#[test]
fn svc_is_behind_and_breakpoints_and_undefined_ones_are_on_the_instruction() {
    // adds r0,#1; and the instruction
    let cases: [(&[u16], Stop, u32); 5] = [
        (&[0x3001, 0xDF05], Stop::SupervisorCall, CODE + 4),
        (&[0x3001, 0xBE07], Stop::Breakpoint { number: 7 }, CODE + 2),
        (&[0x3001, 0xDE00], Stop::Undefined, CODE + 2),
        (&[0x3001, 0xF7F0, 0xA000], Stop::Undefined, CODE + 2),
        (&[0x3001, 0xE8D1, 0x0FAF], Stop::Undefined, CODE + 2),
    ];
    for (code, stop, pc) in cases {
        let mut c = core(code);
        assert_eq!((c.run(u64::MAX), c.pc()), (stop, pc));
        let stood = (c.cycles(), c.instructions());
        if stop == Stop::SupervisorCall {
            continue;
        }
        // It is still there, and each look at it costs the same.
        assert_eq!((c.run(u64::MAX), c.pc()), (stop, pc));
        let (cycles, instructions) = (c.cycles() - stood.0, c.instructions() - stood.1);
        c.step_over(2 * (code.len() as u32 - 1));
        assert_eq!(c.pc(), CODE + 2 * code.len() as u32);
        assert!(cycles <= 8 && instructions <= 1, "{stop:?}: {cycles} cycles, {instructions} instructions");
    }
}

/// The same: what is undefined right behind a WFE, a YIELD or a WFI, or behind a halfword that looks like one, is no hint. The cure
/// is in `Core::invalid`: a hint is the end of its block.
#[test]
fn an_undefined_instruction_behind_a_hint_is_undefined() {
    for hint in [0xBF10, 0xBF20, 0xBF30] {
        for undefined in [&[0xDE00][..], &[0xF7F0, 0xA000]] {
            let mut c = core(&[&[hint], undefined].concat());
            assert_ne!(c.run(u64::MAX), Stop::Undefined);
            assert_eq!((c.run(u64::MAX), c.pc()), (Stop::Undefined, CODE + 2), "{hint:04x}");
            c.set_pc(CODE + 2);
            assert_eq!((c.run(u64::MAX), c.pc()), (Stop::Undefined, CODE + 2), "{hint:04x}");
        }
    }
}

/// #6: WFE and YIELD come as invalid instructions, WFI as the end of the run, SEV not at all. The cure is `Core::invalid`
/// and `DynamicKind::SendEvent`.
#[test]
fn hints_are_what_they_are_and_the_core_goes_on_behind_them() {
    for (number, stop) in [
        (0, None),
        (1, Some(Stop::Deadline)),
        (2, Some(Stop::WaitForEvent)),
        (3, Some(Stop::WaitForInterrupt)),
        (4, None),
    ] {
        for hint in [&[0xBF00 | number << 4][..], &[0xF3AF, 0x8000 | number]] {
            // adds r0,#1; the hint; adds r0,#1; bkpt
            let mut c = core(&[&[0x3001], hint, &[0x3001, 0xBE00]].concat());
            if let Some(stop) = stop {
                assert_eq!((c.run(u64::MAX), c.pc()), (stop, CODE + 2 + 2 * hint.len() as u32), "{hint:04x?}");
                assert_eq!((c.register(RegisterARM::R0), c.instructions()), (1, 2), "{hint:04x?}");
            }
            assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 }, "{hint:04x?}");
            assert_eq!((c.register(RegisterARM::R0), c.instructions()), (2, 4), "{hint:04x?}");
            assert_eq!(c.take_event(), number == 4, "{hint:04x?}");
        }
    }
}

/// "True M4, sleep": what waits in an IT block waits only if it executes, and the rest of the block stays conditional.
#[test]
fn waiting_in_an_it_block_leaves_the_rest_of_it_conditional() {
    for (hint, stop) in [
        (0xBF10, Stop::Deadline),
        (0xBF20, Stop::WaitForEvent),
        (0xBF30, Stop::WaitForInterrupt),
        (0xDF05, Stop::SupervisorCall),
    ] {
        for equal in [true, false] {
            // cmp r0,r1; itte eq; the hint; movseq r2,#1; movsne r3,#1; movs r4,#1; bkpt
            let mut c = core(&[0x4288, 0xBF06, hint, 0x2201, 0x2301, 0x2401, 0xBE00]);
            c.write_register(RegisterARM::R1, u32::from(!equal));
            if equal {
                assert_eq!((c.run(u64::MAX), c.pc()), (stop, CODE + 6), "{hint:04x}");
            }
            assert_eq!(c.run(u64::MAX), Stop::Breakpoint { number: 0 }, "{hint:04x}");
            let got = [RegisterARM::R2, RegisterARM::R3, RegisterARM::R4].map(|r| c.register(r));
            assert_eq!(got, [u32::from(equal), u32::from(!equal), 1], "{hint:04x}, {equal}");
        }
    }
}

/// #9: `emu_stop` in an IT block acts only behind it, and a stop at a block start in one loses the IT state. The cure is
/// `State::enter_slowly`, which never asks for one there, and `State::cut_for_event`, which cuts only between IT blocks.
#[test]
fn a_run_never_stops_inside_an_it_block() {
    // The translation ends at 0x800, inside the IT block. cmp r0,r0; ittte eq; three adds; a mov that does not; adds r1,#1
    let code = [0x4280, 0xBF03, 0x3201, 0x3201, 0x3201, 0x2263, 0x3101, 0xBE00];
    for base in [0x7F8, 0x7FA] {
        for deadline in 1..16 {
            let mut c = core_at(base, &code);
            let mut stop = c.run(deadline);
            while stop == Stop::Deadline {
                let inside = (base + 4..base + 12).contains(&c.pc());
                assert!(!inside && c.registers().xpsr & IT_BITS == 0, "at {:#x} for {deadline}", c.pc());
                stop = c.run(c.cycles() + deadline);
            }
            assert_eq!(stop, Stop::Breakpoint { number: 0 });
            let got = [RegisterARM::R1, RegisterARM::R2].map(|r| c.register(r));
            assert_eq!((got, c.instructions()), ([1, 3], 8), "for {deadline}");
        }
    }
}

/// "Hooks": `emu_stop()` in an MMIO callback has the same store run again. The cure is to ask for the stop by a wish
/// (`State::look_closer`), and `rewind`, which answers accesses of the instruction that is run again from its notes.
#[test]
fn an_access_that_brings_an_event_is_made_once() {
    // str r2,[r1]; adds r0,#1; ldr r3,[r1]; adds r0,#1; stm.w r1,{r2,r3,r4}; adds r0,#1; bkpt
    let code = [0x600A, 0x3001, 0x680B, 0x3001, 0xE881, 0x001C, 0x3001, 0xBE00];
    for threshold in [1, u32::MAX] {
        let mut c = told(CODE, &code, Told { brings_events: true, ..Told::default() });
        c.state.direct.set_threshold(threshold);
        c.write_register(RegisterARM::R1, OUTSET);
        let mut stops = 0;
        while c.run(u64::MAX) == Stop::Deadline {
            stops += 1;
            c.bus_mut().inner.event = None;
        }
        assert_eq!(stops, 3, "each of the three instructions ended the run");
        assert_eq!((c.register(RegisterARM::R0), c.instructions()), (3, 7));
        let seen: Vec<_> = c.bus().inner.writes.iter().map(|w| w.1 - OUTSET).collect();
        assert_eq!((seen, c.bus().inner.reads.len()), (vec![0, 0, 4, 8], 1));
    }
}

/// "Virtual TLB": after each run Unicorn fetches at the `until` address, and a refusal there makes an error of a good end. The
/// cure is `NOWHERE` in page 0, and `Core::enter`, which looks at what was asked for first.
#[test]
fn where_a_run_is_to_end_is_no_access_of_the_firmware() {
    // nop; and what stops
    for (last, stop) in [(0xBF30, Stop::WaitForInterrupt), (0xBF20, Stop::WaitForEvent), (0xDF00, Stop::SupervisorCall)]
    {
        for base in [CODE, RAM_BASE + 0x400, RAM_ALIAS + 0x400] {
            let mut c = told(base, &[0xBF00, 0xBF00, last], Told::default());
            assert_eq!(c.run(1), Stop::Deadline);
            assert_eq!((c.run(u64::MAX), c.pc()), (stop, base + 6));
        }
    }
}

/// The same with an MPU that lets nobody into page 0, as firmware guards itself against null pointers.
#[test]
fn a_guard_at_address_0_is_no_fault_of_firmware_that_sleeps() {
    for (last, stop) in [(0xBF30, Stop::WaitForInterrupt), (0xBF20, Stop::WaitForEvent), (0xDF00, Stop::SupervisorCall)]
    {
        let mut c = told(CODE, &[0xBF00, 0xBF00, last], Told { guards_page_0: true, ..Told::default() });
        assert_eq!(c.run(1), Stop::Deadline);
        assert_eq!((c.run(u64::MAX), c.pc()), (stop, CODE + 6));
    }
}
