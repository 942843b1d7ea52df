//! Where instructions come from while blocks run: the instruction cache, and what the bridge to APB keeps the core waiting for.
//!
//! 1. The lines of a block are charged when it starts, each to the instruction that needs it.
//! 2. What firmware changes in NVMC.ICACHECNF takes effect at the next branch, so that it does not matter how a straight line is
//!    cut.
//! 3. Waits for APB are charged at the next branch, for the same reason: within one straight line, what stands behind an
//!    access to APB is stamped that much too early. In sum they are right.

use super::super::timing::{Block, Cache, Fill, Rules, Source};
use super::clock::State;
use super::{Bus, FLASH_SIZE, Flash, RAM_BASE, Region};
use core::ops::Range;

/// A period of PCLK16M.
pub(super) const PERIOD: u64 = 4;
/// Peripherals behind the bridge to APB.
const APB: Range<u32> = 0x4000_0000..0x5000_0000;
/// A bit for each line of 16 bytes, and 8 bytes.
const PRESENT: usize = FLASH_SIZE as usize / 16 / 8 + 8;
/// COUNTER of RTC0, RTC1 and RTC2.
const COUNTERS: [u32; 3] = [0x4000_B504, 0x4001_1504, 0x4002_4504];

/// What fetching instructions costs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fetch {
    flash: Flash,
    cache: Cache,
    fill: u32,
    /// Lines that a block had to wait for, in order.
    filled: Vec<Fill>,
    /// Which block that was: instructions until its end.
    filled_by: u64,
    /// A bit for each line of flash: it is in the cache. Behind them there is room to look at eight bytes anywhere.
    present: [u8; PRESENT],
    hits: u32,
    misses: u32,
    /// Hits to come that have been counted before.
    owed: u32,
    /// Those of the running block.
    counted: (u32, u32),
    /// Cycles that are still to be waited for APB.
    debt: u64,
    /// When the write buffer is free again.
    buffer: u64,
    /// Accesses to APB so far.
    apb: u64,
    access: u64,
    counter: u64,
}

/// Lines that are not in the cache.
pub(super) struct Missing {
    lines: Vec<u32>,
    line: u32,
    fill: u32,
}

impl Missing {
    /// Cycles that those below `address` will take.
    pub fn before(&self, address: u32) -> u64 {
        let lines = self.lines.iter().filter(|&&line| line * self.line < address).count();
        lines as u64 * u64::from(self.fill)
    }
}

impl Fetch {
    pub fn new(rules: &Rules) -> Self {
        let cache = Cache::new(&rules.memory);
        assert!(cache.lines(0, FLASH_SIZE).len() <= (PRESENT - 8) * 8, "lines of 16 bytes or more");
        Self {
            flash: Flash::NeverWaits,
            cache,
            fill: rules.memory.cache_fill,
            filled: Vec::new(),
            filled_by: 0,
            present: [0; PRESENT],
            hits: 0,
            owed: 0,
            misses: 0,
            counted: (0, 0),
            debt: 0,
            buffer: 0,
            apb: 0,
            access: rules.memory.apb_access.into(),
            counter: rules.memory.rtc_counter.into(),
        }
    }

    /// How code at `start` comes.
    pub fn source(&self, rules: &Rules, start: u32) -> Source {
        let memory = &rules.memory;
        match (Region::of(start), self.flash) {
            (Region::Flash(_), Flash::Uncached) => {
                Source { wait: memory.flash_wait, branch: memory.flash_branch, literal: memory.flash_read }
            }
            (Region::Flash(_), Flash::Cached { .. }) => Source { literal: memory.flash_read, ..Source::default() },
            (Region::Ram(_), _) if start >= RAM_BASE => Source { wait: memory.ram_code_wait, ..Source::default() },
            _ => Source::default(),
        }
    }

    /// No block is known any more, and none runs.
    pub fn forget_blocks(&mut self) {
        self.filled.clear();
        self.filled_by = 0;
        self.counted = (0, 0);
    }

    /// Flash has changed: nothing is in the cache any more. Nothing runs.
    pub fn empty_cache(&mut self) {
        self.invalidate();
        self.filled.clear();
        self.counted = (0, 0);
    }

    fn cached(&self, block: &Block) -> bool {
        matches!(self.flash, Flash::Cached { .. })
            && self.fill > 0
            && matches!(Region::of(block.start), Region::Flash(_))
    }

    /// The lines of the cache that `block` needs.
    pub fn lines(&self, block: &Block) -> Range<u32> {
        if self.cached(block) { self.cache.lines(block.start, block.end) } else { 0..0 }
    }

    /// The same for [`Fetch::has`]; no bits when it needs none, or too many.
    pub fn lines_mask(&self, block: &Block) -> (u32, u64) {
        let lines = self.lines(block);
        match lines.len() as u32 + lines.start % 8 {
            count if lines.is_empty() || count > 64 => (0, 0),
            count => (lines.start / 8, u64::MAX >> (64 - count) & u64::MAX << (lines.start % 8)),
        }
    }

