//! The part all of Nordic's blocks have in common: EVENTS registers at 0x100, their interrupt enables, and the line.

use crate::kernel::Cx;

/// Event flags and interrupt enables of one block: bit n belongs to the event at 0x100 + 4n (nRF52840 PS, Peripheral
/// interface).
#[derive(Clone, Debug)]
pub(super) struct Events {
    flags: u32,
    enabled: u32,
    existing: u32,
    /// UARTE and a few others have INTEN beside INTENSET and INTENCLR.
    has_inten: bool,
    /// The interrupt, which is the peripheral ID.
    irq: u8,
}

impl Events {
    pub(super) const fn new(irq: u8, existing: u32, has_inten: bool) -> Self {
        Self { flags: 0, enabled: 0, existing, has_inten, irq }
    }

    /// Bits of the events that the block has.
    pub(super) const fn existing(&self) -> u32 {
        self.existing
    }

    /// Bits of the events whose interrupt is enabled.
    pub(super) const fn enabled(&self) -> u32 {
        self.enabled
    }

    /// Whether the event at 0x100 + 4 * `bit` has happened, and its interrupt is enabled.
    pub(super) const fn is_pending(&self, bit: u8) -> bool {
        self.flags & self.enabled & 1 << bit != 0
    }

    /// The register at `at`, if it is one of ours.
    pub(super) fn read(&self, at: u16) -> Option<u32> {
        match at {
            0x100..0x180 => {
                let bit = 1 << ((at - 0x100) / 4);
                (self.existing & bit != 0).then_some(u32::from(self.flags & bit != 0))
            }
            0x300 if self.has_inten => Some(self.enabled),
            0x304 | 0x308 => Some(self.enabled),
            _ => None,
        }
    }

    /// Writes the register at `at`; false when it is none of ours.
    pub(super) fn write(&mut self, at: u16, value: u32, cx: &mut Cx) -> bool {
        match at {
            0x100..0x180 if self.existing & 1 << ((at - 0x100) / 4) != 0 => {
                let bit = 1 << ((at - 0x100) / 4);
                // Software may set a flag too, which pends the interrupt but is no event (inferred).
                if value & 1 != 0 { self.flags |= bit } else { self.flags &= !bit }
            }
            0x300 if self.has_inten => self.enabled = value & self.existing,
            0x304 => self.enabled |= value & self.existing,
            0x308 => self.enabled &= !value,
            _ => return false,
        }
        self.line(cx);
        true
    }

    /// The event at 0x100 + 4 * `bit` happens, for software and for PPI, which hears it whether or not its flag was set.
    pub(super) fn raise(&mut self, bit: u8, cx: &mut Cx) {
        self.flag(bit, cx);
        cx.event(self.irq, bit);
    }

    /// The same without PPI.
    pub(super) fn flag(&mut self, bit: u8, cx: &mut Cx) {
        self.flags |= 1 << bit & self.existing;
        self.line(cx);
    }

    /// The flag is set before software runs, when no interrupt is enabled.
    pub(super) fn preset(&mut self, bit: u8) {
        self.flags |= 1 << bit & self.existing;
    }

    fn line(&self, cx: &mut Cx) {
        cx.irq(self.irq, self.flags & self.enabled != 0);
    }
}
