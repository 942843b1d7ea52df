//! A bounded record of what SCLK and MOSI did while one select was active, kept for trying explanations on.
//!
//! It holds levels in order, without times: no explanation needs them. One byte an entry:
//! `0nnnnnnn` n edges of SCLK without one of MOSI, `10000000` an edge of MOSI, `11..dosm` the select became active
//! with SCLK at `s`, MOSI at `m`, and the chip told to take SDI LSB first (`o`), at the falling edge (`d`).
//! Real data takes about 8 entries a byte, a byte of fill one eighth of an entry.

/// How the chip had been told to take SDI when a select became active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SdiFormat {
    /// SM_SDIORD.
    pub lsb_first: bool,
    /// SM_DACT.
    pub falling: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Capture {
    log: Vec<u8>,
    limit: usize,
    run: u8,
    full: bool,
}

const LONGEST_RUN: u8 = 0x7F;
const MOSI: u8 = 0x80;
const BEGIN: u8 = 0xC0;

impl Capture {
    /// A record of at most `limit` entries.
    pub fn new(limit: usize) -> Self {
        Self { log: Vec::with_capacity(limit), limit, run: 0, full: false }
    }

    /// Entries so far.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.log.len()
    }

    pub fn begin(&mut self, sclk: bool, mosi: bool, format: SdiFormat) {
        self.end_run();
        // A select that came and went without an edge explains nothing.
        if !self.full && self.log.last().is_some_and(|&entry| entry >= BEGIN) {
            self.log.pop();
        }
        let bits = [mosi, sclk, format.lsb_first, format.falling];
        self.push(bits.iter().enumerate().fold(BEGIN, |entry, (i, &bit)| entry | u8::from(bit) << i));
    }

    #[inline]
    pub fn sclk(&mut self) {
        if self.run == LONGEST_RUN {
            self.end_run();
        }
        self.run += 1;
    }

    #[inline]
    pub fn mosi(&mut self) {
        self.end_run();
        self.push(MOSI);
    }

    #[inline]
    fn end_run(&mut self) {
        if self.run > 0 {
            self.push(self.run);
            self.run = 0;
        }
    }

    #[inline]
    fn push(&mut self, entry: u8) {
        if self.log.len() < self.limit {
            self.log.push(entry);
        } else {
            self.full = true;
        }
    }

    /// The bits that a receiver gets whose clock is `clock` and which samples at the rising edge (SDI: at the edge that
    /// SM_DACT says), or at the other one if `other_edge`.
    pub fn bits(&self, clock: ClockLine, other_edge: bool) -> Bits {
        let mut bits = Bits::default();
        let (mut sclk, mut mosi, mut falling) = (false, false, other_edge);
        let run = (self.run > 0 && !self.full).then_some(self.run);
        for entry in self.log.iter().copied().chain(run) {
            match entry {
                MOSI => {
                    mosi = !mosi;
                    if clock == ClockLine::Mosi && mosi != falling {
                        bits.push(sclk, 1);
                    }
                }
                entry if entry >= BEGIN => {
                    let flag = |i: u8| entry >> i & 1 != 0;
                    (mosi, sclk) = (flag(0), flag(1));
                    falling = flag(3) != other_edge;
                    let format = SdiFormat { lsb_first: flag(2), falling: flag(3) };
                    bits.begin(format, if clock == ClockLine::Sclk { sclk } else { mosi });
                }
                edges => {
                    if clock == ClockLine::Sclk {
                        // Of n edges that alternate, the first one included, every second is sampled.
                        let first_sampled = sclk == falling;
                        bits.push(mosi, (usize::from(edges) + usize::from(first_sampled)) / 2);
                    }
                    sclk ^= edges & 1 != 0;
                }
            }
        }
        bits.cut_short = self.full;
        bits
    }
}

/// Which wire is taken for the clock; the other one is the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClockLine {
    Sclk,
    Mosi,
}

/// Sampled bits, in the stretches between two changes of the select.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    /// First bit on top.
    packed: Vec<u8>,
    len: usize,
    segments: Vec<Segment>,
    /// The record ended before the traffic did: the last stretch is not complete.
    pub cut_short: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    start: usize,
    end: usize,
    /// How SDI was taken.
    pub format: SdiFormat,
    /// The clock's level when it began.
    pub clock_high: bool,
}

