//! SysTick, the 24-bit down counter of the core (ARMv7-M Architecture Reference Manual, B3.3).
//!
//! Nothing ticks: the count is computed from the core clock cycle of the access.
//!
//! 1. The nRF52840 has no reference clock for it, so CSR.CLKSOURCE reads 1 and ignores writes (inferred from CALIB.NOREF).
//! 2. CALIB reads 0xC000_0000, NOREF and SKEW (guess; the product specification gives no value).
//! 3. While the core sleeps in WFI or WFE it stands still, see [`SysTick::slept`]. So it does on the nRF52840 (inferred from apache/nuttx
//!    pull request 1219 and rtic-rs/rtic issue 331); the architecture leaves it open (B3.3.1), and with a debugger attached it may run. The
//!    board's `sleep_clocks = "running"` has it run on.

use crate::kernel::{Refusal, registers};

registers! { pub SYSTICK, "ARMv7-M ARM, B3.3.2";
    0x0 CSR RW reset 4;
    0x4 RVR RW;
    0x8 CVR RW;
    0xC CALIB R reset 0xC000_0000;
}

const MASK: u32 = 0x00FF_FFFF;
const ENABLE: u32 = 1;
const TICKINT: u32 = 1 << 1;
const CLKSOURCE: u32 = 1 << 2;
const COUNTFLAG: u32 = 1 << 16;

/// The counter; moments are core clock cycles.
#[derive(Clone, Debug, Default)]
pub struct SysTick {
    control: u32,
    reload: u32,
    /// The count at cycle `base`.
    count: u32,
    base: u64,
    flag: bool,
}

impl SysTick {
    /// Reads the register at `at` from 0xE000_E010 in cycle `now`.
    pub(super) fn read(&mut self, at: u16, now: u64) -> Result<u32, Refusal> {
        self.advance(now);
        match at {
            0x0 => {
                let flag = core::mem::take(&mut self.flag);
                Ok(self.control | CLKSOURCE | if flag { COUNTFLAG } else { 0 })
            }
            0x4 => Ok(self.reload),
            0x8 => Ok(self.count),
            0xC => Ok(0xC000_0000),
            _ => Err(Refusal::Unmapped),
        }
    }

