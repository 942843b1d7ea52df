//! Simulated time as integers.
//!
//! The unit is the picosecond: one cycle of the 64 MHz core clock is exactly 15 625 ps, and a `u64` lasts 213 days. A clock
//! that does not divide (32 768 Hz, 12.288 MHz) keeps a tick *count* and converts each edge with [`Rate`], so that no error
//! accumulates.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// Core clock of the nRF52840 in hertz (PS v1.7, CPU).
pub const CPU_HZ: u64 = 64_000_000;
/// Picoseconds of one core clock cycle, exact.
pub const PS_PER_CYCLE: u64 = 15_625;
const PS_PER_S: u128 = 1_000_000_000_000;

/// A moment of simulated time, in picoseconds since the machine was switched on.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

/// A length of simulated time, in picoseconds.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Instant {
    /// The moment the machine was switched on.
    pub const ZERO: Self = Self(0);

    /// The moment `ps` picoseconds after power-on.
    #[inline]
    pub const fn from_ps(ps: u64) -> Self {
        Self(ps)
    }

    /// The start of core clock cycle `cycles` (saturating after 213 days).
    #[inline]
    pub const fn from_cycles(cycles: u64) -> Self {
        Self(cycles.saturating_mul(PS_PER_CYCLE))
    }

    /// Picoseconds since power-on.
    #[inline]
    pub const fn as_ps(self) -> u64 {
        self.0
    }

    /// Seconds since power-on, for people and reports; never for arithmetic.
    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / PS_PER_S as f64
    }

    /// The core clock cycle this moment falls into.
    #[inline]
    pub const fn cycles(self) -> u64 {
        self.0 / PS_PER_CYCLE
    }

    /// The first core clock edge at or after this moment, as a cycle number.
    #[inline]
    pub const fn cycles_ceil(self) -> u64 {
        self.0.div_ceil(PS_PER_CYCLE)
    }

    /// The time from `earlier` to this moment; zero when `earlier` is later.
    #[inline]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `ps` picoseconds.
    #[inline]
    pub const fn from_ps(ps: u64) -> Self {
        Self(ps)
    }

    /// `ns` nanoseconds (saturating).
    #[inline]
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns.saturating_mul(1_000))
    }

    /// `us` microseconds (saturating).
    #[inline]
    pub const fn from_us(us: u64) -> Self {
        Self(us.saturating_mul(1_000_000))
    }

    /// `ms` milliseconds (saturating).
    #[inline]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms.saturating_mul(1_000_000_000))
    }

    /// `cycles` cycles of the core clock (saturating).
    #[inline]
    pub const fn from_cycles(cycles: u64) -> Self {
        Self(cycles.saturating_mul(PS_PER_CYCLE))
    }

    /// Its length in picoseconds.
    #[inline]
    pub const fn as_ps(self) -> u64 {
        self.0
    }

    /// Its length in seconds, for people and reports; never for arithmetic.
    #[inline]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / PS_PER_S as f64
    }
}

/// A clock of a whole number of hertz whose tick 0 is at [`Instant::ZERO`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    hz: u64,
}

impl Rate {
    /// A clock of `hz` hertz.
    ///
    /// # Panics
    /// When `hz` is 0: rates are constants or checked by whoever reads them from a file.
    #[inline]
    pub const fn new(hz: u64) -> Self {
        assert!(hz > 0, "a clock of 0 Hz has no ticks");
        Self { hz }
    }

    /// Hertz.
    #[inline]
    pub const fn hz(self) -> u64 {
        self.hz
    }

    /// The time `ticks` ticks take, rounded up to the picosecond (saturating).
    #[inline]
    pub const fn span(self, ticks: u64) -> Span {
        let ps = (ticks as u128 * PS_PER_S).div_ceil(self.hz as u128);
        Span(if ps > u64::MAX as u128 { u64::MAX } else { ps as u64 })
    }

    /// The first picosecond at or after tick `ticks`.
    #[inline]
    pub const fn instant(self, ticks: u64) -> Instant {
        Instant(self.span(ticks).0)
    }

    /// Whole ticks that have passed at `at`: the largest `n` with `self.instant(n) <= at`.
    #[inline]
    pub const fn ticks(self, at: Instant) -> u64 {
        (at.0 as u128 * self.hz as u128 / PS_PER_S) as u64
    }
}

impl Add<Span> for Instant {
    type Output = Self;
    #[inline]
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Instant {
    #[inline]
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Add for Span {
    type Output = Self;
    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Span {
    type Output = Self;
    /// Saturates at zero.
    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl core::ops::Mul<u64> for Span {
    type Output = Self;
    #[inline]
    fn mul(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

/// Milliseconds with the digits grouped, such as `12.403 118 ms`.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.0 / 1_000;
        let (ms, rest) = (ns / 1_000_000, ns % 1_000_000);
        write!(f, "{ms}.{:03} {:03} ms", rest / 1_000, rest % 1_000)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ps if ps < 10_000_000 => write!(f, "{}.{:01} ns", ps / 1_000, ps % 1_000 / 100),
            ps if ps < 10_000_000_000 => write!(f, "{}.{:02} us", ps / 1_000_000, ps % 1_000_000 / 10_000),
            ps => write!(f, "{}.{:02} ms", ps / 1_000_000_000, ps % 1_000_000_000 / 10_000_000),
        }
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_core_cycle_is_a_whole_number_of_picoseconds() {
        assert_eq!(CPU_HZ * PS_PER_CYCLE, 1_000_000_000_000);
        assert_eq!(Instant::from_cycles(64_000_000), Instant::ZERO + Span::from_ms(1_000));
    }

    #[test]
    fn a_clock_that_does_not_divide_gathers_no_error() {
        let crystal = Rate::new(32_768);
        assert_eq!(crystal.instant(32_768 * 3_600), Instant::ZERO + Span::from_ms(3_600_000));
    }

    #[test]
    fn moments_print_as_grouped_milliseconds() {
        assert_eq!(Instant::from_ps(12_403_118_000).to_string(), "12.403 118 ms");
    }

    proptest! {
        #[test]
        fn ticks_and_instants_are_inverse(hz in 1u64..100_000_000, tick in 0u64..10_000_000) {
            let rate = Rate::new(hz);
            prop_assert_eq!(rate.ticks(rate.instant(tick)), tick);
        }
    }
}
