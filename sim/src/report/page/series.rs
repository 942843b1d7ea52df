//! How things went over time, in a bounded number of pieces of equal length: when there are too many, two become one.

use peripherals::kernel::{Instant, Span};

/// Pieces at most.
pub const MOST_BUCKETS: usize = 400;
/// The first length of a piece: that of the slices of a run.
const FIRST: Span = Span::from_ms(5);

/// A level that was looked at several times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub least: u64,
    /// The most.
    pub most: u64,
    /// All together.
    pub sum: u64,
    /// How many.
    pub looks: u64,
}

impl Range {
    fn add(&mut self, other: Self) {
        if other.looks == 0 {
            return;
        }
        *self = if self.looks == 0 {
            other
        } else {
            Self {
                least: self.least.min(other.least),
                most: self.most.max(other.most),
                sum: self.sum + other.sum,
                looks: self.looks + other.looks,
            }
        };
    }
}

/// A piece of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Bytes that arrived at the data interface.
    pub bytes: u64,
    /// Bytes in the stream buffer.
    pub fifo: Range,
    /// The largest sample, 0 to 32768.
    pub peak: u16,
    /// How long the sound was silent for want of data.
    pub silent: Span,
}

/// All pieces from power-on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    buckets: Vec<Bucket>,
    width: Span,
}

impl Default for Series {
    fn default() -> Self {
        Self { buckets: Vec::new(), width: FIRST }
    }
}

impl Series {
    /// Pieces in their order, from power-on.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// How long each is.
    pub fn width(&self) -> Span {
        self.width
    }

    /// Up to `at`, so many `bytes` more have arrived and `fifo` bytes are in the buffer.
    pub fn look(&mut self, at: Instant, bytes: u64, fifo: u64) {
        // A slice that ends at the border belongs to the piece before it.
        let bucket = self.bucket(Instant::from_ps(at.as_ps().saturating_sub(1)));
        bucket.bytes += bytes;
        bucket.fifo.add(Range { least: fifo, most: fifo, sum: fifo, looks: 1 });
    }

    /// The sound from `from` to `to` was `peak` at most, or `silent` for want of data.
    pub fn sound(&mut self, from: Instant, to: Instant, peak: u16, silent: bool) {
        let mut at = from;
        while at < to {
            let bucket = self.bucket(at);
            bucket.peak = bucket.peak.max(peak);
            let end =
                Instant::from_ps((at.as_ps() / self.width.as_ps() + 1).saturating_mul(self.width.as_ps())).min(to);
            if silent {
                self.bucket(at).silent += end.since(at);
            }
            at = end;
        }
    }

    fn bucket(&mut self, at: Instant) -> &mut Bucket {
        while at.as_ps() / self.width.as_ps() >= MOST_BUCKETS as u64 {
            self.coarsen();
        }
        let index = (at.as_ps() / self.width.as_ps()) as usize;
        if index >= self.buckets.len() {
            self.buckets.resize(index + 1, Bucket::default());
        }
        &mut self.buckets[index]
    }

    fn coarsen(&mut self) {
        self.width = self.width + self.width;
        let merge = |pair: &[Bucket]| {
            let mut sum = pair[0];
            for other in &pair[1..] {
                sum.bytes += other.bytes;
                sum.fifo.add(other.fifo);
                sum.peak = sum.peak.max(other.peak);
                sum.silent += other.silent;
            }
            sum
        };
        self.buckets = self.buckets.chunks(2).map(merge).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Instant {
        Instant::ZERO + Span::from_ms(ms)
    }

    #[test]
    fn nothing_is_lost_when_pieces_grow() {
        let mut series = Series::default();
        for n in 1..=10_000 {
            series.look(ms(5 * n), n % 7, n % 2048);
        }
        assert!(series.buckets().len() <= MOST_BUCKETS);
        assert_eq!(series.width(), Span::from_ms(5 << 5));
        assert_eq!(series.buckets().iter().map(|b| b.bytes).sum::<u64>(), (1..=10_000).map(|n| n % 7).sum::<u64>());
        assert_eq!(series.buckets().iter().map(|b| b.fifo.looks).sum::<u64>(), 10_000);
        let first = series.buckets()[0].fifo;
        assert_eq!((first.least, first.most, first.sum), (1, 32, 32 * 33 / 2));
    }

    #[test]
    fn sound_is_spread_over_the_pieces_that_it_lasts() {
        let mut series = Series::default();
        series.sound(ms(3), ms(12), 100, true);
        series.sound(ms(12), ms(13), 7, false);
        let silent: Vec<_> = series.buckets().iter().map(|b| (b.silent, b.peak)).collect();
        assert_eq!(silent, [(Span::from_ms(2), 100), (Span::from_ms(5), 100), (Span::from_ms(2), 100)]);
        // A block without an end in sight.
        series.sound(ms(20), Instant::from_ps(u64::MAX), 0, true);
        assert!(series.buckets().len() <= MOST_BUCKETS);
    }
}
