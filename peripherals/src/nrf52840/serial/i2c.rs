//! The wires of an I2C master, a condition or a few bits at a time: SCL and SDA are driven through GPIO, and read there.
//!
//! 1. A period of SCL is a whole number of ticks of 16 MHz, rounded down: that gives the rates of the manual, and the 390 kHz which
//!    erratum 219 promises of 0x0620_0000 (inferred). TWI's code for 400 kbps, which would give 39 ticks, is taken as 40. Half of it is
//!    low.
//! 2. SDA changes 500 ns behind the falling edge of SCL; SCL falls a whole period behind START, and STOP comes half a period behind the
//!    rising edge of SCL (tHD_DAT, tHD_STA and tSU_STO of the manual, remembered). SDA is sampled where SCL falls.
//! 3. Who holds SCL low stretches it: the high half begins when SCL has risen. There is no time-out.
//! 4. A line that is to be high is released only if PIN_CNF.DRIVE says so (S0D1); both are read through their input buffers.
//! 5. There is no arbitration: what another master does to SDA is not noticed.

use super::super::block::Io;
use super::wires::drive;
use crate::kernel::Span;

/// Note 2.
const HOLD: Span = Span::from_ns(500);

/// Half a period of SCL that FREQUENCY gives: note 1. Below 16 MHz / 4096 and above 500 kHz, where the manual has nothing, these are taken.
pub(super) fn half_period(frequency: u32) -> Span {
    const TWI_400K: u32 = 0x0668_0000;
    let ticks = if frequency == TWI_400K { 40 } else { (1u64 << 32) / u64::from(frequency.clamp(1 << 20, 1 << 27)) };
    // Half a tick of 16 MHz is 2 cycles of 64 MHz.
    Span::from_cycles(2 * ticks)
}

/// The pins of PSEL.SCL and PSEL.SDA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines {
    pub scl: Option<u8>,
    pub sda: Option<u8>,
}

impl Lines {
    /// The block has them from now on, and lets them rise.
    pub fn take(self, io: &mut Io) {
        drive(self.scl, true, io.gpio, io.cx);
        drive(self.sda, true, io.gpio, io.cx);
    }

    pub fn give_back(self, io: &mut Io) {
        for pin in [self.scl, self.sda].into_iter().flatten() {
            io.gpio.give_back(pin, io.cx);
        }
    }

    fn scl_is_high(self, io: &Io) -> bool {
        self.scl.is_none_or(|pin| io.gpio.level(pin).is_high())
    }

    fn sda_is_high(self, io: &Io) -> bool {
        self.sda.is_none_or(|pin| io.gpio.level(pin).is_high())
    }
}

/// What is to appear on the wires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// START; `again` while SCL is held low: a repeated START.
    Start { again: bool },
    /// `count` bits, highest first, ones released.
    Bits { out: u16, count: u8 },
    /// STOP.
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// SDA is set while SCL is low.
    Set,
    /// SCL is released.
    Release,
    /// Whether SCL has risen is looked at.
    Look,
    /// SDA changes while SCL is high.
    Turn,
    /// SCL falls.
    Fall,
}

/// What comes of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// There is another one, so much later.
    After(Span),
    /// SCL is held low by somebody else: the step is to be tried again when it rises.
    Stretched,
    /// That was the last one.
    Ended,
}

/// A signal on its way. It begins and ends with SCL low, but for the first START, before which the bus is free, and STOP, behind which it
/// is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Motion {
    signal: Signal,
    half: Span,
    step: Step,
    bits: u8,
    into: u16,
}

impl Motion {
    pub fn new(signal: Signal, half: Span) -> Self {
        let step = if signal == (Signal::Start { again: false }) { Step::Look } else { Step::Set };
        Self { signal, half, step, bits: 0, into: 0 }
    }

    /// How long until its first step.
    pub fn lead(&self) -> Span {
        if self.step == Step::Set { HOLD } else { Span::ZERO }
    }

    /// How long it takes from its beginning, if nobody stretches SCL.
    pub fn duration(&self) -> Span {
        let low = if self.step == Step::Look { Span::ZERO } else { self.half };
        low + self.rest()
    }

    /// How long it takes from the moment SCL has risen for the next time.
    pub fn rest(&self) -> Span {
        self.half
            * match self.signal {
                Signal::Start { again: false } => 2,
                Signal::Start { again: true } => 3,
                Signal::Bits { count, .. } => 1 + 2 * u64::from(count.saturating_sub(self.bits + 1)),
                Signal::Stop => 1,
            }
    }

    /// Whether the next step is the last one.
    pub fn ends_next(&self) -> bool {
        match self.signal {
            Signal::Start { .. } => self.step == Step::Fall,
            Signal::Bits { count, .. } => self.step == Step::Fall && self.bits + 1 >= count,
            Signal::Stop => self.step == Step::Turn,
        }
    }

    /// The bits that were on SDA, the last one lowest.
    pub fn received(&self) -> u16 {
        self.into
    }

    pub fn step(&mut self, lines: Lines, io: &mut Io) -> Next {
        let (next, wait) = match self.step {
            Step::Set => {
                let high = match self.signal {
                    Signal::Start { .. } => true,
                    Signal::Bits { out, count } => out >> (count - 1 - self.bits) & 1 != 0,
                    Signal::Stop => false,
                };
                drive(lines.sda, high, io.gpio, io.cx);
                (Step::Release, self.half - HOLD)
            }
            // Wires settle between two steps.
            Step::Release => {
                drive(lines.scl, true, io.gpio, io.cx);
                (Step::Look, Span::ZERO)
            }
            Step::Look if !lines.scl_is_high(io) => return Next::Stretched,
            Step::Look => match self.signal {
                Signal::Start { again: false } => (Step::Turn, Span::ZERO),
                Signal::Start { again: true } | Signal::Stop => (Step::Turn, self.half),
                Signal::Bits { .. } => (Step::Fall, self.half),
            },
            Step::Turn => {
                let stop = self.signal == Signal::Stop;
                drive(lines.sda, stop, io.gpio, io.cx);
                if stop {
                    return Next::Ended;
                }
                (Step::Fall, self.half * 2)
            }
            Step::Fall => {
                self.into = self.into << 1 | u16::from(lines.sda_is_high(io));
                self.bits += 1;
                drive(lines.scl, false, io.gpio, io.cx);
                match self.signal {
                    Signal::Bits { count, .. } if self.bits < count => (Step::Set, HOLD),
                    _ => return Next::Ended,
                }
            }
        };
        self.step = next;
        Next::After(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_the_manual_give_its_rates() {
        let hertz = |code| 32_000_000 / (half_period(code).as_ps() / 31_250);
        assert_eq!(
            [0x0198_0000, 0x0400_0000, 0x0640_0000, 0x0668_0000].map(hertz),
            [200_000, 500_000, 800_000, 800_000]
        );
        assert!((380_000..=391_000).contains(&(hertz(0x0620_0000) / 2)), "erratum 219");
        assert!(half_period(0) > half_period(1 << 21) && half_period(u32::MAX) > HOLD);
    }
}
