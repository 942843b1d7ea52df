//! CLKI, the internal clock, and the limits that follow from it (VS1053b datasheet v1.33, "SCI_CLOCKF", "SCI Timing Diagram", "SDI Timing Diagram
//! in VS10xx Native Modes"; VS1053.md, 2.5 and 1.4).
//!
//! 1. SC_ADD is what the decoder may add while a WMA or AAC stream needs more than SC_MULT gives, in steps of 0.5 (VS1053.md, 2.5). How much a
//!    stream needs is not documented; the model goes to it at once, and back when the stream is over (guess).
//! 2. A change of more than 0.5 x has CLKI at 1.0 x for all of the 1200 XTALI that a write to CLOCKF may take; the datasheet speaks of a few
//!    hundred cycles (VS1053.md, 2.5).

use crate::kernel::{Rate, Span};

/// SC_MULT in halves of XTALI (VS1053.md, 2.5).
const MULTIPLIER_HALVES: [u32; 8] = [2, 4, 5, 6, 7, 8, 9, 10];
/// The same of a VS1003 (VS1003 datasheet v1.08, "SCI_CLOCKF").
const VS1003_MULTIPLIER_HALVES: [u32; 8] = [2, 3, 4, 5, 6, 7, 8, 9];
/// Highest CLKI that the datasheet rates (VS1053.md, 2.5).
pub const MOST_CLKI_HZ: u32 = 55_300_000;
/// A change of CLOCKF is over after this many XTALI (VS1053.md, 2.1).
pub const SETTLE_XTALI: u64 = 1200;

/// Shortest times on the bus at the present CLKI (VS1053.md, 1.4).
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

/// SC_ADD in halves of XTALI (VS1053.md, 2.5).
const ADDED_HALVES: [u32; 4] = [0, 2, 3, 4];
/// The same of a VS1003 (VS1003 datasheet v1.08, "SCI_CLOCKF").
const VS1003_ADDED_HALVES: [u32; 4] = [0, 1, 2, 3];
/// XTALI that SC_FREQ = 0 stands for (VS1053.md, 2.5).
const USUAL_XTALI_HZ: u32 = 12_288_000;

/// XTALI and what CLOCKF makes of it.
#[derive(Clone, Debug)]
pub struct Clock {
    crystal_hz: u32,
    vs1003: bool,
    /// The crystal, or half of it under SM_CLK_RANGE.
    xtali_hz: u32,
    /// What SC_FREQ says that XTALI is.
    told_hz: u32,
    halves: u32,
    next_halves: u32,
    /// SC_ADD.
    added_halves: u32,
    /// What the stream needs, if it may have SC_ADD; else 0.
    wanted_halves: u32,
    clki: Rate,
    limits: Limits,
}

