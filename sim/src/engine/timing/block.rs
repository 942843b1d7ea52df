//! The static cost of a translated block: straight-line code that ends in a branch, or is cut.
//!
//! What cannot be known from the code alone is left to the engine: whether the branch at the end is taken
//! ([`Block::refill`] of the block it goes to), whether a conditional instruction of several cycles executes, and how long
//! a division takes ([`Block::dynamic`]).

use super::decode::{decode, is_wide};
use super::insn::{Class, Insn};
use super::rules::{LONGEST_DIVISION, NotTaken, Rules, SHORTEST_DIVISION, Source};

/// An instruction whose cost depends on data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dynamic {
    /// Its address.
    pub pc: u32,
    /// What it depends on.
    pub kind: DynamicKind,
}

impl Dynamic {
    /// The most cycles that it may take more than were charged statically.
    pub fn most(&self) -> u32 {
        match self.kind {
            DynamicKind::Conditional { extra } | DynamicKind::Barrier { extra, .. } => extra,
            DynamicKind::SendEvent => 0,
            DynamicKind::Divide { charged, .. } => LONGEST_DIVISION - charged,
        }
    }
}

/// What the cost of a [`Dynamic`] instruction depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynamicKind {
    /// Costs `extra` cycles more than the one charged statically, if its condition holds.
    Conditional {
        /// Cycles.
        extra: u32,
    },
    /// ISB in an IT block that goes on behind it: costs `extra` cycles more if its condition holds.
    Barrier {
        /// Cycles.
        extra: u32,
        /// The IT state behind it.
        it: u8,
    },
    /// SEV: costs what was charged, and sets the event register that WFE waits for.
    SendEvent,
    /// Costs what [`super::divide_cycles`] says.
    Divide {
        /// SDIV.
        signed: bool,
        /// Dividend register.
        n: u8,
        /// Divisor register.
        m: u8,
        /// Cycles of the division that are in the static sum.
        charged: u32,
    },
}

/// What a cut leaves over to the code that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Carry {
    /// The instruction before the cut, unless it was conditional.
    last: Option<Insn>,
    /// Whether the instruction before the cut took more than one cycle.
    was_slow: bool,
    /// 16-bit instructions directly before the cut, at most 2.
    narrow_run: u8,
    /// Whether the load before the cut is one that a following access can shorten.
    can_pair: bool,
    /// Whether the access before that one was a load as well.
    after_load: bool,
    /// 32-bit instructions at addresses not divisible by 4 directly before the cut, and whether what stood before them
    /// took more than one cycle.
    unaligned: (u8, bool),
    /// When the next word of code arrives, in cycles from the cut.
    fetch: i32,
    /// IT state: condition and mask of the instructions that follow, 0 outside IT (Armv7-M ARM, A7.3.2).
    pub it: u8,
}

impl Carry {
    /// Nothing but the IT state `it`.
    pub fn inside(it: u8) -> Self {
        Self { it, ..Self::default() }
    }
}

/// The cost of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Address of its first instruction.
    pub start: u32,
    /// Address behind its last instruction.
    pub end: u32,
    /// Cycles of all its instructions, the branch at its end as not taken.
    pub cycles: u32,
    /// Cycles of refilling the pipeline when the block is entered by a branch.
    pub refill: u32,
    /// Cycles more when the conditional branch at its end is not taken: the fetch from its target was in vain.
    pub not_taken: u32,
    /// Whether its last instruction always branches.
    pub always_branches: bool,
    /// Whether it ends in no branch at all.
    pub cut: bool,
    /// Whether it is one branch to itself.
    pub branches_to_itself: bool,
    /// Number of its instructions.
    pub instructions: u32,
    /// For each halfword of the block: cycles from its start to the instruction that starts there.
    pub offsets: Vec<u16>,
    /// For each halfword of the block: whether the instruction that starts there is in an IT block.
    pub conditional: Vec<bool>,
    is_start: Vec<bool>,
    /// For each halfword of the block: cycles that the instruction there waits for its own code, part of its cost. Empty when
    /// none does.
    waits: Vec<u8>,
    /// Words of code that it fetches.
    pub words: u32,
    /// Whether it changes nothing but core registers and flags that [`super::super::core`] compares: it may be part of a
    /// loop that only polls.
    pub repeatable: bool,
    /// The halfword at which its first instruction of the FPU starts.
    pub first_fpu: Option<u16>,
    /// Whether its last instruction may change the mask registers or CONTROL: MSR or CPS.
    pub ends_masking: bool,
    /// Instructions whose cost depends on data.
    pub dynamic: Vec<Dynamic>,
    /// For what follows a cut.
    pub carry: Carry,
}

