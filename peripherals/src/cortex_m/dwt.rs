//! DWT: the cycle counter and the event counters (ARMv7-M Architecture Reference Manual, C1.8).
//!
//! 1. CYCCNT is computed from simulated time; it runs while DEMCR.TRCENA and CTRL.CYCCNTENA are both set. Whether it stands
//!    still while the core sleeps is up to the board's `sleep_clocks`, see [`Dwt::slept`]; without a debugger the nRF52840's does.
//! 2. SLEEPCNT counts cycles asleep and EXCCNT cycles of exception entry and exit, as the engine reports them; an exception
//!    that is entered and left is counted when it is over, not cycle by cycle.
//! 3. CPICNT, LSUCNT and FOLDCNT do not count: what instructions cost is known as a sum only. Switching one on or reading it is
//!    a gap by its name. The sum that the manual gives holds for neither of them alone.
//! 4. Counters that wrap send no trace packet; neither do CTRL.EXCTRCENA, CTRL.PCSAMPLENA and CTRL.CYCEVTENA, which are gaps.
//! 5. Comparators are stored and have no effect: arming one is a gap. PCSR is a gap.

use crate::kernel::{Refusal, registers};

registers! { pub DWT, "ARMv7-M ARM, C1.8.3";
    0x00 CTRL RW reset 0x4000_0000;
    0x04 CYCCNT RW;
    0x08 CPICNT RW;
    0x0C EXCCNT RW;
    0x10 SLEEPCNT RW;
    0x14 LSUCNT RW;
    0x18 FOLDCNT RW;
    0x1C PCSR R;
    0x20 COMP[4 step 16] RW;
    0x24 MASK[4 step 16] RW;
    0x28 FUNCTION[4 step 16] RW;
}

const CYCCNTENA: u32 = 1;
const PCSAMPLENA: u32 = 1 << 12;
const EXCTRCENA: u32 = 1 << 16;
const CPIEVTENA: u32 = 1 << 17;
const EXCEVTENA: u32 = 1 << 18;
const SLEEPEVTENA: u32 = 1 << 19;
const LSUEVTENA: u32 = 1 << 20;
const FOLDEVTENA: u32 = 1 << 21;
const CYCEVTENA: u32 = 1 << 22;
/// Four comparators (CTRL.NUMCOMP).
const NUMCOMP: u32 = 4 << 28;
/// Bits of CTRL that software may change.
const CTRL: u32 = 0x007F_1FFF;
/// Bits of CTRL that ask for what is not there.
const NOT_MODELLED: u32 = PCSAMPLENA | EXCTRCENA | CPIEVTENA | LSUEVTENA | FOLDEVTENA | CYCEVTENA;

/// The block's state; moments are core clock cycles.
#[derive(Clone, Debug, Default)]
pub struct Dwt {
    control: u32,
    traced: bool,
    /// CYCCNT at cycle `base`.
    count: u32,
    base: u64,
    exceptions: u8,
    sleeps: u8,
    /// COMP, MASK and FUNCTION of the four comparators.
    comparators: [[u32; 3]; 4],
}

impl Dwt {
    /// DEMCR.TRCENA has been set or cleared in cycle `now`.
    pub(super) fn trace(&mut self, on: bool, now: u64) {
        self.advance(now);
        self.traced = on;
    }

    /// CYCCNT in cycle `now`.
    #[inline]
    pub(super) fn cycle_count(&self, now: u64) -> u32 {
        let running = self.traced && self.control & CYCCNTENA != 0;
        self.count.wrapping_add(if running { now.saturating_sub(self.base) as u32 } else { 0 })
    }

    /// The core slept from cycle `from` to cycle `to`. SLEEPCNT counts that; CYCCNT does not when it `stands_still` without the
    /// core clock. To be told on waking up, before anything is read.
    pub fn slept(&mut self, from: u64, to: u64, stands_still: bool) {
        if self.counts(SLEEPEVTENA) {
            self.sleeps = self.sleeps.wrapping_add(to.saturating_sub(from) as u8);
        }
        if stands_still {
            self.advance(from);
            // When it was written in the meantime, it has stood still since.
            self.base = self.base.max(to);
        }
    }

