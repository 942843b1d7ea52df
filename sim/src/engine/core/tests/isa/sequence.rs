//! A random sequence of instructions that may be run from any state: what is defined, and stays where it may.
//!
//! One register, another for each sequence, is never written: it points to the middle of the memory window, so that every
//! load and store has a base, and there is a way to save all registers at the end.

use super::classes::{GROUPS, Make};
use super::pattern::register;
use super::rng::Rng;

/// Bytes of the window that loads and stores stay in, half of them on each side of the base.
pub const WINDOW: u32 = 512;

/// An instruction, or a table branch with its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its class; [`SET_UP`] for what prepares operands.
    pub name: &'static str,
    /// Its halfwords.
    pub halves: Vec<u16>,
}

/// Name of instructions that prepare operands.
pub const SET_UP: &str = "set-up";

const NOP: u16 = 0xBF00;

/// A sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The register that is not written.
    pub keep: u8,
    /// SP at the start, in bytes from the base.
    pub stack: i32,
    /// Its instructions.
    pub steps: Vec<Step>,
}

impl Sequence {
    /// A random one of some 4 to 16 instructions.
    pub fn random(rng: &mut Rng) -> Self {
        let keep = register(rng, false, |_| true) as u8;
        let stack = 4 * (rng.below(17) as i32 - 8);
        let pieces = 3 + rng.below(10);
        let mut writer = Writer { rng, keep, steps: Vec::new(), stack: (stack, stack), skippable: false };
        (0..pieces).for_each(|_| writer.piece());
        Self { keep, stack, steps: writer.steps }
    }

    /// The same with only its first `count` instructions; others are NOPs of the same length, so that nothing moves.
    pub fn first(&self, count: usize) -> Self {
        let mut shorter = self.clone();
        shorter.steps.iter_mut().skip(count).for_each(|step| step.halves.fill(NOP));
        shorter
    }

    /// The same without the instruction at `at`.
    pub fn without(&self, at: usize) -> Self {
        let mut other = self.clone();
        // Of the same size, because an IT block counts instructions.
        match &mut other.steps[at].halves[..] {
            [first, second] => (*first, *second) = (0xF3AF, 0x8000),
            halves => halves.fill(NOP),
        }
        other
    }
}

/// Where a sequence is written.
pub struct Writer<'a> {
    /// Where its choices come from.
    pub rng: &'a mut Rng,
    /// The register that is not written.
    pub keep: u8,
    /// What is written.
    pub steps: Vec<Step>,
    /// The least and the most that SP may be now, in bytes from the base.
    pub stack: (i32, i32),
    /// A branch may go over what is being written.
    pub skippable: bool,
}

impl Writer<'_> {
    /// An instruction.
    pub fn step(&mut self, name: &'static str, halves: &[u16]) {
        self.steps.push(Step { name, halves: halves.to_vec() });
    }

    /// An instruction that prepares something.
    pub fn set_up(&mut self, halves: &[u16]) {
        self.step(SET_UP, halves);
    }

    /// A random instruction with what it needs.
    pub fn piece(&mut self) {
        let total = GROUPS.iter().map(|g| g.0).sum();
        let mut at = self.rng.below(total);
        for (weight, classes) in GROUPS {
            if at < weight {
                let class = &classes[self.rng.below(classes.len() as u32) as usize];
                match &class.make {
                    Make::Pattern(pattern) => {
                        let halves = pattern.make(self.rng, self.keep);
                        self.step(class.name, &halves);
                    }
                    Make::Built(make) => make(self),
                }
                return;
            }
            at -= weight;
        }
    }

    /// A random instruction that may stand in an IT block and needs no other.
    pub fn conditional(&mut self) {
        loop {
            let (_, classes) = self.rng.pick(&GROUPS);
            let class = &classes[self.rng.below(classes.len() as u32) as usize];
            match &class.make {
                Make::Pattern(pattern) if pattern.in_it => {
                    let halves = pattern.make(self.rng, self.keep);
                    return self.step(class.name, &halves);
                }
                _ => {}
            }
        }
    }

    /// A register that may be written.
    pub fn destination(&mut self) -> u32 {
        self.other_than(&[])
    }

    /// A register that may be written, and is not one of these.
    pub fn other_than(&mut self, taken: &[u32]) -> u32 {
        let keep = u32::from(self.keep);
        register(self.rng, false, |r| r != keep && !taken.contains(&r))
    }

    /// One of R0 to R7 that may be written, and is not one of these.
    pub fn low_other_than(&mut self, taken: &[u32]) -> u32 {
        let keep = u32::from(self.keep);
        register(self.rng, true, |r| r != keep && !taken.contains(&r))
    }

    /// A register to be read.
    pub fn source(&mut self) -> u32 {
        register(self.rng, false, |_| true)
    }

    /// A register to be read that is not this one.
    pub fn source_other_than(&mut self, taken: u32) -> u32 {
        register(self.rng, false, |r| r != taken)
    }

    /// MOVW and MOVT.
    pub fn constant(&mut self, register: u32, value: u32) {
        for half in constant(register, value).chunks(2) {
            self.set_up(half);
        }
    }

    /// Makes R`to` the base plus `offset`, which is less than 256 either way.
    pub fn point(&mut self, to: u32, offset: i32) {
        let first = if offset < 0 { 0xF2A0 } else { 0xF200 };
        self.set_up(&[first | u16::from(self.keep), (to << 8 | offset.unsigned_abs()) as u16]);
    }

    /// Whether SP may move by `bytes`; if so, it is noted that it does.
    pub fn move_stack(&mut self, bytes: i32) -> bool {
        let moved = (self.stack.0 + bytes, self.stack.1 + bytes);
        if moved.0 < -128 || moved.1 > 128 {
            return false;
        }
        self.stack = if self.skippable { (moved.0.min(self.stack.0), moved.1.max(self.stack.1)) } else { moved };
        true
    }
}

/// MOVW and MOVT (Armv7-M ARM, A7.7, MOV (immediate) T3 and MOVT).
pub fn constant(register: u32, value: u32) -> [u16; 4] {
    let half = |opcode: u32, imm: u32| {
        let first = opcode | imm >> 12 | (imm >> 11 & 1) << 10;
        [first as u16, ((imm >> 8 & 7) << 12 | register << 8 | imm & 0xFF) as u16]
    };
    let ([a, b], [c, d]) = (half(0xF240, value & 0xFFFF), half(0xF2C0, value >> 16));
    [a, b, c, d]
}
