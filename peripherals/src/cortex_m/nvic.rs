//! The interrupt controller's registers (ARMv7-M Architecture Reference Manual, B3.4), as pure functions of its state and of
//! the interrupt lines.
//!
//! 1. Taking an exception is the core's business and not modelled yet; the state here is what it will ask.
//! 2. 48 lines and 3 bits of priority, as on the nRF52840.

use crate::kernel::{Refusal, registers};

registers! { pub NVIC, "ARMv7-M ARM, B3.4.3";
    0x100 ISER[2] RW;
    0x180 ICER[2] RW;
    0x200 ISPR[2] RW;
    0x280 ICPR[2] RW;
    0x300 IABR[2] R;
    0x400 IPR[12] RW;
}

/// Interrupt lines there are (nRF52840 SVD, `NUM_IRQ`).
pub const LINES: u32 = 48;
const EXISTING: u64 = (1 << LINES) - 1;
/// Three bits of priority.
const PRIORITY: u32 = 0xE0E0_E0E0;

/// Enabled, pending and active interrupts with their priorities; bit n is IRQ n.
#[derive(Clone, Debug, Default)]
pub struct Nvic {
    enabled: u64,
    pending: u64,
    active: u64,
    priority: [u32; LINES as usize / 4],
}

impl Nvic {
    /// Lets levels become pending: a line that is asserted pends again whenever it was cleared.
    pub fn sample(&mut self, lines: u64) {
        self.pending |= lines & !self.active & EXISTING;
    }

    /// Interrupts that are enabled and pending.
    pub fn wanted(&self) -> u64 {
        self.enabled & self.pending
    }

    /// Interrupts that are enabled.
    pub fn enabled(&self) -> u64 {
        self.enabled
    }

    /// The priority byte of `irq`.
    pub fn priority(&self, irq: u8) -> u8 {
        self.priority.get(usize::from(irq / 4)).map_or(0, |word| word.to_le_bytes()[usize::from(irq % 4)])
    }

    /// Pends `irq`, as a write to STIR does.
    pub(super) fn pend(&mut self, irq: u32) {
        if irq < LINES {
            self.pending |= 1 << irq;
        }
    }

    /// Any interrupt pending, for ICSR.ISRPENDING.
    pub(super) fn any_pending(&self) -> bool {
        self.pending != 0
    }

    /// The exception number for ICSR.VECTPENDING: the most urgent that is enabled and pending, the lower number among equals.
    pub(super) fn most_urgent(&self) -> Option<u32> {
        let wanted = self.wanted();
        (0..LINES as u8)
            .filter(|&irq| wanted & 1 << irq != 0)
            .min_by_key(|&irq| self.priority(irq))
            .map(|irq| u32::from(irq) + 16)
    }

    /// Reads the register at `at` from 0xE000_E000.
    pub(super) fn read(&self, at: u16) -> Result<u32, Refusal> {
        let half = |all: u64, index: u16| if index < 2 { (all >> (32 * index)) as u32 } else { 0 };
        let index = at % 0x80 / 4;
        Ok(match at {
            0x100..0x120 | 0x180..0x1A0 => half(self.enabled, index),
            0x200..0x220 | 0x280..0x2A0 => half(self.pending, index),
            0x300..0x320 => half(self.active, index),
            0x400..0x4F0 => self.priority.get(usize::from((at - 0x400) / 4)).copied().unwrap_or(0),
            _ => return Err(Refusal::Unmapped),
        })
    }

    /// Writes the register at `at` from 0xE000_E000.
    pub(super) fn write(&mut self, at: u16, value: u32) -> Result<(), Refusal> {
        let index = at % 0x80 / 4;
        let bits = if index < 2 { (u64::from(value) << (32 * index)) & EXISTING } else { 0 };
        match at {
            0x100..0x120 => self.enabled |= bits,
            0x180..0x1A0 => self.enabled &= !bits,
            0x200..0x220 => self.pending |= bits,
            0x280..0x2A0 => self.pending &= !bits,
            0x300..0x320 => return Err(Refusal::ReadOnly),
            0x400..0x4F0 => {
                if let Some(word) = self.priority.get_mut(usize::from((at - 0x400) / 4)) {
                    *word = value & PRIORITY;
                }
            }
            _ => return Err(Refusal::Unmapped),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_and_clear_registers_show_the_same_state() {
        let mut n = Nvic::default();
        n.write(0x100, 0b1010).unwrap();
        n.write(0x180, 0b0010).unwrap();
        assert_eq!((n.read(0x100), n.read(0x180)), (Ok(0b1000), Ok(0b1000)));
        n.write(0x104, 0xFFFF_FFFF).unwrap();
        assert_eq!(n.read(0x104), Ok(0xFFFF), "there are 48 lines");
    }

    #[test]
    fn a_line_that_stays_up_pends_again() {
        let mut n = Nvic::default();
        n.write(0x100, 1 << 8).unwrap();
        n.sample(1 << 8);
        n.write(0x280, 1 << 8).unwrap();
        assert_eq!(n.wanted(), 0);
        n.sample(1 << 8);
        assert_eq!(n.wanted(), 1 << 8);
    }

    #[test]
    fn the_lower_number_wins_among_equals_and_priority_before_that() {
        let mut n = Nvic::default();
        n.write(0x100, 0xFFFF_FFFF).unwrap();
        n.write(0x200, 1 << 3 | 1 << 5).unwrap();
        assert_eq!(n.most_urgent(), Some(16 + 3));
        n.write(0x400, 0x6000_0000).unwrap();
        assert_eq!(n.most_urgent(), Some(16 + 5));
    }

    #[test]
    fn priorities_keep_three_bits() {
        let mut n = Nvic::default();
        n.write(0x404, 0xFF_7F_3F_1F).unwrap();
        assert_eq!(n.read(0x404), Ok(0xE0_60_20_00));
    }
}
