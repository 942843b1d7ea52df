//! Exceptions: which are taken, how they are entered and left, and what becomes of faults (Armv7-M ARM, B1.5).
//!
//! What is pending, active and urgent is the interrupt controller's ([`peripherals::cortex_m::Nvic`]); registers and memory are
//! the core's. Here they meet, always between two instructions.
//!
//! 1. The exclusive monitor is not cleared by exceptions: Unicorn's STREX compares the value in memory instead, so that
//!    read-modify-write loops stay correct.
//! 2. An exception's entry is charged as a whole. What becomes pending in it is heard, and takes it over when it is more
//!    urgent (late arrival).
//! 3. CCR.BFHFNMIGN has no effect.
//! 4. LDRD, STRD, LDM and STM from unaligned addresses are faults only with CCR.UNALIGN_TRP; on the chip always (A3.2.1).
//!    Unicorn does not look, and a hook on each of them would cost too much.

mod entry;
mod faults;
mod fp;
mod leave;
mod sleep;

pub use sleep::Sleep;

use super::core::Bus;
use super::machine::{Machine, Outcome};
use peripherals::cortex_m::Masks;

/// CCR.NONBASETHRDENA.
const NONBASETHRDENA: u32 = 1;
/// CCR.STKALIGN.
const STKALIGN: u32 = 1 << 9;
/// SCR.SEVONPEND.
const SEVONPEND: u32 = 1 << 4;
/// XPSR bit 9 on the stack: SP was moved by 4 to be divisible by 8.
const ALIGNED: u32 = 1 << 9;

/// The addresses of the words of a frame from `addr`. Firmware sets SP: a frame may run over the end of the address space.
fn words_from(addr: u32) -> impl Iterator<Item = u32> {
    (0..).map(move |n: u32| addr.wrapping_add(4 * n))
}

impl Machine {
    /// The core's mask registers.
    pub(super) fn masks(&self) -> Masks {
        let [primask, basepri, faultmask] = self.core.mask_registers();
        Masks { primask: primask & 1 != 0, faultmask: faultmask & 1 != 0, basepri: basepri as u8 }
    }

    /// Takes the exception that is to be taken now, if there is one; more than one, as each entry takes time.
    pub(super) fn take_exceptions(&mut self) -> Option<Outcome> {
        self.hear_pending();
        while self.core.bus().exception_waiting() {
            let masks = self.masks();
            let nvic = &mut self.core.bus_mut().soc.ppb.nvic;
            nvic.looked();
            nvic.next(masks)?;
            if let Some(outcome) = self.enter_exception() {
                return Some(outcome);
            }
        }
        self.core.bus_mut().soc.ppb.nvic.looked();
        None
    }

    /// SCR.SEVONPEND: whatever becomes pending is an event for WFE (B3.2.7).
    fn hear_pending(&mut self) {
        let ppb = &mut self.core.bus_mut().soc.ppb;
        if ppb.nvic.take_became_pending() && ppb.scb.scr() & SEVONPEND != 0 {
            self.core.set_event();
        }
    }

    /// Lets `cycles` pass in which the core does something of its own; events that are due happen.
    fn spend(&mut self, cycles: u32) {
        let to = self.core.cycles() + u64::from(cycles);
        self.pass(to);
    }

    /// The same for entering or leaving an exception, which DWT.EXCCNT counts.
    fn spend_on_exception(&mut self, cycles: u32) {
        self.spend(cycles);
        self.core.bus_mut().soc.ppb.exception_took(cycles);
    }

    fn load_word(&mut self, addr: u32) -> Option<u32> {
        if addr.is_multiple_of(4) { self.core.memory().word(addr) } else { None }
    }
}
