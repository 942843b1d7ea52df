//! What the wires did, column by column, at any scale.

use super::{Recorder, after};
use peripherals::kernel::{Instant, Span};

/// What happened in the time of one column; a bit for each wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Wires with an edge.
    pub once: u64,
    /// Wires with more than one.
    pub more: u64,
    /// Levels at its end.
    pub after: u64,
}

/// Columns side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wave {
    /// When the first column begins.
    pub from: Instant,
    /// How long a column is.
    pub step: Span,
    /// Levels before it.
    pub before: u64,
    /// The columns.
    pub columns: Vec<Column>,
}

impl Recorder {
    /// `columns` columns of `step` each, at least a picosecond, from `from` on. What lies before [`Recorder::oldest`] is as the oldest
    /// levels that are known; whoever draws it knows better.
    pub fn wave(&self, from: Instant, step: Span, columns: usize) -> Wave {
        let step = Span::from_ps(step.as_ps().max(1));
        let before = match from.as_ps().checked_sub(1) {
            Some(ps) => self.levels_at(Instant::from_ps(ps)),
            None => self.first_levels(),
        };
        let mut wave = Wave { from, step, before, columns: vec![Column::default(); columns] };
        let end = Instant::from_ps(from.as_ps().saturating_add(step.as_ps().saturating_mul(columns as u64)));
        let column_of = |at: Instant| (at.since(from).as_ps() / step.as_ps()) as usize;
        let (mut levels, mut filled) = (before, 0);
        for index in self.first(|piece| piece.to < from)..self.count() {
            let piece = self.piece(index);
            if piece.from >= end {
                break;
            }
            let whole = piece.from >= from && piece.to < end;
            if whole && column_of(piece.from) == column_of(piece.to) {
                let column = column_of(piece.from);
                wave.fill(&mut filled, column, levels);
                levels = if index + 1 < self.count() { self.piece(index + 1).before } else { self.levels };
                wave.columns[column].add(piece.once, piece.more, levels);
                continue;
            }
            for (edge, at) in self.edges_of(piece).skip_while(|&(_, at)| at < from).take_while(|&(_, at)| at < end) {
                let column = column_of(at);
                wave.fill(&mut filled, column, levels);
                levels = after(levels, edge);
                wave.columns[column].add(edge.bit(), 0, levels);
            }
        }
        wave.fill(&mut filled, columns, levels);
        wave
    }
}

impl Wave {
    /// Nothing happens from `*filled` on to `column`, which is not included.
    fn fill(&mut self, filled: &mut usize, column: usize, levels: u64) {
        for quiet in self.columns.iter_mut().take(column).skip(*filled) {
            if quiet.once == 0 {
                quiet.after = levels;
            }
        }
        *filled = (*filled).max(column);
    }
}

impl Column {
    fn add(&mut self, once: u64, more: u64, after: u64) {
        self.more |= more | self.once & once;
        self.once |= once;
        self.after = after;
    }
}
