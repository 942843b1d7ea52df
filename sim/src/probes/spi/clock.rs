//! How fast SCLK was.
//!
//! Measured is the time between two successive rising edges inside a byte, seven periods a byte. Pauses between bytes
//! do not count. Bytes are counted from the last change of a select; outside any select, where nothing frames them,
//! also from the last pause longer than [`OUTSIDE_PAUSE`].

use super::super::activity::per_second;
use peripherals::kernel::{Instant, Span};
use serde::Serialize;

/// Outside any select, a pause between bytes for sure: bit-banging from an interpreter stays below it.
const OUTSIDE_PAUSE: Span = Span::from_ms(10);

/// The clock's range, in hertz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClockHz {
    /// From the longest period.
    pub min: u64,
    /// From the mean period.
    pub mean: u64,
    /// From the shortest period.
    pub max: u64,
}

/// Exact statistics of the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    bit: u32,
    last: Instant,
    shortest: Span,
    longest: Span,
    pub periods: u64,
    pub total: Span,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            bit: 0,
            last: Instant::ZERO,
            shortest: Span::from_ps(u64::MAX),
            longest: Span::ZERO,
            periods: 0,
            total: Span::ZERO,
        }
    }
}

impl Clock {
    /// A select has changed: the next edge begins a byte.
    pub fn restart(&mut self) {
        self.bit = 0;
    }

    #[inline]
    pub fn rise(&mut self, at: Instant, selected: bool) {
        let period = at.since(self.last);
        self.last = at;
        if self.bit & 7 != 0 {
            if !selected && period > OUTSIDE_PAUSE {
                self.bit = 1;
                return;
            }
            self.shortest = self.shortest.min(period);
            self.longest = self.longest.max(period);
            self.periods += 1;
            self.total += period;
        }
        self.bit = self.bit.wrapping_add(1);
    }

    /// The range; `None` when no two edges were in one byte, or all at the same moment.
    pub fn hz(&self) -> Option<ClockHz> {
        Some(ClockHz {
            min: per_second(1, self.longest.as_ps())?,
            mean: per_second(self.periods, self.total.as_ps())?,
            max: per_second(1, self.shortest.as_ps().max(1))?,
        })
    }
}