impl Block {
    /// Whether an instruction starts at halfword `index`.
    pub fn starts(&self, index: usize) -> bool {
        self.is_start.get(index).copied().unwrap_or(false)
    }

    /// Cycles that the instruction at halfword `index` waits for its own code before it starts.
    #[inline]
    pub fn wait(&self, index: usize) -> u32 {
        self.waits.get(index).map_or(0, |&wait| wait.into())
    }

    /// Bytes of the instruction at halfword `index`.
    pub fn size_at(&self, index: usize) -> u32 {
        let next = (index + 1..self.is_start.len()).find(|&i| self.is_start[i]).unwrap_or(self.is_start.len());
        2 * next.saturating_sub(index) as u32
    }

    /// Index of the halfword at `pc`.
    #[inline]
    pub fn index(&self, pc: u32) -> usize {
        (pc.wrapping_sub(self.start) >> 1) as usize
    }
}

/// Works out what the code in `code`, which starts at `start` and comes from `source`, costs; `carry` is what a cut before it
/// left over.
pub fn analyse(rules: &Rules, source: Source, start: u32, code: &[u8], carry: Option<Carry>) -> Block {
    let entered_by_branch = carry.is_none();
    let carry = carry.unwrap_or_default();
    let half = |at: usize| code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
    let mut w = Walk { rules, source, cycles: 0, it: carry.it, unaligned: carry.unaligned, fetch: carry.fetch, carry };
    let mut block = Block {
        start,
        end: start + code.len() as u32,
        cycles: 0,
        refill: 0,
        not_taken: 0,
        always_branches: false,
        cut: true,
        branches_to_itself: false,
        instructions: 0,
        offsets: vec![0; code.len() / 2],
        conditional: vec![false; code.len() / 2],
        is_start: vec![false; code.len() / 2],
        waits: if source.wait == 0 { Vec::new() } else { vec![0; code.len() / 2] },
        words: 0,
        repeatable: true,
        first_fpu: None,
        ends_masking: false,
        dynamic: Vec::new(),
        carry: Carry::default(),
    };
    if entered_by_branch && !rules.flat {
        // P is 2 when the target is a 32-bit instruction across a word boundary, else 1 (measured on STM32F4; the empty
        // loop of 3 cycles was measured on the nRF52840).
        block.refill = if is_wide(half(0)) && start % 4 == 2 { 2 } else { 1 };
        block.refill += source.wait + source.branch;
    }
    // The word that a cut stands in was fetched before it.
    let mut next_word = if entered_by_branch { start & !3 } else { start.next_multiple_of(4) };
    let mut at = 0;
    let mut last = None;
    let mut narrow_before = 0;
    while at + 2 <= code.len() {
        let pc = start.wrapping_add(at as u32);
        let insn = decode(half(at), half(at + 2));
        block.offsets[at / 2] = w.cycles.min(u32::from(u16::MAX)) as u16;
        block.conditional[at / 2] = w.it & 0xF != 0;
        block.is_start[at / 2] = true;
        block.instructions += 1;
        // Coprocessor instructions (Armv7-M ARM, A5.3.18); the nRF52840 has no coprocessor but the FPU.
        if half(at) & 0xEC00 == 0xEC00 && block.first_fpu.is_none() {
            block.first_fpu = Some((at / 2) as u16);
        }
        block.repeatable &= insn.only_computes();
        let conditional = w.it & 0xF != 0 && w.it >> 4 != 0xE;
        narrow_before = w.carry.narrow_run;
        let mut words = 0;
        while next_word < pc.wrapping_add(insn.size.into()) {
            next_word = next_word.wrapping_add(4);
            words += 1;
        }
        block.words += words;
        if source.wait > 0 {
            block.waits[at / 2] = w.fetch(words).min(u8::MAX.into()) as u8;
        }
        block.dynamic.extend(w.step(pc, &insn, conditional));
        last = Some((insn, conditional));
        at += usize::from(insn.size);
    }
    if let Some((insn, conditional)) = last {
        block.cut = !insn.is_branch() && !matches!(insn.class, Class::Exception | Class::Undefined | Class::Wait);
        block.ends_masking = insn.class == Class::Special && insn.writes == 0;
        block.always_branches = insn.always_branches() && !conditional;
        block.branches_to_itself =
            block.instructions == 1 && (half(0) == 0xE7FE || (half(0), half(2)) == (0xF7FF, 0xBFFE));
        let may_fall_through = matches!(insn.class, Class::Branch { conditional: true } | Class::CompareBranch);
        block.not_taken = match rules.not_taken {
            NotTaken::One => 0,
            NotTaken::TwoUnlessTwoNarrow => u32::from(may_fall_through && narrow_before < 2),
            NotTaken::Two => u32::from(may_fall_through),
        };
    }
    block.cycles = w.cycles;
    block.carry = Carry { it: w.it, unaligned: w.unaligned, fetch: w.fetch, ..w.carry };
    block
}

