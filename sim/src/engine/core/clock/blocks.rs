//! Blocks whose cost is known: how they are found, learned and forgotten.

use super::*;

impl<B: Bus> State<B> {
    /// Unicorn translates the code at `address` anew: what is known of code in RAM there is stale.
    pub(in super::super) fn code_changed(&mut self, address: u32) {
        if matches!(Region::of(address), Region::Ram(_)) {
            self.table[slot(address)] = 0;
            self.other_table[slot(address)] = 0;
        }
    }

    /// Changes over to the table of the other way to the peripherals.
    pub(in super::super) fn swap_tables(&mut self) {
        std::mem::swap(&mut self.table, &mut self.other_table);
    }

    /// Makes `known` the block that [`State::enter`] finds, if it may.
    pub(super) fn remember(&mut self, known: *const Known) {
        // SAFETY: as in `running`.
        let known = unsafe { &*known };
        let fpu = known.block.first_fpu.is_some();
        if known.entered.is_none() && (!self.direct.on || known.candidates().is_some()) && (self.fpu_ready || !fpu) {
            let place = slot(known.block.start);
            if self.table[place] != known.place {
                if fpu {
                    self.fpu_blocks.push(known.block.start);
                }
                self.table[place] = known.place;
            }
        }
    }

    pub(super) fn find(&mut self, start: u32, size: u32, carry: Option<Carry>, fresh: bool) -> *const Known {
        let end = start.wrapping_add(size);
        let in_ram = matches!(Region::of(start), Region::Ram(_));
        let fits = |k: &Known| (k.block.start, k.block.end) == (start, end) && k.entered == carry;
        // SAFETY: as in `running`.
        let recent = unsafe { self.hots.at(self.table[slot(start)]).as_ref().known.as_ref() };
        if let Some(known) = recent.filter(|k| fits(k) && !(fresh && in_ram)) {
            return known;
        }
        let list = self.known.entry(start).or_default();
        if let Some(index) = list.iter().position(|k| fits(k)) {
            if !in_ram || self.memory.read(start, size).is_some_and(|code| code == list[index].code) {
                return &raw const *list[index];
            }
            let stale = list.swap_remove(index);
            self.retire(&stale);
        }
        self.learn(start, size, carry)
    }

    /// Nothing may point to `stale` any more; nothing runs now.
    pub(super) fn retire(&mut self, stale: &Known) {
        self.count_gone(stale.place as usize / size_of::<Hot>(), &stale.block);
        for table in [&mut self.table, &mut self.other_table] {
            let slot = &mut table[slot(stale.block.start)];
            if *slot == stale.place {
                *slot = 0;
            }
        }
        if ptr::eq(self.last_known, stale) {
            self.last_known = ptr::null();
        }
    }

    /// Every block that is known, with its number.
    pub(in super::super) fn each_known(&self, mut each: impl FnMut(usize, &Block)) {
        for known in self.known.values().flatten() {
            each(known.place as usize / size_of::<Hot>(), &known.block);
        }
    }

    /// The number of the running block; 0 when none runs.
    #[inline(always)]
    pub(in super::super) fn running_number(&self) -> usize {
        self.hots.number(self.running)
    }

    /// Blocks that can be known at a time.
    pub(in super::super) fn most_blocks(&self) -> usize {
        hot::MOST_BLOCKS
    }

    /// Forgets every block that is known; nothing may be running.
    pub(in super::super) fn forget_blocks(&mut self) {
        if self.counting.is_some() {
            let known = std::mem::take(&mut self.known);
            for known in known.values().flatten() {
                self.count_gone(known.place as usize / size_of::<Hot>(), &known.block);
            }
            self.known = known;
        }
        for &start in self.known.keys() {
            self.table[slot(start)] = 0;
            self.other_table[slot(start)] = 0;
        }
        self.hots.clear();
        self.fpu_blocks.clear();
        self.flash_code.fill(false);
        self.known.clear();
        self.last_known = ptr::null();
    }

    /// Bytes of flash from `first` on have changed; nothing may be running. The instruction cache is empty after that, and no block
    /// that is known has code there.
    pub(in super::super) fn flash_changed(&mut self, first: u32, bytes: u32) {
        self.fetch.empty_cache();
        // The last instruction of a block may reach into the next page.
        let pages = first.saturating_sub(PAGE) / PAGE..=first.saturating_add(bytes.max(1) - 1) / PAGE;
        let has_code = |page: u32| self.flash_code.get(page as usize) == Some(&true);
        if pages.clone().any(has_code) {
            // All of them: a block that was cut knows the one behind it.
            self.forget_blocks();
        }
    }

    pub(super) fn learn(&mut self, start: u32, size: u32, carry: Option<Carry>) -> *const Known {
        let code = self.memory.read(start, size).unwrap_or_default();
        let source = self.fetch.source(&self.rules, start);
        let block = analyse(&self.rules, source, start, &code, carry);
        for &dynamic in &block.dynamic {
            if self.hooked.insert(dynamic.pc) {
                self.wanted.push(dynamic.pc);
            }
        }
        if self.traps.1 {
            let half = |at: usize| code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
            for at in (0..block.offsets.len()).filter(|&at| block.starts(at)) {
                let pc = start.wrapping_add(2 * at as u32);
                let reaches = decode(half(2 * at), half(2 * at + 2)).address.is_some_and(|a| a.base != 15);
                if reaches && self.hooked.insert(pc) {
                    self.wanted.push(pc);
                }
            }
        }
        if self.hots.is_full() {
            // Firmware that keeps moving its code. Nothing is running now, so nothing points in here any more.
            self.forget_blocks();
        }
        let in_it = block.conditional.first().copied().unwrap_or(false);
        let has_break = self.debug.is_in(block.start, block.end);
        let odd = block.branches_to_itself || in_it || carry.is_some() || has_break;
        let slack = block.dynamic.iter().map(Dynamic::most).sum();
        self.slack = self.slack.max(u64::from(slack));
        let (lines, (lines_at, lines_mask)) = (self.fetch.lines(&block), self.fetch.lines_mask(&block));
        let special = block.cut || !lines.is_empty() && lines_mask == 0;
        let hot = Hot {
            key: key(start, if odd || special { 0 } else { size }),
            closer_key: key(start, if odd { 0 } else { size }),
            falls_to: if block.always_branches { 1 } else { block.end },
            cycles_entered: block.cycles + block.refill,
            cycles: block.cycles,
            not_taken: block.not_taken,
            instructions: block.instructions,
            lines_at,
            lines_mask,
            known: ptr::null(),
            lines: lines.len() as u32,
            cut: block.cut,
        };
        if let Some(page) = self.flash_code.get_mut((start / PAGE) as usize) {
            *page = true;
        }
        let place = self.hots.add(hot);
        let known = Box::new(Known {
            // SAFETY: it is there.
            hot: unsafe { self.hots.at(place) },
            place,
            block,
            code,
            entered: carry,
            slack,
            has_break,
            after_cut: Cell::new(ptr::null()),
            witnessed: Cell::new(false),
            candidates: OnceCell::new(),
        });
        let pointer: *const Known = &raw const *known;
        self.hots.belongs_to(place, pointer);
        self.known.entry(start).or_default().push(known);
        pointer
    }
}