    /// So many lines, from the one of the byte at `start` on.
    pub fn lines_from(&self, start: u32, lines: u32) -> Range<u32> {
        let first = self.cache.line_of(start);
        first..first + lines
    }

    /// Whether the lines of `mask` from byte `at` on, which [`Fetch::lines_mask`] gave, are in the cache.
    #[inline(always)]
    pub fn has(&self, at: u32, mask: u64) -> bool {
        self.present_at(at) & mask == mask
    }

    #[inline(always)]
    fn present_at(&self, at: u32) -> u64 {
        // SAFETY: `at` is at most the number of lines of flash divided by 8, and there are 8 bytes from there on.
        u64::from_le_bytes(unsafe { self.present.as_ptr().add(at as usize).cast::<[u8; 8]>().read() })
    }

    #[inline]
    fn mark(&mut self, line: u32, present: bool) {
        if let Some(byte) = self.present.get_mut(line as usize / 8) {
            let bit = 1 << (line % 8);
            if present { *byte |= bit } else { *byte &= !bit }
        }
    }

    fn undo(&mut self, fill: Fill) {
        self.mark(fill.line, false);
        self.mark(fill.before, true);
        self.cache.undo(fill);
    }

    /// Nothing is in the cache.
    fn invalidate(&mut self) {
        self.cache.invalidate();
        self.present.fill(0);
    }

    /// The most that the lines of `block` may take.
    pub fn most(&self, block: &Block) -> u32 {
        self.most_of(self.lines(block).len() as u32)
    }

    /// The most that so many lines may take.
    #[inline]
    pub fn most_of(&self, lines: u32) -> u32 {
        lines * self.fill
    }

    /// Fetches `lines` for the block that ends after so many `instructions`. Returns the cycles that it waits for those that were
    /// not there.
    #[inline]
    pub fn fetch(&mut self, lines: Range<u32>, instructions: u64) -> u32 {
        self.filled.clear();
        self.filled_by = instructions;
        for line in lines {
            if let Some(fill) = self.cache.fetch(line) {
                self.mark(fill.before, false);
                self.mark(line, true);
                self.filled.push(fill);
            }
        }
        self.missed()
    }

    /// As [`Fetch::fetch`], for lines as [`Fetch::lines_mask`] gave them: goes only to those that are not there.
    #[inline]
    pub fn fetch_absent(&mut self, at: u32, mask: u64, instructions: u64) -> u32 {
        self.filled.clear();
        self.filled_by = instructions;
        let mut rest = mask;
        loop {
            // Asked anew for each: one that comes in may push out one further on.
            let absent = rest & !self.present_at(at);
            if absent == 0 {
                break;
            }
            let bit = absent.trailing_zeros();
            rest &= u64::MAX << bit << 1;
            let line = at * 8 + bit;
            let fill = self.cache.fill(line);
            self.mark(fill.before, false);
            self.mark(line, true);
            self.filled.push(fill);
        }
        self.missed()
    }

    /// `block` is to run, and ends after so many `instructions`: fetches its lines. Returns the cycles that it waits for those that
    /// were not there.
    #[inline]
    pub fn block(&mut self, block: &Block, instructions: u64) -> u32 {
        self.counted = (0, 0);
        self.fetch(self.lines(block), instructions);
        if !self.cached(block) {
            return 0;
        }
        if self.counts() {
            let misses = self.filled.len() as u32;
            self.counted = (block.words.saturating_sub(misses), misses);
            let owed = self.owed.min(self.counted.0);
            self.owed -= owed;
            self.counted.0 -= owed;
            self.hits += self.counted.0;
            self.misses += misses;
        }
        self.missed()
    }

    /// Cycles that the last block that fetched its lines waited for them.
    #[inline]
    pub fn missed(&self) -> u32 {
        self.filled.len() as u32 * self.fill
    }

    /// Whether that was the block that ends after so many `instructions`, and it did wait.
    #[inline]
    pub fn has_missed(&self, instructions: u64) -> bool {
        self.filled_by == instructions && !self.filled.is_empty()
    }

    /// Of those, what it has not waited for when its code below `end` is there.
    pub fn not_yet(&self, end: u32) -> u32 {
        let last = self.cache.line_of(end.wrapping_sub(1));
        self.filled.iter().filter(|fill| fill.line > last).count() as u32 * self.fill
    }

    /// The block does not run after all.
    pub fn take_back(&mut self) {
        while let Some(fill) = self.filled.pop() {
            self.undo(fill);
        }
        let (hits, misses) = std::mem::take(&mut self.counted);
        self.hits -= hits;
        self.misses -= misses;
    }

