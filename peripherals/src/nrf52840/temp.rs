//! TEMP: the temperature of the die (nRF52840 Product Specification v1.7, TEMP).
//!
//! 1. The board says how warm it is; it stays so. A measurement takes 36 us (the manual, typical) and has no error.
//! 2. The registers of the linear sections (A0 to T4) are stored and have no effect: what TEMP reads is calibrated.
//! 3. START during a measurement begins it anew (guess). STOP drops it.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use crate::kernel::{Instant, Refusal, Span, registers};

registers! { pub TEMP, "nRF52840 PS v1.7, TEMP, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x100 EVENTS_DATARDY RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x508 TEMP R;
    0x520 A0 RW reset 0x326;
    0x524 A1 RW reset 0x348;
    0x528 A2 RW reset 0x3AA;
    0x52C A3 RW reset 0x40E;
    0x530 A4 RW reset 0x4BD;
    0x534 A5 RW reset 0x5A3;
    0x540 B0 RW reset 0x3FEF;
    0x544 B1 RW reset 0x3FBE;
    0x548 B2 RW reset 0x3FBE;
    0x54C B3 RW reset 0x12;
    0x550 B4 RW reset 0x124;
    0x554 B5 RW reset 0x27C;
    0x560 T0 RW reset 0xE2;
    0x564 T1 RW;
    0x568 T2 RW reset 0x19;
    0x56C T3 RW reset 0x3C;
    0x570 T4 RW reset 0x50;
}

const ID: u8 = 12;
const DATARDY: u8 = 0;
const MEASUREMENT: Span = Span::from_us(36);
/// Offset of A0, and the words from there to T4.
const SECTIONS: u16 = 0x520;
const WORDS: usize = 21;

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Temp {
    events: Events,
    /// Quarters of a degree Celsius, as the register has them.
    temperature: i32,
    measured: i32,
    sections: [u32; WORDS],
}

impl Block for Temp {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        TEMP.find(at).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            0x508 => self.measured as u32,
            SECTIONS.. => self.sections[usize::from((at - SECTIONS) / 4)],
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        TEMP.find(at).ok_or(Refusal::Unmapped)?;
        match at {
            0x000 | 0x004 if value & 1 == 0 => {}
            0x000 => cx.wake_at(alarms::of(ID, 0), cx.now() + MEASUREMENT),
            0x004 => cx.cancel(alarms::of(ID, 0)),
            0x508 => return Err(Refusal::ReadOnly),
            _ => self.sections[usize::from((at - SECTIONS) / 4)] = value,
        }
        Ok(())
    }

    fn wake(&mut self, _: u8, _: &mut dyn Ram, Io { cx, .. }: &mut Io) {
        self.measured = self.temperature;
        self.events.raise(DATARDY, cx);
    }

    fn reset(&mut self) {
        *self = Self::new(self.temperature);
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Temp {
    /// `temperature` is in quarters of a degree Celsius.
    pub(super) fn new(temperature: i32) -> Self {
        let mut sections = [0; WORDS];
        for (at, word) in (SECTIONS..).step_by(4).zip(&mut sections) {
            *word = TEMP.find(at).map_or(0, |(register, _)| register.reset);
        }
        Self { events: Events::new(ID, 1 << DATARDY, false), temperature, measured: 0, sections }
    }
}
