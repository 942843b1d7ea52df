//! What is said of a fault, as a whole and bit by bit.

use super::status::{CFSR, HFSR};
use super::{FaultKind, FaultRecord, Outcome, explain, summary};
use crate::boards::Board;
use crate::engine::machine::Machine;
use crate::engine::timing::Rules;
use crate::image::unwind::testing::{Known, LEAF, LEAF_SP, Words, firmware, in_leaf};
use crate::image::unwind::{End, How};
use crate::image::{Firmware, StackFrame, Unwinder};
use crate::report::diagnostic::{Diagnostic, Location};
use crate::report::lints::Levels;
use crate::report::render::{Style, diagnostics};
use peripherals::kernel::{Findings, Instant, LintLevel, SOC};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// `leaf` stores to an address where nothing is.
fn bus_fault() -> FaultRecord {
    let mut r = [0; 13];
    (r[0], r[1], r[4], r[7]) = (0x1234, 0x6000_0000, 0x211, LEAF_SP + 8);
    FaultRecord {
        exception: FaultKind::HardFault,
        escalated_from: Some(FaultKind::BusFault),
        cfsr: 0x8200,
        hfsr: 1 << 30,
        mmfar: 0,
        bfar: 0x6000_0000,
        pc: LEAF + 2,
        r,
        lr: 0x22B,
        msp: LEAF_SP,
        psp: 0,
        xpsr: 0x6100_0000,
        control: 0,
        primask: 0,
        basepri: 0,
        faultmask: 0,
        exc_return: 0xFFFF_FFF9,
        time: Instant::from_ps(12_403_118_000),
        lockup: false,
    }
}

fn text_of(record: &FaultRecord, known: Known) -> String {
    let firmware = firmware(known);
    let words = Words::new(&firmware);
    explain(record, &firmware, &|at| words.read(at))
}

#[test]
fn a_bus_fault_that_escalated() {
    insta::assert_snapshot!(text_of(&bus_fault(), Known::CallFrames));
}

#[test]
fn the_same_of_an_image_without_names() {
    insta::assert_snapshot!(text_of(&bus_fault(), Known::Nothing));
}

#[test]
fn an_undefined_instruction_in_lock_up() {
    let record = FaultRecord {
        escalated_from: None,
        cfsr: 1 << 16,
        hfsr: 0,
        pc: LEAF,
        xpsr: 0x0100_0003,
        exc_return: 0,
        lockup: true,
        ..bus_fault()
    };
    insta::assert_snapshot!(text_of(&record, Known::CallFrames));
}

#[test]
fn a_stack_that_has_grown_out_of_ram() {
    let record = FaultRecord { cfsr: 0x1200, msp: 0x1FFF_FFE0, ..bus_fault() };
    let text = text_of(&record, Known::Nothing);
    assert!(text.contains("SP is 32 bytes below RAM: the stack has overflowed"), "{text}");
}

#[test]
fn a_stack_below_the_limit_that_the_linker_script_names() {
    let record = FaultRecord { msp: 0x2002_FFF0, ..bus_fault() };
    let overflow = "SP is 16 bytes below `__StackLimit`: the stack has overflowed";
    assert!(text_of(&record, Known::Names).contains(overflow));
    let process = FaultRecord { psp: record.msp, control: 2, ..record };
    assert!(!text_of(&process, Known::Names).contains("overflowed"), "the limit is not that of the process stack");
}

#[test]
fn a_branch_to_nowhere_still_has_its_caller() {
    let record = FaultRecord { cfsr: 0x100, pc: 0x6000_0000, ..bus_fault() };
    let text = text_of(&record, Known::CallFrames);
    assert!(text.contains("no instruction at 0x60000000: no memory and no peripheral"), "{text}");
    assert!(text.contains("#1  0x0000022a feed+0xa  (a guess)\n  #2  0x00000218 main+0x8\n"), "{text}");
}

#[test]
fn an_imprecise_fault_does_not_blame_the_instruction() {
    let text = text_of(&FaultRecord { cfsr: 0x400, ..bus_fault() }, Known::CallFrames);
    assert!(text.contains("it comes after the store that failed"), "{text}");
    assert!(!text.contains("it stores"), "{text}");
}

#[test]
fn every_status_bit_is_named_and_explained() {
    for (index, table) in [&CFSR[..], &HFSR[..]].into_iter().enumerate() {
        for bit in table {
            let value = 1 << bit.bit;
            let record = if index == 0 {
                FaultRecord { cfsr: value, hfsr: 0, ..bus_fault() }
            } else {
                FaultRecord { cfsr: 0, hfsr: value, ..bus_fault() }
            };
            let text = text_of(&record, Known::Nothing);
            let line = format!("  bit {:<2} {}: {}\n", bit.bit, bit.name, bit.meaning);
            assert!(text.contains(&line), "{text}");
        }
    }
    let all = text_of(&FaultRecord { cfsr: u32::MAX, hfsr: u32::MAX, ..bus_fault() }, Known::Nothing);
    assert!(all.contains("  0xfcf04044 has no meaning in the manual\n"), "{all}");
}

