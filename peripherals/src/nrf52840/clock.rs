//! CLOCK: the high- and low-frequency clocks (nRF52840 Product Specification v1.7, CLOCK).
//!
//! 1. The core runs at exactly 64 MHz throughout; the internal oscillator has no error.
//! 2. HFXO start: HFXODEBOUNCE times 16 us and 104 us for the crystal (sum with the reset value: 360 us, inferred from
//!    embassy-nrf).
//! 3. LFRC starts in 600 us and LFXO in 250 ms (figures remembered, not re-read; the sister nRF5340 has 500 us and 310 ms).
//!    Synth is given the time of LFRC (guess).
//! 4. A start task for a clock that runs already gives its event at once; while it is starting it changes nothing.
//! 5. CAL takes 40 ms (remembered), also without the HFXO, which is the fault `calibration-without-hfxo`. It changes no edge. Without
//!    the LFRC, or in the middle of another calibration, it takes as long (guess).
//! 6. While the LFXO starts, LFCLK runs from the LFRC, from 600 us after LFCLKSTART on (remembered); the change to the crystal
//!    moves no edge. Both are exactly 32 768 Hz. Without a crystal LFCLK stays with the LFRC.

use super::alarms::{CALIBRATION, CALIBRATION_TIMER, HFCLK, LFCLK};
use super::events::Events;
use super::lfclk::Lfclk;
use super::lint::{CALIBRATION_WITHOUT_HFXO, NO_LFXO};
use crate::kernel::{Alarm, Cx, Refusal, Span, registers};

registers! { pub CLOCK, "nRF52840 PS v1.7, CLOCK, Registers";
    0x000 TASKS_HFCLKSTART W;
    0x004 TASKS_HFCLKSTOP W;
    0x008 TASKS_LFCLKSTART W;
    0x00C TASKS_LFCLKSTOP W;
    0x010 TASKS_CAL W;
    0x014 TASKS_CTSTART W;
    0x018 TASKS_CTSTOP W;
    0x100 EVENTS_HFCLKSTARTED RW;
    0x104 EVENTS_LFCLKSTARTED RW;
    0x10C EVENTS_DONE RW;
    0x110 EVENTS_CTTO RW;
    0x128 EVENTS_CTSTARTED RW;
    0x12C EVENTS_CTSTOPPED RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x408 HFCLKRUN R;
    0x40C HFCLKSTAT R reset 0x1_0000;
    0x414 LFCLKRUN R;
    0x418 LFCLKSTAT R;
    0x41C LFCLKSRCCOPY R;
    0x518 LFCLKSRC RW;
    0x528 HFXODEBOUNCE RW reset 0x10;
    0x538 CTIV RW;
    0x55C TRACECONFIG RW;
    0x5B4 LFRCMODE RW;
}

/// Bits of the events that CLOCK has.
pub(super) const EVENTS: u32 =
    1 << HFCLKSTARTED | 1 << LFCLKSTARTED | 1 << DONE | 1 << CTTO | 1 << CTSTARTED | 1 << CTSTOPPED;
const HFCLKSTARTED: u8 = 0;
const LFCLKSTARTED: u8 = 1;
const DONE: u8 = 3;
const CTTO: u8 = 4;
const CTSTARTED: u8 = 10;
const CTSTOPPED: u8 = 11;

/// STAT.STATE: running.
const RUNNING: u32 = 1 << 16;
const XTAL: u32 = 1;
const HFXO_CRYSTAL: Span = Span::from_us(104);
const LFRC_START: Span = Span::from_us(600);
/// How long the 32.768 kHz crystal takes unless the machine is told otherwise (note 3).
pub const LFXO_START: Span = Span::from_ms(250);
const CAL_TIME: Span = Span::from_ms(40);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Off,
    Starting,
    On,
}

/// The block, its fields in the order of their registers.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// The board has a crystal at P0.00 and P0.01, and how long it takes to start.
    lfxo: Option<Span>,
    hfxo: State,
    lfclk: State,
    /// What the RTCs count, from LFCLKSTART to LFCLKSTOP; it may begin in the future (note 6).
    ticking: Option<Lfclk>,
    lfclksrccopy: u32,
    lfclksrc: u32,
    hfxodebounce: u32,
    ctiv: u32,
    traceconfig: u32,
    lfrcmode: u32,
}

