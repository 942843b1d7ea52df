//! Entering an exception (Armv7-M ARM, B1.5.6 "Exception entry behavior").

use super::super::core::{Access, Bus, CoreMode, FPCA, IPSR, RAM_BASE, Region, Registers, SPSEL};
use super::super::machine::{Machine, Outcome};
use super::faults::Escalation;
use super::{ALIGNED, STKALIGN, words_from};
use peripherals::cortex_m::{Fault, HARD_FAULT, NMI};

/// FPCCR.LSPEN.
const LSPEN: u32 = 1 << 30;
/// Bytes of a frame without, and of one with room for the FPU's registers.
const BASIC_FRAME: u32 = 0x20;
const EXTENDED_FRAME: u32 = 0x68;
/// XPSR's T bit.
const T: u32 = 1 << 24;

impl Machine {
    /// Stacks what runs and enters the most urgent exception, which the caller has seen to be more urgent than that.
    pub(super) fn enter_exception(&mut self) -> Option<Outcome> {
        let mut registers = self.core.registers();
        let masks = self.masks();
        let derived = self.push_frame(&mut registers);
        let exc_return = exc_return(&registers);
        // Handler mode with its own stack; from here on nothing of what was interrupted is left in them.
        registers.lr = exc_return;
        registers.xpsr = registers.xpsr & !(IPSR | super::super::core::IT_BITS) | T | u32::from(HARD_FAULT);
        registers.control &= !(SPSEL | FPCA);
        self.core.set_registers(&registers);
        if let Some(fault) = derived {
            // A fault of the stacking joins what is pending, and the more urgent of the two is taken (B1.5.11).
            if let Escalation::LockUp = self.mark_derived_fault(fault, masks) {
                return Some(self.lock_up("a fault of the stacking"));
            }
        }
        let costs = self.rules.exceptions;
        let window = costs.late_arrival_window.min(costs.entry);
        self.spend_on_exception(window);
        self.vector(costs.entry - window)
    }

    /// From one handler to the next, without unstacking (B1.5.12 "Tail-chaining").
    pub(super) fn tail_chain(&mut self, exc_return: u32) -> Option<Outcome> {
        let mut registers = self.core.registers();
        registers.lr = exc_return;
        registers.xpsr |= T;
        registers.control &= !FPCA;
        self.core.set_registers(&registers);
        self.spend_on_exception(self.rules.exceptions.tail_chain);
        self.vector(0)
    }

    /// Fetches the vector of what is most urgent now, which may have come late, and starts its handler.
    fn vector(&mut self, cycles: u32) -> Option<Outcome> {
        let ppb = &mut self.core.bus_mut().soc.ppb;
        let exception = ppb.nvic.most_urgent()?;
        let table = ppb.scb.vtor();
        ppb.nvic.activate(exception);
        ppb.nvic.looked();
        ppb.scb.vectactive = exception.into();
        let costs = self.rules.exceptions;
        let fetch = match Region::of(table) {
            Region::Flash(_) => costs.vector_fetch_flash,
            _ => costs.vector_fetch_ram,
        };
        self.spend_on_exception(cycles + fetch);
        self.core.set_event();
        let vector = self.load_word(table.wrapping_add(4 * u32::from(exception)));
        let mut registers = self.core.registers();
        registers.xpsr = registers.xpsr & !IPSR | u32::from(exception);
        match vector {
            Some(vector) => {
                registers.pc = vector & !1;
                registers.xpsr = if vector & 1 == 1 { registers.xpsr | T } else { registers.xpsr & !T };
                self.core.set_registers(&registers);
                self.core.fpu_may_have_changed();
                self.notice_entry(exception);
                if Machine::is_no_handler(vector) {
                    return Some(self.no_handler(exception, vector));
                }
                None
            }
            None => {
                self.core.set_registers(&registers);
                if matches!(exception, NMI | HARD_FAULT) {
                    return Some(self.lock_up("a vector that cannot be read"));
                }
                self.raise(Fault::VectorTable)
            }
        }
    }

    /// Pushes a frame and moves SP (B1.5.6, `PushStack`). A fault does not keep the exception from being entered.
    fn push_frame(&mut self, registers: &mut Registers) -> Option<Fault> {
        let scb = self.core.bus().soc.scb();
        let extended = registers.control & FPCA != 0;
        let lazy = scb.fpccr() & LSPEN != 0;
        let align = scb.ccr() & STKALIGN != 0;
        let sp = registers.sp();
        let moved = align && sp & 4 != 0;
        let size = if extended { EXTENDED_FRAME } else { BASIC_FRAME };
        let frame = sp.wrapping_sub(size) & if align { !7 } else { !3 };
        registers.set_sp(frame);
        let xpsr = registers.xpsr & !ALIGNED | if moved { ALIGNED } else { 0 };
        let r = &registers.r;
        let words = [r[0], r[1], r[2], r[3], r[12], registers.lr, registers.pc, xpsr];
        let mut fault = None;
        for (at, word) in words_from(frame).zip(words) {
            fault = fault.or(self.store_word(at, word, registers.is_privileged()).err());
        }
        if extended {
            let room = frame.wrapping_add(BASIC_FRAME);
            if lazy {
                self.defer_fp_state(room, registers);
            } else {
                fault = fault.or(self.store_fp_state(room, registers.is_privileged()).err());
                self.spend_on_exception(self.rules.exceptions.fp_stacking);
            }
        }
        fault
    }

    /// A store by the core itself; the fault says that it could not be made.
    pub(super) fn store_word(&mut self, addr: u32, value: u32, privileged: bool) -> Result<(), Fault> {
        let mode = CoreMode { unprivileged: !privileged, ..self.core.mode() };
        if self.core.bus().protection() != 0 && !self.core.bus().permits(addr, Access::Write, mode) {
            return Err(Fault::AccessStacking);
        }
        let in_ram = matches!(Region::of(addr), Region::Ram(_)) && addr >= RAM_BASE;
        self.core.bus_mut().touch(addr, 4, Access::Write);
        if in_ram && self.core.memory().write(addr, &value.to_le_bytes()) { Ok(()) } else { Err(Fault::BusStacking) }
    }

    /// A load by the core itself, of the frame that it returns to.
    pub(super) fn unstack_word(&mut self, addr: u32, privileged: bool) -> Result<u32, Fault> {
        let mode = CoreMode { unprivileged: !privileged, ..self.core.mode() };
        if self.core.bus().protection() != 0 && !self.core.bus().permits(addr, Access::Read, mode) {
            return Err(Fault::AccessUnstacking);
        }
        self.core.bus_mut().touch(addr, 4, Access::Read);
        self.load_word(addr).ok_or(Fault::BusUnstacking)
    }
}

/// EXC_RETURN for what `registers` are (B1.5.8, table "Exception return behavior").
pub(super) fn exc_return(registers: &Registers) -> u32 {
    let basic = if registers.control & FPCA != 0 { 0 } else { 0x10 };
    0xFFFF_FFE0
        | basic
        | match (registers.exception() != 0, registers.uses_psp()) {
            (true, _) => 0x1,
            (false, false) => 0x9,
            (false, true) => 0xD,
        }
}
