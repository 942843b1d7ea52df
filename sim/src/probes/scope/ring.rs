//! The last edges, and a piece of them for a picture.

use super::{Interface, Mark};
use peripherals::kernel::Instant;

/// Edges that are kept: 6 MB of them, more than software can make in the 5 ms between two looks of the host.
pub const MOST_EDGES: usize = 1 << 18;

/// An edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// When.
    pub at: Instant,
    /// The wires that have changed, by [`super::Wire::bit`].
    pub wires: u8,
    /// Their new level.
    pub high: bool,
    /// The chip takes a bit at this edge: its place in its byte, from 0.
    pub bit: Option<u8>,
    /// Who hears SCLK after it.
    pub hearing: Option<Interface>,
}

impl Kept {
    /// An edge with all there is to know.
    pub fn new(at: Instant, wires: u8, high: bool, bit: Option<u8>, hearing: Option<Interface>) -> Self {
        Self { at, wires, high, bit, hearing }
    }
}

/// A piece of the record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// In order.
    pub edges: Vec<Kept>,
    /// Wires that are high before the first of them.
    pub high: u8,
    /// Wires that exist.
    pub present: u8,
    /// The moment that it is about.
    pub at: Instant,
    /// There are as many edges after it as were asked for.
    pub whole: bool,
}

/// The record.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring {
    kept: Vec<Kept>,
    written: u64,
}

impl Ring {
    pub fn written(&self) -> u64 {
        self.written
    }

    #[inline]
    pub fn push(&mut self, edge: Kept) {
        let place = (self.written % MOST_EDGES as u64) as usize;
        if place < self.kept.len() {
            self.kept[place] = edge;
        } else {
            self.kept.push(edge);
        }
        self.written += 1;
    }

    fn oldest(&self) -> u64 {
        self.written - self.kept.len() as u64
    }

    fn get(&self, index: u64) -> Option<&Kept> {
        let known = (self.oldest()..self.written).contains(&index);
        if known { self.kept.get((index % MOST_EDGES as u64) as usize) } else { None }
    }

    pub fn last_until(&self, at: Instant) -> Option<Mark> {
        let (mut low, mut high) = (self.oldest(), self.written);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle)?.at <= at {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let index = low.checked_sub(1)?;
        self.get(index).map(|_| Mark { at, index })
    }

    /// `now` are the wires that are high at the end of the record.
    pub fn window(&self, mark: Mark, before: u64, after: u64, now: u8, present: u8) -> Option<Window> {
        self.get(mark.index)?;
        let from = mark.index.saturating_sub(before).max(self.oldest());
        let to = (mark.index + after).min(self.written);
        let edges: Vec<Kept> = (from..to).filter_map(|index| self.get(index).copied()).collect();
        // Backwards from the end: an edge says what was before it.
        let high = (from..self.written)
            .rev()
            .filter_map(|index| self.get(index))
            .fold(now, |high, edge| if edge.high { high & !edge.wires } else { high | edge.wires });
        Some(Window { edges, high, present, at: mark.at, whole: to == mark.index + after })
    }
}
