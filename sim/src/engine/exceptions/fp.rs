//! The FPU's registers on the stack, at once or late (Armv7-M ARM, B1.5.6 and B1.5.7 "Lazy context save of FP state").

use super::super::core::{FpRegisters, Registers};
use super::super::machine::{Machine, Outcome};
use super::words_from;
use peripherals::cortex_m::{BUS_FAULT, DEBUG_MONITOR, Fault, HARD_FAULT, MEM_MANAGE};

impl Machine {
    /// Notes that S0 to S15 and FPSCR are to be saved at `room` before the FPU is used again (`UpdateFPCCR`).
    pub(super) fn defer_fp_state(&mut self, room: u32, registers: &Registers) {
        let masks = self.masks();
        let thread = registers.exception() == 0;
        let ppb = &mut self.core.bus_mut().soc.ppb;
        let can = |exception: u8| u32::from(ppb.nvic.is_enabled(exception) && ppb.nvic.preempts(exception, masks));
        let ready = 1
            | u32::from(!registers.is_privileged()) << 1
            | u32::from(thread) << 3
            | u32::from(ppb.nvic.preempts(HARD_FAULT, masks)) << 4
            | can(MEM_MANAGE) << 5
            | can(BUS_FAULT) << 6
            | can(DEBUG_MONITOR) << 8;
        ppb.scb.defer_fp_state(room, ready);
    }

    /// Stores S0 to S15 and FPSCR at `room`.
    pub(super) fn store_fp_state(&mut self, room: u32, privileged: bool) -> Result<(), Fault> {
        let fp = self.core.fp_registers();
        for (at, word) in words_from(room).zip(fp.s[..16].iter().copied().chain([fp.fpscr])) {
            self.store_word(at, word, privileged)?;
        }
        Ok(())
    }

    /// Loads S0 to S15 and FPSCR from `room`, unless they never went there.
    pub(super) fn load_fp_state(&mut self, room: u32, privileged: bool) -> Result<(), Fault> {
        if self.core.bus().soc.scb().fp_state_deferred() {
            self.core.bus_mut().soc.ppb.scb.fp_state_settled();
            return Ok(());
        }
        let mut fp: FpRegisters = self.core.fp_registers();
        for (n, at) in words_from(room).take(17).enumerate() {
            let word = self.unstack_word(at, privileged)?;
            match fp.s[..16].get_mut(n) {
                Some(place) => *place = word,
                None => fp.fpscr = word,
            }
        }
        self.core.set_fp_registers(&fp);
        self.spend_on_exception(self.rules.exceptions.fp_unstacking);
        Ok(())
    }

    /// The instruction at PC is one of the FPU, and the registers of what was interrupted are still in it: saves them.
    pub(in super::super) fn save_deferred_fp_state(&mut self) -> Option<Outcome> {
        let scb = self.core.bus().soc.scb();
        let (room, user) = (scb.fpcar(), scb.fpccr() & 2 != 0);
        let stored = self.store_fp_state(room, !user);
        self.core.bus_mut().soc.ppb.scb.fp_state_settled();
        self.core.fpu_may_have_changed();
        self.spend(self.rules.exceptions.fp_stacking);
        match stored {
            Ok(()) => None,
            Err(Fault::AccessStacking) => self.raise(Fault::AccessLazyFp),
            Err(_) => self.raise(Fault::BusLazyFp),
        }
    }
}