    /// `block`, the end of which is after so many `instructions`, ended before its code at `end`. Returns the cycles that it did
    /// not wait.
    pub fn take_back_behind(&mut self, block: &Block, end: u32, instructions: u64) -> u32 {
        if self.filled_by != instructions {
            self.filled.clear();
        }
        let last = self.cache.line_of(end.wrapping_sub(1));
        let mut lines = 0;
        while let Some(fill) = self.filled.pop_if(|fill| fill.line > last) {
            self.undo(fill);
            lines += 1;
        }
        if self.counted != (0, 0) {
            let words = block.end.next_multiple_of(4).saturating_sub(end.next_multiple_of(4)) / 4;
            self.hits = self.hits.saturating_sub(words.saturating_sub(lines));
            self.misses = self.misses.saturating_sub(lines);
        }
        lines * self.fill
    }

    /// The running block's instruction from `pc` to `end` will be fetched once more: its words do not count twice.
    pub fn fetch_again(&mut self, pc: u32, end: u32) {
        if self.counted != (0, 0) {
            self.owed += (end.next_multiple_of(4).saturating_sub(pc.next_multiple_of(4))) / 4;
        }
    }

    /// Which lines of `block` are not there.
    pub fn peek(&mut self, block: &Block) -> Missing {
        let none = Missing { lines: Vec::new(), line: 1, fill: self.fill };
        if !self.cached(block) {
            return none;
        }
        let mut filled: Vec<Fill> =
            self.cache.lines(block.start, block.end).filter_map(|line| self.cache.fetch(line)).collect();
        let lines = filled.iter().map(|fill| fill.line).collect();
        while let Some(fill) = filled.pop() {
            self.cache.undo(fill);
        }
        Missing { lines, line: self.cache.line_bytes(), ..none }
    }

    /// Whether the block behind the running one has to be looked at.
    pub fn look_closer(&self, flash: Flash) -> bool {
        self.debt > 0 || self.flash != flash || self.counts()
    }

    /// Whether hits and misses are counted.
    pub fn counts(&self) -> bool {
        self.flash == (Flash::Cached { counted: true })
    }

    /// What a loop that only polls must leave alone: fills of the cache and, as accesses to APB depend on the phase of its
    /// clock, those.
    pub fn marks(&self) -> (u64, u64) {
        (self.cache.fills(), self.apb)
    }
}

impl<B: Bus> State<B> {
    /// A branch has been taken, or not: what waited for one happens.
    pub(super) fn branched(&mut self) {
        let debt = std::mem::take(&mut self.fetch.debt);
        self.pass(debt, 0);
        let (hits, misses) = (std::mem::take(&mut self.fetch.hits), std::mem::take(&mut self.fetch.misses));
        if hits | misses != 0 {
            self.bus.count_cache(hits, misses);
        }
        let flash = self.bus.flash();
        if flash == self.fetch.flash {
            return;
        }
        let on = |flash: Flash| matches!(flash, Flash::Cached { .. });
        if on(flash) != on(self.fetch.flash) {
            self.fetch.invalidate();
        }
        self.fetch.flash = flash;
        self.fetch.filled.clear();
        self.forget_blocks();
    }

    /// An exception was entered or left, or a debugger has set PC: lets what has waited for a branch happen. True when time has passed.
    pub(super) fn pays_for_a_jump(&mut self) -> bool {
        let owes = self.jumped() && self.fetch.debt > 0;
        if owes {
            self.branched();
        }
        owes
    }

    /// An access to a peripheral was made in cycle `at`.
    #[inline]
    pub(super) fn bridge(&mut self, address: u32, load: bool, at: u64) {
        if APB.contains(&address) && self.fetch.access > 0 {
            self.cross(address, load, at);
        }
        if !load && self.bus.flash() != self.fetch.flash {
            self.look_closer();
        }
    }

    fn cross(&mut self, address: u32, load: bool, at: u64) {
        let fetch = &mut self.fetch;
        let now = at + fetch.debt;
        // Whatever comes next waits until the write buffer is free.
        let begins = now.max(fetch.buffer);
        let more = if load && COUNTERS.contains(&address) { fetch.counter } else { 0 };
        let ends = begins.next_multiple_of(PERIOD) + fetch.access + more;
        if load {
            fetch.debt += ends - now;
        } else {
            fetch.debt += begins - now;
            fetch.buffer = ends;
        }
        fetch.apb += 1;
        if fetch.debt > 0 {
            self.look_closer();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Lines by their bits are lines one by one, also where one that comes in pushes out another of the same block.
        #[test]
        fn only_going_to_what_is_absent_changes_nothing(
            sets in 0u32..7,
            blocks in prop::collection::vec((0u32..200, 1u32..50), 1..60),
        ) {
            let mut rules = Rules::SILICON;
            rules.memory.cache_bytes = (2 * rules.memory.cache_line) << sets;
            rules.memory.cache_ways = 2;
            let mut one = Fetch::new(&rules);
            let mut other = one.clone();
            for (n, &(first, count)) in (1..).zip(&blocks) {
                let lines = first..first + count;
                let mask = (u64::MAX >> (64 - count - first % 8)) & (u64::MAX << (first % 8));
                prop_assert_eq!(one.fetch(lines, n), other.fetch_absent(first / 8, mask, n));
                prop_assert!(one == other, "after block {}", n);
            }
        }
    }
}
