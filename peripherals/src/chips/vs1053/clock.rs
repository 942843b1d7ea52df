//! CLKI, the internal clock, and the limits that follow from it (VS1053b datasheet v1.33, "SCI_CLOCKF", "SPI Timing Diagram").
//!
//! 1. SC_ADD has no effect: the chip uses it for WMA and AAC only, which are not modelled.
//! 2. SC_FREQ has no effect on the pitch when it does not tell the true crystal.

use crate::kernel::{Rate, Span};

/// SC_MULT in halves of XTALI.
const MULTIPLIER_HALVES: [u32; 8] = [2, 4, 5, 6, 7, 8, 9, 10];
/// Highest CLKI that the datasheet rates.
pub const MOST_CLKI_HZ: u32 = 55_300_000;
/// A change of CLOCKF is over after this many XTALI.
pub const SETTLE_XTALI: u64 = 1200;

/// Shortest times on the bus at the present CLKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// SCLK period of an SCI read: 7 CLKI.
    pub read_period: Span,
    /// SCLK period of an SCI write and of SDI: 4 CLKI.
    pub write_period: Span,
    /// tWL, tWH: SCLK low and high, 2 CLKI each. The hold time tH and the time XCS stays high, tXCS, are the same.
    pub two_clki: Span,
    /// tXCSH: last SCLK edge to deselect, 1 CLKI.
    pub one_clki: Span,
    /// tV: falling edge to SO valid, 2 CLKI + 25 ns.
    pub so_valid: Span,
}

/// XTALI and what CLOCKF makes of it.
#[derive(Clone, Debug)]
pub struct Clock {
    xtali_hz: u32,
    halves: u32,
    next_halves: u32,
    clki: Rate,
    limits: Limits,
}

impl Clock {
    /// The clock after a reset: 1.0 x `xtali_hz`.
    pub fn new(xtali_hz: u32) -> Self {
        let mut clock = Self {
            xtali_hz,
            halves: 2,
            next_halves: 2,
            clki: Rate::new(1),
            limits: Limits {
                read_period: Span::ZERO,
                write_period: Span::ZERO,
                two_clki: Span::ZERO,
                one_clki: Span::ZERO,
                so_valid: Span::ZERO,
            },
        };
        clock.derive();
        clock
    }

    /// CLKI in hertz.
    pub fn clki_hz(&self) -> u32 {
        self.clki.hz() as u32
    }

    /// Limits at the present CLKI.
    #[inline]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The time `n` CLKI take now.
    pub fn clki(&self, n: u64) -> Span {
        self.clki.span(n)
    }

    /// The time `n` XTALI take.
    pub fn xtali(&self, n: u64) -> Span {
        Rate::new(u64::from(self.xtali_hz)).span(n)
    }

    /// CLOCKF was written. A change of more than 0.5 x XTALI drops CLKI to 1.0 x until [`Clock::settled`].
    pub fn change(&mut self, clockf: u16) {
        self.next_halves = MULTIPLIER_HALVES[usize::from(clockf >> 13)];
        if self.next_halves.abs_diff(self.halves) > 1 {
            self.halves = 2;
            self.derive();
        }
    }

    /// The change has taken effect.
    pub fn settled(&mut self) {
        self.halves = self.next_halves;
        self.derive();
    }

    fn derive(&mut self) {
        self.clki = Rate::new(u64::from(self.xtali_hz) * u64::from(self.halves) / 2);
        self.limits = Limits {
            read_period: self.clki(7),
            write_period: self.clki(4),
            two_clki: self.clki(2),
            one_clki: self.clki(1),
            so_valid: self.clki(2) + Span::from_ns(25),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Datasheet, "SCI_CLOCKF": 0x8800 is 3.5 x XTALI.
    #[test]
    fn clockf_0x8800_makes_43_megahertz() {
        let mut clock = Clock::new(12_288_000);
        clock.change(0x8800);
        assert_eq!(clock.clki_hz(), 12_288_000, "1.0 x until the change is over");
        clock.settled();
        assert_eq!(clock.clki_hz(), 43_008_000);
        assert_eq!(clock.limits().two_clki.as_ps(), 46_503);
    }

    /// Datasheet: the small step needs no detour.
    #[test]
    fn a_change_by_half_keeps_the_old_clock_until_it_is_over() {
        let mut clock = Clock::new(12_288_000);
        clock.change(0x8000);
        clock.settled();
        clock.change(0xA000);
        assert_eq!(clock.clki_hz(), 43_008_000);
        clock.settled();
        assert_eq!(clock.clki_hz(), 49_152_000);
    }

    #[test]
    fn a_12_megahertz_crystal_gives_42_megahertz() {
        let mut clock = Clock::new(12_000_000);
        clock.change(0x8BE8);
        clock.settled();
        assert_eq!(clock.clki_hz(), 42_000_000);
    }
}
