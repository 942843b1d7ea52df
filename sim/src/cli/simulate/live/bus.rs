//! What was said on the bus of the first chip: the last transactions, as lines of a list and as marks below the wires.

use crate::engine::machine::Machine;
use crate::probes::recorder::Wave;
use crate::probes::transactions::{Byte, Kind, Transaction};
use crate::probes::watch::Watch;
use crate::tui::wires::{Mark, Row, RowKind, Said};
use peripherals::kernel::{Instant, ProbeId, Span};
use std::collections::VecDeque;

/// Transactions that are kept: half a megabyte of a stream.
const KEEP: usize = 16_384;
/// Windows that are longer show no marks: a column would be many bytes.
const MARKS_BELOW: Span = Span::from_ms(20);
/// Marks of a picture.
const MOST_MARKS: usize = 1_000;

/// The last transactions, oldest first.
pub(super) struct Bus {
    probe: ProbeId,
    last: VecDeque<Transaction>,
}

impl Bus {
    /// Takes from the [`Watch`] `probe`.
    pub(super) fn new(probe: ProbeId) -> Self {
        Self { probe, last: VecDeque::new() }
    }

    /// Takes what is complete; at the end of a byte also what of a run there is.
    pub(super) fn collect(&mut self, machine: &mut Machine, byte: bool) {
        let Some(Watch { transactions, .. }) = machine.probe_mut(self.probe) else { return };
        if byte {
            transactions.flush();
        }
        transactions.drain(&mut |transaction| {
            if transaction.chip == 0 {
                if self.last.len() == KEEP {
                    self.last.pop_front();
                }
                self.last.push_back(transaction);
            }
        });
    }

    /// `rows` lines up to `cursor`, and as many as are shown behind it.
    pub(super) fn rows(&self, cursor: Instant, rows: usize) -> Vec<Row> {
        let here = self.last.partition_point(|transaction| transaction.start <= cursor);
        let (from, to) = (here.saturating_sub(rows), (here + rows / 3).min(self.last.len()));
        self.last.range(from..to).map(row).collect()
    }

    /// What lies in the window of `wave`.
    pub(super) fn marks(&self, wave: &Wave) -> Vec<Mark> {
        let length = Span::from_ps(wave.step.as_ps().saturating_mul(wave.columns.len() as u64));
        if length > MARKS_BELOW {
            return Vec::new();
        }
        let end = wave.from + length;
        let first = self.last.partition_point(|transaction| transaction.end < wave.from);
        let seen = self.last.range(first..).take_while(|transaction| transaction.start < end);
        let mut marks = Vec::new();
        for transaction in seen {
            match &transaction.kind {
                Kind::Data(bytes) | Kind::Stray(bytes) => {
                    let seen = bytes.iter().filter(|byte| byte.last >= wave.from);
                    let mark = |byte: &Byte| Mark { from: byte.first, to: byte.last, said: Said::Byte(byte.value) };
                    marks.extend(seen.map(mark));
                }
                Kind::Level(..) => {}
                kind => {
                    let said = Said::Command(kind.to_string());
                    marks.push(Mark { from: transaction.start, to: transaction.end, said });
                }
            }
            if marks.len() >= MOST_MARKS {
                break;
            }
        }
        marks.truncate(MOST_MARKS);
        marks
    }
}

fn row(transaction: &Transaction) -> Row {
    let kind = match &transaction.kind {
        Kind::Write { .. } => RowKind::Write,
        Kind::Read { .. } => RowKind::Read,
        Kind::Data(_) => RowKind::Data,
        Kind::Broken { .. } | Kind::Stray(_) => RowKind::Odd,
        Kind::Level(..) => RowKind::Level,
    };
    Row { at: transaction.start, kind, text: transaction.kind.to_string() }
}
