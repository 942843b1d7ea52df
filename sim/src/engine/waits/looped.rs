//! A loop that waits: found by running it an instruction at a time.

use super::bits::{self, Tested};
use crate::engine::core::Registers;
use crate::engine::machine::{Machine, Outcome};
use crate::engine::timing::{Class, Insn, decode, is_wide};
use peripherals::kernel::Instant;
use std::ops::Range;

/// Instructions that are run to find a loop, and the cycles they may take. What is typed arrives 100 us behind a slice, so that this must be
/// less.
const MOST_STEPS: usize = 600;
const MOST_CYCLES: u64 = 3_000;
/// How far from SP the stack of the loop's own calls reaches.
const STACK: Range<i64> = -512..512;

/// An instruction that has run.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub pc: u32,
    pub insn: Insn,
    pub halfwords: (u16, u16),
    pub before: Registers,
}

/// A load of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub pc: u32,
    pub address: u32,
    pub bytes: u32,
    pub value: u32,
    /// The bits that are tested.
    pub mask: u32,
}

/// A loop that only waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loop {
    /// Where its instructions are.
    pub code: Vec<Range<u32>>,
    /// What it reads, clocks left out, in the order of the code.
    pub loads: Vec<Load>,
    /// It reads a clock as well.
    pub reads_clock: bool,
}

/// Runs the machine for a moment, and says what it is waiting for, if it is. Whatever ends the run meanwhile ends it when it goes on.
pub(super) fn examine(machine: &mut Machine) -> Option<Loop> {
    let steps = record(machine)?;
    let (first, second) = rounds(&steps)?;
    waits(first, second)
}

