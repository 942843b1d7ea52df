//! Where blocks are cut, and where the core stands when one was.

use super::*;

impl<B: Bus> State<B> {
    /// The core stands before the instruction at `pc` of the running block, which makes its first access in cycle `at`, as if the block had
    /// been cut there.
    pub(in super::super) fn stand_before(&mut self, pc: u32, at: u64) {
        // SAFETY: as in `running`.
        let Some(known) = (unsafe { self.running.as_ref().known.as_ref() }) else { return };
        let (start, carry, index) = (known.block.start, known.entered, known.block.index(pc));
        let ahead = (index..known.block.offsets.len()).filter(|&i| known.block.starts(i)).count();
        let source = self.fetch.source(&self.rules, start);
        let code = known.code.get(..2 * index).unwrap_or_default();
        let cut = analyse(&self.rules, source, start, code, carry);
        // What its own line has cost is in `at`, those behind are not fetched yet.
        let end = pc.wrapping_add(known.block.size_at(index));
        self.fetch.take_back_behind(&known.block, end, self.instructions);
        // A block that a branch leads to starts with the whole of its first word.
        let first = if index == 0 && carry.is_none() { pc & !3 } else { pc };
        self.fetch.fetch_again(first, end);
        // What it has waited for its own words comes again.
        let at = at - u64::from(known.block.wait(index));
        self.instructions -= ahead as u64;
        self.now = at;
        self.stand();
        self.last_access = (0, 0, 0);
        self.unaligned = None;
        if index == 0 {
            self.last = None;
            self.boundary = Boundary::Announced(start);
            self.announced = carry;
            return;
        }
        self.boundary = Boundary::Settled;
        self.last =
            Some(Last { end: pc, not_taken: 0, always_branches: false, cut: true, masking: false, carry: cut.carry });
        self.last_known = ptr::null();
    }

    /// The core stands before the instruction at `pc` of the running block, whose access was refused. Gives the address of the
    /// first boundary between instructions behind it, at the latest the block's end: translated anew, a block that was cut goes on
    /// behind it. `None`: no block runs.
    pub(in super::super) fn stand_before_access(&mut self, pc: u32) -> Option<u32> {
        let block = &self.running()?.block;
        let (index, end) = (block.index(pc), block.end);
        let until = self.boundary_behind(index).unwrap_or(end);
        self.last_access = (0, 0, 0);
        let (at, _) = self.stamp_at(index, pc);
        self.stand_before(pc, at);
        Some(until)
    }

    /// Whether the running block has a boundary between instructions behind halfword `index`, whose instruction makes its
    /// first access in cycle `at`, and before its end, that is at or after the deadline.
    pub(in super::super) fn has_boundary(&self, index: usize, at: u64) -> bool {
        let Some(block) = self.running().map(|known| &known.block) else { return false };
        let here = block.offsets.get(index).copied().unwrap_or(0);
        let at = at - u64::from(block.wait(index));
        (index + 1..block.offsets.len())
            .filter(|&i| block.starts(i) && !block.conditional[i])
            .any(|i| at + u64::from(block.offsets[i] - here) >= self.deadline)
    }

    /// The address of the first boundary between instructions behind halfword `index` of the running block.
    pub(in super::super) fn boundary_behind(&self, index: usize) -> Option<u32> {
        let block = &self.running()?.block;
        (index + 1..block.offsets.len())
            .find(|&i| block.starts(i) && !block.conditional[i])
            .map(|i| block.start.wrapping_add(2 * i as u32))
    }

    /// The address of the instruction behind halfword `index` of the running block, if the block goes on.
    pub(in super::super) fn behind(&self, index: usize) -> Option<u32> {
        let block = &self.running()?.block;
        (index + 1..block.offsets.len()).find(|&i| block.starts(i)).map(|i| block.start.wrapping_add(2 * i as u32))
    }

    /// As [`State::boundary_behind`], or a breakpoint that comes before it.
    pub(in super::super) fn stop_behind(&self, index: usize) -> Option<u32> {
        let boundary = self.boundary_behind(index);
        let block = &self.running()?.block;
        let pc = block.start.wrapping_add(2 * index as u32);
        self.break_behind(block, pc, boundary.unwrap_or(block.end)).or(boundary)
    }

    /// Where the block at `start` is to be cut so that it ends at the first instruction boundary at or after the deadline,
    /// or behind the first instruction whose cost depends on data. `None`: not before its end.
    pub(in super::super) fn cut_for_event(&mut self, start: u32, size: u32) -> Option<u32> {
        let known = self.find(start, size, self.announced, false);
        // SAFETY: as in `running`.
        let block = unsafe { &(*known).block };
        let left = self.deadline.saturating_sub(self.now);
        // Nothing runs: what is missing now is what will be.
        let missing = self.fetch.peek(block);
        let dynamic = block.dynamic.first().map_or(usize::MAX, |d| block.index(d.pc));
        let cut = (1..block.offsets.len())
            .filter(|&i| block.starts(i) && !block.conditional[i])
            .find(|&i| {
                u64::from(block.offsets[i]) + missing.before(start.wrapping_add(2 * i as u32)) >= left || i > dynamic
            })
            .map(|i| start.wrapping_add(2 * i as u32));
        // A breakpoint may come first.
        self.break_behind(block, start, cut.unwrap_or(block.end)).or(cut)
    }

    /// What a round of the block at the core's stand, which is one branch to itself, costs.
    pub(in super::super) fn loop_cycles(&self) -> u64 {
        let Boundary::Announced(start) = self.boundary else { return 1 };
        let half = |at: u32| self.memory.read(at, 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        let size = decode(half(start), half(start.wrapping_add(2))).size;
        let code = self.memory.read(start, size.into()).unwrap_or_default();
        let block = analyse(&self.rules, self.fetch.source(&self.rules, start), start, &code, None);
        u64::from(block.cycles + block.refill)
    }
}
