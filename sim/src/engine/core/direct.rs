//! The short way to the peripherals: which instruction makes an access is worked out from the registers.
//!
//! The usual way has Unicorn restore the exact PC before each access, for which it decodes its own notes on the block from
//! the start: 60 ns at the start of a block, microseconds at the end of a long one. On the short way PC is not known, but
//! every register is, and the block's loads and stores are. The one that makes the access is the first, after the one
//! that made the last, whose address, direction and size are those of the access and whose condition holds. That is exact
//! when no earlier one can be mistaken for a later one, for which it is enough that none of its address registers, nor
//! the flags that its condition needs, change before the last one of its direction: had it been executed, it would have
//! made this access then. Only such blocks run on the short way.
//!
//! Literals never are peripherals, nor is the stack of a block that only moves SP by constants, within a few KB, from and
//! to RAM.

use super::super::timing::{Class, Insn, advance_it, decode};
use super::Bus;
use super::clock::State;
use super::hooks;
use unicorn_engine::uc_engine;

/// Accesses by blocks that can run on the short way, one after the other, before it is taken: both ways to change over cost
/// some microseconds.
const FIRST_THRESHOLD: u32 = 64;
const LAST_THRESHOLD: u32 = 1 << 16;
/// A stretch on the short way that was too short to pay makes the next one start later.
const WORTH_IT: u32 = 256;

/// Whether the short way is taken, and what speaks for it.
#[derive(Debug)]
pub(super) struct Direct {
    /// It is taken.
    pub on: bool,
    /// It is to be taken from the next block on.
    pub wanted: bool,
    /// Accesses that could have been made on it, in a row.
    credit: u32,
    /// Accesses made on it since it was taken.
    served: u32,
    threshold: u32,
    /// Within the run of a block, told apart by the instructions before its end: the next candidate.
    cursor: (u64, usize),
    /// Parts of an unaligned access that are still to come.
    parts: u8,
}

impl Default for Direct {
    fn default() -> Self {
        Self { on: false, wanted: false, credit: 0, served: 0, threshold: FIRST_THRESHOLD, cursor: (0, 0), parts: 0 }
    }
}

impl Direct {
    /// The core goes on elsewhere: where it is in a block says nothing any more.
    pub fn forget(&mut self) {
        (self.cursor, self.parts, self.credit) = ((0, 0), 0, 0);
    }

    /// Takes the short way after `threshold` accesses that could have been made on it; for tests.
    #[cfg(test)]
    pub fn set_threshold(&mut self, threshold: u32) {
        self.threshold = threshold;
    }

    /// No block runs.
    pub fn forget_place(&mut self) {
        (self.cursor, self.parts) = ((0, 0), 0);
    }
}

impl<B: Bus> State<B> {
    /// An access was made on the usual way.
    pub(super) fn could_be_direct(&mut self) {
        if self.running().is_some_and(|known| known.candidates().is_some()) {
            self.direct.credit += 1;
            if self.direct.credit >= self.direct.threshold {
                self.direct.wanted = true;
                self.look_closer();
            }
        } else {
            self.direct.credit = 0;
        }
    }

    /// Takes the short way from now on, or leaves it; to be called between blocks only.
    pub(super) fn take_direct_way(&mut self, engine: *mut uc_engine, on: bool) {
        let direct = &mut self.direct;
        direct.wanted = false;
        if direct.on == on {
            return;
        }
        if !on && direct.served < WORTH_IT {
            direct.threshold = direct.threshold.saturating_mul(2).min(LAST_THRESHOLD);
        }
        (direct.on, direct.credit, direct.served) = (on, 0, 0);
        self.pages.direct = on;
        self.swap_tables();
        hooks::flush_tlb(engine);
    }

    /// The instruction that makes an access of `bytes` at `address` on the short way now.
    #[inline]
    pub(super) fn locate(
        &mut self,
        address: u32,
        load: bool,
        bytes: u8,
        register: impl Fn(u8) -> u32,
        flags: impl Fn() -> u32,
    ) -> Located {
        if self.direct.parts > 0 {
            self.direct.parts -= 1;
            return Located::Part;
        }
        let run = self.instructions();
        let first = if self.direct.cursor.0 == run { self.direct.cursor.1 } else { 0 };
        let list = self.running().and_then(|known| known.candidates()).unwrap_or_default();
        let found = list.iter().enumerate().skip(first).filter(|(_, c)| c.load == load).find_map(|(at, c)| {
            let reached = c.address(&register);
            let parts = c.parts(reached, address, bytes).filter(|_| c.executes(&flags))?;
            Some((at, parts, Located::At { index: c.index, address: reached, bytes: c.bytes }))
        });
        let Some((at, parts, located)) = found else { return Located::Nowhere };
        self.direct.cursor = (run, at + 1);
        self.direct.parts = parts;
        self.direct.served += 1;
        located
    }
}

