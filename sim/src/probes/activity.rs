//! What happens on a bus right now: the difference of two readings of its counters.

use peripherals::kernel::{Instant, Span};

/// Counters of a bus since power-on, read at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// When they were read.
    pub at: Instant,
    /// Edges on all wires of the bus.
    pub edges: u64,
    /// Whole bytes, selected or not.
    pub bytes: u64,
    /// Clock periods inside bytes.
    pub periods: u64,
    /// How long these lasted together.
    pub clocked: Span,
}

/// What a bus did between two readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Mean SPI clock inside bytes, in hertz; `None` when no byte was clocked.
    pub clock_hz: Option<u64>,
    /// Bytes a second of simulated time.
    pub bytes_per_s: u64,
    /// Edges a second of simulated time.
    pub edges_per_s: u64,
}

impl Activity {
    /// From `earlier` to `later`; all zero when no time has passed.
    pub fn between(earlier: Totals, later: Totals) -> Self {
        let ps = later.at.since(earlier.at).as_ps();
        let clocked = (later.clocked - earlier.clocked).as_ps();
        let diff = |a: u64, b: u64| b.saturating_sub(a);
        Self {
            clock_hz: per_second(diff(earlier.periods, later.periods), clocked),
            bytes_per_s: per_second(diff(earlier.bytes, later.bytes), ps).unwrap_or(0),
            edges_per_s: per_second(diff(earlier.edges, later.edges), ps).unwrap_or(0),
        }
    }
}

/// How many a second `count` in `ps` picoseconds are, rounded; `None` in no time.
pub(super) fn per_second(count: u64, ps: u64) -> Option<u64> {
    let ps128 = u128::from(ps);
    (ps > 0).then(|| ((u128::from(count) * 1_000_000_000_000 + ps128 / 2) / ps128) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_is_compared_with_the_one_before() {
        let before = Totals { at: Instant::from_ps(5), edges: 10, bytes: 1, periods: 7, clocked: Span::from_us(7) };
        let after = Totals {
            at: before.at + Span::from_ms(1),
            edges: 10 + 44,
            bytes: 3,
            periods: 21,
            clocked: Span::from_us(14),
        };
        let now = Activity::between(before, after);
        assert_eq!(now, Activity { clock_hz: Some(2_000_000), bytes_per_s: 2_000, edges_per_s: 44_000 });
        assert_eq!(Activity::between(after, after), Activity::default());
    }
}
