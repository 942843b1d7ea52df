//! Whose bit an edge of SCLK brings, and the CLKI that is in force, from what is written to MODE and CLOCKF (VS1053b datasheet v1.33,
//! "Serial Data Interface", "Serial Control Interface", "SCI_CLOCKF").
//!
//! 1. SC_ADD, of which the decoder of WMA and AAC makes use, does not show on the wires and is not counted: limits are those of SC_MULT.

use super::Wire;
use peripherals::chips::vs1053::{Clock, mode, reg};
use peripherals::kernel::Instant;

/// Which of the chip's interfaces hears SCLK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interface {
    /// SCI: a write, and the opcode of any operation.
    Command,
    /// SCI: a read, from its second byte on.
    Read,
    /// SDI.
    Data,
}

/// The state of the bus.
#[derive(Clone, Debug)]
pub(super) struct Bus {
    after_reset: Clock,
    clock: Clock,
    /// When a change of CLOCKF is over.
    settles: Option<Instant>,
    /// Counts changes of CLKI.
    pub epoch: u32,
    share: bool,
    falling: bool,
    legacy: bool,
    hearing: Option<Interface>,
    /// Bits since it was selected.
    bits: u64,
    /// The last of them.
    word: u32,
    /// Opcode and address.
    head: u16,
}

/// XTALI that a change of CLOCKF takes (datasheet, "SCI_CLOCKF").
const SETTLE_XTALI: u64 = 1200;

impl Bus {
    pub fn new(clock: Clock) -> Self {
        Self {
            after_reset: clock.clone(),
            clock,
            settles: None,
            epoch: 0,
            share: false,
            falling: false,
            legacy: false,
            hearing: None,
            bits: 0,
            word: 0,
            head: 0,
        }
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn hearing(&self) -> Option<Interface> {
        self.hearing
    }

    /// Bits since the select.
    pub fn bits(&self) -> u64 {
        self.bits
    }

    /// Whether the chip takes a bit at an edge to this level.
    #[inline]
    pub fn samples(&self, high: bool) -> bool {
        match self.hearing {
            Some(Interface::Data) => high != self.falling,
            Some(_) => high,
            None => false,
        }
    }

    /// XRESET has fallen.
    pub fn reset(&mut self) {
        *self = Self { epoch: self.epoch + 1, ..Self::new(self.after_reset.clone()) };
    }

    #[inline]
    pub fn catch_up(&mut self, at: Instant) {
        if self.settles.is_some_and(|settles| at >= settles) {
            self.settles = None;
            self.clock.settled();
            self.epoch += 1;
        }
    }

    /// Works out anew who hears SCLK.
    pub fn select(&mut self, levels: u8) {
        let low = |wire: Wire| levels & wire.bit() == 0;
        let data = (if self.share { !low(Wire::Xcs) } else { low(Wire::Xdcs) }) && !self.legacy;
        let hearing = match (low(Wire::Xreset), low(Wire::Xcs), data) {
            (true, ..) => None,
            (_, true, _) => Some(Interface::Command),
            (_, _, true) => Some(Interface::Data),
            _ => None,
        };
        let goes_on = hearing == Some(Interface::Command) && self.hearing == Some(Interface::Read);
        let same = hearing == self.hearing || goes_on;
        if !same {
            self.hearing = hearing;
            self.bits = 0;
        }
    }

    /// Takes a bit and gives its place in its byte.
    #[inline]
    pub fn bit(&mut self, mosi: bool, at: Instant) -> u8 {
        let place = (self.bits % 8) as u8;
        self.bits += 1;
        self.word = self.word << 1 | u32::from(mosi);
        if self.hearing != Some(Interface::Data) {
            self.command(at);
        }
        place
    }

    fn command(&mut self, at: Instant) {
        const WRITE: u16 = 2;
        const READ: u16 = 3;
        match self.bits {
            8 if self.word as u8 == READ as u8 => self.hearing = Some(Interface::Read),
            16 => self.head = self.word as u16,
            bits if bits >= 32 && bits % 16 == 0 && self.head >> 8 == WRITE => {
                self.written((self.head & 0xF) as u8, self.word as u16, at);
            }
            _ => {}
        }
    }

    #[cold]
    fn written(&mut self, address: u8, value: u16, at: Instant) {
        if address == reg::CLOCKF {
            self.clock.change(value);
            self.settles = Some(at + self.clock.xtali(SETTLE_XTALI));
            self.epoch += 1;
        } else if address == reg::MODE {
            self.share = value & mode::SM_SDISHARE != 0;
            self.falling = value & mode::SM_DACT != 0;
            self.legacy = value & mode::SM_SDINEW == 0;
            self.clock.set_halved(value & mode::SM_CLK_RANGE != 0);
            self.epoch += 1;
        }
    }
}
