//! Faults: from what stopped the core to the exception that handles it, or to the end of the run.

use super::super::core::{Access, Region, Registers};
use super::super::fault::{self, FaultKind, FaultRecord};
use super::super::lints;
use super::super::machine::{Machine, Outcome};
use peripherals::cortex_m::{BUS_FAULT, Fault, HARD_FAULT, Masks, Raised};

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
            Escalation::LockUp => Some(self.lock_up("a fault")),
        }
    }

    /// A return has failed: the fault's handler is entered with the frame that is still on the stack.
    pub(super) fn raise_chained(&mut self, fault: Fault, exc_return: u32, pc: u32) -> Option<Outcome> {
        let mut registers = self.core.registers();
        registers.pc = pc & !1;
        self.core.set_registers(&registers);
        let masks = self.masks();
        match self.mark_fault(fault, masks) {
            Escalation::Pending => self.tail_chain(exc_return),
            Escalation::LockUp => Some(self.lock_up("a fault")),
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
        let kind = FaultKind::of(fault.exception()).unwrap_or(FaultKind::HardFault);
        self.remember(kind, exception, &registers);
        if exception.is_some() { Escalation::Pending } else { Escalation::LockUp }
    }

    /// A fault of the stacking for another exception: leaves its marks beside those of what that one is about.
    pub(super) fn mark_derived_fault(&mut self, fault: Fault, masks: Masks) -> Escalation {
        if self.caught.is_none() {
            return self.mark_fault(fault, masks);
        }
        let raised = self.core.bus_mut().soc.ppb.raise(fault, masks);
        let scb = self.core.bus().soc.scb();
        let (cfsr, hfsr) = (scb.cfsr, scb.hfsr);
        if let Some(record) = &mut self.caught {
            (record.cfsr, record.hfsr) = (cfsr, hfsr);
        }
        if raised == Raised::LockUp { Escalation::LockUp } else { Escalation::Pending }
    }

    /// Keeps `registers` and the fault's marks for whoever asks what happened.
    fn remember(&mut self, kind: FaultKind, exception: Option<u8>, registers: &Registers) {
        self.settle_fault();
        let scb = self.core.bus().soc.scb();
        let taken = exception.and_then(FaultKind::of).unwrap_or(FaultKind::HardFault);
        self.caught = Some(FaultRecord {
            exception: taken,
            escalated_from: (taken != kind).then_some(kind),
            cfsr: scb.cfsr,
            hfsr: scb.hfsr,
            mmfar: scb.mmfar,
            bfar: scb.bfar,
            pc: registers.pc,
            r: registers.r,
            lr: registers.lr,
            msp: registers.msp,
            psp: registers.psp,
            xpsr: registers.xpsr,
            control: registers.control,
            primask: registers.primask,
            basepri: registers.basepri,
            faultmask: registers.faultmask,
            exc_return: super::entry::exc_return(registers),
            time: self.now(),
            lockup: exception.is_none(),
        });
        self.lost_store = None;
    }

    /// The last fault was dealt with by the firmware: says so.
    pub(in super::super) fn settle_fault(&mut self) {
        if let Some(record) = self.caught.take() {
            self.report(&lints::FAULT_TAKEN, record.pc, fault::summary(&record));
        }
    }

    /// SVC.
    pub(in super::super) fn supervisor_call(&mut self) -> Option<Outcome> {
        let masks = self.masks();
        match self.core.bus_mut().soc.ppb.supervisor_call(masks) {
            Raised::Take(exception) => {
                if exception == HARD_FAULT {
                    let registers = self.core.registers();
                    self.remember(FaultKind::HardFault, Some(HARD_FAULT), &registers);
                }
                self.take_exceptions()
            }
            Raised::LockUp => {
                let registers = self.core.registers();
                self.remember(FaultKind::HardFault, None, &registers);
                Some(self.lock_up("an SVC"))
            }
        }
    }

    /// A buffered store got no answer: its fault is pending already.
    pub(in super::super) fn notice_lost_store(&mut self) {
        if let Some(lost) = self.core.bus_mut().take_lost() {
            let mut registers = self.core.registers();
            registers.pc = lost.pc;
            let enabled = self.core.bus().soc.ppb.nvic.is_enabled(BUS_FAULT);
            self.remember(FaultKind::BusFault, Some(if enabled { BUS_FAULT } else { HARD_FAULT }), &registers);
            self.lost_store = Some(lost);
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

    /// What an undefined encoding at PC is: an instruction of a coprocessor that does not exist is one of its own (Armv7-M ARM,
    /// A5.3.18; the FPU's are CP10 and CP11).
    pub(in super::super) fn undefined_fault(&self) -> Fault {
        let Some(word) = self.core.memory().read(self.core.pc(), 4) else { return Fault::Undefined };
        let (first, second) = (u16::from_le_bytes([word[0], word[1]]), u16::from_le_bytes([word[2], word[3]]));
        let of_coprocessor = first & 0xEC00 == 0xEC00 && first & 0x0300 != 0x0300;
        let fpu = matches!(second >> 8 & 0xF, 10 | 11);
        if of_coprocessor && !fpu { Fault::NoCoprocessor } else { Fault::Undefined }
    }

    /// Whether a vector leads nowhere: erased flash, or no code at all.
    pub(super) fn is_no_handler(vector: u32) -> bool {
        let memory = matches!(Region::of(vector & !1), Region::Flash(_) | Region::Ram(_));
        vector == 0 || !memory
    }

    /// The vector table has no handler for `exception`: the run ends here, as all that would follow are faults about that.
    pub(super) fn no_handler(&mut self, exception: u8, vector: u32) -> Outcome {
        Outcome::Fault {
            lint: &lints::UNHANDLED_FAULT,
            detail: format!("exception {exception} is taken, and its vector is 0x{vector:08x}"),
        }
    }

    /// A fault that cannot be handled (B1.5.15 "Unrecoverable exception cases"). The nRF52840 would reset itself.
    pub(super) fn lock_up(&mut self, what: &str) -> Outcome {
        Outcome::Fault {
            lint: &lints::LOCKUP,
            detail: format!("{what}, while a fault was being handled or faults were masked"),
        }
    }
}
