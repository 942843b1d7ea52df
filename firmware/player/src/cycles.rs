//! Time in CPU cycles, from the cycle counter of the DWT (Armv7-M ARM, C1.8).

use cortex_m::peripheral::{DCB, DWT};

/// A number of cycles at 64 MHz; wraps after 67 s.
pub type Cycles = u32;

/// Starts the counter.
pub fn start(dcb: &mut DCB, dwt: &mut DWT) {
    dcb.enable_trace();
    dwt.set_cycle_count(0);
    dwt.enable_cycle_counter();
}

/// The counter.
#[inline(always)]
pub fn now() -> Cycles {
    DWT::cycle_count()
}

/// Cycles since `start`, at most one turn of the counter ago.
#[inline(always)]
pub fn since(start: Cycles) -> Cycles {
    now().wrapping_sub(start)
}

/// Waits for at least `cycles`, a few more at most. The counter must be running.
#[inline(never)]
pub fn wait(cycles: Cycles) {
    let start = now();
    while since(start) < cycles {}
}

/// Cycles in `us` microseconds; up to 67 s.
pub const fn from_us(us: u32) -> Cycles {
    us * 64
}
