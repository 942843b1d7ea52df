//! Throughput, need and the FIFO over the last simulated seconds.

use peripherals::kernel::{Instant, Span};
use std::collections::VecDeque;

/// A sample is this long.
pub const EACH: Span = Span::from_ms(50);
/// Samples that are kept: 20 s.
const KEEP: usize = 400;

/// What went on in [`EACH`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Its end.
    pub at: Instant,
    /// Bytes at SDI, a second.
    pub sent: u32,
    /// What the stream needs, a second; 0 without one.
    pub needed: u32,
    /// Bytes in the FIFO at its end.
    pub fifo: u32,
    /// Gaps in the sound.
    pub gaps: u32,
}

/// Counters since power-on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// When they were read.
    pub at: Instant,
    /// Bytes at SDI.
    pub bytes: u64,
    /// What the stream needs, in bytes a second.
    pub needed: u32,
    /// Bytes in the FIFO.
    pub fifo: u32,
    /// Gaps in the sound.
    pub gaps: u64,
}

/// The samples.
#[derive(Clone, Debug, Default)]
pub struct History {
    samples: VecDeque<Sample>,
    before: Reading,
}

impl History {
    /// Whether it is time for another reading.
    pub fn is_due(&self, now: Instant) -> bool {
        now.since(self.before.at) >= EACH
    }

    /// Takes a reading; those that come too early change nothing.
    pub fn push(&mut self, reading: Reading) {
        if !self.is_due(reading.at) {
            return;
        }
        let ps = u128::from(reading.at.since(self.before.at).as_ps());
        let bytes = u128::from(reading.bytes.saturating_sub(self.before.bytes));
        let sent = u32::try_from(bytes * 1_000_000_000_000 / ps.max(1)).unwrap_or(u32::MAX);
        let gaps = reading.gaps.saturating_sub(self.before.gaps) as u32;
        if self.samples.len() == KEEP {
            self.samples.pop_front();
        }
        self.samples.push_back(Sample { at: reading.at, sent, needed: reading.needed, fifo: reading.fifo, gaps });
        self.before = reading;
    }

    /// The last samples up to `at`, at most `most` of them, oldest first.
    pub fn until(&self, at: Instant, most: usize) -> Vec<Sample> {
        let end = self.samples.partition_point(|sample| sample.at <= at);
        self.samples.range(end.saturating_sub(most)..end).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_bytes_a_second_and_old_ones_are_forgotten() {
        let mut history = History::default();
        let at = |n: u64| Instant::ZERO + Span::from_ms(50 * n);
        for n in 1..=1_000 {
            history.push(Reading { at: at(n), bytes: 800 * n, needed: 16_000, fifo: 7, gaps: n / 10 });
            history.push(Reading { at: at(n) + Span::from_ms(10), bytes: 0, ..Reading::default() });
        }
        let all = history.until(at(1_000), usize::MAX);
        assert_eq!(all.len(), KEEP);
        assert!(all.iter().all(|s| s.sent == 16_000 && s.needed == 16_000 && s.fifo == 7));
        assert_eq!(all.iter().map(|s| s.gaps).sum::<u32>(), KEEP as u32 / 10);
        assert_eq!(history.until(at(999), usize::MAX).len(), KEEP - 1);
        assert_eq!(history.until(at(999), 3), all[KEEP - 4..KEEP - 1]);
    }
}