impl Clock {
    /// The clock after a reset: 1.0 x `xtali_hz`.
    pub fn new(xtali_hz: u32) -> Self {
        let mut clock = Self {
            crystal_hz: xtali_hz,
            vs1003: false,
            xtali_hz,
            told_hz: USUAL_XTALI_HZ,
            halves: 2,
            next_halves: 2,
            added_halves: 0,
            wanted_halves: 0,
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

    /// The clock of a VS1003, with its own steps.
    pub fn of_vs1003(self) -> Self {
        Self { vs1003: true, ..self }
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

    /// CLOCKF was written. A change of more than 0.5 x XTALI drops CLKI to 1.0 x until [`Clock::settled`]. SC_FREQ counts 4 kHz above 8 MHz
    /// (VS1053.md, 2.5).
    pub fn change(&mut self, clockf: u16) {
        let (multipliers, added) = if self.vs1003 {
            (&VS1003_MULTIPLIER_HALVES, &VS1003_ADDED_HALVES)
        } else {
            (&MULTIPLIER_HALVES, &ADDED_HALVES)
        };
        self.next_halves = multipliers[usize::from(clockf >> 13)];
        self.added_halves = added[usize::from(clockf >> 11 & 3)];
        self.told_hz = match u32::from(clockf & 0x7FF) {
            0 => USUAL_XTALI_HZ,
            steps => 8_000_000 + 4_000 * steps,
        };
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

    /// SM_CLK_RANGE: XTALI is half of the crystal (VS1053.md, 2.2).
    pub fn set_halved(&mut self, halved: bool) {
        self.xtali_hz = if halved { self.crystal_hz / 2 } else { self.crystal_hz };
        self.derive();
    }

    /// A stream that may have SC_ADD needs so many tenths of XTALI; 0 for any other, or none. Whether CLKI is another now.
    pub fn boost(&mut self, tenths: u32) -> bool {
        let before = self.clki_hz();
        self.wanted_halves = tenths.div_ceil(5);
        self.derive();
        self.clki_hz() != before
    }

    /// XTALI in hertz.
    pub fn xtali_hz(&self) -> u32 {
        self.xtali_hz
    }

    /// XTALI in hertz as SC_FREQ tells it.
    pub fn told_hz(&self) -> u32 {
        self.told_hz
    }

    /// FCTL of the DAC at a rate of `hz`: 2^27 is XTALI (datasheet, "DAC Registers"; VS1053.md, 5.8).
    pub fn fctl(&self, hz: u32) -> u32 {
        ((u64::from(hz) << 27) / u64::from(self.told_hz)) as u32 & 0xF_FFFF
    }

    /// The rate in hertz of an FCTL, as the chip's own firmware reckons it.
    pub fn fctl_hz(&self, fctl: u32) -> u32 {
        ((u64::from(fctl & 0xF_FFFF) * u64::from(self.told_hz) + (1 << 26)) >> 27) as u32
    }

    fn derive(&mut self) {
        // While a change of SC_MULT settles, nothing is added.
        let settled = self.halves == self.next_halves;
        let missing = self.wanted_halves.saturating_sub(self.halves);
        let halves = self.halves + if settled { missing.min(self.added_halves) } else { 0 };
        self.clki = Rate::new(u64::from(self.xtali_hz) * u64::from(halves) / 2);
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

    /// Datasheet, "SCI_CLOCKF": SC_ADD is for WMA and AAC.
    #[test]
    fn sc_add_counts_only_while_it_is_made_use_of() {
        let mut clock = Clock::new(12_288_000);
        clock.change(0x3800);
        clock.settled();
        assert_eq!(clock.clki_hz(), 24_576_000);
        assert!(!clock.boost(20), "SC_MULT is enough");
        for (tenths, halves) in [(25, 5), (31, 7), (45, 8)] {
            assert!(clock.boost(tenths));
            assert_eq!(clock.clki_hz(), 6_144_000 * halves, "2.0 x and at most 2.0 x more, in steps of 0.5");
        }
        clock.change(0x9800);
        assert_eq!(clock.clki_hz(), 12_288_000, "nothing is added until the change is over");
        clock.settled();
        assert_eq!(clock.clki_hz(), 6_144_000 * 9, "3.5 x, and 1.0 x of the 2.0 x");
        assert!(clock.boost(0));
        assert_eq!(clock.clki_hz(), 43_008_000);
    }

    /// Datasheet, "SCI_CLOCKF" and "DAC Registers": worked values of SC_FREQ and FCTL.
    #[test]
    fn fctl_is_reckoned_from_what_sc_freq_tells() {
        let mut clock = Clock::new(12_288_000);
        assert_eq!((clock.fctl(48_000), clock.fctl(44_100), clock.fctl(8_000)), (0x80000, 0x75999, 0x15555));
        clock.change(0x8BE8);
        assert_eq!((clock.told_hz(), clock.fctl_hz(clock.fctl(44_100))), (12_000_000, 44_100));
    }

    #[test]
    fn a_fast_crystal_is_halved() {
        let mut clock = Clock::new(24_576_000);
        clock.set_halved(true);
        assert_eq!((clock.xtali_hz(), clock.clki_hz()), (12_288_000, 12_288_000));
    }

    #[test]
    fn a_12_megahertz_crystal_gives_42_megahertz() {
        let mut clock = Clock::new(12_000_000);
        clock.change(0x8BE8);
        clock.settled();
        assert_eq!(clock.clki_hz(), 42_000_000);
    }
}
