//! An access that brings an event into its own block: the block is run again, up to the right instruction.
//!
//! Unicorn does not stop in the middle of a block. When an access to a peripheral pends an interrupt, brings forward an event
//! that falls into the rest of the block, or faults, the rest of the block still runs, but in vain: it reaches no
//! peripheral, and when it ends, registers and RAM are put back to what they were at that instruction. Then that
//! instruction alone is run once more, its accesses answered from notes instead of by the bus. It happens so seldom that
//! copying all of RAM is no matter.

use super::clock::{State, Wish};
use super::hooks::Engine;
use super::registers::{FpRegisters, Registers};
use super::{Bus, Stop};

/// Accesses that one instruction can make: the words of an LDM.
const MOST_ACCESSES: usize = 16;

/// The accesses that the instruction at `pc` has made so far, and what its loads got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Accesses {
    pub pc: u32,
    at: u64,
    count: usize,
    values: [u32; MOST_ACCESSES],
}

impl Accesses {
    /// The instruction at `pc`, which started in cycle `at`, has made an access; a load got `value`.
    #[inline]
    pub fn note(&mut self, pc: u32, at: u64, value: u32) {
        if (self.pc, self.at) != (pc, at) {
            (self.pc, self.at, self.count) = (pc, at, 0);
        }
        if let Some(place) = self.values.get_mut(self.count) {
            *place = value;
        }
        self.count += 1;
    }
}

/// Accesses that are not to reach the bus again.
#[derive(Clone, Debug)]
pub(super) struct Replay {
    accesses: Accesses,
    next: usize,
}

impl Replay {
    /// What the next access by the instruction at `pc` gets, if it was made before.
    pub fn answer(&mut self, pc: u32) -> Option<u32> {
        if pc != self.accesses.pc || self.next >= self.accesses.count {
            return None;
        }
        let value = self.accesses.values.get(self.next).copied();
        self.next += 1;
        value
    }
}

/// Where to go back to, and why.
pub(super) struct Rewind {
    registers: Registers,
    fp: FpRegisters,
    ram: Vec<u8>,
    accesses: Accesses,
    /// Cycle in which the instruction starts.
    at: u64,
    back: Back,
}

/// What is to be done when everything is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// Run from `pc` as far as `until`, or to the end of the block.
    Run { pc: u32, until: Option<u32> },
    /// The instruction has failed.
    Stop(Stop),
}

impl<B: Bus> State<B> {
    /// Whether a boundary between instructions that comes before the end of the running block is at or after the
    /// deadline: the access by the instruction at halfword `index`, which started in cycle `at`, has moved it there.
    #[inline]
    pub(super) fn is_overtaken(&self, index: usize, at: u64) -> bool {
        self.deadline() < self.now() && self.has_boundary(index, at)
    }

    /// Makes the rest of the block run in vain; see above. `index` is that of the instruction that makes the access now.
    /// `fault`: why that instruction has failed, if it has.
    #[cold]
    pub(super) fn rewind_to(&mut self, engine: Engine, index: usize, at: u64, fault: Option<Stop>) {
        let Some((pc, it)) = self.running().map(|known| (known.address(index as u16), known.it_at(index))) else {
            return;
        };
        let mut registers = Registers::read(engine);
        registers.pc = pc;
        registers.xpsr = registers.xpsr & !super::registers::IT | it_bits(it);
        let accesses = if self.accesses.pc == pc && self.accesses.at == at {
            self.accesses.clone()
        } else {
            Accesses { pc, at, ..Accesses::default() }
        };
        let ram = self.memory().ram();
        let back = match fault {
            Some(stop) => Back::Stop(stop),
            // Who watches what was accessed wants to stand right behind it, in an IT block too.
            None if self.bus.watched() => Back::Run { pc, until: self.behind(index) },
            None => Back::Run { pc, until: self.stop_behind(index) },
        };
        self.rewind = Some(Box::new(Rewind { registers, fp: FpRegisters::read(engine), ram, accesses, at, back }));
        self.wish = Wish::Rewind;
        self.look_closer();
    }

    /// Puts everything back.
    pub(super) fn go_back(&mut self, engine: Engine) -> Option<Back> {
        let rewind = self.rewind.take()?;
        rewind.registers.write(engine);
        rewind.fp.write(engine);
        self.memory().restore_ram(&rewind.ram);
        self.stand_before(rewind.registers.pc, rewind.at);
        if matches!(rewind.back, Back::Run { .. }) {
            self.replay = Some(Replay { accesses: rewind.accesses, next: 0 });
        }
        Some(rewind.back)
    }
}

/// The bits of XPSR that hold the IT state `it` (Armv7-M ARM, B1.4.2).
pub(super) fn it_bits(it: u8) -> u32 {
    u32::from(it & 3) << 25 | u32::from(it >> 2) << 10
}

/// The IT state that `xpsr` holds.
pub(super) fn it_state(xpsr: u32) -> u8 {
    (xpsr >> 25 & 3 | (xpsr >> 10 & 0x3F) << 2) as u8
}