/// The IT state behind `insn`, which stands in IT state `it` (Armv7-M ARM, A7.3.2 "ITSTATE").
pub fn advance_it(it: u8, insn: &Insn) -> u8 {
    match insn.it {
        Some(new) => new,
        None if it & 0x7 == 0 => 0,
        None => it & 0xE0 | it << 1 & 0x1F,
    }
}

struct Walk<'a> {
    rules: &'a Rules,
    source: Source,
    cycles: u32,
    /// When the next word of code arrives, in cycles from now.
    fetch: i32,
    it: u8,
    carry: Carry,
    unaligned: (u8, bool),
}

impl Walk<'_> {
    /// The next instruction needs `words` more words of code: waits for them, and returns how long.
    ///
    /// Words arrive one after the other; no more than three are fetched ahead.
    fn fetch(&mut self, words: u32) -> u32 {
        let period = 1 + self.source.wait as i32;
        let mut waited = 0;
        for _ in 0..words {
            let wait = self.fetch.max(0);
            waited += wait as u32;
            self.fetch = (self.fetch - wait + period).max(-period);
        }
        self.cycles += waited;
        waited
    }

    /// Time goes on, and words arrive meanwhile.
    fn charge(&mut self, cycles: u32) {
        self.cycles += cycles;
        if self.source.wait > 0 {
            // Further back makes no difference.
            self.fetch = (self.fetch - cycles as i32).max(-2 * (1 + self.source.wait as i32));
        }
    }

    /// Charges one instruction. Returns what is to be settled when it executes.
    fn step(&mut self, pc: u32, insn: &Insn, conditional: bool) -> Option<Dynamic> {
        self.it = advance_it(self.it, insn);
        let barrier = insn.class == Class::Isb && self.it & 0xF != 0;
        if self.rules.flat {
            self.charge(1);
            if barrier {
                return Some(Dynamic { pc, kind: DynamicKind::Barrier { extra: 0, it: self.it } });
            }
            return (insn.class == Class::SendEvent).then_some(Dynamic { pc, kind: DynamicKind::SendEvent });
        }
        let full = self.cost(pc, insn);
        if conditional {
            // Skipped it costs 1; what it costs more when it executes is settled then. It pairs with nothing.
            self.charge(1);
            self.carry = Carry { narrow_run: self.narrow_run(insn), ..Carry::default() };
            let dynamic = match insn.class {
                // What it waits before it starts is not part of the division.
                Class::Divide { signed, n, m } => {
                    Some(DynamicKind::Divide { signed, n, m, charged: (1 + SHORTEST_DIVISION).saturating_sub(full) })
                }
                Class::SendEvent => Some(DynamicKind::SendEvent),
                Class::Isb if barrier => Some(DynamicKind::Barrier { extra: full - 1, it: self.it }),
                _ => (full > 1).then(|| DynamicKind::Conditional { extra: full - 1 }),
            };
            return dynamic.map(|kind| Dynamic { pc, kind });
        }
        self.charge(full - u32::from(self.pairs(insn)));
        self.carry = Carry {
            last: Some(*insn),
            was_slow: full > 1,
            narrow_run: self.narrow_run(insn),
            can_pair: insn.class == Class::Load && !insn.loads_pc,
            after_load: insn.class == Class::Load,
            ..Carry::default()
        };
        match insn.class {
            Class::Divide { signed, n, m } => {
                Some(Dynamic { pc, kind: DynamicKind::Divide { signed, n, m, charged: SHORTEST_DIVISION } })
            }
            Class::SendEvent => Some(Dynamic { pc, kind: DynamicKind::SendEvent }),
            _ => None,
        }
    }

    fn narrow_run(&self, insn: &Insn) -> u8 {
        if insn.size == 2 { (self.carry.narrow_run + 1).min(2) } else { 0 }
    }

    /// Cycles of `insn` after what stands before it, a branch as not taken, before pairing.
    fn cost(&mut self, pc: u32, insn: &Insn) -> u32 {
        let mut cycles = match insn.class {
            Class::Alu | Class::Branch { .. } | Class::CompareBranch | Class::BranchRegister | Class::Special => 1,
            Class::Exception | Class::Undefined | Class::Wait | Class::Barrier | Class::SendEvent => 1,
            Class::Nop => u32::from(!(insn.size == 2 && self.after_lone_load())),
            Class::It => 0,
            Class::Isb => 3,
            Class::Divide { .. } => SHORTEST_DIVISION,
            Class::TableBranch | Class::Load | Class::Exclusive => 2,
            Class::Store if insn.address.is_some_and(|a| a.index.is_some()) && !self.carry.after_load => 2,
            Class::Store => 1,
            Class::LoadWords { words } | Class::StoreWords { words } => 1 + u32::from(words),
            Class::Float { cycles } => u32::from(cycles),
        };
        if insn.is_literal() {
            cycles += self.source.literal * insn.address.map_or(0, |a| a.bytes.div_ceil(4));
        }
        if let Some(last) = self.carry.last {
            let by_alu = !last.is_single_access() && !matches!(last.class, Class::LoadWords { .. });
            if self.rules.address_generation && by_alu && insn.address_registers() & last.writes != 0 {
                cycles += 1;
            }
            let load = matches!(insn.class, Class::Load | Class::LoadWords { .. });
            if self.rules.load_after_store && load && last.class == Class::Store {
                cycles += 1;
            }
        }
        if insn.loads_pc {
            cycles += self.rules.pc_load_refill;
        }
        if self.rules.unaligned_run {
            cycles += self.unaligned_run(pc, insn);
        }
        cycles
    }

    fn unaligned_run(&mut self, pc: u32, insn: &Insn) -> u32 {
        if insn.size == 4 && pc % 4 == 2 {
            let (run, after_slow) = self.unaligned;
            self.unaligned = (run.saturating_add(1), if run == 0 { self.carry.was_slow } else { after_slow });
            u32::from(self.unaligned == (3, true))
        } else {
            self.unaligned = (0, false);
            0
        }
    }

    fn after_lone_load(&self) -> bool {
        self.carry.can_pair
    }

    /// Whether `insn` overlaps the load before it and so costs a cycle less (TRM r0p1, 3.3.3).
    fn pairs(&self, insn: &Insn) -> bool {
        let Some(last) = self.carry.last else { return false };
        if !self.carry.can_pair {
            return false;
        }
        let independent = insn.address_registers() & last.writes == 0;
        let same_region = !self.rules.pair_same_region_only || insn.is_literal() == last.is_literal();
        match insn.class {
            Class::Load => self.rules.pair_loads && independent && same_region && !insn.loads_pc,
            Class::Store => {
                let immediate = insn.address.is_some_and(|a| a.index.is_none());
                self.rules.pair_store
                    && immediate
                    && independent
                    && same_region
                    && (!self.rules.pair_store_words_only || insn.address.is_some_and(|a| a.bytes == 4))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::timing::Rules;

    fn cost(code: &[u16]) -> Block {
        let bytes: Vec<u8> = code.iter().flat_map(|h| h.to_le_bytes()).collect();
        analyse(&Rules::SILICON, Source::default(), 0x100, &bytes, None)
    }

    /// RIOT-OS/RIOT PR 17980: 50,000 rounds of the empty loop take 3.00 cycles each on an nRF52840.
    #[test]
    fn an_empty_loop_takes_three_cycles() {
        let b = cost(&[0x3801, 0xD1FD]); // subs r0, #1; bne .-2
        assert_eq!(b.cycles + b.refill, 3);
    }

    /// The same measurement with one OUTSET and one OUTCLR store in the loop: 5.00 cycles.
    #[test]
    fn two_stores_in_the_loop_take_two_cycles_more() {
        let b = cost(&[0x6011, 0x6019, 0x3801, 0xD1FB]); // str r1,[r2]; str r1,[r3]; subs; bne
        assert_eq!(b.cycles + b.refill, 5);
        assert_eq!(b.offsets, [0, 1, 2, 3]);
    }

    /// TRM r0p1, 3.3.3: independent loads pipeline, 2 + 1 + 1.
    #[test]
    fn independent_loads_pipeline() {
        assert_eq!(cost(&[0x6808, 0x684A, 0x688B]).cycles, 4); // ldr r0,[r1]; ldr r2,[r1,#4]; ldr r3,[r1,#8]
    }

    /// TRM r0p1, 3.3.3: a load whose address was just loaded does not.
    #[test]
    fn a_dependent_load_does_not_pipeline() {
        assert_eq!(cost(&[0x6809, 0x6808]).cycles, 4); // ldr r1,[r1]; ldr r0,[r1]
    }

    #[test]
    fn a_cut_between_two_loads_changes_nothing_in_sum() {
        let whole = cost(&[0x6808, 0x684A]).cycles;
        let head = cost(&[0x6808]);
        let code = 0x684Au16.to_le_bytes();
        let tail = analyse(&Rules::SILICON, Source::default(), 0x102, &code, Some(head.carry));
        assert_eq!(head.cycles + tail.cycles, whole);
        assert_eq!(tail.refill, 0);
    }

    #[test]
    fn what_an_it_block_skips_costs_one_and_the_rest_is_settled_when_it_runs() {
        let b = cost(&[0xBF18, 0x6808]); // it ne; ldrne r0,[r1]
        assert_eq!(b.cycles, 1);
        assert_eq!(b.dynamic, [Dynamic { pc: 0x102, kind: DynamicKind::Conditional { extra: 1 } }]);
        assert_eq!(b.conditional, [false, true]);
    }

    #[test]
    fn a_branch_to_itself_is_recognised() {
        assert!(cost(&[0xE7FE]).branches_to_itself);
        assert!(!cost(&[0xE7FD]).branches_to_itself);
    }

    #[test]
    fn it_state_goes_on_across_a_cut() {
        let b = cost(&[0xBF1C, 0x2001]); // itt ne; movne r0,#1 | movne r1,#1
        assert!(b.cut && b.carry.it & 0xF != 0);
    }
}
