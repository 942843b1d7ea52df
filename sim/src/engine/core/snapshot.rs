//! The core with its memory at one moment, as plain data.
//!
//! Kept is what decides about what follows: registers, flash, RAM, and where the clock stands between two instructions. What only
//! makes the core faster is not, and is dropped by a restore: translations, blocks whose cost is known, the loop that is being looked
//! at. That this changes no cycle is what `machine_tests` hold.
//!
//! 1. The local monitor of LDREX is Unicorn's own and cannot be read: a snapshot between LDREX and STREX has that STREX fail once
//!    in another machine, as an exception there does on the chip.

use super::clock::Moment;
use super::{Bus, Core, FpRegisters, Registers};
use std::sync::Arc;

/// The core and its memory, for [`Core::restore`]. It shares nothing that can change with the core that it was taken from.
#[derive(Clone, Debug)]
pub struct CoreSnapshot {
    registers: Registers,
    fp: FpRegisters,
    ram: Arc<[u8]>,
    flash: Arc<[u8]>,
    moment: Moment,
}

impl<B: Bus> Core<B> {
    /// The core as it is now; the bus is not in it.
    pub fn snapshot(&self) -> CoreSnapshot {
        CoreSnapshot {
            registers: self.registers(),
            fp: self.fp_registers(),
            ram: self.memory.ram().into(),
            flash: self.memory.flash().into(),
            moment: self.state.moment(),
        }
    }

    /// Goes on from `snapshot`, which may be that of another core with the same rules. The bus has to be put back before.
    pub fn restore(&mut self, snapshot: &CoreSnapshot) {
        self.memory.restore_ram(&snapshot.ram);
        self.memory.restore_flash(&snapshot.flash);
        self.memory.take_written_code();
        // Code that is the same is translated again as well: cheaper than to find out which is.
        self.drop_translations();
        self.set_registers(&snapshot.registers);
        self.set_fp_registers(&snapshot.fp);
        self.state.resume(self.unicorn.get_handle(), &snapshot.moment);
    }
}
