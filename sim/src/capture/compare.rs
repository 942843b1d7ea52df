//! Two recordings of the same driver, byte by byte: a simulated one and one of real hardware.
//!
//! 1. They are aligned by what was sent, not by when: byte n of SDI with byte n of SDI, and the same for commands. Where a recording begins
//!    late its first bytes are looked for in the other one.
//! 2. Times are compared as what passes between bytes; differences add up to nothing that matters.

use crate::probes::transactions::{Kind, Line, Transaction};
use peripherals::kernel::{Instant, Level, Span};
use serde::Serialize;

/// Bytes of a recording that are compared; more are not read.
pub const MOST_BYTES: usize = 1 << 23;
/// So many bytes must be the same where a late recording is looked for in the other one.
const ANCHOR: usize = 32;
/// A pause longer than this many byte times is a gap and no part of sending.
const GAP: u64 = 3;

/// A byte as it went over the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What it was.
    pub value: u8,
    /// Its first bit.
    pub first: Instant,
    /// Its last bit.
    pub last: Instant,
}

/// What was sent, in order, and how fast.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Bytes of SDI.
    pub data: Vec<Sent>,
    /// Bytes of SCI as the driver sends them: a read has its opcode and address.
    pub commands: Vec<Sent>,
    /// There were more bytes than [`MOST_BYTES`].
    pub cut: bool,
    /// How often each period of SCLK was seen inside bytes, by its length in nanoseconds.
    pub clock: std::collections::BTreeMap<u64, u64>,
    /// Stretches with DREQ low, and their length together.
    pub dreq: (u64, Span),
    rose: Option<Instant>,
    bits: u32,
    fell: Option<Instant>,
}

impl Side {
    /// A transaction.
    pub fn transaction(&mut self, transaction: &Transaction) {
        let Transaction { start, end, ref kind, .. } = *transaction;
        let mut command = |bytes: &[u8]| {
            for &value in bytes {
                self.commands.push(Sent { value, first: start, last: end });
            }
        };
        match kind {
            Kind::Write { register, value } => command(&[2, *register, (value >> 8) as u8, *value as u8]),
            Kind::Read { register, .. } => command(&[3, *register]),
            Kind::Broken { bits, head } => command(&head.to_be_bytes()[..(bits / 8).min(4) as usize]),
            Kind::Data(bytes) => {
                self.data.extend(bytes.iter().map(|b| Sent { value: b.value, first: b.first, last: b.last }));
            }
            Kind::Level(Line::Dreq, level) => self.dreq(start, *level),
            Kind::Stray(_) | Kind::Level(..) => {}
        }
        if self.data.len() > MOST_BYTES || self.commands.len() > MOST_BYTES {
            self.data.truncate(MOST_BYTES);
            self.commands.truncate(MOST_BYTES);
            self.cut = true;
        }
    }

    fn dreq(&mut self, at: Instant, level: Level) {
        match (level.is_high(), self.fell) {
            (false, _) => self.fell = Some(at),
            (true, Some(fell)) => {
                self.dreq = (self.dreq.0 + 1, self.dreq.1 + at.since(fell));
                self.fell = None;
            }
            (true, None) => {}
        }
    }

    /// An edge of a line, for the histogram of the clock: periods inside bytes count.
    pub fn edge(&mut self, at: Instant, line: Line, level: Level) {
        match line {
            Line::Sclk if level.is_high() => {
                self.bits += 1;
                if let Some(rose) = self.rose.replace(at)
                    && self.bits % 8 != 1
                {
                    let ns = (at.since(rose).as_ps() + 500) / 1_000;
                    // A thousand different lengths are more than any driver has on purpose.
                    if self.clock.len() < 1_000 || self.clock.contains_key(&ns) {
                        *self.clock.entry(ns).or_default() += 1;
                    }
                }
            }
            Line::Xcs | Line::Xdcs => (self.rose, self.bits) = (None, 0),
            _ => {}
        }
    }
}

/// Where two streams part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parting {
    /// The byte's place in the run, and in the capture.
    pub index: u64,
    /// The same in the capture.
    pub capture_index: u64,
    /// What the run has there, `None` at its end.
    pub run: Option<u8>,
    /// What the capture has.
    pub capture: Option<u8>,
    /// When, in each, in seconds.
    pub run_s: Option<f64>,
    /// The same in the capture.
    pub capture_s: Option<f64>,
}

