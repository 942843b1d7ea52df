//! SDI, the data interface: bits to bytes to pairs (VS1053b datasheet v1.33, "Serial Protocol for Serial Data Interface"; VS1053.md, 1.2).
//!
//! 1. The DSP gets 16-bit words, the first byte above ("Serial Data Registers"), so a byte counts only once its pair has come. Pairs survive
//!    XDCS, since drivers send single bytes under XDCS pulses (inferred).
//! 2. Every edge of the select starts a byte; a fragment of less than 8 bits before it is dropped (inferred, knob `sdi_fragment`).

use crate::kernel::{Instant, Span};

/// When a byte was clocked in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Its first bit.
    pub first: Instant,
    /// Its last bit.
    pub last: Instant,
    /// Time with DREQ low between the bytes before this one, since power-on.
    pub stalled: Span,
}

/// A byte and when it came.
pub type Stamped = (u8, Stamp);

/// The receiver.
#[derive(Clone, Debug, Default)]
pub struct Sdi {
    bits: u8,
    shift: u8,
    stamp: Stamp,
    half: Option<Stamped>,
    low_at_last_bit: Span,
    /// SM_SDIORD: least significant bit first (VS1053.md, 2.2).
    pub lsb_first: bool,
    /// Bytes received since power-on.
    pub bytes: u64,
}

/// What a bit completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bit {
    /// Nothing yet.
    Shifting,
    /// The first byte of a pair.
    Byte(u8),
    /// A pair.
    Pair(Stamped, Stamped),
}

impl Sdi {
    /// Whether a byte has begun.
    pub fn inside_byte(&self) -> bool {
        self.bits != 0
    }

    /// Bits start over.
    pub fn realign(&mut self) {
        self.bits = 0;
    }

    /// Pairs start over, as after a reset.
    pub fn forget(&mut self) {
        self.bits = 0;
        self.half = None;
    }

    /// A clock edge at which SI counts. `dreq_low` is the time DREQ has been low since power-on.
    #[inline]
    pub fn bit(&mut self, si: bool, now: Instant, dreq_low: impl FnOnce() -> Span) -> Bit {
        if self.bits != 0 && self.bits != 7 {
            self.shift = self.shift << 1 | u8::from(si);
            self.bits += 1;
            return Bit::Shifting;
        }
        self.outer_bit(si, now, dreq_low())
    }

    fn outer_bit(&mut self, si: bool, now: Instant, dreq_low: Span) -> Bit {
        self.shift = self.shift << 1 | u8::from(si);
        if self.bits == 0 {
            self.bits = 1;
            self.stamp.first = now;
            self.stamp.stalled += dreq_low - self.low_at_last_bit;
            return Bit::Shifting;
        }
        self.bits = 0;
        self.bytes += 1;
        self.stamp.last = now;
        self.low_at_last_bit = dreq_low;
        let byte = if self.lsb_first { self.shift.reverse_bits() } else { self.shift };
        let this = (byte, self.stamp);
        match self.half.take() {
            Some(first) => Bit::Pair(first, this),
            None => {
                self.half = Some(this);
                Bit::Byte(byte)
            }
        }
    }
}
