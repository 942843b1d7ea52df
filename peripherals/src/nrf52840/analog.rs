//! Voltages at the analog inputs, for SAADC, COMP and LPCOMP (nRF52840 Product Specification v1.7, Pin assignments).
//!
//! 1. Wires know levels only: a high one is at VDD and a low one at ground. The board may give an input a fixed voltage instead.
//! 2. A pin that nothing drives or pulls is at ground.

use super::block::Io;
use crate::kernel::{PinId, Resolved};

/// Analog inputs of the chip.
pub const ANALOG_INPUTS: usize = 8;
/// AIN0 to AIN7: P0.02 to P0.05, P0.28 to P0.31.
const PINS: [u8; ANALOG_INPUTS] = [2, 3, 4, 5, 28, 29, 30, 31];

/// What the board supplies, in millivolts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analog {
    /// VDD.
    pub vdd: u16,
    /// VDDH.
    pub vddh: u16,
    /// AIN0 to AIN7, where the board knows better than the level of the wire.
    pub inputs: [Option<u16>; ANALOG_INPUTS],
}

impl Default for Analog {
    /// 3.0 V at VDD and VDDH.
    fn default() -> Self {
        Self { vdd: 3_000, vddh: 3_000, inputs: [None; ANALOG_INPUTS] }
    }
}

impl Analog {
    /// The SoC's pin number of AIN `n`.
    pub(super) fn pin(n: usize) -> u8 {
        PINS[n % ANALOG_INPUTS]
    }

    /// Millivolts at AIN `n`; at `open` when nothing decides.
    pub(super) fn input(&self, n: usize, open: u16, io: &Io) -> u16 {
        let pin = Self::pin(n);
        match self.inputs[n % ANALOG_INPUTS] {
            Some(millivolts) => millivolts,
            None if io.gpio.wire(pin).is_high() => self.vdd,
            None if io.cx.resolved(PinId(pin)) == Resolved::Floating => open,
            None => 0,
        }
    }
}
