//! DREQ as a function of boot, SCI and the FIFO (VS1053b datasheet v1.33, "Data Request Pin DREQ"; VS1053.md, 3).
//!
//! High promises room for 32 bytes of SDI or one SCI operation.
//! 1. It falls when less than 32 bytes are free (VS1001k datasheet) and rises at a second threshold (observed, knob `dreq_rise_free`;
//!    VS1053.md, 3).
//! 2. The pulse of an SCI operation begins a fixed number of CLKI after it, inside the documented 16 to 40 (knob `dreq_fall_clki`; VS1053.md, 2.1).

use crate::kernel::{Instant, Span};

/// The promise, in bytes (VS1053.md, 3).
const PROMISE: usize = 32;

/// The pin and its reasons.
#[derive(Clone, Debug, Default)]
pub struct Dreq {
    booted: bool,
    /// An SCI operation is being executed: from when, until when.
    busy: Option<(Instant, Instant)>,
    full: bool,
    level: bool,
    low_since: Instant,
    low: Span,
}

impl Dreq {
    /// The chip has booted, or is in reset.
    pub fn set_booted(&mut self, booted: bool) {
        self.booted = booted;
        self.busy = None;
        self.full = false;
    }

    /// An SCI operation ended at `now`; the pulse lasts from `from` to `until`. Gives both ends of the pulse that results.
    pub fn pulse(&mut self, now: Instant, from: Instant, until: Instant) -> (Instant, Instant) {
        let pulse = match self.busy {
            Some((start, end)) if end > now => (start.min(from), end.max(until)),
            _ => (from, until),
        };
        self.busy = Some(pulse);
        pulse
    }

    /// Whether the last SCI operation is still being executed.
    pub fn busy(&self, now: Instant) -> bool {
        self.busy.is_some_and(|(_, until)| now < until)
    }

    /// A software reset began: DREQ falls at `from` and stays low until [`Dreq::set_booted`].
    pub fn reboot(&mut self, from: Instant) {
        self.busy = Some((from, Instant::from_ps(u64::MAX)));
        self.full = false;
    }

    /// Whether an SCI operation has not been seen through yet.
    pub fn executing(&self) -> bool {
        self.busy.is_some()
    }

    /// The FIFO has `free` bytes free.
    #[inline]
    pub fn room(&mut self, free: usize, rise_free: usize) {
        if free < PROMISE {
            self.full = true;
        } else if free >= rise_free {
            self.full = false;
        }
    }

    /// Whether the FIFO alone would hold it high.
    pub fn has_room(&self) -> bool {
        !self.full
    }

    /// The level of the pin.
    #[inline]
    pub fn level(&self) -> bool {
        self.level
    }

    /// Works the level out anew; `Some` when it has changed.
    pub fn settle(&mut self, now: Instant) -> Option<bool> {
        self.busy = self.busy.filter(|&(_, until)| now < until);
        let pulsing = self.busy.is_some_and(|(from, _)| from <= now);
        let level = self.booted && !self.full && !pulsing;
        if level == self.level {
            return None;
        }
        if level {
            self.low += now.since(self.low_since);
        } else {
            self.low_since = now;
        }
        self.level = level;
        Some(level)
    }

    /// How long it has been low since power-on.
    #[inline]
    pub fn low(&self, now: Instant) -> Span {
        if self.level { self.low } else { self.low + now.since(self.low_since) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(us: u64) -> Instant {
        Instant::ZERO + Span::from_us(us)
    }

    #[test]
    fn it_falls_below_32_free_bytes_and_rises_at_the_threshold() {
        let mut d = Dreq::default();
        d.set_booted(true);
        assert_eq!(d.settle(at(0)), Some(true));
        d.room(32, 640);
        assert_eq!(d.settle(at(1)), None);
        d.room(31, 640);
        assert_eq!(d.settle(at(2)), Some(false));
        d.room(639, 640);
        assert_eq!(d.settle(at(3)), None);
        d.room(640, 640);
        assert_eq!(d.settle(at(4)), Some(true));
        assert_eq!(d.low(at(9)), Span::from_us(2), "low from 2 to 4");
    }

    #[test]
    fn a_pulse_that_meets_another_lasts_as_long_as_both() {
        let mut d = Dreq::default();
        d.set_booted(true);
        d.settle(at(0));
        d.pulse(at(8), at(10), at(20));
        assert_eq!(d.pulse(at(15), at(17), at(19)), (at(10), at(20)));
        assert_eq!(d.pulse(at(15), at(17), at(30)), (at(10), at(30)));
        assert_eq!((d.settle(at(10)), d.settle(at(29)), d.settle(at(30))), (Some(false), None, Some(true)));
    }
}
