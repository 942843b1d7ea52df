//! Faults in words: which one, the instruction, the address, registers, and the calls that led there.
//!
//! The engine fills a [`FaultRecord`] at the moment of the fault; [`explain()`] needs nothing else but the image and memory.
//!
//! 1. Memory is read when the explanation is made, not when the fault happens: make it before the core goes on.
//! 2. Which block owns a shared page of peripherals is not known here; the page's first block is named.

pub(super) mod code;
mod explain;
mod float;
mod grid;
mod place;
mod record;
mod status;
#[cfg(test)]
mod tests;

pub use explain::{explain, summary};
pub use record::{FaultKind, FaultRecord};
pub use status::StatusBit;

use super::lints;
use peripherals::kernel::Lint;

/// What became of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The firmware's own handler takes it.
    Taken,
    /// Nothing handles it, and the run ends.
    Unhandled,
    /// The firmware has stopped in the handler.
    Halted,
    /// It came where none can be taken.
    LockedUp,
}

impl Outcome {
    /// The rule that it breaks.
    pub fn lint(self) -> &'static Lint {
        match self {
            Self::Taken => &lints::FAULT_TAKEN,
            Self::Unhandled => &lints::UNHANDLED_FAULT,
            Self::Halted => &lints::HALTED_ON_FAULT,
            Self::LockedUp => &lints::LOCKUP,
        }
    }
}