    /// Writes the register at `at` from 0xE000_E010 in cycle `now`.
    pub(super) fn write(&mut self, at: u16, value: u32, now: u64) -> Result<(), Refusal> {
        self.advance(now);
        match at {
            0x0 => self.control = value & (ENABLE | TICKINT),
            0x4 => self.reload = value & MASK,
            0x8 => {
                self.count = 0;
                self.flag = false;
            }
            0xC => return Err(Refusal::ReadOnly),
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }

    /// The cycle in which the count reaches 0 next and asks for the exception, if it is to.
    pub(super) fn next_exception(&self) -> Option<u64> {
        if self.control & (ENABLE | TICKINT) != ENABLE | TICKINT {
            return None;
        }
        match (self.count, self.reload) {
            (0, 0) => None,
            (0, reload) => Some(self.base + 1 + u64::from(reload)),
            (count, _) => Some(self.base + u64::from(count)),
        }
    }

    /// The core clock was off from cycle `from` to cycle `to`: the count goes on at `to` as if that time had not been. An alarm
    /// that was set for its exception must not come in between, and has to be set anew after this.
    pub fn slept(&mut self, from: u64, to: u64) {
        self.advance(from);
        self.base = self.base.max(to);
    }

    /// Brings the count to cycle `now`.
    pub(super) fn advance(&mut self, now: u64) {
        let elapsed = now.saturating_sub(self.base);
        self.base = self.base.max(now);
        if self.control & ENABLE == 0 || elapsed == 0 {
            return;
        }
        let count = u64::from(self.count);
        if elapsed < count {
            self.count = (count - elapsed) as u32;
            return;
        }
        self.flag |= count > 0;
        let (past, period) = (elapsed - count, u64::from(self.reload) + 1);
        // A reload value of 0 holds the counter at 0 (B3.3.4).
        if past == 0 || self.reload == 0 {
            self.count = 0;
            return;
        }
        self.flag |= past >= period;
        self.count = ((period - past % period) % period) as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn running(reload: u32) -> SysTick {
        let mut s = SysTick::default();
        s.write(4, reload, 0).unwrap();
        s.write(0, ENABLE, 0).unwrap();
        s
    }

    /// B3.3.1: the first clock loads the reload value, and a period is one more than it.
    #[test]
    fn a_period_is_the_reload_value_and_one() {
        let mut s = running(99);
        assert_eq!(s.read(8, 0), Ok(0));
        assert_eq!(s.read(8, 1), Ok(99));
        assert_eq!(s.read(8, 99), Ok(1));
        assert_eq!(s.read(0, 99), Ok(ENABLE | CLKSOURCE));
        assert_eq!(s.read(8, 100), Ok(0));
        assert_eq!(s.read(0, 100), Ok(ENABLE | CLKSOURCE | COUNTFLAG));
        assert_eq!(s.read(0, 100), Ok(ENABLE | CLKSOURCE));
        assert_eq!(s.read(8, 101), Ok(99));
    }

    #[test]
    fn writing_the_count_clears_it_and_the_flag() {
        let mut s = running(9);
        s.write(8, 0x1234, 15).unwrap();
        assert_eq!(s.read(0, 15), Ok(ENABLE | CLKSOURCE));
        assert_eq!(s.read(8, 15), Ok(0));
        assert_eq!(s.read(8, 16), Ok(9));
    }

    #[test]
    fn the_exception_is_due_when_the_count_reaches_zero() {
        let mut s = running(9);
        assert_eq!(s.next_exception(), None);
        s.write(0, ENABLE | TICKINT, 3).unwrap();
        assert_eq!((s.count, s.next_exception()), (7, Some(10)));
        s.advance(10);
        assert_eq!(s.next_exception(), Some(20));
    }

    #[test]
    fn the_exception_comes_later_by_the_time_slept() {
        let mut s = running(99);
        s.write(0, ENABLE | TICKINT, 40).unwrap();
        assert_eq!(s.next_exception(), Some(100));
        s.slept(60, 1_060);
        assert_eq!(s.next_exception(), Some(1_100));
        assert_eq!((s.read(8, 1_060), s.read(8, 1_099)), (Ok(40), Ok(1)));
        assert_eq!(s.read(0, 1_099), Ok(ENABLE | TICKINT | CLKSOURCE));
        assert_eq!(s.read(0, 1_100), Ok(ENABLE | TICKINT | CLKSOURCE | COUNTFLAG));
    }

    /// A counter that is off keeps its count asleep and awake.
    #[test]
    fn sleeping_does_not_start_it() {
        let mut s = running(99);
        s.write(0, 0, 40).unwrap();
        s.slept(50, 500);
        assert_eq!((s.read(8, 1_000), s.next_exception()), (Ok(60), None));
    }

    proptest! {
        /// Asleep and awake by turns is what it would have been awake all the time, but for the moments.
        #[test]
        fn time_slept_is_no_time(reload in 0u32..300, turns in prop::collection::vec((0u64..500, 0u64..100_000), 0..20)) {
            let (mut s, mut awake) = (running(reload), running(reload));
            s.write(0, ENABLE | TICKINT, 0).unwrap();
            awake.write(0, ENABLE | TICKINT, 0).unwrap();
            let (mut now, mut slept) = (0, 0);
            for (run, sleep) in turns {
                now += run + sleep;
                s.slept(now - sleep, now);
                slept += sleep;
                awake.advance(now - slept);
                prop_assert_eq!(s.next_exception(), awake.next_exception().map(|cycle| cycle + slept));
                prop_assert_eq!(s.read(8, now), awake.read(8, now - slept));
                prop_assert_eq!(s.read(0, now), awake.read(0, now - slept));
            }
        }

        /// How time is cut up never shows.
        #[test]
        fn the_count_is_the_same_in_one_step_and_in_many(reload in 0u32..300, cuts in prop::collection::vec(0u64..500, 1..20)) {
            let (mut whole, mut cut) = (running(reload), running(reload));
            let mut now = 0;
            for step in cuts {
                now += step;
                cut.advance(now);
            }
            prop_assert_eq!(whole.read(8, now), cut.read(8, now));
            prop_assert_eq!(whole.read(0, now), cut.read(0, now));
        }

        /// Against a counter that does tick.
        #[test]
        fn it_counts_like_a_counter_that_ticks(reload in 0u32..20, cycles in 0u64..100) {
            let (mut count, mut flag) = (0u32, false);
            for _ in 0..cycles {
                if count == 0 { count = reload } else { count -= 1; flag |= count == 0; }
            }
            let mut s = running(reload);
            prop_assert_eq!(s.read(8, cycles), Ok(count));
            prop_assert_eq!(s.read(0, cycles).unwrap() & COUNTFLAG != 0, flag);
        }
    }
}
