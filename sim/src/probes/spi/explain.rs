//! Trying explanations on the record of a select until one makes sense of it.

use super::capture::{Bits, Capture, ClockLine, SdiFormat};
use super::listener::{Language, Listener};
use super::report::Verdict;
use super::sci::{self, Frame, Frames, Row};
use super::stream::{Hunter, Stream};

/// What the data turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    Commands(Frame),
    Stream(Stream),
}

/// What may be wrong, together or alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fault {
    /// Each byte the wrong way round.
    pub order: bool,
    /// Valid at the other edge.
    pub edge: bool,
    /// SCLK and MOSI exchanged.
    pub lines: bool,
    /// XCS and XDCS exchanged.
    pub selects: bool,
    /// So many bits too many before the first byte, or missing there if negative.
    pub shift: i8,
}

impl Fault {
    const NONE: Self = Self { order: false, edge: false, lines: false, selects: false, shift: 0 };

    /// The single faults, in the order of the verdicts.
    fn singles() -> impl Iterator<Item = Self> + Clone {
        let flags = [
            Self { order: true, ..Self::NONE },
            Self { edge: true, ..Self::NONE },
            Self { lines: true, ..Self::NONE },
            Self { selects: true, ..Self::NONE },
        ];
        let shifts = (1..8).flat_map(|n| [n, -n]).map(|shift| Self { shift, ..Self::NONE });
        flags.into_iter().chain(shifts)
    }

    /// Two different single faults at once.
    fn pairs() -> impl Iterator<Item = Self> {
        Self::singles().enumerate().flat_map(|(i, a)| {
            let rest = Self::singles().skip(i + 1).filter(move |b| a.shift == 0 || b.shift == 0);
            rest.map(move |b| Self {
                order: a.order | b.order,
                edge: a.edge | b.edge,
                lines: a.lines | b.lines,
                selects: a.selects | b.selects,
                shift: a.shift + b.shift,
            })
        })
    }

    fn verdict(self) -> Verdict {
        match self {
            Self { order: true, .. } => Verdict::WrongBitOrder,
            Self { edge: true, .. } => Verdict::WrongMode,
            Self { lines: true, .. } | Self { selects: true, .. } => Verdict::SwappedLines,
            _ => Verdict::Shifted,
        }
    }
}

/// Under which assumption the data makes sense.
#[derive(Clone, Copy, Debug)]
pub(super) struct Explanation {
    pub verdict: Verdict,
    pub fault: Fault,
    pub sense: Sense,
    /// The level of the clock at the start, as the explanation has it.
    pub clock_high: bool,
    /// What the receiver got instead, if it was a command.
    pub seen: Option<Frame>,
    /// How the chip took SDI.
    pub format: SdiFormat,
}

/// The bits of a record, by wire and edge, worked out once each.
struct Takes<'a> {
    capture: &'a Capture,
    takes: [Option<Bits>; 4],
}

impl<'a> Takes<'a> {
    fn new(capture: &'a Capture) -> Self {
        Self { capture, takes: [None, None, None, None] }
    }

    fn get(&mut self, fault: Fault) -> &Bits {
        let line = if fault.lines { ClockLine::Mosi } else { ClockLine::Sclk };
        let slot = &mut self.takes[usize::from(fault.lines) * 2 + usize::from(fault.edge)];
        slot.get_or_insert_with(|| self.capture.bits(line, fault.edge))
    }

    fn explanation(&mut self, verdict: Verdict, fault: Fault, sense: Sense, seen: Option<Frame>) -> Explanation {
        let bits = self.get(fault);
        let mut stretches = bits.segments().iter().filter(|s| bits.count(**s, 0) >= 8);
        let all = stretches.clone().count();
        let high = stretches.clone().filter(|s| s.clock_high).count();
        let format = stretches.next_back().map(|s| s.format).unwrap_or_default();
        Explanation { verdict, fault, sense, clock_high: high > all - high, seen, format }
    }
}

/// There are some eighty pairs of faults: for each, so many bytes of a stream must do.
const LEAST_OF_MANY: usize = 8 << 10;

/// Explains what `listener` heard by one fault; by `known` first, which explains another select of the bus.
pub(super) fn by_one(listener: &Listener, known: Option<Fault>) -> Option<Explanation> {
    explain(listener, known.into_iter().chain(Fault::singles()), usize::MAX)
}

