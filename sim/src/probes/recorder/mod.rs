//! The wires of the last seconds, kept in bounded memory: a ring of pieces of edges, each piece with a summary.
//!
//! 1. An edge is one word: time since the edge before, wire, new level, and the instruction it came of, if code did it.
//! 2. When the ring is full its oldest piece is forgotten: [`Recorder::oldest`] says from when on everything is there.
//! 3. A summary says which wires moved in its piece, once or oftener. So a picture of seconds looks into the pieces that a column's
//!    border cuts, and into no others (`wave`).

mod wave;

pub use wave::{Column, Wave};

use peripherals::kernel::{Instant, Level, NetId, Probe, Span};
use std::collections::VecDeque;

/// Wires that can be kept: one bit each in a word.
pub const MOST_WIRES: usize = 64;
/// Edges of a piece.
const PIECE: usize = 128;
/// Pieces that are kept: four million edges in 34 MB, ten seconds of a song at 128 kbit/s.
const MOST_PIECES: usize = 1 << 15;
/// No wire.
const NONE: u8 = u8::MAX;

/// An edge that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// When.
    pub at: Instant,
    /// The wire, by its place among those that are kept.
    pub wire: u8,
    /// The new level.
    pub high: bool,
    /// The instruction whose access it came of.
    pub pc: Option<u32>,
}

/// Bit 0 the level, then 6 of the wire, 21 of the instruction, 36 of the time since the edge before, in picoseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Packed(u64);

impl Packed {
    /// The longest time between two edges of a piece: 68 ms.
    const MOST_PS: u64 = (1 << 36) - 1;

    #[inline]
    fn new(ps: u64, wire: u8, high: bool, pc: Option<u32>) -> Self {
        Self(ps << 28 | u64::from(place(pc)) << 7 | u64::from(wire) << 1 | u64::from(high))
    }

    #[inline]
    fn ps(self) -> u64 {
        self.0 >> 28
    }

    #[inline]
    fn wire(self) -> u8 {
        (self.0 >> 1) as u8 & 0x3F
    }

    #[inline]
    fn bit(self) -> u64 {
        1 << self.wire()
    }

    #[inline]
    fn high(self) -> bool {
        self.0 & 1 != 0
    }

    fn pc(self) -> Option<u32> {
        let place = (self.0 >> 7) as u32 & 0x1F_FFFF;
        BASES.get((place >> 19) as usize).copied().flatten().map(|base| base + ((place & 0x7_FFFF) << 1))
    }
}

/// Where code can be: nowhere, flash, RAM by its code address, RAM by its data address (PS v1.7, "Memory").
const BASES: [Option<u32>; 4] = [None, Some(0), Some(0x0080_0000), Some(0x2000_0000)];

#[inline]
fn place(pc: Option<u32>) -> u32 {
    let Some(pc) = pc else { return 0 };
    let region = match pc >> 20 {
        0 => 1,
        0x008 => 2,
        0x200 => 3,
        _ => return 0,
    };
    region << 19 | (pc & 0xF_FFFF) >> 1
}

/// What is known of a piece without looking into it.
#[derive(Clone, Copy, Debug)]
struct Summary {
    /// When its first edge is.
    from: Instant,
    /// When its last edge is.
    to: Instant,
    /// Levels before it, a bit for each wire.
    before: u64,
    /// Wires with an edge in it.
    once: u64,
    /// Wires with more than one.
    more: u64,
    len: usize,
}

/// Keeps the edges of the wires that it is told of.
#[derive(Clone)]
pub struct Recorder {
    /// By number of the net.
    wires: Vec<u8>,
    /// Levels now, a bit for each wire.
    levels: u64,
    summaries: VecDeque<Summary>,
    pieces: VecDeque<Box<[Packed; PIECE]>>,
    most: usize,
    last: Instant,
    /// From here on everything is there.
    oldest: Instant,
    edges: u64,
    /// Wires that have ever moved.
    moved: u64,
}

impl Recorder {
    /// Keeps `wires`, at most [`MOST_WIRES`] of them, whose levels are `high` now; it is to watch them from here on.
    pub fn new(wires: &[(NetId, bool)]) -> Self {
        Self::of_size(wires, MOST_PIECES)
    }

    fn of_size(wires: &[(NetId, bool)], most: usize) -> Self {
        let mut known = Vec::new();
        let mut levels = 0;
        for (index, &(net, high)) in wires.iter().take(MOST_WIRES).enumerate() {
            let net = usize::from(net.0);
            if known.len() <= net {
                known.resize(net + 1, NONE);
            }
            known[net] = index as u8;
            levels |= u64::from(high) << index;
        }
        Self {
            wires: known,
            levels,
            summaries: VecDeque::new(),
            pieces: VecDeque::new(),
            most: most.max(1),
            last: Instant::ZERO,
            oldest: Instant::ZERO,
            edges: 0,
            moved: 0,
        }
    }

    /// From here on every edge is there.
    pub fn oldest(&self) -> Instant {
        self.oldest
    }

