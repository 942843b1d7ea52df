//! Faults, where they leave their marks, and what is taken when they happen (ARMv7-M Architecture Reference Manual, B1.5.14
//! "Fault behavior", B3.2.15 to B3.2.18).

use super::nvic::{BUS_FAULT, DEBUG_MONITOR, HARD_FAULT, MEM_MANAGE, Masks, Nvic, SV_CALL, USAGE_FAULT};
use super::scb::Scb;

/// What went wrong in the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// MMFSR.IACCVIOL: code from where none may be run.
    InstructionAccess,
    /// MMFSR.DACCVIOL: a load or store that the MPU or the memory map forbids, at this address.
    DataAccess(u32),
    /// MMFSR.MUNSTKERR: a forbidden load while an exception returns.
    AccessUnstacking,
    /// MMFSR.MSTKERR: a forbidden store while an exception is entered.
    AccessStacking,
    /// MMFSR.MLSPERR: a forbidden store while the FPU's registers are saved late.
    AccessLazyFp,
    /// BFSR.IBUSERR: nothing answers where code was to be fetched.
    BusInstruction,
    /// BFSR.PRECISERR: nothing answers a load or an unbuffered store at this address.
    BusPrecise(u32),
    /// BFSR.IMPRECISERR: nothing answered a buffered store.
    BusImprecise,
    /// BFSR.UNSTKERR.
    BusUnstacking,
    /// BFSR.STKERR.
    BusStacking,
    /// BFSR.LSPERR.
    BusLazyFp,
    /// UFSR.UNDEFINSTR.
    Undefined,
    /// UFSR.INVSTATE: not in Thumb state, or a bad EPSR.
    InvalidState,
    /// UFSR.INVPC: an exception return that fails its checks.
    InvalidPc,
    /// UFSR.NOCP: a coprocessor that is off or not there.
    NoCoprocessor,
    /// UFSR.UNALIGNED.
    Unaligned,
    /// UFSR.DIVBYZERO.
    DivideByZero,
    /// HFSR.VECTTBL: the vector could not be read.
    VectorTable,
    /// BKPT: DFSR.BKPT, and HFSR.DEBUGEVT when no monitor takes it.
    Breakpoint,
}

const MMARVALID: u32 = 1 << 7;
const BFARVALID: u32 = 1 << 15;
const HFSR_VECTTBL: u32 = 1 << 1;
const HFSR_FORCED: u32 = 1 << 30;
const HFSR_DEBUGEVT: u32 = 1 << 31;
const DFSR_BKPT: u32 = 1 << 1;
/// DEMCR.MON_EN.
const MON_EN: u32 = 1 << 16;

/// What becomes of an exception that an instruction causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// This exception is pending now, and is taken at once.
    Take(u8),
    /// It cannot be taken: the core locks up (B1.5.15).
    LockUp,
}

impl Fault {
    /// The exception that handles it.
    pub const fn exception(self) -> u8 {
        match self {
            Self::InstructionAccess
            | Self::DataAccess(_)
            | Self::AccessUnstacking
            | Self::AccessStacking
            | Self::AccessLazyFp => MEM_MANAGE,
            Self::BusInstruction
            | Self::BusPrecise(_)
            | Self::BusImprecise
            | Self::BusUnstacking
            | Self::BusStacking
            | Self::BusLazyFp => BUS_FAULT,
            Self::Undefined
            | Self::InvalidState
            | Self::InvalidPc
            | Self::NoCoprocessor
            | Self::Unaligned
            | Self::DivideByZero => USAGE_FAULT,
            Self::VectorTable => HARD_FAULT,
            Self::Breakpoint => DEBUG_MONITOR,
        }
    }