/// Two streams beside each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stream {
    /// Bytes in the run.
    pub run_bytes: u64,
    /// Bytes in the capture.
    pub capture_bytes: u64,
    /// The place in the run of the first byte that was compared: more than 0 where the capture begins late.
    pub run_from: u64,
    /// The same in the capture.
    pub capture_from: u64,
    /// Bytes that are the same, from there on.
    pub same_bytes: u64,
    /// Where they part first; absent when one is the other, or its beginning or end was not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parting>,
}

/// How fast a side was.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// From the first bit of a byte to that of the next, within a stretch, in nanoseconds: least, median, most.
    pub byte_period_ns: [f64; 3],
    /// From the last bit of a byte to the first of the next, within a stretch.
    pub byte_gap_ns: [f64; 3],
    /// Longer pauses between bytes: how many, and together.
    pub pauses: u64,
    /// In seconds.
    pub pauses_s: f64,
    /// Stretches with DREQ low.
    pub dreq_waits: u64,
    /// In seconds, together.
    pub dreq_low_s: f64,
    /// From the first bit of the first byte to the last of the last.
    pub elapsed_s: f64,
    /// Periods of SCLK inside bytes: nanoseconds, how often; the ten most frequent.
    pub clock_ns: Vec<(u64, u64)>,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Whether the same was sent.
    pub same: bool,
    /// SDI.
    pub sdi: Stream,
    /// SCI.
    pub sci: Stream,
    /// How fast the run was.
    pub run: Timing,
    /// How fast the capture was.
    pub capture: Timing,
    /// Only the first bytes of one were compared.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// Compares `run` with `capture`.
pub fn compare(run: &Side, capture: &Side) -> Comparison {
    let sdi = streams(&run.data, &capture.data, false);
    // What was said before a recording began is not in it.
    let sci = streams(&run.commands, &capture.commands, (sdi.run_from, sdi.capture_from) != (0, 0));
    let same = sdi.parts.is_none() && sci.parts.is_none();
    Comparison { same, sdi, sci, run: timing(run), capture: timing(capture), cut: run.cut || capture.cut }
}

fn streams(run: &[Sent], capture: &[Sent], late: bool) -> Stream {
    let (run_from, capture_from) = align(run, capture);
    let (a, b) = (&run[run_from..], &capture[capture_from..]);
    let same = a.iter().zip(b).take_while(|(a, b)| a.value == b.value).count();
    let (x, y) = (a.get(same), b.get(same));
    // Whichever is shorter after a late start is only shorter; without one, what is missing is missing.
    let late = late || (run_from, capture_from) != (0, 0);
    let parted = match (x, y) {
        (None, None) => false,
        (Some(_), Some(_)) => true,
        _ => !late,
    };
    let seconds = |sent: Option<&Sent>| sent.map(|sent| sent.first.as_secs_f64());
    let parts = parted.then(|| Parting {
        index: (run_from + same) as u64,
        capture_index: (capture_from + same) as u64,
        run: x.map(|sent| sent.value),
        capture: y.map(|sent| sent.value),
        run_s: seconds(x),
        capture_s: seconds(y),
    });
    Stream {
        run_bytes: run.len() as u64,
        capture_bytes: capture.len() as u64,
        run_from: run_from as u64,
        capture_from: capture_from as u64,
        same_bytes: same as u64,
        parts,
    }
}

/// Where each is to be begun with: at their beginnings when those agree, else where the first bytes of one are in the other.
fn align(run: &[Sent], capture: &[Sent]) -> (usize, usize) {
    let starts_alike =
        |a: &[Sent], b: &[Sent]| a.iter().zip(b).take(ANCHOR).filter(|(a, b)| a.value == b.value).count();
    let shortest = run.len().min(capture.len()).min(ANCHOR);
    // Bytes that are wrong one by one do not make a beginning another one.
    if starts_alike(run, capture) * 4 >= shortest * 3 {
        return (0, 0);
    }
    let find = |needle: &[Sent], hay: &[Sent]| {
        (needle.len() >= ANCHOR).then(|| {
            hay.windows(ANCHOR).position(|window| window.iter().zip(needle).all(|(a, b)| a.value == b.value))
        })?
    };
    if let Some(at) = find(capture, run) {
        return (at, 0);
    }
    if let Some(at) = find(run, capture) {
        return (0, at);
    }
    (0, 0)
}

