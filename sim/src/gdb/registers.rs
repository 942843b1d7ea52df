//! The core's registers as GDB numbers them: in the order of the target description.
//!
//! 1. R0 to R12, SP, LR, PC, XPSR; MSP, PSP, PRIMASK, BASEPRI, FAULTMASK, CONTROL; D0 to D15 and FPSCR. S registers are halves of D
//!    registers, which GDB knows by itself.

use crate::engine::core::{FpRegisters, Registers};
use gdbstub::arch::{Arch, RegId, Registers as GdbRegisters};
use std::num::NonZeroUsize;

/// A Cortex-M4F, as far as `gdbstub` has to know it.
pub(super) enum CortexM4F {}

impl Arch for CortexM4F {
    type Usize = u32;
    type Registers = All;
    type BreakpointKind = usize;
    type RegId = Number;
}

/// Number of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(usize);

/// Registers that are words: R0 to CONTROL.
pub(super) const WORDS: [&str; 23] = [
    "r0",
    "r1",
    "r2",
    "r3",
    "r4",
    "r5",
    "r6",
    "r7",
    "r8",
    "r9",
    "r10",
    "r11",
    "r12",
    "sp",
    "lr",
    "pc",
    "xpsr",
    "msp",
    "psp",
    "primask",
    "basepri",
    "faultmask",
    "control",
];
const PC: usize = 15;
const DOUBLES: usize = 16;
const FPSCR: usize = WORDS.len() + DOUBLES;

impl RegId for Number {
    fn from_raw_id(id: usize) -> Option<(Self, Option<NonZeroUsize>)> {
        let bytes = if (WORDS.len()..FPSCR).contains(&id) { 8 } else { 4 };
        (id <= FPSCR).then(|| (Self(id), NonZeroUsize::new(bytes)))
    }

    fn to_raw_id(&self) -> Option<usize> {
        Some(self.0)
    }
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct All {
    pub core: Registers,
    pub fp: FpRegisters,
}

impl All {
    /// The bytes of register `number`.
    pub(super) fn get(&self, Number(number): Number) -> Vec<u8> {
        let s = &self.fp.s;
        match number {
            0..=22 => self.word(number).to_le_bytes().to_vec(),
            FPSCR => self.fp.fpscr.to_le_bytes().to_vec(),
            d => s[2 * (d - WORDS.len())..][..2].iter().flat_map(|half| half.to_le_bytes()).collect(),
        }
    }

    /// Sets register `number`; false when `bytes` are not as many as it has.
    pub(super) fn set(&mut self, Number(number): Number, bytes: &[u8]) -> bool {
        let word = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let wanted = Number::from_raw_id(number).and_then(|(_, size)| size).map_or(0, NonZeroUsize::get);
        let (Some(low), true) = (word(0), bytes.len() == wanted) else { return false };
        match number {
            0..=22 => self.set_word(number, low),
            FPSCR => self.fp.fpscr = low,
            d => {
                let at = 2 * (d - WORDS.len());
                (self.fp.s[at], self.fp.s[at + 1]) = (low, word(4).unwrap_or(0));
            }
        }
        true
    }

    fn word(&self, number: usize) -> u32 {
        let core = &self.core;
        match number {
            0..=12 => core.r[number],
            13 => core.sp(),
            14 => core.lr,
            PC => core.pc,
            16 => core.xpsr,
            17 => core.msp,
            18 => core.psp,
            19 => core.primask,
            20 => core.basepri,
            21 => core.faultmask,
            _ => core.control,
        }
    }

    fn set_word(&mut self, number: usize, value: u32) {
        let core = &mut self.core;
        match number {
            0..=12 => core.r[number] = value,
            13 => core.set_sp(value),
            14 => core.lr = value,
            PC => core.pc = value & !1,
            16 => core.xpsr = value,
            17 => core.msp = value & !3,
            18 => core.psp = value & !3,
            19 => core.primask = value & 1,
            20 => core.basepri = value & 0xE0,
            21 => core.faultmask = value & 1,
            _ => core.control = value & 7,
        }
    }
}

impl GdbRegisters for All {
    type ProgramCounter = u32;

    fn pc(&self) -> u32 {
        self.core.pc
    }

    fn gdb_serialize(&self, mut write: impl FnMut(Option<u8>)) {
        for number in 0..=FPSCR {
            self.get(Number(number)).into_iter().for_each(|byte| write(Some(byte)));
        }
    }

    /// SP and the one of MSP and PSP that it is may differ in what comes: SP wins when it was changed.
    fn gdb_deserialize(&mut self, bytes: &[u8]) -> Result<(), ()> {
        let before = self.core.sp();
        let mut rest = bytes;
        let mut sp = before;
        for number in 0..=FPSCR {
            let size = Number::from_raw_id(number).and_then(|(_, size)| size).map_or(0, NonZeroUsize::get);
            let (now, behind) = rest.split_at_checked(size).ok_or(())?;
            if number == 13 {
                sp = u32::from_le_bytes(now.try_into().map_err(|_| ())?);
            } else if !self.set(Number(number), now) {
                return Err(());
            }
            rest = behind;
        }
        if sp != before {
            self.core.set_sp(sp);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled() -> All {
        let mut all = All::default();
        for number in (0..=FPSCR).filter(|&n| n != 13) {
            let bytes: Vec<u8> =
                (0..Number::from_raw_id(number).unwrap().1.unwrap().get()).map(|i| (number + 4 * i) as u8).collect();
            assert!(all.set(Number(number), &bytes), "{number}");
        }
        all
    }

    #[test]
    fn every_register_is_what_it_was_set_to() {
        let all = filled();
        assert_eq!(all.get(Number(3)), [3, 7, 11, 15]);
        assert_eq!(all.get(Number(PC)), [14, 19, 23, 27], "without bit 0");
        assert_eq!(all.get(Number(24)), [24, 28, 32, 36, 40, 44, 48, 52], "d1");
        assert_eq!((all.fp.s[2].to_le_bytes(), all.fp.s[3].to_le_bytes()), ([24, 28, 32, 36], [40, 44, 48, 52]));
        assert!(!filled().set(Number(24), &[0; 4]) && Number::from_raw_id(FPSCR + 1).is_none());
    }

    #[test]
    fn all_of_them_go_and_come_back() {
        let (all, mut bytes) = (filled(), Vec::new());
        all.gdb_serialize(|byte| bytes.extend(byte));
        assert_eq!(bytes.len(), 4 * WORDS.len() + 8 * DOUBLES + 4);
        let mut back = all.clone();
        back.gdb_deserialize(&bytes).unwrap();
        assert_eq!(back, all);
        assert_eq!(back.gdb_deserialize(&bytes[1..]), Err(()));
    }

    #[test]
    fn sp_is_the_stack_pointer_that_is_in_use() {
        let mut all = All::default();
        (all.core.control, all.core.psp, all.core.msp) = (2, 0x100, 0x200);
        assert_eq!(all.get(Number(13)), [0, 1, 0, 0]);
        assert!(all.set(Number(13), &[0x40, 0, 0, 0]));
        assert_eq!((all.core.psp, all.core.msp), (0x40, 0x200));
    }
}
