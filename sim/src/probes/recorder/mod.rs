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

/// Edges one behind the other, and what is known of them without looking into each.
#[derive(Clone, Debug)]
struct Piece {
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
    /// How many there are.
    len: usize,
    /// Its place in the recorder's room, in pieces.
    place: usize,
}

impl Piece {
    fn empty(place: usize) -> Self {
        Self { from: Instant::ZERO, to: Instant::ZERO, before: 0, once: 0, more: 0, len: 0, place }
    }
}

/// Keeps the edges of the wires that it is told of.
#[derive(Clone)]
pub struct Recorder {
    /// By number of the net.
    wires: Vec<u8>,
    /// Levels now, a bit for each wire.
    levels: u64,
    /// Pieces that are full, oldest first.
    full: VecDeque<Piece>,
    /// The one that is being filled; empty before the first edge.
    open: Piece,
    /// The edges of all pieces.
    room: Vec<Packed>,
    most: usize,
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
        // Memory that is never written costs nothing, and what grows a kilobyte at a time keeps the allocator busy.
        let mut room = Vec::with_capacity(most.max(1) * PIECE);
        room.resize(PIECE, Packed::default());
        Self {
            wires: known,
            levels,
            full: VecDeque::new(),
            open: Piece::empty(0),
            room,
            most: most.max(1),
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
        self.moved | self.open.once
    }

    /// Edges so far, those that are forgotten included.
    pub fn edges(&self) -> u64 {
        self.edges
    }

    /// The last edge.
    pub fn last(&self) -> Option<Kept> {
        let place = self.open.len.checked_sub(1)?;
        Some(kept(self.room[self.open.place * PIECE + place], self.open.to))
    }

    /// Pieces with something in them.
    fn count(&self) -> usize {
        self.full.len() + usize::from(self.open.len > 0)
    }

    fn piece(&self, index: usize) -> &Piece {
        self.full.get(index).unwrap_or(&self.open)
    }

    /// The edges of `piece`, and when each of them is.
    fn edges_of<'a>(&'a self, piece: &Piece) -> impl Iterator<Item = (Packed, Instant)> + use<'a> {
        let first = piece.place * PIECE;
        self.room[first..first + piece.len].iter().scan(piece.from, |at, &edge| {
            *at += Span::from_ps(edge.ps());
            Some((edge, *at))
        })
    }

    /// How many pieces come before the first that is not `early`.
    fn first(&self, early: impl Fn(&Piece) -> bool) -> usize {
        let full = self.full.partition_point(&early);
        full + usize::from(full == self.full.len() && self.open.len > 0 && early(&self.open))
    }

    /// Edges from `from` to `to`, both included, oldest first.
    pub fn between(&self, from: Instant, to: Instant) -> impl Iterator<Item = Kept> + '_ {
        let pieces = (self.first(|piece| piece.to < from)..self.count()).map(|index| self.piece(index));
        let edges = pieces.take_while(move |piece| piece.from <= to).flat_map(|piece| self.edges_of(piece));
        let edges = edges.map(|(edge, at)| kept(edge, at));
        edges.skip_while(move |edge| edge.at < from).take_while(move |edge| edge.at <= to)
    }

    /// Levels right after what happened up to `at`, a bit for each wire.
    pub fn levels_at(&self, at: Instant) -> u64 {
        let Some(index) = self.first(|piece| piece.from <= at).checked_sub(1) else { return self.first_levels() };
        let piece = self.piece(index);
        let edges = self.edges_of(piece).take_while(|&(_, then)| then <= at);
        edges.fold(piece.before, |levels, (edge, _)| after(levels, edge))
    }

    /// The oldest levels that are known.
    fn first_levels(&self) -> u64 {
        if self.count() == 0 { self.levels } else { self.piece(0).before }
    }

    /// The first edge of one of `wires` (a bit each) after `at`.
    pub fn next(&self, wires: u64, at: Instant) -> Option<Kept> {
        let pieces = (self.first(|piece| piece.to <= at)..self.count()).map(|index| self.piece(index));
        pieces.filter(|piece| piece.once & wires != 0).find_map(|piece| {
            let edge = self.edges_of(piece).find(|&(edge, then)| then > at && edge.bit() & wires != 0);
            edge.map(|(edge, at)| kept(edge, at))
        })
    }

    /// The last edge of one of `wires` before `at`.
    pub fn previous(&self, wires: u64, at: Instant) -> Option<Kept> {
        let pieces = (0..self.first(|piece| piece.from < at)).rev().map(|index| self.piece(index));
        pieces.filter(|piece| piece.once & wires != 0).find_map(|piece| {
            let edges = self.edges_of(piece).take_while(|&(_, then)| then < at);
            edges.filter(|(edge, _)| edge.bit() & wires != 0).last().map(|(edge, at)| kept(edge, at))
        })
    }

    #[cold]
    fn begin_piece(&mut self, at: Instant) {
        self.moved = self.moved();
        if self.open.len > 0 {
            // The piece that is to be filled counts as well.
            let oldest = if self.full.len() + 1 >= self.most { self.full.pop_front() } else { None };
            let forgets = oldest.is_some() || self.most == 1;
            if self.most > 1 {
                let place = oldest.map_or(self.full.len() + 1, |oldest| oldest.place);
                if self.room.len() <= place * PIECE {
                    self.room.resize((place + 1) * PIECE, Packed::default());
                }
                self.full.push_back(std::mem::replace(&mut self.open, Piece::empty(place)));
            }
            if forgets {
                self.oldest = self.full.front().map_or(at, |next| next.from);
            }
        }
        let piece = &mut self.open;
        (piece.from, piece.to, piece.before) = (at, at, self.levels);
        (piece.once, piece.more, piece.len) = (0, 0, 0);
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
        let mut ps = at.since(self.open.to).as_ps();
        if self.open.len == 0 || self.open.len >= PIECE || ps > Packed::MOST_PS {
            self.begin_piece(at);
            ps = 0;
        }
        let edge = Packed::new(ps, wire, level.is_high(), pc);
        self.levels = after(self.levels, edge);
        self.edges += 1;
        let piece = &mut self.open;
        self.room[piece.place * PIECE + piece.len] = edge;
        piece.len += 1;
        piece.to = at;
        piece.more |= piece.once & edge.bit();
        piece.once |= edge.bit();
    }
}

#[cfg(test)]
mod tests;