fn timing(side: &Side) -> Timing {
    let data = &side.data;
    let mut periods: Vec<u64> = data.windows(2).map(|pair| pair[1].first.since(pair[0].first).as_ps()).collect();
    let mut gaps: Vec<u64> = data.windows(2).map(|pair| pair[1].first.since(pair[0].last).as_ps()).collect();
    let median = middle(&mut periods.clone());
    let (mut pauses, mut paused) = (0, Span::ZERO);
    let inside: Vec<bool> = periods.iter().map(|&period| period <= GAP * median).collect();
    for (gap, inside) in gaps.iter().zip(&inside) {
        if !inside {
            pauses += 1;
            paused += Span::from_ps(*gap);
        }
    }
    let mut keep = inside.iter();
    periods.retain(|_| keep.next().copied().unwrap_or(false));
    let mut keep = inside.iter();
    gaps.retain(|_| keep.next().copied().unwrap_or(false));
    let mut clock: Vec<(u64, u64)> = side.clock.iter().map(|(&ns, &count)| (ns, count)).collect();
    clock.sort_by_key(|&(ns, count)| (std::cmp::Reverse(count), ns));
    clock.truncate(10);
    let elapsed = match (data.first(), data.last()) {
        (Some(first), Some(last)) => last.last.since(first.first).as_secs_f64(),
        _ => 0.0,
    };
    Timing {
        byte_period_ns: spread(&mut periods),
        byte_gap_ns: spread(&mut gaps),
        pauses,
        pauses_s: paused.as_secs_f64(),
        dreq_waits: side.dreq.0,
        dreq_low_s: side.dreq.1.as_secs_f64(),
        elapsed_s: elapsed,
        clock_ns: clock,
    }
}

fn middle(values: &mut [u64]) -> u64 {
    if values.is_empty() {
        return 0;
    }
    let at = values.len() / 2;
    *values.select_nth_unstable(at).1
}

/// Least, median and most, in nanoseconds.
fn spread(values: &mut [u64]) -> [f64; 3] {
    let ns = |ps: u64| ps as f64 / 1_000.0;
    let (least, most) = (values.iter().min().copied().unwrap_or(0), values.iter().max().copied().unwrap_or(0));
    [ns(least), ns(middle(values)), ns(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(bytes: &[u8], period: u64) -> Side {
        let byte = |(n, &value): (usize, &u8)| {
            let first = Instant::from_ps(n as u64 * period);
            Sent { value, first, last: first + Span::from_ps(period - 100) }
        };
        Side { data: bytes.iter().enumerate().map(byte).collect(), ..Side::default() }
    }

    fn song(length: usize) -> Vec<u8> {
        (0..length as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
    }

    #[test]
    fn the_same_bytes_at_another_pace_are_the_same() {
        let found = compare(&side(&song(1_000), 1_000_000), &side(&song(1_000), 1_250_000));
        assert!(found.same);
        assert_eq!(
            (found.sdi.same_bytes, found.run.byte_period_ns[1], found.capture.byte_period_ns[1]),
            (1_000, 1_000.0, 1_250.0)
        );
        assert_eq!((found.run.byte_gap_ns[1], found.run.pauses), (0.1, 0));
    }

    #[test]
    fn the_first_byte_that_differs_is_told_with_both_times() {
        let mut other = song(1_000);
        other[700] ^= 1;
        let found = compare(&side(&song(1_000), 1_000_000), &side(&other, 2_000_000));
        let parts = found.sdi.parts.unwrap();
        assert_eq!(
            (found.same, parts.index, parts.run, parts.capture),
            (false, 700, Some(song(1_000)[700]), Some(other[700]))
        );
        assert_eq!((parts.run_s, parts.capture_s), (Some(0.000_7), Some(0.001_4)));
    }

    #[test]
    fn what_is_missing_at_the_end_is_a_difference_and_a_late_start_is_none() {
        let found = compare(&side(&song(1_000), 1_000_000), &side(&song(900), 1_000_000));
        let parts = found.sdi.parts.unwrap();
        assert_eq!((parts.index, parts.run, parts.capture), (900, Some(song(1_000)[900]), None));
        let found = compare(&side(&song(1_000), 1_000_000), &side(&song(1_000)[100..900], 1_000_000));
        assert!(found.same);
        assert_eq!((found.sdi.run_from, found.sdi.same_bytes), (100, 800));
        assert!(!compare(&side(&song(1_000), 1_000), &side(&[], 1_000)).same);
        assert!(compare(&side(&[], 1_000), &side(&[], 1_000)).same);
    }

    #[test]
    fn pauses_are_apart_from_sending() {
        let mut run = side(&song(100), 1_000_000);
        for sent in &mut run.data[50..] {
            sent.first += Span::from_ms(3);
            sent.last += Span::from_ms(3);
        }
        let found = timing(&run);
        assert_eq!((found.pauses, found.byte_period_ns[2]), (1, 1_000.0));
        assert!((found.pauses_s - 0.003).abs() < 1e-6);
    }
}