    /// Wires that have moved since the recorder began, a bit each.
    pub fn moved(&self) -> u64 {
        self.moved | self.summaries.back().map_or(0, |last| last.once)
    }

    /// Edges so far, those that are forgotten included.
    pub fn edges(&self) -> u64 {
        self.edges
    }

    /// The last edge.
    pub fn last(&self) -> Option<Kept> {
        let (summary, piece) = (self.summaries.back()?, self.pieces.back()?);
        Some(kept(piece[summary.len - 1], summary.to))
    }

    /// Edges from `from` to `to`, both included, oldest first.
    pub fn between(&self, from: Instant, to: Instant) -> impl Iterator<Item = Kept> + '_ {
        let first = self.summaries.partition_point(|summary| summary.to < from);
        let pieces = self.summaries.iter().zip(&self.pieces).skip(first);
        let edges = pieces.take_while(move |(summary, _)| summary.from <= to).flat_map(|(summary, piece)| {
            piece[..summary.len].iter().scan(summary.from, |at, &edge| {
                *at += Span::from_ps(edge.ps());
                Some(kept(edge, *at))
            })
        });
        edges.skip_while(move |edge| edge.at < from).take_while(move |edge| edge.at <= to)
    }

    /// Levels right after what happened up to `at`, a bit for each wire.
    pub fn levels_at(&self, at: Instant) -> u64 {
        let index = self.summaries.partition_point(|summary| summary.from <= at);
        let Some(index) = index.checked_sub(1) else {
            return self.summaries.front().map_or(self.levels, |first| first.before);
        };
        let (summary, piece) = (&self.summaries[index], &self.pieces[index]);
        let mut levels = summary.before;
        let mut now = summary.from;
        for &edge in &piece[..summary.len] {
            now += Span::from_ps(edge.ps());
            if now > at {
                break;
            }
            levels = after(levels, edge);
        }
        levels
    }

    /// The first edge of one of `wires` (a bit each) after `at`.
    pub fn next(&self, wires: u64, at: Instant) -> Option<Kept> {
        let first = self.summaries.partition_point(|summary| summary.to <= at);
        let range = first..self.summaries.len();
        let summary =
            range.map(|i| &self.summaries[i]).find(|s| s.once & wires != 0 && self.seek(s, wires, at).is_some())?;
        self.seek(summary, wires, at)
    }

    /// The last edge of one of `wires` before `at`.
    pub fn previous(&self, wires: u64, at: Instant) -> Option<Kept> {
        let end = self.summaries.partition_point(|summary| summary.from < at);
        (0..end).rev().filter(|&i| self.summaries[i].once & wires != 0).find_map(|i| {
            let summary = &self.summaries[i];
            let edges = self.between(summary.from, summary.to.min(at));
            edges.filter(|edge| edge.at < at && wires >> edge.wire & 1 == 1).last()
        })
    }

    fn seek(&self, summary: &Summary, wires: u64, at: Instant) -> Option<Kept> {
        self.between(summary.from, summary.to).find(|edge| edge.at > at && wires >> edge.wire & 1 == 1)
    }

    #[cold]
    fn begin_piece(&mut self, at: Instant) {
        self.moved = self.moved();
        let piece = if self.pieces.len() >= self.most {
            self.summaries.pop_front();
            let reused = self.pieces.pop_front();
            self.oldest = self.summaries.front().map_or(at, |next| next.from);
            reused
        } else {
            None
        };
        self.pieces.push_back(piece.unwrap_or_else(|| Box::new([Packed::default(); PIECE])));
        self.summaries.push_back(Summary { from: at, to: at, before: self.levels, once: 0, more: 0, len: 0 });
        self.last = at;
    }
}

#[inline]
fn after(levels: u64, edge: Packed) -> u64 {
    if edge.high() { levels | edge.bit() } else { levels & !edge.bit() }
}

fn kept(edge: Packed, at: Instant) -> Kept {
    Kept { at, wire: edge.wire(), high: edge.high(), pc: edge.pc() }
}

impl Probe for Recorder {
    fn edge(&mut self, at: Instant, net: NetId, level: Level) {
        self.edge_of(at, net, level, None);
    }

    #[inline]
    fn edge_of(&mut self, at: Instant, net: NetId, level: Level, pc: Option<u32>) {
        let Some(&wire) = self.wires.get(usize::from(net.0)).filter(|&&wire| wire != NONE) else { return };
        let room = self.summaries.back().is_some_and(|summary| summary.len < PIECE);
        if !room || at.since(self.last).as_ps() > Packed::MOST_PS {
            self.begin_piece(at);
        }
        let (Some(summary), Some(piece)) = (self.summaries.back_mut(), self.pieces.back_mut()) else { return };
        let edge = Packed::new(at.since(self.last).as_ps(), wire, level.is_high(), pc);
        piece[summary.len] = edge;
        summary.len += 1;
        summary.to = at;
        summary.more |= summary.once & edge.bit();
        summary.once |= edge.bit();
        self.levels = after(self.levels, edge);
        self.last = at;
        self.edges += 1;
    }
}

#[cfg(test)]
mod tests;
