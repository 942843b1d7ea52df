//! A fault as the core leaves it: plain values, for whoever explains or counts it.

use crate::image::unwind::Registers;
use peripherals::kernel::Instant;

/// The fault exceptions (Armv7-M ARM, B1.5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// 3.
    HardFault,
    /// 4.
    MemManage,
    /// 5.
    BusFault,
    /// 6.
    UsageFault,
    /// 12, by a BKPT with DEMCR.MON_EN set.
    DebugMonitor,
}

impl FaultKind {
    /// The exception with this number, if it is one of these.
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            3 => Some(Self::HardFault),
            4 => Some(Self::MemManage),
            5 => Some(Self::BusFault),
            6 => Some(Self::UsageFault),
            12 => Some(Self::DebugMonitor),
            _ => None,
        }
    }

    /// The manual's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HardFault => "HardFault",
            Self::MemManage => "MemManage",
            Self::BusFault => "BusFault",
            Self::UsageFault => "UsageFault",
            Self::DebugMonitor => "DebugMonitor",
        }
    }
}

/// Everything the core knows about a fault, from the moment before exception entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRecord {
    /// The exception that is taken, or that could not be.
    pub exception: FaultKind,
    /// The exception it was before it escalated, which is disabled or has no higher priority than what runs.
    pub escalated_from: Option<FaultKind>,
    /// CFSR: MMFSR, BFSR and UFSR.
    pub cfsr: u32,
    /// HFSR.
    pub hfsr: u32,
    /// MMFAR; means something while MMARVALID is set.
    pub mmfar: u32,
    /// BFAR; means something while BFARVALID is set.
    pub bfar: u32,
    /// The instruction: the one that faulted, or for an imprecise fault the next one to execute.
    pub pc: u32,
    /// R0 to R12.
    pub r: [u32; 13],
    /// R14.
    pub lr: u32,
    /// Main stack pointer.
    pub msp: u32,
    /// Process stack pointer.
    pub psp: u32,
    /// xPSR: flags, IT state, exception number.
    pub xpsr: u32,
    /// CONTROL.
    pub control: u32,
    /// PRIMASK.
    pub primask: u32,
    /// BASEPRI.
    pub basepri: u32,
    /// FAULTMASK.
    pub faultmask: u32,
    /// The value that entry gives LR; 0 when there was no entry.
    pub exc_return: u32,
    /// When it happened.
    pub time: Instant,
    /// The core has locked up: the fault came where no fault can be taken (Armv7-M ARM, B1.5.15).
    pub lockup: bool,
}

impl FaultRecord {
    /// The registers, for an [`crate::image::Unwinder`].
    pub fn registers(&self) -> Registers {
        Registers::new(self.r, [self.msp, self.psp], self.lr, self.pc, self.xpsr, self.control)
    }

    /// R13.
    pub fn sp(&self) -> u32 {
        self.registers().sp()
    }
}
