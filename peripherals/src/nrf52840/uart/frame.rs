//! A frame on a wire: start bit, eight data bits from the lowest, parity, stop bits; as it is sent, and as it is heard.

use crate::kernel::{Instant, Level, Span};

/// One tick of the 16 MHz peripheral clock.
const PCLK16M: Span = Span::from_cycles(4);
const DATA: u32 = 8;

/// BAUDRATE and CONFIG at the start of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    bit: Span,
    parity: u32,
    stops: u32,
}

impl Format {
    pub(super) fn new(baudrate: u32, config: u32) -> Self {
        let ticks = (1u64 << 32) / u64::from(baudrate.max(1));
        Self { bit: PCLK16M * ticks.max(1), parity: u32::from(config >> 1 & 7 == 7), stops: 1 + (config >> 4 & 1) }
    }

    /// How long a byte occupies the wire.
    pub(super) fn span(self) -> Span {
        self.bit * u64::from(self.bits())
    }

    fn bits(self) -> u32 {
        1 + DATA + self.parity + self.stops
    }
}

/// A byte that is being sent: the levels of its bits, the first lowest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending {
    from: Instant,
    format: Format,
    levels: u32,
    at: u32,
}

impl Sending {
    /// `byte` from `from` on, which is the start bit's beginning.
    pub(super) fn new(byte: u8, format: Format, from: Instant) -> Self {
        let parity = byte.count_ones() & format.parity;
        let stops = ((1 << format.stops) - 1) << format.parity;
        let levels = (u32::from(byte) | (parity | stops) << DATA) << 1;
        Self { from, format, levels, at: 0 }
    }

    /// The level now.
    pub(super) fn level(&self) -> Level {
        Level::from(self.levels >> self.at & 1 != 0)
    }

    /// Goes on to the next bit that has another level; when that is, unless the rest is equal.
    pub(super) fn next(&mut self) -> Option<Instant> {
        let now = self.level();
        while self.at + 1 < self.format.bits() {
            self.at += 1;
            if self.level() != now {
                return Some(self.from + self.format.bit * u64::from(self.at));
            }
        }
        None
    }
}

/// What a frame was when it has been heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Byte(u8),
    /// The byte is there, and its parity is wrong.
    Parity(u8),
    /// There is no stop bit where one should be. `silent`: the line was low all the time.
    Framing {
        silent: bool,
    },
    /// The start bit was too short to be one.
    Noise,
}

/// A frame that is being heard: each bit is what the line is in its middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hearing {
    from: Instant,
    format: Format,
    line: Level,
    levels: u32,
    sampled: u32,
}

impl Hearing {
    /// The line has fallen at `from`.
    pub(super) fn new(format: Format, from: Instant) -> Self {
        Self { from, format, line: Level::Low, levels: 0, sampled: 0 }
    }

    /// Start bit, data, parity and one stop bit are sampled.
    fn samples(&self) -> u32 {
        2 + DATA + self.format.parity
    }

    fn middle(&self, bit: u32) -> Instant {
        self.from + self.format.bit * u64::from(bit) + Span::from_ps(self.format.bit.as_ps() / 2)
    }

    /// When the stop bit has been sampled.
    pub(super) fn end(&self) -> Instant {
        self.middle(self.samples() - 1)
    }

    /// When the last bit is over.
    pub(super) fn over(&self) -> Instant {
        self.from + self.format.span()
    }

    /// The line has changed to `level` at `now`.
    pub(super) fn edge(&mut self, level: Level, now: Instant) {
        while self.sampled < self.samples() && self.middle(self.sampled) < now {
            self.levels |= u32::from(self.line.is_high()) << self.sampled;
            self.sampled += 1;
        }
        self.line = level;
    }

    /// The line was high in the middle of the start bit.
    pub(super) fn is_noise(&self) -> bool {
        self.sampled > 0 && self.levels & 1 != 0
    }

    /// What it was, at [`Self::end`] or later.
    pub(super) fn finish(mut self) -> Heard {
        self.edge(self.line, Instant::from_ps(u64::MAX));
        let byte = (self.levels >> 1) as u8;
        let rest = self.levels >> (1 + DATA);
        if self.is_noise() {
            Heard::Noise
        } else if rest >> self.format.parity & 1 == 0 {
            Heard::Framing { silent: self.levels == 0 }
        } else if self.format.parity != 0 && rest & 1 != byte.count_ones() & 1 {
            Heard::Parity(byte)
        } else {
            Heard::Byte(byte)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sends `byte` into a receiver that starts with its first edge.
    fn through(byte: u8, format: Format) -> Heard {
        let start = Instant::ZERO + Span::from_us(5);
        let mut sending = Sending::new(byte, format, start);
        let mut hearing = Hearing::new(format, start);
        while let Some(at) = sending.next() {
            hearing.edge(sending.level(), at);
        }
        hearing.finish()
    }

    proptest! {
        #[test]
        fn what_is_sent_is_heard(byte in any::<u8>(), parity in any::<bool>(), two in any::<bool>()) {
            let config = (u32::from(parity) * 0xE) | (u32::from(two) << 4);
            prop_assert_eq!(through(byte, Format::new(0x01D6_0000, config)), Heard::Byte(byte));
        }
    }

    #[test]
    fn a_frame_has_its_length() {
        let bit = Span::from_ns(139 * 125 / 2);
        assert!(Format::new(0x01D6_0000, 0).span() > bit * 10);
        assert_eq!(Format::new(0x1000_0000, 0).span(), Span::from_us(10));
        assert_eq!(Format::new(0x1000_0000, 0x1E).span(), Span::from_us(12));
    }

    #[test]
    fn wrong_frames_are_told_apart() {
        let format = Format::new(0x1000_0000, 0xE);
        let at = |us| Instant::ZERO + Span::from_us(us);
        // Even parity of one bit is 1.
        let mut wrong = Hearing::new(format, at(0));
        wrong.edge(Level::High, at(1));
        wrong.edge(Level::Low, at(2));
        wrong.edge(Level::High, at(10));
        assert_eq!(wrong.finish(), Heard::Parity(1));
        assert_eq!(Hearing::new(format, at(0)).finish(), Heard::Framing { silent: true });
        let mut late = Hearing::new(format, at(0));
        late.edge(Level::High, at(8));
        late.edge(Level::Low, at(9));
        assert_eq!(late.finish(), Heard::Framing { silent: false });
        let mut short = Hearing::new(format, at(0));
        short.edge(Level::High, Instant::ZERO + Span::from_ns(300));
        assert!(!short.is_noise());
        short.edge(Level::Low, at(5));
        assert!(short.is_noise());
    }
}
