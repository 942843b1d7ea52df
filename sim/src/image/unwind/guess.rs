//! Callers of functions without call frame information: a guess, and marked as one.
//!
//! 1. First the start of the function is read as a prologue: pushes and subtractions from SP up to the instruction. A function
//!    that moves SP later, or jumps about before, is misread.
//! 2. When that gives no return address, the stack is searched for a word that is one: odd, and behind a call. Such a word can
//!    be left over from an earlier call.

use super::Registers;

/// How far into a function its prologue is looked for, in bytes.
const PROLOGUE: u32 = 64;
/// How far up the stack is searched, in words.
const SEARCH: u32 = 256;

/// Reads memory, and knows which function holds an address.
pub(super) struct Surroundings<'a> {
    pub(super) read: &'a dyn Fn(u32) -> Option<u32>,
    /// First address of the function, if it has a name.
    pub(super) start: Option<u32>,
    /// Whether the registers are those of an instruction, rather than of a call that has yet to return.
    pub(super) innermost: bool,
    /// Whether they are those of a call to where no function is, though functions have names: nothing of it has run.
    pub(super) astray: bool,
}

impl Surroundings<'_> {
    fn half(&self, addr: u32) -> Option<u16> {
        let word = (self.read)(addr & !3)?;
        Some(if addr & 2 == 0 { word as u16 } else { (word >> 16) as u16 })
    }

    /// Whether a call returns to `addr`: BL or BLX is before it (Armv7-M ARM, A7.7.18 and A7.7.19).
    fn follows_call(&self, addr: u32) -> bool {
        let back = |bytes: u32| (addr & !1).checked_sub(bytes).and_then(|at| self.half(at));
        let long = matches!((back(4), back(2)), (Some(a), Some(b)) if a & 0xF800 == 0xF000 && b & 0xD000 == 0xD000);
        addr & 1 == 1 && (long || back(2).is_some_and(|hw| hw & 0xFF87 == 0x4780))
    }

    /// The caller's registers, as well as can be told.
    pub(super) fn caller(&self, callee: &Registers) -> Option<Registers> {
        if let Some(frame) = self.prologue(callee.pc)
            && let Some(caller) = self.unpush(callee, &frame)
        {
            return Some(caller);
        }
        self.search(callee)
    }

    fn prologue(&self, pc: u32) -> Option<Pushed> {
        let mut at = self.start?;
        let end = pc.min(at.checked_add(PROLOGUE)?);
        let mut frame = Pushed::default();
        while at < end {
            let first = self.half(at)?;
            let wide = first >= 0xE800;
            let second = if wide { self.half(at + 2)? } else { 0 };
            frame.meet(first, second);
            at += if wide { 4 } else { 2 };
        }
        Some(frame)
    }

    /// Takes `frame` off the stack, when a return address comes of it.
    fn unpush(&self, callee: &Registers, frame: &Pushed) -> Option<Registers> {
        let top = callee.sp().checked_add(frame.bytes)?;
        let saved = |n: usize| frame.saved[n].and_then(|depth| (self.read)(top.checked_sub(depth)?));
        let back = if frame.saved[14].is_some() { saved(14) } else { callee.lr.filter(|_| self.innermost) };
        let back = back.filter(|&back| super::is_exc_return(back) || back == u32::MAX || self.follows_call(back))?;
        let mut caller = *callee;
        caller.forget_scratch();
        for n in 4..12 {
            if frame.saved[n].is_some() {
                caller.r[n] = saved(n);
            }
        }
        caller.set_sp(top);
        caller.pc = back;
        Some(caller)
    }

    fn search(&self, callee: &Registers) -> Option<Registers> {
        let mut caller = *callee;
        caller.forget_scratch();
        if !self.astray {
            caller.r[4..12].fill(None);
        }
        if let Some(lr) = callee.lr.filter(|&lr| self.innermost && self.follows_call(lr)) {
            caller.pc = lr;
            return Some(caller);
        }
        for index in 0..SEARCH {
            let at = callee.sp().checked_add(4 * index)?;
            let word = (self.read)(at)?;
            if super::is_exc_return(word) || self.follows_call(word) {
                caller.set_sp(at + 4);
                caller.pc = word;
                return Some(caller);
            }
        }
        None
    }
}

/// What a prologue has put on the stack.
#[derive(Debug, Default)]
struct Pushed {
    /// Bytes in all.
    bytes: u32,
    /// For each register, how far below the caller's SP it lies.
    saved: [Option<u32>; 16],
}

impl Pushed {
    fn meet(&mut self, first: u16, second: u16) {
        match first {
            // PUSH (A7.7.99, T1)
            0xB400..=0xB5FF => self.push(first & 0xFF | (first & 0x100) << 6),
            // SUB SP, #imm7 (A7.7.176, T1)
            0xB080..=0xB0FF => self.bytes += u32::from(first & 0x7F) * 4,
            // PUSH.W (A7.7.99, T2)
            0xE92D => self.push(second & 0x5FFF),
            // STR Rt, [SP, #-4]! (A7.7.99, T3)
            0xF84D if second & 0x0FFF == 0x0D04 => self.push(1 << (second >> 12)),
            // VPUSH (A7.7.249): the low byte counts words.
            0xED2D | 0xED6D if second & 0x0E00 == 0x0A00 => self.bytes += u32::from(second & 0xFF) * 4,
            // SUB.W SP, SP, #const below 256, and SUBW (A7.7.176, T2 and T3)
            0xF1AD if second & 0x7F00 == 0x0D00 => self.bytes += u32::from(second & 0xFF),
            0xF2AD | 0xF6AD if second & 0x0F00 == 0x0D00 => {
                let high = u32::from(first & 0x0400) << 1 | u32::from(second & 0x7000) >> 4;
                self.bytes += high | u32::from(second & 0xFF);
            }
            _ => {}
        }
    }

    fn push(&mut self, list: u16) {
        for n in (0..16).rev().filter(|n| list & 1 << n != 0) {
            self.bytes += 4;
            self.saved[n] = Some(self.bytes);
        }
    }
}
