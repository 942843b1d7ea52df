//! COMP and LPCOMP, which share a page: whether an analog input is above a reference (nRF52840 Product Specification v1.7, COMP and LPCOMP).
//!
//! 1. Voltages are those of `analog.rs`. READY comes 100 us after START for COMP and 140 us for LPCOMP (remembered, typical); from then on
//!    every change of the input's wire is looked at, without delay.
//! 2. COMP compares with the thresholds of TH, or in differential mode with EXTREFSEL's input; LPCOMP with REFSEL. HYST, ISOURCE and speed
//!    modes have no effect.
//! 3. UP, DOWN and CROSS come with a change of the result, CROSS behind the other. RESULT is taken by SAMPLE.
//! 4. LPCOMP does not wake the chip from System OFF; ANADETECT is stored.

use super::alarms;
use super::analog::Analog;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use crate::kernel::{Instant, Level, Refusal, RegisterMap, Span, registers};

registers! { pub COMP, "nRF52840 PS v1.7, COMP, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x008 TASKS_SAMPLE W;
    0x100 EVENTS_READY RW;
    0x104 EVENTS_DOWN RW;
    0x108 EVENTS_UP RW;
    0x10C EVENTS_CROSS RW;
    0x200 SHORTS RW;
    0x300 INTEN RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x400 RESULT R;
    0x500 ENABLE RW;
    0x504 PSEL RW;
    0x508 REFSEL RW reset 4;
    0x50C EXTREFSEL RW;
    0x530 TH RW;
    0x534 MODE RW;
    0x538 HYST RW;
}
registers! { pub LPCOMP, "nRF52840 PS v1.7, LPCOMP, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x008 TASKS_SAMPLE W;
    0x100 EVENTS_READY RW;
    0x104 EVENTS_DOWN RW;
    0x108 EVENTS_UP RW;
    0x10C EVENTS_CROSS RW;
    0x200 SHORTS RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x400 RESULT R;
    0x500 ENABLE RW;
    0x504 PSEL RW;
    0x508 REFSEL RW reset 4;
    0x50C EXTREFSEL RW;
    0x520 ANADETECT RW;
    0x538 HYST RW;
}

const ID: u8 = 19;
const READY: u8 = 0;
const DOWN: u8 = 1;
const UP: u8 = 2;
const CROSS: u8 = 3;
const STOP: u16 = 4;
const SAMPLE: u16 = 8;
/// What each shortcut leads from and to: event and offset of the task, by the bit of SHORTS.
const SHORTS: [(u8, u16); 5] = [(READY, SAMPLE), (READY, STOP), (DOWN, STOP), (UP, STOP), (CROSS, STOP)];
/// ENABLE.
const AS_LPCOMP: u32 = 1;
const AS_COMP: u32 = 2;

/// COMP or LPCOMP, as ENABLE says.
#[derive(Clone, Debug)]
pub(super) struct Comparator {
    events: Events,
    analog: Analog,
    enable: u32,
    shorts: u32,
    /// PSEL, REFSEL, EXTREFSEL.
    select: [u32; 3],
    anadetect: u32,
    /// TH, MODE, HYST.
    settings: [u32; 3],
    /// Between START and STOP.
    started: bool,
    /// The input is above; known once it is ready.
    above: Option<bool>,
    result: bool,
}

