//! Wires and what was said on them, as the screen shows them.

use crate::probes::recorder::Wave;
use peripherals::kernel::{Instant, Span};
use std::sync::Arc;

/// The wires in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WiresView {
    /// Names by bit of [`Wave`]; those that are shown are in `shown`.
    pub names: Arc<[String]>,
    /// Bits to show, from top to bottom.
    pub shown: Vec<u8>,
    /// What they did.
    pub wave: Wave,
    /// Before this nothing is kept.
    pub oldest: Instant,
    /// The moment that is looked at.
    pub cursor: Instant,
    /// Levels at the cursor, a bit each.
    pub levels: u64,
    /// The edge at the cursor, or the last one before it, in words.
    pub edge: Option<String>,
    /// What lies between mark and cursor.
    pub measure: Option<Measure>,
    /// Bytes in sight.
    pub bytes: Vec<Mark>,
}

/// From the mark to the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The mark.
    pub mark: Instant,
    /// How far apart.
    pub span: Span,
    /// Rising edges of the chosen wire in between; `None` when there are too many to count in a picture's time.
    pub rises: Option<u64>,
}

/// Something on the bus, below the wires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// From its first bit.
    pub from: Instant,
    /// To its last.
    pub to: Instant,
    /// What it is.
    pub said: Said,
}

/// What was said on the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A byte of the stream.
    Byte(u8),
    /// A command, in words.
    Command(String),
}

/// What a line of the list of transactions is about, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A register is read.
    Read,
    /// A register is written.
    Write,
    /// Stream data.
    Data,
    /// DREQ or XRESET changes.
    Level,
    /// Something that makes no sense.
    Odd,
}

/// A line of that list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it began.
    pub at: Instant,
    /// What it is about.
    pub kind: RowKind,
    /// What it says.
    pub text: String,
}

/// How high a wire is drawn in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Low all the time.
    Low,
    /// High all the time.
    High,
    /// One edge up.
    Rise,
    /// One edge down.
    Fall,
    /// More than one edge.
    Busy,
    /// Not kept, or not yet.
    Unknown,
}

impl WiresView {
    /// What wire `bit` does in `column`, as of `now`.
    pub fn cell(&self, bit: u8, column: usize, now: Instant) -> Cell {
        let Some(c) = self.wave.columns.get(column).filter(|_| self.is_known(column, now)) else {
            return Cell::Unknown;
        };
        let is = |mask: u64| mask >> (bit & 63) & 1 == 1;
        match (is(c.more), is(c.once), is(c.after)) {
            (true, ..) => Cell::Busy,
            (_, true, true) => Cell::Rise,
            (_, true, false) => Cell::Fall,
            (_, _, true) => Cell::High,
            _ => Cell::Low,
        }
    }

    /// Whether `column` is neither forgotten nor in the future, as of `now`.
    pub fn is_known(&self, column: usize, now: Instant) -> bool {
        let step = self.wave.step.as_ps();
        let from = self.wave.from.as_ps().saturating_add(step.saturating_mul(column as u64));
        from.saturating_add(step) > self.oldest.as_ps() && from <= now.as_ps()
    }

    /// The column in which `at` lies, if one does.
    pub fn column_of(&self, at: Instant) -> Option<usize> {
        let ps = at.as_ps().checked_sub(self.wave.from.as_ps())?;
        let column = ps / self.wave.step.as_ps().max(1);
        usize::try_from(column).ok().filter(|&column| column < self.wave.columns.len())
    }
}