impl Bits {
    fn begin(&mut self, format: SdiFormat, clock_high: bool) {
        self.segments.push(Segment { start: self.len, end: self.len, format, clock_high });
    }

    fn push(&mut self, bit: bool, count: usize) {
        for _ in 0..count {
            if self.len.is_multiple_of(8) {
                self.packed.push(0);
            }
            if bit {
                self.packed[self.len / 8] |= 0x80 >> (self.len % 8);
            }
            self.len += 1;
        }
        if let Some(segment) = self.segments.last_mut() {
            segment.end = self.len;
        }
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// How many bits `segment` has when the first `shift` are skipped, or when `-shift` are put before it.
    pub fn count(&self, segment: Segment, shift: i8) -> usize {
        (segment.end - segment.start).saturating_add_signed(-isize::from(shift))
    }

    /// The whole bytes of `segment`, first bit on top. `shift` as in [`Self::count`]; what is put before it is 0.
    pub fn bytes(&self, segment: Segment, shift: i8) -> impl Iterator<Item = u8> {
        (0..self.count(segment, shift) / 8).map(move |n| {
            let at = segment.start as isize + isize::from(shift) + 8 * n as isize;
            let word = if at < segment.start as isize {
                let missing = (segment.start as isize - at) as usize;
                return (self.word(segment.start) >> 8 >> missing) as u8;
            } else {
                self.word(at as usize)
            };
            (word >> 8) as u8
        })
    }

    /// Sixteen bits from bit `at` on; only the upper eight are complete.
    fn word(&self, at: usize) -> u16 {
        let byte = |i: usize| u16::from(self.packed.get(i).copied().unwrap_or(0));
        (byte(at / 8) << 8 | byte(at / 8 + 1)) << (at % 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_clocks_is_one_entry_and_all_its_bits() {
        let mut c = Capture::new(10);
        c.begin(true, false, SdiFormat::default());
        (0..16).for_each(|_| c.sclk());
        c.mosi();
        (0..16).for_each(|_| c.sclk());
        assert_eq!(c.len(), 3);
        let bits = c.bits(ClockLine::Sclk, false);
        assert_eq!(bits.bytes(bits.segments()[0], 0).collect::<Vec<_>>(), [0x00, 0xFF]);
        // MOSI as clock: it rises once, with SCLK high.
        let bits = c.bits(ClockLine::Mosi, false);
        assert_eq!(bits.count(bits.segments()[0], 0), 1);
    }

    #[test]
    fn the_edge_decides_which_bit_is_seen() {
        // Mode 1: MOSI changes after the rising edge and is valid at the falling one.
        let mut c = Capture::new(100);
        c.begin(false, false, SdiFormat::default());
        let mut mosi = false;
        for i in (0..8).rev() {
            c.sclk();
            if mosi != (0xA5 >> i & 1 != 0) {
                mosi = !mosi;
                c.mosi();
            }
            c.sclk();
        }
        let seen = |other_edge| {
            let bits = c.bits(ClockLine::Sclk, other_edge);
            bits.bytes(bits.segments()[0], 0).collect::<Vec<_>>()
        };
        assert_eq!((seen(false), seen(true)), (vec![0xA5 >> 1], vec![0xA5]));
    }

    #[test]
    fn shifts_skip_bits_or_put_zeros_before() {
        let mut bits = Bits::default();
        bits.push(true, 3);
        bits.begin(SdiFormat::default(), false);
        bits.push(true, 1);
        bits.push(false, 14);
        bits.push(true, 1);
        let segment = bits.segments()[0];
        assert_eq!(bits.bytes(segment, 0).collect::<Vec<_>>(), [0x80, 0x01]);
        assert_eq!(bits.bytes(segment, -7).collect::<Vec<_>>(), [0x01, 0x00]);
        assert_eq!(bits.bytes(segment, -1).collect::<Vec<_>>(), [0x40, 0x00]);
        assert_eq!(bits.bytes(segment, 7).collect::<Vec<_>>(), [0x00]);
    }

    #[test]
    fn a_full_record_stays_within_its_limit_and_says_so() {
        let mut c = Capture::new(64);
        for _ in 0..1_000 {
            c.begin(true, false, SdiFormat::default());
            c.sclk();
            c.mosi();
        }
        assert!(c.full && c.len() <= 64 && c.log.capacity() < 128);
        assert!(c.bits(ClockLine::Sclk, false).cut_short);
    }
}
