//! The instruction cache in front of the flash, on the I-code bus only (nRF52840 PS v1.7, NVMC, "Cache").
//!
//! 1. Size, line and ways are not published. The defaults of [`Memory`](super::Memory) are what is often quoted, and what the
//!    nRF5340's network core documents: 2 KB in 2 ways of 16-byte lines.
//! 2. Lines are replaced in the order in which they came (a guess; the replacement is not published). So a hit leaves no trace,
//!    and code that is all in the cache runs without a look at it.

use super::rules::Memory;

/// Which lines of flash are in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The length of a line is 2 to this power.
    line_bits: u32,
    /// A power of 2.
    sets: u32,
    ways: u32,
    /// Line numbers, `ways` for each set; [`NOTHING`] where there is none.
    lines: Vec<u32>,
    /// For each set, the way that is filled next.
    next: Vec<u8>,
    /// Lines filled since power-on, without those taken back.
    fills: u64,
}

/// A line that was filled, with what it takes to undo that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The line: its address divided by the length of a line.
    pub line: u32,
    /// Which place of the cache it went to.
    place: usize,
    /// The line that was there before; no line of flash when there was none.
    pub before: u32,
}

const NOTHING: u32 = u32::MAX;

impl Cache {
    /// An empty cache of the geometry in `memory`.
    ///
    /// # Panics
    /// When a line's length or the number of sets is no power of 2.
    pub fn new(memory: &Memory) -> Self {
        let sets = (memory.cache_bytes / memory.cache_line / memory.cache_ways).max(1);
        assert!(memory.cache_line.is_power_of_two() && sets.is_power_of_two(), "no cache is like that");
        Self {
            line_bits: memory.cache_line.trailing_zeros(),
            sets,
            ways: memory.cache_ways,
            lines: vec![NOTHING; (sets * memory.cache_ways) as usize],
            next: vec![0; sets as usize],
            fills: 0,
        }
    }

    /// Forgets every line.
    pub fn invalidate(&mut self) {
        self.lines.fill(NOTHING);
        self.next.fill(0);
    }

    /// Lines filled so far.
    pub fn fills(&self) -> u64 {
        self.fills
    }

    /// The lines of the bytes from `start` up to `end`.
    #[inline]
    pub fn lines(&self, start: u32, end: u32) -> std::ops::Range<u32> {
        start >> self.line_bits..(end + ((1 << self.line_bits) - 1)) >> self.line_bits
    }

    /// Bytes of a line.
    pub fn line_bytes(&self) -> u32 {
        1 << self.line_bits
    }

    /// The line of the byte at `address`.
    pub fn line_of(&self, address: u32) -> u32 {
        address >> self.line_bits
    }

    fn set(&self, line: u32) -> u32 {
        line & (self.sets - 1)
    }

    /// Whether `line` is there.
    #[inline]
    pub fn holds(&self, line: u32) -> bool {
        let first = (self.set(line) * self.ways) as usize;
        self.lines[first..first + self.ways as usize].contains(&line)
    }

    /// `line` is fetched. What was filled, if it was not there.
    #[inline]
    pub fn fetch(&mut self, line: u32) -> Option<Fill> {
        (!self.holds(line)).then(|| self.fill(line))
    }

    /// `line`, which is not there, is fetched. What was filled.
    #[inline]
    pub fn fill(&mut self, line: u32) -> Fill {
        let set = self.set(line);
        let way = &mut self.next[set as usize];
        let place = (set * self.ways + u32::from(*way)) as usize;
        *way += 1;
        if u32::from(*way) == self.ways {
            *way = 0;
        }
        self.fills += 1;
        Fill { line, place, before: std::mem::replace(&mut self.lines[place], line) }
    }

    /// Takes back `fill`, which is the last one.
    pub fn undo(&mut self, fill: Fill) {
        self.lines[fill.place] = fill.before;
        self.next[fill.place / self.ways as usize] = (fill.place % self.ways as usize) as u8;
        self.fills -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::timing::Rules;

    fn cache() -> Cache {
        Cache::new(&Rules::SILICON.memory)
    }

    #[test]
    fn a_line_misses_once() {
        let mut c = cache();
        assert!(c.fetch(5).is_some());
        assert!(c.fetch(5).is_none());
        assert_eq!(c.fills(), 1);
    }

    #[test]
    fn a_set_holds_as_many_lines_as_it_has_ways_and_loses_the_oldest() {
        let mut c = cache();
        let apart = c.sets;
        c.fetch(1);
        c.fetch(1 + apart);
        assert!(c.fetch(1).is_none(), "a hit does not make a line younger");
        c.fetch(1 + 2 * apart);
        assert!(!c.holds(1) && c.holds(1 + apart));
    }

    #[test]
    fn what_is_taken_back_never_was() {
        let mut c = cache();
        c.fetch(1);
        let before = c.clone();
        let apart = c.sets;
        let fills: Vec<_> = [1 + apart, 1 + 2 * apart, 1].into_iter().filter_map(|line| c.fetch(line)).collect();
        assert_eq!(fills.len(), 3);
        fills.into_iter().rev().for_each(|fill| c.undo(fill));
        assert_eq!(c, before);
    }

    #[test]
    fn bytes_across_a_line_need_both() {
        assert_eq!(cache().lines(0x1E, 0x22), 1..3);
        assert_eq!(cache().lines(0x10, 0x20), 1..2);
    }
}
