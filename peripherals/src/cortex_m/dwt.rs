//! DWT: the cycle counter, and the comparators as storage (ARMv7-M Architecture Reference Manual, C1.8).
//!
//! 1. CYCCNT is computed from simulated time; it runs while DEMCR.TRCENA and CTRL.CYCCNTENA are both set.
//! 2. On the chip it stands still while the core sleeps; here it goes on (limit).
//! 3. Comparators and the other event counters are stored and have no effect; arming one is a gap.

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
/// Four comparators (CTRL.NUMCOMP).
const NUMCOMP: u32 = 4 << 28;
/// Bits of CTRL that software may change.
const CTRL: u32 = 0x007F_1FFF;
/// The event counters' enables, bits 17 to 22.
const EVENT_COUNTERS: u32 = 0x3F << 17;

/// The block's state; moments are core clock cycles.
#[derive(Clone, Debug, Default)]
pub struct Dwt {
    control: u32,
    traced: bool,
    /// CYCCNT at cycle `base`.
    count: u32,
    base: u64,
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

    /// Reads the register at `at` from 0xE000_1000 in cycle `now`.
    pub(super) fn read(&mut self, at: u16, now: u64) -> Result<u32, Refusal> {
        match at {
            0x00 => Ok(self.control | NUMCOMP),
            0x04 => Ok(self.cycle_count(now)),
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
                if value & EVENT_COUNTERS != 0 {
                    return Err(Refusal::NotModelled(0));
                }
            }
            0x04 => self.count = value,
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

    fn advance(&mut self, now: u64) {
        self.count = self.cycle_count(now);
        self.base = self.base.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let mut d = Dwt::default();
        d.trace(true, 0);
        d.write(0, CYCCNTENA, 0).unwrap();
        d.write(4, 0xFFFF_FFFE, 100).unwrap();
        assert_eq!(d.read(4, 101), Ok(0xFFFF_FFFF));
        assert_eq!(d.read(4, 103), Ok(1));
    }

    #[test]
    fn it_says_that_there_are_four_comparators() {
        assert_eq!(Dwt::default().read(0, 0), Ok(0x4000_0000));
    }
}
