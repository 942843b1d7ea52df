//! QDEC: the quadrature decoder (nRF52840 Product Specification v1.7, QDEC).
//!
//! 1. It samples A and B every SAMPLEPER; what happens between two samples is not seen. The first one only says where the wheel stands.
//! 2. The LED pin is not driven, and LEDPRE and LEDPOL have no effect: inputs are not light barriers here, and stay as they are between
//!    samples. The debounce filters (DBFEN) are not modelled: wires do not bounce.
//! 3. REPORTRDY comes after REPORTPER samples if ACC is not 0, DBLRDY with it if ACCDBL is not 0.
//! 4. ACC keeps what it is when a sample would carry it out of -1024 to 1023, with ACCOF; ACCDBL stays at 15.
//! 5. Reserved values of SAMPLEPER and REPORTPER count as the greatest one (guess).

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::Ram;
use super::events::Events;
use super::psel;
use crate::kernel::{Cx, Instant, Refusal, Span, registers};

registers! { pub QDEC, "nRF52840 PS v1.7, QDEC, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_STOP W;
    0x008 TASKS_READCLRACC W;
    0x00C TASKS_RDCLRACC W;
    0x010 TASKS_RDCLRDBL W;
    0x100 EVENTS_SAMPLERDY RW;
    0x104 EVENTS_REPORTRDY RW;
    0x108 EVENTS_ACCOF RW;
    0x10C EVENTS_DBLRDY RW;
    0x110 EVENTS_STOPPED RW;
    0x200 SHORTS RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x500 ENABLE RW;
    0x504 LEDPOL RW;
    0x508 SAMPLEPER RW;
    0x50C SAMPLE R;
    0x510 REPORTPER RW;
    0x514 ACC R;
    0x518 ACCREAD R;
    0x51C PSEL_LED RW reset 0xFFFF_FFFF;
    0x520 PSEL_A RW reset 0xFFFF_FFFF;
    0x524 PSEL_B RW reset 0xFFFF_FFFF;
    0x528 DBFEN RW;
    0x540 LEDPRE RW reset 0x10;
    0x544 ACCDBL R;
    0x548 ACCDBLREAD R;
}

const ID: u8 = 18;
const SAMPLERDY: u8 = 0;
const REPORTRDY: u8 = 1;
const ACCOF: u8 = 2;
const DBLRDY: u8 = 3;
const STOPPED: u8 = 4;
/// What each shortcut leads from and to: event and offset of the task, by the bit of SHORTS.
const SHORTS: [(u8, u16); 7] =
    [(REPORTRDY, 8), (SAMPLERDY, 4), (REPORTRDY, 0xC), (REPORTRDY, 4), (DBLRDY, 0x10), (DBLRDY, 4), (SAMPLERDY, 8)];
/// Both pins changed between two samples.
const DOUBLE: i32 = 2;

/// What it has counted, and what was read of it.
#[derive(Clone, Debug, Default)]
struct Counts {
    sample: i32,
    acc: i32,
    accread: i32,
    accdbl: u32,
    accdblread: u32,
}

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Qdec {
    events: Events,
    shorts: u32,
    enable: u32,
    ledpol: u32,
    sampleper: u32,
    reportper: u32,
    /// LED, A and B.
    psel: [u32; 3],
    dbfen: u32,
    ledpre: u32,
    running: bool,
    counts: Counts,
    /// A and B at the last sample.
    stood: Option<[bool; 2]>,
    /// Samples since the last report.
    samples: u32,
}

