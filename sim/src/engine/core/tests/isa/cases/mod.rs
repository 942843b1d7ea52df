//! Cases whose outcome was worked out by hand from the pseudocode of the Armv7-M ARM, not by running anything.
//!
//! A state is written as `r1=ffffffff sp=20001000 f=NZ ge=1010 s0=3f800000 fpscr=10 [4]=5`: hexadecimal, `f` lists the
//! flags of NZCVQ that are set, `ge` is GE[3:0] in binary, and `[4]` is the word four bytes into the memory at
//! 0x2000_1000. Before a case registers, flags and that memory are zero, SP is 0x2000_8000 and LR is 0xFFFF_FFFF; after
//! it everything that is not named is as it was before. Code is at 0x400.

mod arithmetic;
mod convert;
mod float;
mod flow;
mod memory;
mod parallel;
mod registers;
mod saturation;
mod shifts;
mod state;
mod status;

use super::super::{CODE, Stop, core};
use state::State;

/// A case.
pub struct Case {
    /// What it shows.
    name: &'static str,
    /// Title of the instruction's section in A7.7 (B5.2 for special registers).
    section: &'static str,
    /// What the code is.
    assembly: &'static str,
    code: &'static [u16],
    before: &'static str,
    after: &'static str,
    /// What the core makes of it instead, and why that is not cured.
    wrong: Option<(&'static str, &'static str)>,
}

const fn case(
    name: &'static str,
    section: &'static str,
    assembly: &'static str,
    code: &'static [u16],
    before: &'static str,
    after: &'static str,
) -> Case {
    Case { name, section, assembly, code, before, after, wrong: None }
}

impl Case {
    /// The core is wrong here, by the manual.
    const fn known_wrong(mut self, instead: &'static str, why: &'static str) -> Self {
        self.wrong = Some((instead, why));
        self
    }

    /// `None` when the core does what is expected.
    fn failure(&self) -> Option<String> {
        let before = State::default().with(self.before);
        let expected = before.with(self.wrong.map_or(self.after, |(instead, _)| instead));
        let mut code = self.code.to_vec();
        code.push(0xBE00); // bkpt #0
        let mut core = core(&code);
        before.put(&mut core);
        let stop = core.run(1_000);
        let end = CODE + 2 * self.code.len() as u32;
        let found = State::of(&core);
        let what = if stop != (Stop::Breakpoint { number: 0 }) || core.pc() != end {
            format!("{stop:?} at {:#x} instead of {end:#x}", core.pc())
        } else if found != expected {
            expected.differences(&found)
        } else {
            return None;
        };
        let note = self.wrong.map_or_else(String::new, |(_, why)| format!(" (known to be wrong: {why})"));
        Some(format!("{}: {}\n  {}{note}\n  from {}\n  {what}", self.section, self.name, self.assembly, self.before))
    }
}

fn check(cases: &[Case]) {
    let failures: Vec<_> = cases.iter().filter_map(Case::failure).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn arithmetic_sets_flags_as_the_pseudocode_does() {
    check(arithmetic::CASES);
}

#[test]
fn shifts_constants_and_bit_fields_are_those_of_the_pseudocode() {
    check(shifts::CASES);
}

#[test]
fn saturation_sets_q_and_only_then() {
    check(saturation::CASES);
}

#[test]
fn parallel_arithmetic_sets_ge_and_sel_uses_it() {
    check(parallel::CASES);
}

#[test]
fn special_registers_have_the_bits_of_the_manual() {
    check(status::CASES);
}

#[test]
fn loads_and_stores_reach_what_the_pseudocode_says() {
    check(memory::CASES);
}

#[test]
fn branches_and_it_blocks_go_where_the_pseudocode_says() {
    check(flow::CASES);
}

#[test]
fn floating_point_rounds_and_raises_as_the_pseudocode_does() {
    check(float::CASES);
}

#[test]
fn conversions_round_and_saturate_as_the_pseudocode_does() {
    check(convert::CASES);
}

#[test]
fn floating_point_registers_move_as_the_pseudocode_says() {
    check(registers::CASES);
}

#[test]
fn names_of_cases_are_unique() {
    let all = [
        arithmetic::CASES,
        shifts::CASES,
        saturation::CASES,
        parallel::CASES,
        status::CASES,
        memory::CASES,
        flow::CASES,
        float::CASES,
        convert::CASES,
        registers::CASES,
    ];
    let mut names: Vec<_> = all.iter().flat_map(|cases| cases.iter().map(|case| case.name)).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count >= 200, "{count} cases");
}