/// What [`State::locate`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// The instruction at halfword `index` of the running block reaches `bytes` at `address`.
    At { index: u16, address: u32, bytes: u8 },
    /// A part of an unaligned access, which happened as a whole with its first part.
    Part,
    /// None does; no firmware should be able to cause that.
    Nowhere,
}

/// An instruction that may reach a peripheral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Halfwords from the block's start.
    pub index: u16,
    /// A load.
    pub load: bool,
    /// Bytes.
    pub bytes: u8,
    base: u8,
    shifted: Option<(u8, u8)>,
    offset: i32,
    /// Its condition in an IT block.
    condition: Option<u8>,
}

impl Candidate {
    /// The address that it reaches with the registers as they are.
    #[inline]
    pub fn address(&self, register: impl Fn(u8) -> u32) -> u32 {
        let index = self.shifted.map_or(0, |(r, shift)| register(r) << shift);
        register(self.base).wrapping_add(index).wrapping_add_signed(self.offset)
    }

    /// Whether an access of `bytes` at `address` is what Unicorn makes first of one by this instruction at `reached`, and
    /// how many follow. It takes unaligned loads apart into two, and unaligned stores into bytes.
    #[inline]
    fn parts(&self, reached: u32, address: u32, bytes: u8) -> Option<u8> {
        let aligned = reached & !(u32::from(self.bytes) - 1);
        match (reached == aligned, self.load) {
            (true, _) => (reached == address && bytes == self.bytes).then_some(0),
            (false, true) => (aligned == address && bytes == self.bytes).then_some(1),
            (false, false) => (reached == address && bytes == 1).then_some(self.bytes - 1),
        }
    }

    /// Whether its condition holds; `flags` reads N, Z, C and V at bits 31 to 28 (Armv7-M ARM, A7.3.1).
    #[inline]
    pub fn executes(&self, flags: impl FnOnce() -> u32) -> bool {
        self.condition.is_none_or(|condition| holds(condition, flags()))
    }
}

/// Whether `condition` holds with the flags N, Z, C and V at bits 31 to 28 (Armv7-M ARM, A7.3.1).
pub(super) fn holds(condition: u8, flags: u32) -> bool {
    let bit = |n: u32| flags >> n & 1 == 1;
    let (n, z, c, v) = (bit(31), bit(30), bit(29), bit(28));
    let positive = match condition >> 1 {
        0 => z,
        1 => c,
        2 => n,
        3 => v,
        4 => c && !z,
        5 => n == v,
        6 => n == v && !z,
        _ => return true,
    };
    positive != (condition & 1 == 1)
}

/// One instruction of the block, with its condition.
struct Step {
    insn: Insn,
    index: u16,
    condition: Option<u8>,
}

/// The candidates in `code`, whose first instruction has the IT state `it`; `None` when one might be mistaken for another.
pub(super) fn candidates(code: &[u8], it: u8) -> Option<Box<[Candidate]>> {
    let steps = steps(code, it);
    let mut found: Vec<(usize, Candidate)> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if moves_stack(&step.insn) && !moves_stack_by_a_constant(code, step) {
            return None;
        }
        // MSR may give another stack.
        let status = step.insn.class == Class::Special && step.insn.size == 4 && step.insn.writes == 0;
        if status || step.insn.class == Class::Undefined {
            return None;
        }
        let Some(address) = step.insn.address else { continue };
        match step.insn.class {
            _ if matches!(address.base, 13 | 15) && address.index.is_none() => {}
            Class::TableBranch if address.base == 15 => {}
            Class::Load | Class::Store => found.push((
                at,
                Candidate {
                    index: step.index,
                    load: step.insn.class == Class::Load,
                    bytes: address.bytes as u8,
                    base: address.base,
                    shifted: address.index,
                    offset: address.offset,
                    condition: step.condition,
                },
            )),
            _ => return None,
        }
    }
    let stable = found.iter().all(|&(at, candidate)| {
        let last = found.iter().rev().find(|(_, c)| c.load == candidate.load);
        let needed = steps[at].insn.address_registers() | if candidate.base == 13 { 1 << 13 } else { 0 };
        let until = last.map_or(at, |&(last, _)| last);
        steps[at..until]
            .iter()
            .all(|step| step.insn.writes & needed == 0 && (candidate.condition.is_none() || !may_change_flags(step)))
    });
    stable.then(|| found.into_iter().map(|(_, candidate)| candidate).collect())
}