/// What runs, up to the first instruction that no waiting loop has: each costs some ten microseconds of the host's time, and most code
/// that is looked at works.
fn record(machine: &mut Machine) -> Option<Vec<Step>> {
    let end = machine.core.cycles() + MOST_CYCLES;
    let mut steps = Vec::new();
    while steps.len() < MOST_STEPS && machine.core.cycles() < end {
        let before = machine.core.registers();
        let half = |at: u32| machine.core.memory().read(at, 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        let first = half(before.pc);
        let second = if is_wide(first) { half(before.pc.wrapping_add(2)) } else { 0 };
        let count = machine.core.instructions();
        machine.single_step = true;
        let outcome = machine.run(Instant::from_cycles(machine.core.cycles() + 1));
        machine.single_step = false;
        if outcome != Outcome::Reached && outcome != Outcome::Pause {
            machine.pending = Some(outcome);
            return Some(steps);
        }
        if machine.asleep.is_some() {
            return Some(steps);
        }
        let ran = machine.core.instructions().wrapping_sub(count);
        if ran > 0 && before.exception() == 0 {
            let step = Step { pc: before.pc, insn: decode(first, second), halfwords: (first, second), before };
            if works(&step) {
                return None;
            }
            steps.push(step);
        }
    }
    Some(steps)
}

/// Whether an instruction does more than to wait: it stores, but not to the stack, or has an effect beyond registers.
fn works(step: &Step) -> bool {
    match reached(step) {
        Some((address, _)) => !loads(step) && !is_on_stack(step, address),
        None => matches!(step.insn.class, Class::Exclusive | Class::Special | Class::Exception),
    }
}

fn loads(step: &Step) -> bool {
    matches!(step.insn.class, Class::Load | Class::LoadWords { .. })
}

fn is_on_stack(step: &Step, address: u32) -> bool {
    STACK.contains(&(i64::from(address) - i64::from(step.before.sp())))
}

/// The last two rounds of the loop in which `steps` end, which are the same instructions twice.
fn rounds(steps: &[Step]) -> Option<(&[Step], &[Step])> {
    let last = steps.len().checked_sub(1)?;
    let again = (0..last).rev().filter(|&at| steps[at].pc == steps[last].pc);
    for at in again {
        let length = last - at;
        let Some(start) = (at + 1).checked_sub(length) else { break };
        let (first, second) = (&steps[start..=at], &steps[at + 1..=last]);
        if first.iter().map(|step| step.pc).eq(second.iter().map(|step| step.pc)) {
            return Some((first, second));
        }
    }
    None
}

fn waits(first: &[Step], second: &[Step]) -> Option<Loop> {
    let mut found = Vec::new();
    let mut reads_clock = false;
    for (index, (one, two)) in first.iter().zip(second).enumerate() {
        if works(two) {
            return None;
        }
        let Some((address, bytes)) = reached(two).filter(|_| loads(two)) else { continue };
        let literal = two.insn.address.is_some_and(|a| a.base == 15);
        if is_on_stack(two, address) || literal || address < 0x0010_0000 {
            continue;
        }
        if reached(one) != Some((address, bytes)) {
            return None;
        }
        if is_clock(address) {
            reads_clock = true;
            continue;
        }
        let Tested { value, mask } = bits::tested(index, second, first);
        found.push(Load { pc: two.pc, address, bytes, value, mask });
    }
    if found.is_empty() {
        return None;
    }
    let mut code: Vec<Range<u32>> =
        second.iter().map(|step| step.pc..step.pc.wrapping_add(step.insn.size.into())).collect();
    code.sort_by_key(|range| range.start);
    code.dedup();
    Some(Loop { code, loads: found, reads_clock })
}

/// The address and size of the access that a step makes.
fn reached(step: &Step) -> Option<(u32, u32)> {
    let address = step.insn.address?;
    let register = |n: u8| match n {
        13 => step.before.sp(),
        14 => step.before.lr,
        15 => (step.pc & !3).wrapping_add(4),
        n => step.before.r[usize::from(n)],
    };
    let index = address.index.map_or(0, |(n, shift)| register(n) << shift);
    Some((register(address.base).wrapping_add(index).wrapping_add_signed(address.offset), address.bytes))
}

/// Registers that count time: CYCCNT, SysTick's VAL, COUNTER of the RTCs, and what TIMERs have captured.
fn is_clock(address: u32) -> bool {
    const CC: Range<u32> = 0x540..0x558;
    match address {
        0xE000_1004 | 0xE000_E018 | 0x4000_B504 | 0x4001_1504 | 0x4002_4504 => true,
        _ => matches!(address >> 12, 0x4_0008..=0x4_000A | 0x4_001A | 0x4_001B) && CC.contains(&(address & 0xFFF)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(pc: u32, halfword: u16, r0: u32) -> Step {
        let mut before = Registers { pc, msp: 0x2000_8000, ..Registers::default() };
        before.r[0] = r0;
        Step { pc, insn: decode(halfword, 0), halfwords: (halfword, 0), before }
    }

    /// `LDR R1, [R0]`; `LSLS R1, R1, #29`; `BPL`.
    fn round(r0: u32) -> Vec<Step> {
        vec![step(0x100, 0x6801, r0), step(0x102, 0x0749, r0), step(0x104, 0xD5FC, r0)]
    }

    #[test]
    fn a_loop_that_reads_one_address_waits_for_it() {
        let steps = [round(0x5000_0510), round(0x5000_0510)].concat();
        let (first, second) = rounds(&steps).expect("two rounds");
        let found = waits(first, second).expect("a wait");
        assert_eq!((found.loads[0].address, found.loads[0].mask, found.reads_clock), (0x5000_0510, 1 << 2, false));
        assert_eq!(found.code, [0x100..0x102, 0x102..0x104, 0x104..0x106]);
    }

    #[test]
    fn a_loop_that_goes_on_through_memory_or_stores_does_not_wait() {
        let steps = [round(0x2000_0000), round(0x2000_0004)].concat();
        let (first, second) = rounds(&steps).expect("two rounds");
        assert_eq!(waits(first, second), None);
        // STR R1, [R0]
        let with_store = |r0| [round(r0), vec![step(0x106, 0x6001, r0)]].concat();
        let steps = [with_store(0x5000_0510), with_store(0x5000_0510)].concat();
        let (first, second) = rounds(&steps).expect("two rounds");
        assert_eq!(waits(first, second), None);
    }

    #[test]
    fn a_loop_that_only_reads_a_clock_is_a_delay() {
        let steps = [round(0xE000_1004), round(0xE000_1004)].concat();
        let (first, second) = rounds(&steps).expect("two rounds");
        assert_eq!(waits(first, second), None);
    }

    #[test]
    fn code_that_goes_round_once_is_no_loop() {
        assert!(rounds(&round(0x5000_0510)).is_none());
        assert!(rounds(&[]).is_none());
    }
}
