//! Faults: from what stopped the core to the exception that handles it, or to the end of the run.

use super::super::core::{Access, RAM_BASE, Region, Registers};
use super::super::lints;
use super::super::machine::{Machine, Outcome};
use peripherals::cortex_m::{Fault, Masks, Raised};
use peripherals::kernel::Instant;

/// A fault as it was when the core took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// What went wrong.
    pub fault: Fault,
    /// The exception that handles it; `None` when the core locked up.
    pub exception: Option<u8>,
    /// The core's registers at the instruction.
    pub registers: Registers,
    /// When.
    pub at: Instant,
    /// CFSR, HFSR, MMFAR and BFAR.
    pub status: [u32; 4],
    /// The address of a buffered store that nothing answered; no register of the core has it.
    pub lost_store: Option<u32>,
}

/// What becomes of a fault.
pub(super) enum Escalation {
    /// An exception is pending for it.
    Pending,
    /// None can be.
    LockUp,
}

impl Machine {
    /// The instruction at PC has caused `fault`.
    pub(in super::super) fn raise(&mut self, fault: Fault) -> Option<Outcome> {
        let masks = self.masks();
        match self.mark_fault(fault, masks) {
            Escalation::Pending => self.take_exceptions(),
            Escalation::LockUp => Some(self.lock_up(fault)),
        }
    }

    /// The same with PC at `pc` first.
    pub(in super::super) fn raise_at(&mut self, fault: Fault, pc: u32) -> Option<Outcome> {
        let mut registers = self.core.registers();
        registers.pc = pc & !1;
        self.core.set_registers(&registers);
        self.raise(fault)
    }

    /// A return has failed: the fault's handler is entered with the frame that is still on the stack.
    pub(super) fn raise_chained(&mut self, fault: Fault, exc_return: u32, pc: u32) -> Option<Outcome> {
        let mut registers = self.core.registers();
        registers.pc = pc & !1;
        self.core.set_registers(&registers);
        let masks = self.masks();
        match self.mark_fault(fault, masks) {
            Escalation::Pending => self.tail_chain(exc_return),
            Escalation::LockUp => Some(self.lock_up(fault)),
        }
    }

    /// Leaves the marks of `fault`, pends what handles it, and remembers it for whoever asks what happened.
    pub(super) fn mark_fault(&mut self, fault: Fault, masks: Masks) -> Escalation {
        let registers = self.core.registers();
        let raised = self.core.bus_mut().soc.ppb.raise(fault, masks);
        let exception = match raised {
            Raised::Take(exception) => Some(exception),
            Raised::LockUp => None,
        };
        self.remember(fault, exception, registers);
        if exception.is_some() { Escalation::Pending } else { Escalation::LockUp }
    }

    fn remember(&mut self, fault: Fault, exception: Option<u8>, registers: Registers) {
        let scb = self.core.bus().soc.scb();
        let status = [scb.cfsr, scb.hfsr, scb.mmfar, scb.bfar];
        let pc = registers.pc;
        self.caught = Some(Caught { fault, exception, registers, at: self.now(), status, lost_store: None });
        self.report(&lints::FAULT_TAKEN, pc, format!("{fault:x?}"));
    }

    /// SVC.
    pub(in super::super) fn supervisor_call(&mut self) -> Option<Outcome> {
        let masks = self.masks();
        match self.core.bus_mut().soc.ppb.supervisor_call(masks) {
            Raised::Take(_) => self.take_exceptions(),
            Raised::LockUp => {
                let registers = self.core.registers();
                self.remember(Fault::Undefined, None, registers);
                Some(self.lock_up(Fault::Undefined))
            }
        }
    }

    /// A buffered store got no answer: its fault is pending already.
    pub(in super::super) fn notice_lost_store(&mut self) {
        if let Some(lost) = self.core.bus_mut().take_lost() {
            let mut registers = self.core.registers();
            registers.pc = lost.pc;
            self.remember(Fault::BusImprecise, Some(peripherals::cortex_m::BUS_FAULT), registers);
            if let Some(caught) = &mut self.caught {
                caught.lost_store = Some(lost.address);
            }
        }
    }

    /// Memory has refused `access` at `address` (Armv7-M ARM, B3.1 "The system address map").
    pub(in super::super) fn refused(&mut self, address: u32, access: Access) -> Option<Outcome> {
        let fault = match access {
            Access::Fetch if (0x4000_0000..0x6000_0000).contains(&address) || address >= 0xA000_0000 => {
                Fault::InstructionAccess
            }
            Access::Fetch => Fault::BusInstruction,
            Access::Read | Access::Write => Fault::BusPrecise(address),
        };
        self.raise(fault)
    }

    /// Whether a vector leads nowhere: erased flash, or no code at all.
    pub(super) fn is_no_handler(vector: u32) -> bool {
        let memory = matches!(Region::of(vector & !1), Region::Flash(_) | Region::Ram(_));
        vector == 0 || vector == 0xFFFF_FFFF || !memory && vector < RAM_BASE
    }

    /// The vector table has no handler for `exception`: the run ends here, as all that would follow are faults about that.
    pub(super) fn no_handler(&mut self, exception: u8, vector: u32) -> Outcome {
        let pc = self.caught.as_ref().map_or(0, |caught| caught.registers.pc);
        let detail = format!("exception {exception} is taken, and its vector is 0x{vector:08x}");
        self.report(&lints::UNHANDLED_FAULT, pc, detail.clone());
        Outcome::Fault(detail)
    }

    /// A fault that cannot be handled (B1.5.15 "Unrecoverable exception cases"). The nRF52840 would reset itself.
    pub(super) fn lock_up(&mut self, fault: Fault) -> Outcome {
        let pc = self.core.pc();
        let detail = format!("{fault:x?} while a fault was being handled or faults were masked");
        self.report(&lints::LOCKUP, pc, detail.clone());
        Outcome::Fault(detail)
    }
}
