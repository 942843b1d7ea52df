//! EGU0 to EGU5: events that firmware triggers itself, for interrupts of its own (nRF52840 Product Specification v1.7, EGU).
//!
//! SWI0 to SWI5 are the same interrupts without registers: firmware sets them pending in the NVIC.

use super::block::{Block, FOREVER, Io};
use super::events::Events;
use crate::kernel::{Instant, Refusal, registers};

registers! { pub EGU, "nRF52840 PS v1.7, EGU, Registers";
    0x000 TASKS_TRIGGER[16] W;
    0x100 EVENTS_TRIGGERED[16] RW;
    0x300 INTEN RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
}

/// The interrupt of EGU0; the others follow.
const FIRST_IRQ: u8 = 20;

/// EGU `which`, 0 to 5.
#[derive(Clone, Debug)]
pub(super) struct Egu {
    which: u8,
    events: Events,
}

impl Block for Egu {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        match self.events.read(at) {
            Some(value) => Ok(value),
            // Tasks read 0.
            None => EGU.find(at).map(|_| 0).ok_or(Refusal::Unmapped),
        }
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        match at {
            0x000..0x040 => {
                if value & 1 != 0 {
                    self.events.raise((at / 4) as u8, cx);
                }
                Ok(())
            }
            _ => Err(Refusal::Unmapped),
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.which);
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Egu {
    pub(super) const fn new(which: u8) -> Self {
        Self { which, events: Events::new(FIRST_IRQ + which, 0xFFFF, true) }
    }
}
