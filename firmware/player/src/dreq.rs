//! Waiting for DREQ, the chip's promise of room for 32 bytes of SDI or one SCI operation.

use crate::cycles::{self, Cycles};
use crate::wires::Dreq;
use embedded_hal::digital::InputPin;

/// Cycles for a write to SCI to be noticed: DREQ falls 16 to 40 CLKI after it, at most 3.3 us at 12.288 MHz
/// (VS1053b datasheet, "Data Request Pin DREQ").
pub const NOTICE: Cycles = cycles::from_us(4);

/// How long to wait for a chip that may not be there or not understand us.
const PATIENCE: Cycles = cycles::from_us(250_000);

/// How a player waits for the chip.
pub trait WaitReady {
    /// Waits until DREQ is high. `worst` is the longest the datasheet gives for it. Returns the cycles spent
    /// with DREQ low, or `None` if it did not come up in the time allowed.
    fn wait(&mut self, worst: Cycles) -> Option<Cycles>;

    /// Waits after a reset; whether the chip came up. A chip that is not there must not hang the player.
    fn wait_boot(&mut self, _worst: Cycles) -> bool {
        let start = cycles::now();
        while !is_high() {
            if cycles::since(start) > PATIENCE {
                return false;
            }
        }
        true
    }
}

fn is_high() -> bool {
    let mut dreq: Dreq = crate::gpio::Line;
    dreq.is_high().unwrap_or(false)
}

/// Polls DREQ without a pause and without an end, as players do.
pub struct Watch;

impl WaitReady for Watch {
    #[inline(always)]
    fn wait(&mut self, _worst: Cycles) -> Option<Cycles> {
        if is_high() {
            return Some(0);
        }
        let start = cycles::now();
        while !is_high() {}
        Some(cycles::since(start))
    }
}

/// Polls DREQ, but not for ever: for a chip that may not understand us.
pub struct WatchBounded {
    patience: Cycles,
}

impl WatchBounded {
    /// Waits 250 ms for the first time; once that was in vain, 1 ms.
    pub fn new() -> Self {
        Self { patience: PATIENCE }
    }
}

impl Default for WatchBounded {
    fn default() -> Self {
        Self::new()
    }
}

impl WaitReady for WatchBounded {
    fn wait(&mut self, _worst: Cycles) -> Option<Cycles> {
        if is_high() {
            return Some(0);
        }
        let start = cycles::now();
        while !is_high() {
            if cycles::since(start) > self.patience {
                self.patience = cycles::from_us(1_000);
                return None;
            }
        }
        Some(cycles::since(start))
    }
}

/// Never looks at DREQ and sits out the longest time instead, which for SDI is none.
pub struct Ignore;

impl WaitReady for Ignore {
    fn wait(&mut self, worst: Cycles) -> Option<Cycles> {
        if worst > 0 {
            cycles::wait(worst);
        }
        Some(0)
    }

    fn wait_boot(&mut self, worst: Cycles) -> bool {
        self.wait(worst).is_some()
    }
}
