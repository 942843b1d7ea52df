//! SPI at less than 1 MHz, in a chosen bit order and mode, for SCI and for the builds that get these wrong.
//!
//! Until CLOCKF has taken effect CLKI is 12.288 MHz; SCI reads may then run at CLKI/7 = 1.755 MHz and writes at
//! CLKI/4 (VS1053b datasheet, "SPI timing"). One speed for everything keeps clear of both.

use crate::cycles::{self, Cycles};
use crate::send_byte::SendByte;
use crate::wires::Miso;
use embedded_hal::digital::{InputPin, OutputPin};

/// Half a clock, in CPU cycles at 64 MHz: at least 0.5 us.
pub const HALF: Cycles = 32;

/// Which bit of a byte goes first.
#[derive(Clone, Copy, PartialEq)]
pub enum BitOrder {
    /// What the chip wants.
    MsbFirst,
    /// Wrong for this chip.
    LsbFirst,
}

/// SPI mode: level at rest, and the edge at which data is valid.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
    /// CPOL 1, CPHA 1: rests high, valid at the rising edge. One of the two modes the chip takes.
    Three,
    /// CPOL 0, CPHA 1: rests low, changes at the rising edge, valid at the falling one. Wrong for this chip.
    One,
}

/// SPI over any two output pins; MISO is where the board has it.
pub struct SlowSpi<C, D> {
    /// The pin used as clock.
    pub sclk: C,
    /// The pin used as data to the chip.
    pub mosi: D,
    /// Data from the chip.
    pub miso: Miso,
    /// Which bit goes first.
    pub order: BitOrder,
    /// Clock at rest, and edge.
    pub mode: Mode,
}

impl<C: OutputPin, D: OutputPin> SlowSpi<C, D> {
    /// MSB first and mode 3, as the chip wants it.
    pub fn new(sclk: C, mosi: D) -> Self {
        Self { sclk, mosi, miso: Miso {}, order: BitOrder::MsbFirst, mode: Mode::Three }
    }

    /// Brings SCLK to the level of its rest; no chip may be selected.
    pub fn rest(&mut self) {
        match self.mode {
            Mode::Three => level(&mut self.sclk, true),
            Mode::One => level(&mut self.sclk, false),
        }
    }

    /// Reads a byte, with MOSI low.
    pub fn read_byte(&mut self) -> u8 {
        let mut byte = 0;
        for i in 0..8 {
            byte |= u8::from(self.clock(false)) << self.position(i);
        }
        byte
    }

    fn position(&self, i: u8) -> u8 {
        match self.order {
            BitOrder::MsbFirst => 7 - i,
            BitOrder::LsbFirst => i,
        }
    }

    /// One clock; returns MISO as it is just before the edge at which data is valid.
    fn clock(&mut self, bit: bool) -> bool {
        let (leading, trailing) = match self.mode {
            Mode::Three => (false, true),
            Mode::One => (true, false),
        };
        level(&mut self.sclk, leading);
        level(&mut self.mosi, bit);
        cycles::wait(HALF);
        let miso = self.miso.is_high().unwrap_or(false);
        level(&mut self.sclk, trailing);
        cycles::wait(HALF);
        miso
    }
}

impl<C: OutputPin, D: OutputPin> SendByte for SlowSpi<C, D> {
    fn send_byte(&mut self, byte: u8) {
        for i in 0..8 {
            self.clock(byte >> self.position(i) & 1 != 0);
        }
    }
}

/// Sets a pin; the pins used here cannot fail.
fn level<P: OutputPin>(pin: &mut P, high: bool) {
    let _ = if high { pin.set_high() } else { pin.set_low() };
}