#[test]
fn an_address_is_named_by_what_lies_there() {
    let at = |bfar| {
        let text = text_of(&FaultRecord { bfar, ..bus_fault() }, Known::Names);
        text.lines().find_map(|line| line.strip_prefix(&format!("BFAR 0x{bfar:08x}: ")).map(str::to_owned)).unwrap()
    };
    assert_eq!(at(0x5000_0508), "the register P0.OUTSET");
    assert_eq!(at(0x4000_8FF0), "no register of TIMER0");
    assert_eq!(at(0x4FFF_0000), "no peripheral");
    assert_eq!(at(0x0000_0214), "flash, `main`+0x4");
    assert_eq!(at(0x0000_0004), "flash, the vector table; probably by a null pointer");
    assert_eq!(at(0x2000_0000), "RAM");
    assert_eq!(at(0x2000_0104), "RAM, `buffer`+0x4");
    assert_eq!(at(0x0080_0100), "code RAM, `buffer`", "by the other address");
    assert_eq!(at(0x1FFF_FFFC), "no memory, 4 bytes below RAM: a stack has probably overflowed");
    assert_eq!(at(0x2004_0000), "no memory, right behind the end of RAM");
    assert_eq!(at(0xA000_0000), "no memory and no peripheral");
}

#[test]
fn an_address_register_that_is_not_valid_is_not_shown() {
    let record = FaultRecord { cfsr: 0x0200, ..bus_fault() };
    assert!(!text_of(&record, Known::CallFrames).contains("BFAR 0x"));
    assert!(!summary(&record).contains("0x60000000"));
}

#[test]
fn a_finding_shows_it_all_to_people_and_its_first_line_where_it_comes_again() {
    let firmware = firmware(Known::CallFrames);
    let words = Words::new(&firmware);
    let record = bus_fault();
    let mut findings = Findings::default();
    let lint = Outcome::Unhandled.lint();
    for key in 0..2u32 {
        let record = FaultRecord { pc: record.pc + 2 * key, ..record };
        let detail = || explain(&record, &firmware, &|at| words.read(at));
        findings.report(lint, SOC, key.into(), record.time, Some(record.pc), detail);
    }
    let locate = |pc| firmware.locate(pc).map(|at| Location { source: at.source(), symbol: Some(at.function) });
    let all: Vec<_> = findings.all().iter().map(|f| Diagnostic::of_finding(f, &Levels::default(), &locate)).collect();
    insta::assert_snapshot!(diagnostics(&all, 0, Style::default()));
}

#[test]
fn a_fault_that_is_dealt_with_is_noted_and_any_other_fails_the_run() {
    let levels = [Outcome::Taken, Outcome::Unhandled, Outcome::Halted, Outcome::LockedUp].map(|o| o.lint().level);
    assert_eq!(levels, [LintLevel::Note, LintLevel::Deny, LintLevel::Deny, LintLevel::Deny]);
}

/// A build of gcc's, with lines and inlined functions: `main` of the example in C, which prints by an inlined call.
#[test]
fn inlined_functions_and_lines_of_a_real_build_are_shown() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/example-c.elf");
    let firmware = Firmware::load(&[path]).unwrap();
    let main = firmware.symbol("main").unwrap();
    let reset = firmware.symbol("Reset_Handler").unwrap();
    let inlined = (main.addr..main.addr + main.size)
        .step_by(2)
        .find(|&pc| firmware.locate(pc).is_some_and(|at| at.frames.len() > 1))
        .expect("something is inlined into main");
    let word = |at: u32| firmware.images[0].word(at).or(Some(0)).filter(|_| at < 0x10_0000 || at >> 28 == 2);
    // Its last instructions call main and then semihosting_exit, which does not return.
    let half = |at: u32| (word(at & !3).unwrap() >> (8 * (at & 2))) & 0xFFFF;
    let call = (reset.addr..reset.addr + reset.size)
        .step_by(2)
        .find(|&at| half(at) & 0xF800 == 0xF000 && half(at + 2) & 0xD000 == 0xD000)
        .expect("Reset_Handler calls main");
    let record = FaultRecord { pc: inlined, msp: 0x2003_FF00, ..bus_fault() };
    let saved = |at: u32| if at >> 28 == 2 { Some((call + 4) | 1) } else { word(at) };
    let text = explain(&record, &firmware, &saved);
    assert!(text.contains("(inlined)") && text.contains("main.c:"), "{text}");
    let frames = Unwinder::new(&firmware).frames(&record.registers(), saved);
    assert_eq!(frames.iter().map(|f| f.pc).collect::<Vec<_>>(), [inlined, call + 4], "{text}");
}

