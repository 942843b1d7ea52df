//! Leaving an exception (Armv7-M ARM, B1.5.8 "Exception return behavior").

use super::super::core::{FPCA, IPSR, NPRIV, Registers, SPSEL};
use super::super::machine::{Machine, Outcome};
use super::{ALIGNED, NONBASETHRDENA, STKALIGN, Sleep, words_from};
use peripherals::cortex_m::{Fault, NMI};

/// EXC_RETURN: clear when the frame has room for the FPU's registers.
const BASIC: u32 = 1 << 4;
/// EXC_RETURN: back to the process stack.
const TO_PSP: u32 = 1 << 2;
/// SCR.SLEEPONEXIT.
const SLEEPONEXIT: u32 = 1 << 1;

impl Machine {
    /// A handler has branched to `exc_return`.
    pub(in super::super) fn return_from_exception(&mut self, exc_return: u32) -> Option<Outcome> {
        let registers = self.core.registers();
        let leaving = registers.exception() as u8;
        let ppb = &self.core.bus().soc.ppb;
        let nested = ppb.nvic.active_count();
        let base = nested == 1 || ppb.scb.ccr() & NONBASETHRDENA != 0;
        let valid = exc_return >> 5 == 0xFFFF_FFFF >> 5
            && match exc_return & 0xF {
                0x1 => nested > 1,
                0x9 | 0xD => base,
                _ => false,
            };
        let was_active = ppb.nvic.is_active(leaving);
        self.deactivate(leaving, registers);
        if !was_active || !valid {
            return self.bad_return(exc_return);
        }
        self.core.set_event();
        let masks = self.masks();
        let nvic = &mut self.core.bus_mut().soc.ppb.nvic;
        if nvic.next(masks).is_some() {
            return self.tail_chain(exc_return);
        }
        let thread = exc_return & 0xF != 1;
        if thread && nested == 1 && self.core.bus().soc.scb().scr() & SLEEPONEXIT != 0 {
            // The chip sleeps before it unstacks, and what wakes it is chained (B1.5.18); here the frame is unstacked
            // first, which costs some cycles at wake-up.
            let outcome = self.unstack(exc_return);
            // What came while the frame was popped, or a fault of that, has a handler to run first.
            let back = outcome.is_none() && self.exception() == 0;
            return if back { self.fall_asleep(Sleep::Interrupt) } else { outcome };
        }
        self.unstack(exc_return)
    }

    /// B1.5.8, `DeActivate`.
    fn deactivate(&mut self, exception: u8, mut registers: Registers) {
        let lines = self.world().irqs;
        let ppb = &mut self.core.bus_mut().soc.ppb;
        ppb.nvic.sample(lines);
        ppb.nvic.deactivate(exception);
        if matches!(exception, 3..=6 | 12) {
            self.settle_fault();
        }
        if exception != NMI && registers.faultmask != 0 {
            registers.faultmask = 0;
            self.core.set_registers(&registers);
        }
    }

    /// The checks of B1.5.8 have failed: UsageFault, chained to the frame that is still on the stack.
    fn bad_return(&mut self, exc_return: u32) -> Option<Outcome> {
        let pc = self.core.pc();
        self.raise_chained(Fault::InvalidPc, exc_return | 0xF000_0000, pc)
    }

    /// Pops the frame (B1.5.8, `PopStack`) and goes on with what was interrupted.
    fn unstack(&mut self, exc_return: u32) -> Option<Outcome> {
        let costs = self.rules.exceptions;
        self.spend_on_exception(costs.exit);
        let masks = self.masks();
        if self.core.bus().soc.ppb.nvic.next(masks).is_some() {
            // It came while the frame was being popped: that is abandoned (TRM r0p1, 3.9 "Pop preemption").
            return self.tail_chain(exc_return);
        }
        let mut registers = self.core.registers();
        let to_psp = exc_return & TO_PSP != 0 && exc_return & 8 != 0;
        let frame = if to_psp { registers.psp } else { registers.msp };
        // Back in thread mode CONTROL decides (B1.5.8, `PopStack`).
        let privileged = exc_return & 0xF == 1 || registers.control & NPRIV == 0;
        let mut words = [0; 8];
        for (at, word) in words_from(frame).zip(&mut words) {
            match self.unstack_word(at, privileged) {
                Ok(value) => *word = value,
                Err(fault) => return self.raise_chained(fault, exc_return, registers.pc),
            }
        }
        // IPSR in the frame must fit the mode (B1.5.8). The manual pops the frame and pushes it again: it stays as it is.
        let to_handler = exc_return & 0xF == 1;
        if (words[7] & IPSR != 0) != to_handler {
            return self.raise_chained(Fault::InvalidPc, exc_return | 0xF000_0000, registers.pc);
        }
        let extended = exc_return & BASIC == 0;
        if extended && let Err(fault) = self.load_fp_state(frame.wrapping_add(0x20), privileged) {
            return self.raise_chained(fault, exc_return, registers.pc);
        }
        let scb = self.core.bus().soc.scb();
        let size = if extended { 0x68 } else { 0x20 };
        let align = if scb.ccr() & STKALIGN != 0 && words[7] & ALIGNED != 0 { 4 } else { 0 };
        let sp = frame.wrapping_add(size) | align;
        *(if to_psp { &mut registers.psp } else { &mut registers.msp }) = sp;
        registers.r[..4].copy_from_slice(&words[..4]);
        registers.r[12] = words[4];
        registers.lr = words[5];
        registers.pc = words[6] & !1;
        registers.xpsr = words[7] & !ALIGNED;
        registers.control =
            registers.control & !(SPSEL | FPCA) | if to_psp { SPSEL } else { 0 } | if extended { FPCA } else { 0 };
        let exception = registers.exception() as u16;
        self.core.set_registers(&registers);
        self.core.bus_mut().soc.ppb.scb.vectactive = exception;
        self.core.fpu_may_have_changed();
        None
    }
}
