//! Where the core was when it reached a peripheral: enough to find its callers later.
//!
//! It is kept for the first access by each block of code, and for accesses of which something came up ([`Bus::noticed`]). Nothing that is
//! simulated depends on it, and it is no part of a snapshot.

use super::Bus;
use super::clock::State;
use super::hooks::Engine;
use super::registers::Registers;

/// Bytes of the stack that are kept: the frames of a dozen calls.
const STACK: u32 = 1024;

/// The core at an access.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// PC is that of the instruction.
    pub registers: Registers,
    /// The block of code it is in, from its first instruction to behind the last.
    pub block: core::ops::Range<u32>,
    /// What lay on the stack from SP, rounded down to a word, on.
    pub stack: Vec<u8>,
    /// The Python function that an interpreter ran, with its line, as far as the bus knows of such.
    pub python: Option<String>,
    /// Something came up in this access; else it was only the first of its block.
    pub noticed: bool,
}

impl Witness {
    /// The aligned word at `address` as it was; `None` outside of what was kept.
    pub fn word(&self, address: u32) -> Option<u32> {
        let at = address.checked_sub(self.registers.sp() & !3)? as usize;
        let bytes = self.stack.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }
}

impl<B: Bus> State<B> {
    /// Whether the running block has reached a peripheral for the first time.
    #[inline]
    pub(super) fn is_new_place(&self) -> bool {
        self.running().is_some_and(|known| !known.witnessed.get())
    }

    /// Keeps where the core is.
    #[cold]
    pub(super) fn bear_witness(&mut self, engine: Engine, pc: u32) {
        let noticed = !self.is_new_place();
        let block = self.running().map_or(pc..pc, |known| {
            known.witnessed.set(true);
            known.block.start..known.block.end
        });
        let mut registers = Registers::read(engine);
        registers.pc = pc;
        let sp = registers.sp() & !3;
        let end = super::memory::RAM_BASE + super::memory::RAM_SIZE;
        let stack = self.memory().read(sp, STACK.min(end.saturating_sub(sp))).unwrap_or_default();
        self.bus.witness(Witness { registers, block, stack, python: None, noticed });
    }
}