impl Block for Comparator {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        COMP.find(at).or(LPCOMP.find(at)).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            0x200 => self.shorts,
            0x400 => self.result.into(),
            0x500 => self.enable,
            0x504..0x510 => self.select[usize::from((at - 0x504) / 4)],
            0x520 => self.anadetect,
            0x530..0x53C => self.settings[usize::from((at - 0x530) / 4)],
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, io: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, io.cx) {
            return Ok(());
        }
        COMP.find(at).or(LPCOMP.find(at)).ok_or(Refusal::Unmapped)?;
        match at {
            0x000..0x100 => {
                if value & 1 != 0 && self.face().is_some() {
                    self.task(at, io);
                }
            }
            0x200 => self.shorts = value & 0x1F,
            0x500 => {
                self.enable = value & 3;
                if self.face().is_none() {
                    self.quit(io);
                }
            }
            0x504 | 0x50C => self.select[usize::from((at - 0x504) / 4)] = value & 7,
            0x508 => self.select[1] = value & 0xF,
            0x520 => self.anadetect = value & 3,
            0x530..0x53C => {
                let n = usize::from((at - 0x530) / 4);
                self.settings[n] = value & [0x3F3F, 0x103, 1][n];
            }
            _ => return Err(Refusal::ReadOnly),
        }
        Ok(())
    }

    /// READY.
    fn wake(&mut self, _: u8, _: &mut dyn Ram, io: &mut Io) {
        let hears = [Some(self.select[0]), self.reference_input()].into_iter().flatten();
        io.gpio.listen(ID, hears.fold(0, |pins, ain| pins | 1 << Analog::pin(ain as usize)));
        self.above = Some(self.compare(false, io));
        self.event(READY, io);
    }

    fn edge(&mut self, _: u8, _: Level, io: &mut Io) {
        let Some(before) = self.above else { return };
        let above = self.compare(before, io);
        if above != before {
            self.above = Some(above);
            self.event(if above { UP } else { DOWN }, io);
            self.event(CROSS, io);
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.analog);
    }

    fn enable(&self) -> u32 {
        self.enable
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Comparator {
    pub(super) const fn new(analog: Analog) -> Self {
        Self {
            events: Events::new(ID, 0xF, true),
            analog,
            enable: 0,
            shorts: 0,
            select: [0, 4, 0],
            anadetect: 0,
            settings: [0; 3],
            started: false,
            above: None,
            result: false,
        }
    }

    /// The block that ENABLE chooses.
    fn face(&self) -> Option<&'static RegisterMap> {
        match self.enable {
            AS_LPCOMP => Some(&LPCOMP),
            AS_COMP => Some(&COMP),
            _ => None,
        }
    }

    fn task(&mut self, at: u16, io: &mut Io) {
        match at {
            0x000 if self.started => {}
            0x000 => {
                self.started = true;
                let time = if self.enable == AS_COMP { 100 } else { 140 };
                io.cx.wake_at(alarms::of(ID, 0), io.cx.now() + Span::from_us(time));
            }
            STOP => self.quit(io),
            _ => self.result = self.above.unwrap_or_default(),
        }
    }

    fn quit(&mut self, io: &mut Io) {
        (self.started, self.above) = (false, None);
        io.cx.cancel(alarms::of(ID, 0));
        io.gpio.listen(ID, 0);
    }

    fn event(&mut self, event: u8, io: &mut Io) {
        self.events.raise(event, io.cx);
        for (n, (from, task)) in SHORTS.into_iter().enumerate() {
            if from == event && self.shorts >> n & 1 != 0 {
                self.task(task, io);
            }
        }
    }

    fn differential(&self) -> bool {
        self.enable == AS_COMP && self.settings[1] >> 8 & 1 != 0
    }

    /// The analog input that is the reference, if one is.
    fn reference_input(&self) -> Option<u32> {
        let external = if self.enable == AS_COMP { matches!(self.select[1], 5 | 7) } else { self.select[1] == 7 };
        (external || self.differential()).then_some(self.select[2])
    }

    /// Whether the input is above the reference; `before` decides between the two thresholds of COMP.
    fn compare(&self, before: bool, io: &Io) -> bool {
        let input = u32::from(self.analog.input(self.select[0] as usize, 0, io));
        let vdd = u32::from(self.analog.vdd);
        let external = self.reference_input().map(|ain| u32::from(self.analog.input(ain as usize, 0, io)));
        let refsel = self.select[1];
        // Both sides in 64ths of a millivolt.
        let reference = if self.differential() {
            64 * external.unwrap_or_default()
        } else if self.enable == AS_COMP {
            let full = external.unwrap_or(match refsel {
                0 => 1_200,
                1 => 1_800,
                2 => 2_400,
                _ => vdd,
            });
            let th = self.settings[0];
            full * (1 + if before { th & 0x3F } else { th >> 8 & 0x3F })
        } else {
            match (external, refsel) {
                (Some(external), _) => 64 * external,
                (None, 0..=6) => 8 * (refsel + 1) * vdd,
                (None, _) => 4 * (2 * (refsel - 8) + 1) * vdd,
            }
        };
        64 * input > reference
    }
}