impl Block for Qdec {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        QDEC.find(at).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            0x200 => self.shorts,
            0x500 => self.enable,
            0x504 => self.ledpol,
            0x508 => self.sampleper,
            0x50C => self.counts.sample as u32,
            0x510 => self.reportper,
            0x514 => self.counts.acc as u32,
            0x518 => self.counts.accread as u32,
            0x51C..0x528 => self.psel[usize::from((at - 0x51C) / 4)],
            0x528 => self.dbfen,
            0x540 => self.ledpre,
            0x544 => self.counts.accdbl,
            0x548 => self.counts.accdblread,
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        QDEC.find(at).ok_or(Refusal::Unmapped)?;
        match at {
            0x000..0x100 => {
                if value & 1 != 0 && self.enable != 0 {
                    self.task(at, cx);
                }
            }
            0x200 => self.shorts = value & 0x7F,
            0x500 => {
                self.enable = value & 1;
                if self.enable == 0 {
                    self.running = false;
                    cx.cancel(alarms::of(ID, 0));
                }
            }
            0x504 => self.ledpol = value & 1,
            0x508 => self.sampleper = value & 0xF,
            0x510 => self.reportper = value & 0xF,
            0x51C..0x528 => self.psel[usize::from((at - 0x51C) / 4)] = value & psel::PSEL,
            0x528 => self.dbfen = value & 1,
            0x540 => self.ledpre = value & 0x1FF,
            _ => return Err(Refusal::ReadOnly),
        }
        Ok(())
    }

    fn wake(&mut self, _: u8, _: &mut dyn Ram, io: &mut Io) {
        let pins = [1, 2].map(|n| psel::pin(self.psel[n]).is_some_and(|pin| io.gpio.level(pin).is_high()));
        let cx = &mut *io.cx;
        cx.wake_at(alarms::of(ID, 0), cx.now() + self.period());
        let Some(stood) = self.stood.replace(pins) else { return };
        self.count(movement(stood, pins), cx);
        self.samples += 1;
        // A shortcut may clear what is to be reported, so what comes is settled first.
        let due = self.samples >= self.report();
        let report = due && self.counts.acc != 0;
        let doubles = due && self.counts.accdbl != 0;
        if due {
            self.samples = 0;
        }
        self.event(SAMPLERDY, cx);
        if report {
            self.event(REPORTRDY, cx);
        }
        if doubles {
            self.event(DBLRDY, cx);
        }
    }

    fn reset(&mut self) {
        *self = Self::new();
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Qdec {
    pub(super) fn new() -> Self {
        Self {
            events: Events::new(ID, 0x1F, false),
            shorts: 0,
            enable: 0,
            ledpol: 0,
            sampleper: 0,
            reportper: 0,
            psel: [u32::MAX; 3],
            dbfen: 0,
            ledpre: 0x10,
            running: false,
            counts: Counts::default(),
            stood: None,
            samples: 0,
        }
    }

    fn period(&self) -> Span {
        Span::from_us(128 << self.sampleper.min(10))
    }

    /// Samples in a report.
    fn report(&self) -> u32 {
        match self.reportper {
            0 => 10,
            n @ 1..=7 => 40 * n,
            _ => 1,
        }
    }

    fn task(&mut self, at: u16, cx: &mut Cx) {
        match at {
            0x000 if self.running => {}
            0x000 => {
                (self.running, self.stood, self.samples) = (true, None, 0);
                cx.wake_at(alarms::of(ID, 0), cx.now());
            }
            0x004 => {
                self.running = false;
                cx.cancel(alarms::of(ID, 0));
                self.events.raise(STOPPED, cx);
            }
            0x008 => {
                self.read_acc();
                self.read_doubles();
            }
            0x00C => self.read_acc(),
            _ => self.read_doubles(),
        }
    }

    fn read_acc(&mut self) {
        self.counts.accread = core::mem::take(&mut self.counts.acc);
    }

    fn read_doubles(&mut self) {
        self.counts.accdblread = core::mem::take(&mut self.counts.accdbl);
    }

    fn count(&mut self, sample: i32, cx: &mut Cx) {
        self.counts.sample = sample;
        if sample == DOUBLE {
            if self.counts.accdbl == 15 {
                self.events.raise(ACCOF, cx);
            } else {
                self.counts.accdbl += 1;
            }
        } else if (-1024..1024).contains(&(self.counts.acc + sample)) {
            self.counts.acc += sample;
        } else {
            self.events.raise(ACCOF, cx);
        }
    }

    fn event(&mut self, event: u8, cx: &mut Cx) {
        self.events.raise(event, cx);
        for (n, (from, task)) in SHORTS.into_iter().enumerate() {
            if from == event && self.shorts >> n & 1 != 0 {
                self.task(task, cx);
            }
        }
    }
}

/// SAMPLE for A and B `before` and `now` (PS v1.7, QDEC, "Sampled value encoding", remembered).
fn movement(before: [bool; 2], now: [bool; 2]) -> i32 {
    /// Where in a turn of the code 00, 01, 11, 10 the pins stand.
    fn place([a, b]: [bool; 2]) -> i32 {
        match (a, b) {
            (false, false) => 0,
            (false, true) => 1,
            (true, true) => 2,
            (true, false) => 3,
        }
    }
    match (place(now) - place(before)).rem_euclid(4) {
        0 => 0,
        1 => 1,
        2 => DOUBLE,
        _ => -1,
    }
}
