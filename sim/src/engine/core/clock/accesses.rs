//! What instructions do inside a running block: the cycle of an access, costs that depend on data, traps.

use super::*;

impl<B: Bus> State<B> {
    /// The cycle of the access that the instruction at `pc`, halfword `index` of the running block, makes now, and whether
    /// that instruction is conditional.
    #[inline]
    pub(in super::super) fn stamp_at(&mut self, index: usize, pc: u32) -> (u64, bool) {
        let Some(known) = self.running() else { return (self.now, false) };
        let Some(&offset) = known.block.offsets.get(index) else { return (self.now, false) };
        let offset = u32::from(offset);
        let conditional = known.block.conditional[index];
        // What the instruction itself takes longer was charged before its access.
        let early = if conditional && self.charged.0 == pc { self.charged.1 } else { 0 };
        let came = if self.fetch.has_missed(self.instructions) {
            self.fetch.not_yet(pc.wrapping_add(known.block.size_at(index)))
        } else {
            0
        };
        let wait = known.block.wait(index);
        let at = self.now - u64::from(known.hot().cycles + early + came) + u64::from(offset + wait);
        // An instruction that transfers several words takes a cycle for each.
        let words = if (self.last_access.0, self.last_access.1) == (at, pc) { self.last_access.2 + 1 } else { 0 };
        self.last_access = (at, pc, words);
        (at + u64::from(words), conditional)
    }

    /// Whether an access is a part of an unaligned one by the same instruction: Unicorn first asks for the whole, which is
    /// all that happens here, and then for its parts.
    pub(in super::super) fn is_part(&mut self, address: u32, size: u32, at: u64, pc: u32) -> bool {
        // A part comes with the stamp of the whole, or that of a later word of the same instruction.
        if self.unaligned.is_some_and(|(by, when)| by == pc && at <= when + 4) {
            return true;
        }
        self.unaligned = (!address.is_multiple_of(size)).then_some((pc, at));
        false
    }

    /// Whether the running block's instruction at `pc` stands in an IT block.
    pub(in super::super) fn in_it_block(&self, pc: u32) -> bool {
        self.running().is_some_and(|known| known.block.conditional.get(known.block.index(pc)) == Some(&true))
    }

    /// The instruction at `pc`, whose cost may depend on data, executes; `operand` reads a register. What is known of
    /// the running block decides, as code in RAM may have changed since the hook was installed. Returns the IT state behind
    /// an ISB in an IT block: Unicorn ends its translation there and forgets it.
    pub(in super::super) fn execute_dynamic(
        &mut self,
        engine: *mut uc_engine,
        pc: u32,
        operand: impl Fn(u8) -> u32,
    ) -> Option<u8> {
        let known = self.running()?;
        if (self.traps.0 || self.traps.1)
            && self.wish != Wish::Rewind
            && let Some(stop) = self.trap(known, pc, &operand)
        {
            let index = known.block.index(pc);
            self.last_access = (0, 0, 0);
            let (at, _) = self.stamp_at(index, pc);
            self.rewind_to(engine, index, at, Some(stop));
            return None;
        }
        let dynamic = known.block.dynamic.iter().find(|d| d.pc == pc)?;
        let mut behind = None;
        let cycles = match dynamic.kind {
            DynamicKind::Barrier { extra, it } => {
                behind = Some(it);
                extra
            }
            DynamicKind::Conditional { extra } => extra,
            DynamicKind::SendEvent => {
                self.event_register = true;
                0
            }
            DynamicKind::Divide { signed, n, m, charged } => {
                divide_cycles(signed, operand(n), operand(m)).saturating_sub(charged)
            }
        };
        self.now += u64::from(cycles);
        self.charged = (pc, cycles);
        behind
    }

    /// What the instruction at `pc`, which executes now, does that CCR makes a fault.
    pub(super) fn trap(&self, known: &Known, pc: u32, operand: &impl Fn(u8) -> u32) -> Option<Stop> {
        let divides = known.block.dynamic.iter().find(|d| d.pc == pc).map(|d| d.kind);
        if let (true, Some(DynamicKind::Divide { m, .. })) = (self.traps.0, divides) {
            return (operand(m) == 0).then_some(Stop::DivideByZero);
        }
        if !self.traps.1 {
            return None;
        }
        let at = 2 * known.block.index(pc);
        let half = |at: usize| known.code.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]));
        let insn = decode(half(at), half(at + 2));
        let address = insn.address.filter(|a| a.base != 15)?;
        let index = address.index.map_or(0, |(r, shift)| operand(r) << shift);
        let first = operand(address.base).wrapping_add(index).wrapping_add_signed(address.offset);
        let unit = if insn.is_single_access() || insn.class == Class::Exclusive { address.bytes } else { 4 };
        (first % unit.max(1) != 0).then_some(Stop::Unaligned)
    }
}