/// Wherever a run is stopped, in any prologue or leaf, the calls lead back to the start without a guess. Only code that somebody
/// wrote in assembler may lack call frame information.
#[test]
fn the_calls_of_running_firmware_lead_to_its_start() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/player-cached.elf");
    let firmware = Firmware::load(&[path]).unwrap();
    let board = Board::load::<&str>("dongle", &[]).unwrap();
    let mut machine = Machine::new(&firmware, board, Rules::SILICON, 0).unwrap();
    let unwinder = Unwinder::new(&firmware);
    let (mut places, mut deepest) = (BTreeSet::new(), 0);
    for step in 0..4_000 {
        // A prime stride meets loops everywhere; 62 ms are start-up, the chip's registers, and the first bytes of the song.
        machine.run(Instant::from_cycles(step * 997));
        let registers = machine.registers();
        let found = unwinder.backtrace(&registers, |at| machine.word(at));
        let name = |f: &StackFrame| firmware.locate(f.at()).map_or_else(String::new, |at| at.function);
        let names: Vec<_> = found.frames.iter().map(name).collect();
        assert!(found.frames.iter().all(|f| f.how != How::Guess), "pc 0x{:08x}: {names:?}", registers.pc);
        assert_eq!(found.end, End::Start, "pc 0x{:08x}: {names:?}", registers.pc);
        let outer = names.len().saturating_sub(3);
        assert!(names.len() < 3 || names[outer + 1] == "main" && names[outer + 2] == "Reset", "{names:?}");
        places.insert(registers.pc);
        deepest = deepest.max(names.len());
    }
    assert!(places.len() > 10 && deepest >= 8, "{} places, {deepest} deep: too few to tell", places.len());
}

proptest! {
    #[test]
    fn no_record_makes_it_panic_or_grow(
        pc in any::<u32>(), r in any::<[u32; 13]>(), rest in any::<[u32; 8]>(), code in any::<[u32; 2]>(), near in any::<bool>(),
    ) {
        let [cfsr, hfsr, mmfar, bfar, msp, psp, xpsr, lr] = rest;
        let pc = if near { LEAF } else { pc };
        let record = FaultRecord { cfsr, hfsr, mmfar, bfar, pc, r, lr, msp, psp, xpsr, control: psp, ..bus_fault() };
        let firmware = firmware(Known::CallFrames);
        let mut words = Words::new(&firmware);
        words.put(LEAF, &code);
        let text = explain(&record, &firmware, &|at| words.read(at));
        prop_assert!(text.len() < 16_384 && !text.contains(|c: char| c.is_control() && c != '\n'), "{text}");
    }
}

#[test]
fn no_instruction_makes_the_disassembler_panic() {
    let firmware = firmware(Known::Nothing);
    for first in 0..=0xFFFFu32 {
        // The second halfword is spread over all of its values, differently for each first one.
        for step in 0..4u32 {
            let second = first.wrapping_mul(0x9E37).wrapping_add(step * 0x4001) & 0xFFFF;
            let word = first | second << 16;
            let found = super::code::at(LEAF, &firmware, &|_| Some(word)).unwrap();
            assert!(!found.text.is_empty() && found.text.is_ascii(), "{first:04x} {second:04x}");
        }
    }
    assert_eq!(in_leaf().pc, LEAF);
}

#[test]
fn instructions_are_text() {
    let firmware = firmware(Known::Names);
    let text =
        |first: u32, second: u32| super::code::at(LEAF, &firmware, &|_| Some(first | second << 16)).unwrap().text;
    assert_eq!(text(0x6008, 0), "str r0, [r1]");
    assert_eq!(text(0xDE07, 0), "udf #7");
    assert_eq!(text(0xF7FF, 0xFFEE), "bl.w 0x00000210 <main>");
    assert_eq!(text(0xF380, 0x8808), "msr msp, r0");
    assert_eq!(text(0xF3EF, 0x8114), "mrs r1, control");
    assert_eq!(text(0xE92D, 0x4FF0), "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}");
    assert_eq!(text(0xED90, 0x7A01), "vldr s14, [r0, #4]");
    assert_eq!(text(0xEE30, 0x0A20), "vadd.f32 s0, s0, s1");
    assert_eq!(text(0xFFFF, 0xFFFF), "undefined on a Cortex-M4");
}