    /// Entering or leaving an exception took `cycles`.
    pub fn exception(&mut self, cycles: u64) {
        if self.counts(EXCEVTENA) {
            self.exceptions = self.exceptions.wrapping_add(cycles as u8);
        }
    }

    /// Reads the register at `at` from 0xE000_1000 in cycle `now`.
    pub(super) fn read(&mut self, at: u16, now: u64) -> Result<u32, Refusal> {
        match at {
            0x00 => Ok(self.control | NUMCOMP),
            0x04 => Ok(self.cycle_count(now)),
            0x0C => Ok(self.exceptions.into()),
            0x10 => Ok(self.sleeps.into()),
            0x20..0x60 => self.comparators[usize::from(at / 16 - 2)]
                .get(usize::from(at % 16 / 4))
                .copied()
                .ok_or(Refusal::Unmapped),
            0x08..0x20 => Err(Refusal::NotModelled(0)),
            _ => Err(Refusal::Unmapped),
        }
    }

    /// Writes the register at `at` from 0xE000_1000 in cycle `now`.
    pub(super) fn write(&mut self, at: u16, value: u32, now: u64) -> Result<(), Refusal> {
        self.advance(now);
        match at {
            0x00 => {
                self.control = value & CTRL;
                // Setting a counter's enable clears it (C1.8.8 and following), also when it was set before.
                if value & EXCEVTENA != 0 {
                    self.exceptions = 0;
                }
                if value & SLEEPEVTENA != 0 {
                    self.sleeps = 0;
                }
                if value & NOT_MODELLED != 0 {
                    return Err(Refusal::NotModelled(0));
                }
            }
            0x04 => self.count = value,
            0x0C => self.exceptions = value as u8,
            0x10 => self.sleeps = value as u8,
            0x1C => return Err(Refusal::ReadOnly),
            0x20..0x60 if at % 16 < 12 => {
                self.comparators[usize::from(at / 16 - 2)][usize::from(at % 16 / 4)] = value;
                if at % 16 == 8 && value != 0 {
                    return Err(Refusal::NotModelled(0));
                }
            }
            // Clearing counters that never count is what the chip would do.
            0x08..0x1C if value == 0 => {}
            0x08..0x1C => return Err(Refusal::NotModelled(0)),
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    fn counts(&self, enable: u32) -> bool {
        self.traced && self.control & enable != 0
    }

    fn advance(&mut self, now: u64) {
        self.count = self.cycle_count(now);
        self.base = self.base.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// With tracing on, and these bits of CTRL.
    fn running(control: u32) -> Dwt {
        let mut d = Dwt::default();
        d.trace(true, 0);
        d.write(0, control, 0).unwrap();
        d
    }

    /// C1.8.7 and C1.6.5.
    #[test]
    fn the_cycle_counter_needs_both_enables() {
        let mut d = Dwt::default();
        d.write(0, CYCCNTENA, 10).unwrap();
        assert_eq!(d.read(4, 50), Ok(0));
        d.trace(true, 50);
        assert_eq!(d.read(4, 75), Ok(25));
        d.write(0, 0, 80).unwrap();
        assert_eq!(d.read(4, 200), Ok(30));
    }

    #[test]
    fn a_written_count_goes_on_from_there_and_wraps() {
        let mut d = running(CYCCNTENA);
        d.write(4, 0xFFFF_FFFE, 100).unwrap();
        assert_eq!(d.read(4, 101), Ok(0xFFFF_FFFF));
        assert_eq!(d.read(4, 103), Ok(1));
    }

    #[test]
    fn it_says_that_there_are_four_comparators() {
        assert_eq!(Dwt::default().read(0, 0), Ok(0x4000_0000));
    }

    #[test]
    fn the_cycle_counter_sleeps_with_the_core_or_goes_on() {
        for (stands_still, count) in [(true, 150), (false, 1_100)] {
            let mut d = running(CYCCNTENA);
            d.slept(50, 1_000, stands_still);
            assert_eq!((d.read(4, 1_000), d.read(4, 1_100)), (Ok(count - 100), Ok(count)));
        }
    }

    #[test]
    fn sleeping_does_not_start_a_counter_that_is_off() {
        let mut d = running(0);
        d.slept(0, 1_000, true);
        d.exception(12);
        assert_eq!((d.read(4, 1_000), d.read(0x0C, 0), d.read(0x10, 0)), (Ok(0), Ok(0), Ok(0)));
        d.write(0, CYCCNTENA, 1_200).unwrap();
        assert_eq!(d.read(4, 1_210), Ok(10));
    }

    /// C1.8.9, C1.8.10: eight bits.
    #[test]
    fn event_counters_are_bytes_that_wrap() {
        let mut d = running(EXCEVTENA | SLEEPEVTENA);
        d.slept(0, 250, true);
        d.exception(12);
        assert_eq!((d.read(0x10, 0), d.read(0x0C, 0)), (Ok(250), Ok(12)));
        d.slept(300, 310, false);
        (0..30).for_each(|_| d.exception(10));
        assert_eq!((d.read(0x10, 0), d.read(0x0C, 0)), (Ok(4), Ok(312 % 256)));
    }

    #[test]
    fn switching_an_event_counter_on_clears_it() {
        let mut d = running(EXCEVTENA | SLEEPEVTENA);
        d.slept(0, 5, true);
        d.exception(7);
        d.write(0, EXCEVTENA, 10).unwrap();
        assert_eq!((d.read(0x10, 10), d.read(0x0C, 10)), (Ok(5), Ok(0)));
    }

    #[test]
    fn tracing_off_stops_event_counters() {
        let mut d = running(EXCEVTENA | SLEEPEVTENA);
        d.trace(false, 10);
        d.slept(20, 30, true);
        d.exception(12);
        assert_eq!((d.read(0x10, 30), d.read(0x0C, 30)), (Ok(0), Ok(0)));
    }

    #[test]
    fn what_does_not_count_is_a_gap_and_not_a_zero() {
        let mut d = running(0);
        for at in [0x08, 0x14, 0x18, 0x1C] {
            assert_eq!(d.read(at, 0), Err(Refusal::NotModelled(0)), "{:?}", DWT.name(at));
        }
        for bit in [12, 16, 17, 20, 21, 22] {
            assert_eq!(d.write(0, 1 << bit, 0), Err(Refusal::NotModelled(0)), "bit {bit}");
        }
        assert_eq!(d.write(0x28, 5, 0), Err(Refusal::NotModelled(0)));
    }

    proptest! {
        /// Awake and asleep by turns, and a look at the counter at every change: CYCCNT is the cycles awake, SLEEPCNT the rest.
        #[test]
        fn cycles_are_either_awake_or_asleep(turns in prop::collection::vec((0u64..1 << 34, 0u64..1 << 34), 0..20)) {
            let mut d = running(CYCCNTENA | SLEEPEVTENA);
            let (mut now, mut awake, mut asleep) = (0, 0u64, 0u64);
            for (run, sleep) in turns {
                (now, awake) = (now + run, awake + run);
                prop_assert_eq!(d.read(4, now), Ok(awake as u32));
                d.slept(now, now + sleep, true);
                (now, asleep) = (now + sleep, asleep + sleep);
                prop_assert_eq!(d.read(4, now), Ok(awake as u32));
                prop_assert_eq!(d.read(0x10, now), Ok((asleep % 256) as u32));
            }
        }

        /// Against counters that do tick, with writes in between.
        #[test]
        fn it_counts_like_counters_that_tick(steps in prop::collection::vec((0u32..5, any::<u32>(), 0u64..600), 0..30)) {
            let mut d = running(CYCCNTENA | EXCEVTENA | SLEEPEVTENA);
            let (mut now, mut cycles, mut sleeps, mut exceptions) = (0, 0u32, 0u8, 0u8);
            for (what, value, span) in steps {
                match what {
                    0 => { d.slept(now, now + span, true); (0..span).for_each(|_| sleeps = sleeps.wrapping_add(1)); now += span }
                    1 => { d.exception(span); (0..span).for_each(|_| exceptions = exceptions.wrapping_add(1)) }
                    2 => { d.write(4, value, now).unwrap(); cycles = value }
                    3 => { d.write(0x10, value, now).unwrap(); sleeps = value as u8 }
                    _ => { (0..span).for_each(|_| cycles = cycles.wrapping_add(1)); now += span }
                }
                prop_assert_eq!((d.read(4, now), d.read(0xC, now), d.read(0x10, now)),
                    (Ok(cycles), Ok(exceptions.into()), Ok(sleeps.into())));
            }
        }
    }
}