    /// Its bit of CFSR; 0 for those that have none.
    pub const fn cfsr(self) -> u32 {
        match self {
            Self::InstructionAccess => 1,
            Self::DataAccess(_) => 1 << 1 | MMARVALID,
            Self::AccessUnstacking => 1 << 3,
            Self::AccessStacking => 1 << 4,
            Self::AccessLazyFp => 1 << 5,
            Self::BusInstruction => 1 << 8,
            Self::BusPrecise(_) => 1 << 9 | BFARVALID,
            Self::BusImprecise => 1 << 10,
            Self::BusUnstacking => 1 << 11,
            Self::BusStacking => 1 << 12,
            Self::BusLazyFp => 1 << 13,
            Self::Undefined => 1 << 16,
            Self::InvalidState => 1 << 17,
            Self::InvalidPc => 1 << 18,
            Self::NoCoprocessor => 1 << 19,
            Self::Unaligned => 1 << 24,
            Self::DivideByZero => 1 << 25,
            Self::VectorTable | Self::Breakpoint => 0,
        }
    }
}

/// Leaves the marks of `fault`. An address register keeps the first address whose VALID bit firmware has not cleared.
fn mark(scb: &mut Scb, fault: Fault) {
    match fault {
        Fault::DataAccess(addr) if scb.cfsr & MMARVALID == 0 => scb.mmfar = addr,
        Fault::BusPrecise(addr) if scb.cfsr & BFARVALID == 0 => scb.bfar = addr,
        Fault::VectorTable => scb.hfsr |= HFSR_VECTTBL,
        Fault::Breakpoint => scb.dfsr |= DFSR_BKPT,
        _ => {}
    }
    scb.cfsr |= fault.cfsr();
}

/// An instruction has caused `fault`: marks it and pends what handles it, escalated when that cannot be taken.
pub(super) fn raise(scb: &mut Scb, nvic: &mut Nvic, fault: Fault, masks: Masks) -> Raised {
    mark(scb, fault);
    let exception = fault.exception();
    let monitored = fault != Fault::Breakpoint || scb.demcr & MON_EN != 0;
    if exception != HARD_FAULT && monitored && nvic.is_enabled(exception) && nvic.preempts(exception, masks) {
        nvic.pend(exception);
        return Raised::Take(exception);
    }
    escalate(scb, nvic, fault, masks)
}

/// SVC: taken, or escalated when it is not urgent enough (B1.5.14, "Priority escalation").
pub(super) fn supervisor_call(scb: &mut Scb, nvic: &mut Nvic, masks: Masks) -> Raised {
    if nvic.preempts(SV_CALL, masks) {
        nvic.pend(SV_CALL);
        return Raised::Take(SV_CALL);
    }
    hard_fault(scb, nvic, HFSR_FORCED, masks)
}

/// A buffered store was not answered: pends BusFault, or HardFault where that is not enabled. It is taken when it can be.
pub(super) fn imprecise(scb: &mut Scb, nvic: &mut Nvic) {
    mark(scb, Fault::BusImprecise);
    if nvic.is_enabled(BUS_FAULT) {
        nvic.pend(BUS_FAULT);
    } else {
        scb.hfsr |= HFSR_FORCED;
        nvic.pend(HARD_FAULT);
    }
}

fn escalate(scb: &mut Scb, nvic: &mut Nvic, fault: Fault, masks: Masks) -> Raised {
    let why = match fault {
        Fault::VectorTable => 0,
        Fault::Breakpoint => HFSR_DEBUGEVT,
        _ => HFSR_FORCED,
    };
    hard_fault(scb, nvic, why, masks)
}