fn steps(code: &[u8], mut it: u8) -> Vec<Step> {
    let half = |at: usize| code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
    let (mut steps, mut at) = (Vec::new(), 0);
    while at + 2 <= code.len() {
        let insn = decode(half(at), half(at + 2));
        let condition = (it & 0xF != 0).then_some(it >> 4);
        steps.push(Step { insn, index: (at / 2) as u16, condition });
        it = advance_it(it, &insn);
        at += usize::from(insn.size);
    }
    steps
}

fn moves_stack(insn: &Insn) -> bool {
    insn.writes & 1 << 13 != 0
}

/// PUSH, POP and their like, and ADD and SUB of a constant.
fn moves_stack_by_a_constant(code: &[u8], step: &Step) -> bool {
    let at = 2 * usize::from(step.index);
    let half = |at: usize| code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
    match step.insn.address {
        Some(address) => address.writeback && address.base == 13,
        None if step.insn.size == 2 => half(at) & 0xFF00 == 0xB000,
        // ADD and SUB (immediate) T3 and T4 from SP.
        None => matches!(half(at) & 0xFBFF, 0xF10D | 0xF1AD | 0xF20D | 0xF2AD),
    }
}

/// Narrow arithmetic leaves the flags alone in an IT block, except for compares, which write no register.
fn may_change_flags(step: &Step) -> bool {
    match step.insn.class {
        Class::Load | Class::Store | Class::Nop | Class::It | Class::Divide { .. } => false,
        Class::Alu => step.condition.is_none() || step.insn.size == 4 || step.insn.writes == 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &[u16]) -> Option<Vec<u16>> {
        let bytes: Vec<u8> = code.iter().flat_map(|half| half.to_le_bytes()).collect();
        candidates(&bytes, 0).map(|list| list.iter().map(|candidate| candidate.index).collect())
    }

    #[test]
    fn stores_through_registers_that_stay_can_be_told_apart() {
        assert_eq!(of(&[0x6008, 0x6010, 0x6008]), Some(vec![0, 1, 2])); // str r0,[r1]; str r0,[r2]; str r0,[r1]
    }

    #[test]
    fn an_address_that_changes_between_two_stores_may_be_mistaken() {
        assert_eq!(of(&[0x6008, 0x3104, 0x6008]), None); // str r0,[r1]; adds r1,#4; str r0,[r1]
        assert_eq!(of(&[0x6809, 0x6809]), None); // ldr r1,[r1]; ldr r1,[r1]
        assert_eq!(of(&[0xF841, 0x0B04, 0x6008]), None); // str r0,[r1],#4; str r0,[r1]
        // Nothing of its kind follows.
        assert_eq!(of(&[0x6809, 0x3104, 0x6008]), Some(vec![0, 2]));
    }

    #[test]
    fn a_condition_that_changes_may_be_mistaken() {
        // it eq; streq r0,[r1]; str r0,[r2]
        assert_eq!(of(&[0xBF08, 0x6008, 0x6010]), Some(vec![1, 2]));
        // the same with cmp r0,#0 between
        assert_eq!(of(&[0xBF08, 0x6008, 0x2800, 0x6010]), None);
    }

    #[test]
    fn literals_and_the_stack_are_no_peripherals() {
        assert_eq!(of(&[0x4800, 0xB500, 0x9001, 0xBD00]), Some(vec![])); // ldr r0,[pc]; push {lr}; str r0,[sp,#4]; pop {pc}
        assert_eq!(of(&[0x4685, 0x9001]), None); // mov sp, r0; str r0,[sp,#4]
    }

    #[test]
    fn conditions_hold_as_in_the_manual() {
        let (n, z, c, v) = (1 << 31, 1 << 30, 1 << 29, 1 << 28);
        for (condition, yes, no) in
            [(0, z, 0), (2, c, 0), (4, n, 0), (6, v, 0), (8, c, c | z), (10, n | v, n), (12, 0, z), (14, 0, u32::MAX)]
        {
            assert!(holds(condition, yes), "{condition}");
            assert!(condition == 14 || !holds(condition, no), "{condition}");
            assert!(condition == 14 || (!holds(condition | 1, yes) && holds(condition | 1, no)), "{condition}");
        }
    }
}