/// Explains what `listener` heard by two faults at once.
pub(super) fn by_two(listener: &Listener) -> Option<Explanation> {
    explain(listener, Fault::pairs(), LEAST_OF_MANY)
}

fn explain(listener: &Listener, faults: impl Iterator<Item = Fault>, most: usize) -> Option<Explanation> {
    let mut takes = Takes::new(&listener.capture);
    for fault in faults {
        let commands = (listener.language == Language::Commands) != fault.selects;
        let sense = if commands {
            commands_in(takes.get(fault), fault).map(Sense::Commands)
        } else {
            stream_in(takes.get(fault), fault, most).map(Sense::Stream)
        };
        if let Some(sense) = sense {
            let seen = if commands { listener.frames().first_invalid } else { None };
            return Some(takes.explanation(fault.verdict(), fault, sense, seen));
        }
    }
    None
}

/// Looks for what a select of `language` should get in what `outside` heard, right in everything else, or, if `also_wrong`,
/// with one more fault. Nothing frames bytes there, so that they may begin at any bit.
pub(super) fn outside(outside: &Listener, language: Language, also_wrong: bool) -> Option<Explanation> {
    let mut takes = Takes::new(&outside.capture);
    let faults: &[Fault] = if also_wrong {
        &[
            Fault { order: true, ..Fault::NONE },
            Fault { edge: true, ..Fault::NONE },
            Fault { lines: true, ..Fault::NONE },
        ]
    } else {
        &[Fault::NONE]
    };
    for &fault in faults {
        let mut placed = (0..8).map(|shift| Fault { shift, ..fault });
        let sense = match language {
            // Much of a command is zeros, so that the longest row tells where bytes begin.
            Language::Commands => {
                let rows = placed.filter_map(|fault| unframed_in(takes.get(fault), fault));
                rows.reduce(|a, b| if b.length > a.length { b } else { a }).map(|row| Sense::Commands(row.first))
            }
            _ => {
                let most = if also_wrong { LEAST_OF_MANY } else { usize::MAX };
                placed.find_map(|fault| stream_in(takes.get(fault), fault, most)).map(Sense::Stream)
            }
        };
        if let Some(sense) = sense {
            return Some(takes.explanation(Verdict::NoSelect, fault, sense, None));
        }
    }
    None
}

fn commands_in(bits: &Bits, fault: Fault) -> Option<Frame> {
    let mut frames = Frames::default();
    let (last, whole) = bits.segments().split_last()?;
    let frame = |segment| {
        let mut head = [0; 4];
        for (to, byte) in head.iter_mut().zip(bits.bytes(segment, fault.shift)) {
            *to = turn(byte, fault.order);
        }
        Frame { head, clocks: bits.count(segment, fault.shift) as u64 }
    };
    whole.iter().for_each(|&segment| frames.add(frame(segment)));
    // The last one may be under way, or cut short by the record's end.
    if frame(*last).is_valid() && !bits.cut_short {
        frames.add(frame(*last));
    }
    frames.first_valid.filter(|_| frames.make_sense())
}

/// Looks at the first `most` bytes.
fn stream_in(bits: &Bits, fault: Fault, most: usize) -> Option<Stream> {
    let mut hunter = Hunter::default();
    let mut left = most;
    for &segment in bits.segments() {
        let lsb_first = segment.format.lsb_first != fault.order;
        for byte in bits.bytes(segment, fault.shift).take(left) {
            hunter.push(turn(byte, lsb_first));
        }
        left -= left.min(bits.count(segment, fault.shift) / 8);
        if left == 0 || hunter.found().is_some() {
            break;
        }
    }
    hunter.found()
}

fn unframed_in(bits: &Bits, fault: Fault) -> Option<Row> {
    let bytes = |segment| bits.bytes(segment, fault.shift).map(|byte| turn(byte, fault.order));
    let rows = bits.segments().iter().filter_map(|&segment| sci::find_unframed(bytes(segment)));
    rows.reduce(|a, b| if b.length > a.length { b } else { a })
}

fn turn(byte: u8, lsb_first: bool) -> u8 {
    if lsb_first { byte.reverse_bits() } else { byte }
}