fn hard_fault(scb: &mut Scb, nvic: &mut Nvic, why: u32, masks: Masks) -> Raised {
    scb.hfsr |= why;
    if !nvic.preempts(HARD_FAULT, masks) {
        return Raised::LockUp;
    }
    nvic.pend(HARD_FAULT);
    Raised::Take(HARD_FAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Masks = Masks { primask: false, faultmask: false, basepri: 0 };

    fn raised(fault: Fault, enabled: &[u8], masks: Masks, active: &[u8]) -> (Raised, Scb, Nvic) {
        let (mut scb, mut nvic) = (Scb::default(), Nvic::default());
        enabled.iter().for_each(|&e| nvic.enable(e, true));
        active.iter().for_each(|&e| nvic.set_active(e, true));
        let raised = raise(&mut scb, &mut nvic, fault, masks);
        (raised, scb, nvic)
    }

    /// B1.5.14: a configurable fault that is not enabled becomes a HardFault, and its own mark stays.
    #[test]
    fn a_fault_that_is_not_enabled_escalates() {
        let (raised, scb, nvic) = raised(Fault::BusPrecise(0x4004_0000), &[], NONE, &[]);
        assert_eq!(raised, Raised::Take(HARD_FAULT));
        assert_eq!((scb.cfsr, scb.bfar, scb.hfsr), (0x8200, 0x4004_0000, HFSR_FORCED));
        assert!(nvic.is_pending(HARD_FAULT) && !nvic.is_pending(BUS_FAULT));
    }

    #[test]
    fn a_fault_that_is_enabled_is_taken_itself() {
        let (raised, scb, _) = raised(Fault::Undefined, &[USAGE_FAULT], NONE, &[]);
        assert_eq!((raised, scb.cfsr, scb.hfsr), (Raised::Take(USAGE_FAULT), 0x1_0000, 0));
    }

    /// B1.5.14: a fault of its own kind in its handler, or one that PRIMASK holds back, escalates.
    #[test]
    fn a_fault_that_is_not_urgent_enough_escalates() {
        let masked = Masks { primask: true, ..NONE };
        assert_eq!(raised(Fault::Undefined, &[USAGE_FAULT], masked, &[]).0, Raised::Take(HARD_FAULT));
        assert_eq!(raised(Fault::Undefined, &[USAGE_FAULT], NONE, &[USAGE_FAULT]).0, Raised::Take(HARD_FAULT));
    }

    /// B1.5.15.
    #[test]
    fn a_fault_in_hard_fault_or_with_faultmask_locks_up() {
        assert_eq!(raised(Fault::Undefined, &[USAGE_FAULT], NONE, &[HARD_FAULT]).0, Raised::LockUp);
        let masked = Masks { faultmask: true, ..NONE };
        assert_eq!(raised(Fault::Undefined, &[USAGE_FAULT], masked, &[]).0, Raised::LockUp);
    }

    #[test]
    fn a_breakpoint_without_a_monitor_is_a_debug_event() {
        let (raised, scb, _) = raised(Fault::Breakpoint, &[], NONE, &[]);
        assert_eq!((raised, scb.hfsr, scb.dfsr), (Raised::Take(HARD_FAULT), HFSR_DEBUGEVT, DFSR_BKPT));
    }

    #[test]
    fn an_address_register_keeps_the_first_address() {
        let (_, mut scb, mut nvic) = raised(Fault::BusPrecise(4), &[], NONE, &[]);
        raise(&mut scb, &mut nvic, Fault::BusPrecise(8), NONE);
        assert_eq!(scb.bfar, 4);
        scb.cfsr = 0;
        raise(&mut scb, &mut nvic, Fault::BusPrecise(8), NONE);
        assert_eq!(scb.bfar, 8);
    }

    #[test]
    fn a_supervisor_call_that_is_masked_escalates() {
        let (mut scb, mut nvic) = (Scb::default(), Nvic::default());
        assert_eq!(supervisor_call(&mut scb, &mut nvic, NONE), Raised::Take(SV_CALL));
        let masked = Masks { primask: true, ..NONE };
        assert_eq!(supervisor_call(&mut scb, &mut nvic, masked), Raised::Take(HARD_FAULT));
    }

    #[test]
    fn an_unanswered_store_waits_until_it_can_be_taken() {
        let (mut scb, mut nvic) = (Scb::default(), Nvic::default());
        imprecise(&mut scb, &mut nvic);
        let masked = Masks { faultmask: true, ..NONE };
        assert_eq!((nvic.next(masked), nvic.next(NONE)), (None, Some(HARD_FAULT)));
    }
}
