//! How often each length of time came, in bounded memory.
//!
//! Lengths are told apart to one part in 128. Least, most, mean and deviation are exact; so is everything else as long as edges come of the
//! core's clock, 15 625 ps a cycle, and no length exceeds 2 µs, as then no two lengths share a bin.

use peripherals::kernel::Span;

/// Bins in each octave.
const FINE: u64 = 128;

/// A histogram of picoseconds.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Of each bin how many, and the least of them.
    bins: Vec<(u64, u64)>,
    count: u64,
    least: u64,
    most: u64,
    sum: u128,
    squares: u128,
}

fn bin(ps: u64) -> usize {
    if ps < FINE {
        return ps as usize;
    }
    let shift = u64::from(ps.ilog2()) - 7;
    (shift * FINE + (ps >> shift)) as usize
}

impl Histogram {
    /// Counts `span`.
    #[inline]
    pub fn add(&mut self, span: Span) {
        let ps = span.as_ps();
        let place = bin(ps);
        if place >= self.bins.len() {
            self.bins.resize(place + 1, (0, 0));
        }
        let (count, least) = &mut self.bins[place];
        *least = if *count == 0 { ps } else { ps.min(*least) };
        *count += 1;
        self.least = if self.count == 0 { ps } else { self.least.min(ps) };
        self.most = self.most.max(ps);
        self.count += 1;
        self.sum += u128::from(ps);
        self.squares = self.squares.saturating_add(u128::from(ps) * u128::from(ps));
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest; zero of none.
    pub fn least(&self) -> Span {
        Span::from_ps(self.least)
    }

    /// The longest; zero of none.
    pub fn most(&self) -> Span {
        Span::from_ps(self.most)
    }

    /// All together (saturating).
    pub fn total(&self) -> Span {
        Span::from_ps(u64::try_from(self.sum).unwrap_or(u64::MAX))
    }

    /// The mean, rounded to the picosecond; zero of none.
    pub fn mean(&self) -> Span {
        let count = u128::from(self.count.max(1));
        Span::from_ps(((self.sum + count / 2) / count) as u64)
    }

    /// The standard deviation, which is what a clock's jitter is given in; zero of none.
    pub fn deviation(&self) -> Span {
        let count = u128::from(self.count.max(1));
        // Of whole numbers, so that equal runs print the same: n·Σx² - (Σx)² over n².
        let spread = count.saturating_mul(self.squares).saturating_sub(self.sum.saturating_mul(self.sum));
        Span::from_ps((spread.isqrt() / count) as u64)
    }

    /// A length that `percent` of all do not exceed; zero of none.
    pub fn percentile(&self, percent: u64) -> Span {
        let wanted = (u128::from(self.count) * u128::from(percent)).div_ceil(100).max(1) as u64;
        let mut seen = 0;
        for (count, least) in self.bins.iter().filter(|(count, _)| *count > 0) {
            seen += count;
            if seen >= wanted {
                return Span::from_ps(*least);
            }
        }
        self.most()
    }

    /// Lengths in their order, the least of each bin with how many it has.
    pub fn bins(&self) -> impl Iterator<Item = (Span, u64)> {
        self.bins.iter().filter(|(count, _)| *count > 0).map(|(count, least)| (Span::from_ps(*least), *count))
    }

    /// How many are shorter than `limit`, as far as bins tell them apart.
    pub fn below(&self, limit: Span) -> u64 {
        self.bins().take_while(|(least, _)| *least < limit).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cycles_of_the_core_are_told_apart_up_to_two_microseconds() {
        let mut bins: Vec<_> = (0..=128).map(|cycles| bin(cycles * 15_625)).collect();
        bins.dedup();
        assert_eq!(bins.len(), 129);
        assert_eq!((bin(127), bin(128), bin(255), bin(256), bin(258)), (127, 256 - 128, 255, 256, 257));
        assert!(bin(u64::MAX) < 7_500, "{}", bin(u64::MAX));
    }

    #[test]
    fn what_it_says_of_a_clock_with_jitter_is_exact() {
        let mut h = Histogram::default();
        for cycles in [10, 10, 10, 12, 10, 10, 10, 8, 10, 10] {
            h.add(Span::from_cycles(cycles));
        }
        let cycles = |span: Span| span.as_ps() as f64 / 15_625.0;
        assert_eq!((cycles(h.least()), cycles(h.mean()), cycles(h.most())), (8.0, 10.0, 12.0));
        // The squares of 2 and -2, over ten.
        assert_eq!(h.deviation().as_ps(), (0.8f64.sqrt() * 15_625.0) as u64);
        assert_eq!((cycles(h.percentile(10)), cycles(h.percentile(50)), cycles(h.percentile(99))), (8.0, 10.0, 12.0));
        assert_eq!((h.below(Span::from_cycles(10)), h.count()), (1, 10));
        assert_eq!(Histogram::default().percentile(50), Span::ZERO);
    }

    proptest! {
        #[test]
        fn a_bin_is_within_one_part_in_128(a in any::<u64>(), b in any::<u64>()) {
            if bin(a) == bin(b) {
                prop_assert!(a.abs_diff(b) <= a.min(b) / 128 + 1);
            } else {
                prop_assert_eq!(bin(a) < bin(b), a < b);
            }
        }
    }
}
