//! The wires of one byte on its way to a chip's data interface, edge by edge, for a picture.
//!
//! Bytes are told apart as the VS1053 does it by default: eight rising edges of SCLK while XDCS is low (VS1053b datasheet, "Serial Data
//! Interface"). The excerpt of a byte begins with the edge that completes the byte before it and ends with the edge that completes it,
//! so that what the firmware does between two bytes is in it.

use peripherals::kernel::{Instant, Level, NetId, Probe, Span};

/// Edges that are kept, far more than a byte has: firmware may move MOSI as often as it likes.
const MOST_EDGES: usize = 1024;
/// Edges of SCLK that make a byte.
const BITS: u64 = 8;

/// The wires that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Clock.
    pub sclk: NetId,
    /// Data.
    pub mosi: NetId,
    /// Select of the data interface.
    pub xdcs: NetId,
}

/// An edge of an [`Excerpt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Time since the excerpt's beginning.
    pub at: Span,
    /// Whether it is SCLK's; else it is MOSI's.
    pub clock: bool,
    /// The new level.
    pub high: bool,
}

/// What was on the wires during one byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The byte, bit 7 first.
    pub byte: u8,
    /// Its place among all bytes of the data interface, from 0.
    pub index: u64,
    /// How long it took, what came before its first edge included.
    pub length: Span,
    /// MOSI at the beginning; SCLK is high then.
    pub mosi: bool,
    /// Edges of both wires in their order.
    pub edges: Vec<Mark>,
}

/// Waits for a byte and keeps its edges.
#[derive(Clone, Debug)]
pub struct ExcerptProbe {
    lines: Lines,
    index: u64,
    clocks: u64,
    began: Option<Instant>,
    selected: bool,
    sclk: bool,
    mosi: bool,
    taken: Excerpt,
    over: bool,
}

impl ExcerptProbe {
    /// Waits for byte `index`, at least 1, on wires that are low but for a select that is high.
    pub fn new(lines: Lines, index: u64) -> Self {
        let taken = Excerpt { index, ..Excerpt::default() };
        Self { lines, index, clocks: 0, began: None, selected: false, sclk: false, mosi: false, taken, over: false }
    }

    /// What was seen, once it is there.
    pub fn excerpt(&self) -> Option<&Excerpt> {
        self.over.then_some(&self.taken)
    }

    fn sclk_rise(&mut self, at: Instant) {
        self.clocks += 1;
        if self.clocks == self.index * BITS {
            self.began = Some(at);
            self.taken.mosi = self.mosi;
        } else if let Some(began) = self.began {
            self.taken.byte = self.taken.byte << 1 | u8::from(self.mosi);
            self.keep(at, true, true);
            if self.clocks == (self.index + 1) * BITS {
                self.taken.length = at.since(began);
                self.over = true;
            }
        }
    }

    fn keep(&mut self, at: Instant, clock: bool, high: bool) {
        if let Some(began) = self.began
            && self.taken.edges.len() < MOST_EDGES
        {
            self.taken.edges.push(Mark { at: at.since(began), clock, high });
        }
    }
}

impl Probe for ExcerptProbe {
    #[inline]
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        if self.over {
            return;
        }
        let high = level.is_high();
        if net == self.lines.sclk {
            if high && !self.sclk && self.selected {
                self.sclk_rise(at);
            } else {
                self.keep(at, true, high);
            }
            self.sclk = high;
        } else if net == self.lines.mosi {
            self.mosi = high;
            self.keep(at, false, high);
        } else {
            self.selected = !high;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: Lines = Lines { sclk: NetId(0), mosi: NetId(1), xdcs: NetId(2) };

    /// A probe and a bus that sends to it, ten picoseconds a step.
    struct Bench {
        probe: ExcerptProbe,
        now: u64,
        mosi: bool,
    }

    impl Bench {
        fn new(index: u64) -> Self {
            let mut bench = Self { probe: ExcerptProbe::new(LINES, index), now: 0, mosi: false };
            bench.edge(LINES.sclk, true);
            bench
        }

        fn edge(&mut self, net: NetId, high: bool) {
            self.now += 10;
            self.probe.edge(Instant::from_ps(self.now), net, Level::from(high));
        }

        fn byte(&mut self, byte: u8) {
            for bit in (0..8).rev() {
                let one = byte >> bit & 1 == 1;
                self.edge(LINES.sclk, false);
                if one != self.mosi {
                    self.mosi = one;
                    self.edge(LINES.mosi, one);
                } else {
                    self.now += 10;
                }
                self.edge(LINES.sclk, true);
            }
            self.now += 1_000;
        }
    }

    #[test]
    fn the_byte_that_was_asked_for_is_taken_with_the_pause_before_it() {
        let mut bench = Bench::new(2);
        bench.byte(0xAA); // to another interface: XDCS is high
        bench.edge(LINES.xdcs, false);
        for byte in [0x01, 0x02, 0xC4] {
            assert_eq!(bench.probe.excerpt(), None);
            bench.byte(byte);
        }
        let excerpt = bench.probe.excerpt().expect("it has been sent").clone();
        assert_eq!((excerpt.byte, excerpt.index, excerpt.mosi), (0xC4, 2, false));
        assert_eq!(excerpt.length, Span::from_ps(1_000 + 8 * 30));
        assert_eq!(excerpt.edges.iter().filter(|edge| edge.clock).count(), 16);
        // 0xC4 after a 0: up, down, up, down.
        let data: Vec<bool> = excerpt.edges.iter().filter(|edge| !edge.clock).map(|edge| edge.high).collect();
        assert_eq!(data, [true, false, true, false]);
        assert_eq!(excerpt.edges[0], Mark { at: Span::from_ps(1_010), clock: true, high: false });
        bench.byte(0xFF);
        assert_eq!(bench.probe.excerpt(), Some(&excerpt), "what comes later changes nothing");
    }

    #[test]
    fn a_wire_that_never_rests_fills_no_memory() {
        let mut bench = Bench::new(1);
        bench.edge(LINES.xdcs, false);
        bench.byte(0);
        for n in 0..100_000 {
            bench.edge(LINES.mosi, n % 2 == 0);
        }
        bench.mosi = false;
        bench.byte(0x80);
        let excerpt = bench.probe.excerpt().expect("it has been sent");
        assert_eq!((excerpt.byte, excerpt.edges.len()), (0x80, MOST_EDGES));
    }
}
