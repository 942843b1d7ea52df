//! LFCLK as those who count it see it: 32 768 Hz from a moment on (nRF52840 Product Specification v1.7, CLOCK, LFCLK controller).
//!
//! Edges are counted, never added up, so that no error accumulates: rising edge n comes n/32768 s after the clock began to run.

use crate::kernel::{Instant, Rate};

/// Twice for each period: even ticks are rising edges, odd ones falling edges.
const EDGES: Rate = Rate::new(65_536);

/// A low-frequency clock that runs, or will run from a moment that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lfclk {
    /// When its first period begins: rising edge 0.
    since: Instant,
}

impl Lfclk {
    pub(super) const fn running_from(since: Instant) -> Self {
        Self { since }
    }

    /// When rising edge `n` comes.
    pub(super) fn edge(self, n: u64) -> Instant {
        self.since + EDGES.span(n.saturating_mul(2))
    }

    /// The last rising edge at or before `now`; 0 before the clock runs.
    pub(super) fn edges(self, now: Instant) -> u64 {
        self.halves(now) / 2
    }

    /// The rising edge at which something that happens at `now` is taken over: the first one behind a falling edge behind `now`,
    /// half a period to one and a half later.
    pub(super) fn taken_over(self, now: Instant) -> u64 {
        self.halves(now).div_ceil(2) + 1
    }

    fn halves(self, now: Instant) -> u64 {
        EDGES.ticks(Instant::from_ps(now.since(self.since).as_ps()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;
    use proptest::prelude::*;

    proptest! {
        /// The manual's RTC chapter, "Task and event jitter/delay": 15 us to 46 us.
        #[test]
        fn taking_over_needs_a_falling_and_then_a_rising_edge(since in 0u64..1_000_000_000, wait in 0u64..1_000_000_000_000) {
            let clock = Lfclk::running_from(Instant::from_ps(since));
            let now = Instant::from_ps(since + wait);
            let edge = clock.taken_over(now);
            let delay = clock.edge(edge).since(now);
            prop_assert!(delay > Span::from_ps(15_258_788) && delay <= Span::from_ps(45_776_368), "{delay}");
            // The falling edge before it lies behind `now`, and the one before that does not.
            let half = Span::from_ps(15_258_790);
            prop_assert!(clock.edge(edge) > now + Span::from_ps(half.as_ps() - 2));
            prop_assert!(clock.edge(edge - 1) <= now + half);
        }

        #[test]
        fn an_edge_has_come_at_its_moment_and_not_before(since in 0u64..1_000_000_000, n in 1u64..1 << 38) {
            let clock = Lfclk::running_from(Instant::from_ps(since));
            let at = clock.edge(n);
            prop_assert_eq!(clock.edges(at), n);
            prop_assert_eq!(clock.edges(Instant::from_ps(at.as_ps() - 1)), n - 1);
        }
    }
}
