//! The wires of an SPI master, bit by bit: SCK and MOSI are driven through GPIO, MISO is read there.

use super::super::block::Io;
use super::super::gpio::Gpio;
use crate::kernel::{Cx, Level, Span};

/// Length of half a period of SCK that FREQUENCY gives. The register holds f / 16 MHz * 2^32, but for the two fastest rates, which
/// SPIM3 alone has; where that is no whole divisor of 16 MHz (no value of the manual) the next lower rate is taken.
pub(super) fn half_period(frequency: u32) -> Span {
    const M16: u32 = 0x0A00_0000;
    const M32: u32 = 0x1400_0000;
    match frequency {
        M32 => Span::from_cycles(1),
        M16 => Span::from_cycles(2),
        // Half a period is 2 cycles of 64 MHz for each tick of 16 MHz in a period.
        _ => Span::from_cycles(2 * (1u64 << 32).div_ceil(u64::from(frequency.max(1 << 20)))),
    }
}

/// CONFIG and FREQUENCY as they were when a byte began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    pub lsb_first: bool,
    /// Bits are sampled at the trailing edge of SCK.
    pub cpha: bool,
    /// SCK is high between bytes.
    pub cpol: bool,
    pub half: Span,
}

impl Format {
    pub fn new(config: u32, frequency: u32) -> Self {
        Self { lsb_first: config & 1 != 0, cpha: config & 2 != 0, cpol: config & 4 != 0, half: half_period(frequency) }
    }
}

/// Pins that are in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pins {
    pub sck: Option<u8>,
    pub mosi: Option<u8>,
    pub miso: Option<u8>,
}

impl Pins {
    /// The block has them from now on. SCK rests, MOSI is low until the first bit.
    pub fn take(self, cpol: bool, io: &mut Io) {
        drive(self.sck, cpol, io.gpio, io.cx);
        drive(self.mosi, false, io.gpio, io.cx);
        if let Some(pin) = self.miso {
            io.gpio.take(pin, None, io.cx);
        }
    }

    pub fn give_back(self, io: &mut Io) {
        for pin in [self.sck, self.mosi, self.miso].into_iter().flatten() {
            io.gpio.give_back(pin, io.cx);
        }
    }
}

pub(super) fn drive(pin: Option<u8>, high: bool, gpio: &mut Gpio, cx: &mut Cx) {
    if let Some(pin) = pin {
        gpio.take(pin, Some(Level::from(high)), cx);
    }
}

/// A byte on its way: sixteen half periods, at the ends of which SCK changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Byte {
    format: Format,
    out: u8,
    into: u8,
    /// Half periods that have ended.
    halves: u8,
}

impl Byte {
    /// Puts the first bit on MOSI, unless that comes with the first edge.
    pub fn begin(out: u8, format: Format, pins: Pins, io: &mut Io) -> Self {
        let byte = Self { format, out, into: 0, halves: 0 };
        if !format.cpha {
            byte.put(0, pins, io);
        }
        byte
    }

    /// The end of a half period.
    pub fn edge(&mut self, pins: Pins, io: &mut Io) {
        self.halves += 1;
        let (leading, bit) = (self.halves % 2 == 1, (self.halves - 1) / 2);
        // Who hears SCK may change MISO in the same moment: what is there before it is meant.
        if leading != self.format.cpha {
            let high = pins.miso.is_some_and(|pin| io.gpio.level(pin).is_high());
            let place = if self.format.lsb_first { bit } else { 7 - bit };
            self.into |= u8::from(high) << place;
        } else if self.format.cpha {
            self.put(bit, pins, io);
        } else if bit < 7 {
            self.put(bit + 1, pins, io);
        }
        drive(pins.sck, leading != self.format.cpol, io.gpio, io.cx);
    }

    fn put(&self, bit: u8, pins: Pins, io: &mut Io) {
        let place = if self.format.lsb_first { bit } else { 7 - bit };
        drive(pins.mosi, self.out >> place & 1 != 0, io.gpio, io.cx);
    }

    /// How long until the next half period ends.
    pub fn half(&self) -> Span {
        self.format.half
    }

    /// How long all of it takes.
    pub fn duration(format: Format) -> Span {
        format.half * 16
    }

    /// What came in; complete behind the last edge.
    pub fn received(&self) -> u8 {
        self.into
    }
}