impl Clock {
    pub(super) fn new(lfxo: Option<Span>) -> Self {
        Self {
            lfxo,
            hfxo: State::Off,
            lfclk: State::Off,
            ticking: None,
            lfclksrccopy: 0,
            lfclksrc: 0,
            hfxodebounce: 0x10,
            ctiv: 0,
            traceconfig: 0,
            lfrcmode: 0,
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new(self.lfxo);
    }

    /// Whether firmware has asked for the 32 MHz crystal oscillator.
    pub(super) fn hfxo_runs(&self) -> bool {
        self.hfxo != State::Off
    }

    /// The low-frequency clock, for those who count it.
    pub(super) fn lfclk(&self) -> Option<Lfclk> {
        self.ticking
    }

    pub(super) fn read(&self, at: u16) -> Result<u32, Refusal> {
        Ok(match at {
            0x408 => u32::from(self.hfxo != State::Off),
            // The clock itself always runs: from the internal oscillator until the crystal is ready.
            0x40C => RUNNING | u32::from(self.hfxo == State::On),
            0x414 => u32::from(self.lfclk != State::Off),
            // While the crystal starts, the clock runs from the RC oscillator (remembered).
            0x418 => match self.lfclk {
                State::Off => 0,
                State::Starting if self.lfclksrccopy & 3 == XTAL => RUNNING,
                State::Starting => 0,
                State::On => RUNNING | self.lfclksrccopy & 3,
            },
            0x41C => self.lfclksrccopy,
            0x518 => self.lfclksrc,
            0x528 => self.hfxodebounce,
            0x538 => self.ctiv,
            0x55C => self.traceconfig,
            0x5B4 => self.lfrcmode,
            _ => CLOCK.find(at).ok_or(Refusal::Unmapped)?.0.reset,
        })
    }

    pub(super) fn write(&mut self, at: u16, value: u32, events: &mut Events, cx: &mut Cx) -> Result<(), Refusal> {
        match at {
            0x000..0x01C => {
                if value & 1 != 0 {
                    self.task(at, events, cx);
                }
            }
            0x518 => self.lfclksrc = value & 0x0003_0003,
            0x528 => self.hfxodebounce = value & 0xFF,
            0x538 => self.ctiv = value & 0x7F,
            0x55C => self.traceconfig = value & 0x0003_0003,
            0x5B4 => self.lfrcmode = value & 1,
            _ => return Err(if CLOCK.find(at).is_some() { Refusal::ReadOnly } else { Refusal::Unmapped }),
        }
        Ok(())
    }

    fn task(&mut self, at: u16, events: &mut Events, cx: &mut Cx) {
        match at {
            0x000 => self.task_hfclkstart(events, cx),
            0x004 => {
                self.hfxo = State::Off;
                cx.cancel(HFCLK);
            }
            0x008 => self.task_lfclkstart(events, cx),
            0x00C => {
                self.lfclk = State::Off;
                self.ticking = None;
                cx.cancel(LFCLK);
            }
            0x010 => {
                if self.hfxo != State::On {
                    cx.report(&CALIBRATION_WITHOUT_HFXO, 0, || "CLOCK.TASKS_CAL".to_owned());
                }
                cx.wake_at(CALIBRATION, cx.now() + CAL_TIME);
            }
            0x014 => {
                cx.wake_at(CALIBRATION_TIMER, cx.now() + Span::from_ms(250) * u64::from(self.ctiv.max(1)));
                events.raise(CTSTARTED, cx);
            }
            _ => {
                cx.cancel(CALIBRATION_TIMER);
                events.raise(CTSTOPPED, cx);
            }
        }
    }

    fn task_hfclkstart(&mut self, events: &mut Events, cx: &mut Cx) {
        match self.hfxo {
            State::Off => {
                self.hfxo = State::Starting;
                let debounce = Span::from_us(16) * u64::from(self.hfxodebounce);
                cx.wake_at(HFCLK, cx.now() + debounce + HFXO_CRYSTAL);
            }
            State::Starting => {}
            State::On => events.raise(HFCLKSTARTED, cx),
        }
    }

    fn task_lfclkstart(&mut self, events: &mut Events, cx: &mut Cx) {
        match self.lfclk {
            State::Off => {
                self.lfclk = State::Starting;
                self.ticking = Some(Lfclk::running_from(cx.now() + LFRC_START));
                self.lfclksrccopy = self.lfclksrc;
                match (self.lfclksrc & 3 == XTAL, self.lfxo) {
                    (true, Some(time)) => cx.wake_at(LFCLK, cx.now() + time),
                    (true, None) => cx.report(&NO_LFXO, 0, || "CLOCK.TASKS_LFCLKSTART".to_owned()),
                    (false, _) => cx.wake_at(LFCLK, cx.now() + LFRC_START),
                }
            }
            State::Starting => {}
            State::On => events.raise(LFCLKSTARTED, cx),
        }
    }

    pub(super) fn wake(&mut self, alarm: Alarm, events: &mut Events, cx: &mut Cx) {
        match alarm {
            HFCLK => {
                self.hfxo = State::On;
                events.raise(HFCLKSTARTED, cx);
            }
            LFCLK => {
                self.lfclk = State::On;
                events.raise(LFCLKSTARTED, cx);
            }
            CALIBRATION => events.raise(DONE, cx),
            CALIBRATION_TIMER => events.raise(CTTO, cx),
            _ => {}
        }
    }
}
