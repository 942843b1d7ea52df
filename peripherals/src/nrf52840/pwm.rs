//! PWM0 to PWM3: pulses from values in RAM (nRF52840 Product Specification v1.7, PWM).
//!
//! Nothing ticks: an alarm is set for the next edge of an output, or for the end of the period.
//!
//! 1. Generation begins at the edge of PCLK16M at or behind SEQSTART. While it runs, SEQSTART and STOP act at the end of the period.
//! 2. In a period an output is low until the counter meets its value and high from there on, or the other way round with bit 15 set.
//!    With MODE = UpAndDown the counter comes back, and the output with it. COUNTERTOP = 0 counts as 1.
//! 3. A value lasts REFRESH + 1 periods, or until NEXTSTEP, which acts at the end of the period. SEQEND comes when the last one has lasted so
//!    long, then ENDDELAY periods follow (the manual's wording leaves one period of doubt). What plays next begins at once; LOOPSDONE
//!    comes there too.
//! 4. SEQEND and LOOPSDONE with a shortcut to STOP stop generation at that very end of a period (guess).
//! 5. The last values are held until STOP. STOP while nothing runs gives STOPPED at once (guess).
//! 6. An output has its pin while generation runs; then GPIO has it again (the manual). PSEL, PRESCALER, MODE, COUNTERTOP and DECODER count as
//!    they are when a period begins, PTR, CNT, REFRESH and ENDDELAY as they are when the sequence does, LOOP as it is at SEQSTART.
//! 7. A sequence whose CNT makes no step is not played: what was is held.

use super::alarms;
use super::block::{Block, FOREVER, Io};
use super::dma::{self, Ram};
use super::events::Events;
use super::psel;
use crate::kernel::{Alarm, Cx, Instant, Level, Refusal, registers};

registers! { pub PWM, "nRF52840 PS v1.7, PWM, Registers";
    0x004 TASKS_STOP W;
    0x008 TASKS_SEQSTART[2] W;
    0x010 TASKS_NEXTSTEP W;
    0x104 EVENTS_STOPPED RW;
    0x108 EVENTS_SEQSTARTED[2] RW;
    0x110 EVENTS_SEQEND[2] RW;
    0x118 EVENTS_PWMPERIODEND RW;
    0x11C EVENTS_LOOPSDONE RW;
    0x200 SHORTS RW;
    0x300 INTEN RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x500 ENABLE RW;
    0x504 MODE RW;
    0x508 COUNTERTOP RW reset 0x3FF;
    0x50C PRESCALER RW;
    0x510 DECODER RW;
    0x514 LOOP RW;
    0x520 SEQ_PTR[2 step 32] RW;
    0x524 SEQ_CNT[2 step 32] RW;
    0x528 SEQ_REFRESH[2 step 32] RW reset 1;
    0x52C SEQ_ENDDELAY[2 step 32] RW;
    0x560 PSEL_OUT[4] RW reset 0xFFFF_FFFF;
}

const IRQS: [u8; 4] = [28, 33, 34, 45];
const STOPPED: u8 = 1;
/// Of sequence 0; that of 1 follows.
const SEQSTARTED: u8 = 2;
const SEQEND: u8 = 4;
const PWMPERIODEND: u8 = 6;
const LOOPSDONE: u8 = 7;
const EVENTS: u32 = 0xFE;
/// SHORTS: SEQEND\[n\]_STOP is bit n, LOOPSDONE_SEQSTART\[n\] bit n + 2.
const SHORT_LOOPSDONE_SEQSTART: u32 = 2;
const SHORT_LOOPSDONE_STOP: u32 = 4;
const PCLK16M_PS: u64 = 62_500;
const OUTPUTS: usize = 4;
/// DECODER.LOAD.
const GROUPED: u32 = 1;
const INDIVIDUAL: u32 = 2;
const WAVEFORM: u32 = 3;

/// PTR, CNT, REFRESH and ENDDELAY.
type Sequence = [u32; 4];

/// What of the sequence is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The present value, for so many periods more behind this one.
    Value(u32),
    /// ENDDELAY, for so many periods with this one.
    Delay(u32),
    /// Nothing more comes.
    Held,
}

/// Generation runs.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Which sequence.
    which: usize,
    sequence: Sequence,
    /// Steps that have been loaded.
    steps: u32,
    phase: Phase,
    /// Plays of sequence 1 that are left; 0 when there is no loop.
    loops: u32,
    /// When the period began, in picoseconds, and how it counts.
    began: u64,
    tick: u64,
    top: u32,
    both_ways: bool,
    values: [u16; OUTPUTS],
}

impl Run {
    /// Ticks in a period.
    fn period(&self) -> u32 {
        if self.both_ways { 2 * self.top } else { self.top }
    }

    /// Ticks in which output `n` changes.
    fn edges(&self, n: usize) -> [u32; 2] {
        let value = u32::from(self.values[n] & 0x7FFF).min(self.top);
        [value, if self.both_ways { 2 * self.top - value } else { self.top }]
    }

    /// The level of output `n` in tick `tick`.
    fn level(&self, n: usize, tick: u32) -> Level {
        let [from, to] = self.edges(n);
        Level::from((from..to).contains(&tick) == (self.values[n] >> 15 == 0))
    }

    fn when(&self, tick: u32) -> Instant {
        Instant::from_ps(self.began.saturating_add(u64::from(tick) * self.tick))
    }
}

/// PWM `which`, 0 to 3.
#[derive(Clone, Debug)]
pub(super) struct Pwm {
    which: usize,
    events: Events,
    shorts: u32,
    enable: u32,
    mode: u32,
    countertop: u32,
    prescaler: u32,
    decoder: u32,
    repeat: u32,
    sequences: [Sequence; 2],
    psel: [u32; OUTPUTS],
    /// The pins that it has.
    pins: [Option<u8>; OUTPUTS],
    run: Option<Run>,
    /// Tasks that wait for the end of the period.
    to_start: Option<usize>,
    to_stop: bool,
    next_step: bool,
}

impl Block for Pwm {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        let (_, index) = PWM.find(at).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            0x200 => self.shorts,
            0x500 => self.enable,
            0x504 => self.mode,
            0x508 => self.countertop,
            0x50C => self.prescaler,
            0x510 => self.decoder,
            0x514 => self.repeat,
            0x520..0x560 => self.sequences[usize::from(index)][usize::from(at / 4 % 4)],
            0x560.. => self.psel[usize::from(index)],
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, io: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, io.cx) {
            return Ok(());
        }
        let (_, index) = PWM.find(at).ok_or(Refusal::Unmapped)?;
        let index = usize::from(index);
        match at {
            0x000..0x014 => {
                if value & 1 != 0 && self.enable != 0 {
                    self.task(at, index, io.cx);
                }
            }
            0x200 => self.shorts = value & 0x1F,
            0x500 => self.set_enable(value & 1, io),
            0x504 => self.mode = value & 1,
            0x508 => self.countertop = value & 0x7FFF,
            0x50C => self.prescaler = value & 7,
            0x510 => self.decoder = value & 0x103,
            0x514 => self.repeat = value & 0xFFFF,
            0x520..0x560 => {
                let exists = [u32::MAX, 0x7FFF, 0x00FF_FFFF, 0x00FF_FFFF][usize::from(at / 4 % 4)];
                self.sequences[index][usize::from(at / 4 % 4)] = value & exists;
            }
            _ => self.psel[index] = value & psel::PSEL,
        }
        Ok(())
    }

    /// The alarm: an output changes, the period has ended, or generation begins.
    fn wake(&mut self, _: u8, ram: &mut dyn Ram, io: &mut Io) {
        let now = io.cx.now();
        match self.run {
            Some(run) if now < run.when(run.period()) => {}
            Some(run) => {
                self.events.raise(PWMPERIODEND, io.cx);
                self.end_of_period(run, ram, io);
            }
            None => {
                if let Some(which) = self.to_start.take() {
                    let idle = Run {
                        which,
                        sequence: [0; 4],
                        steps: 0,
                        phase: Phase::Held,
                        loops: 0,
                        began: now.as_ps(),
                        tick: PCLK16M_PS,
                        top: 1,
                        both_ways: false,
                        values: [0; OUTPUTS],
                    };
                    self.start(which, idle, ram, io);
                }
            }
        }
        self.put_out(io);
    }

    fn reset(&mut self) {
        *self = Self::new(self.which);
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Pwm {
    pub(super) const fn new(which: usize) -> Self {
        Self {
            which,
            events: Events::new(IRQS[which], EVENTS, true),
            shorts: 0,
            enable: 0,
            mode: 0,
            countertop: 0x3FF,
            prescaler: 0,
            decoder: 0,
            repeat: 0,
            sequences: [[0, 0, 1, 0]; 2],
            psel: [u32::MAX; OUTPUTS],
            pins: [None; OUTPUTS],
            run: None,
            to_start: None,
            to_stop: false,
            next_step: false,
        }
    }

    fn alarm(&self) -> Alarm {
        alarms::of(IRQS[self.which], 0)
    }

    fn set_enable(&mut self, enable: u32, io: &mut Io) {
        self.enable = enable;
        if enable == 0 {
            self.quit(io);
        }
    }

    fn task(&mut self, at: u16, index: usize, cx: &mut Cx) {
        match at {
            0x004 if self.run.is_some() => self.to_stop = true,
            0x004 => {
                self.to_start = None;
                cx.cancel(self.alarm());
                self.events.raise(STOPPED, cx);
            }
            0x010 => self.next_step = self.run.is_some(),
            _ => {
                self.to_start = Some(index);
                self.to_stop = false;
                if self.run.is_none() {
                    let edge = cx.now().as_ps().div_ceil(PCLK16M_PS);
                    cx.wake_at(self.alarm(), Instant::from_ps(edge.saturating_mul(PCLK16M_PS)));
                }
            }
        }
    }

    /// Generation ends, and GPIO has the pins.
    fn quit(&mut self, io: &mut Io) {
        (self.run, self.to_start, self.to_stop, self.next_step) = (None, None, false, false);
        io.cx.cancel(self.alarm());
        for pin in self.pins.iter_mut().filter_map(Option::take) {
            io.gpio.give_back(pin, io.cx);
        }
    }

    /// Half-words that a step takes from RAM.
    fn values_per_step(&self) -> u32 {
        match self.decoder & 3 {
            GROUPED => 2,
            INDIVIDUAL | WAVEFORM => 4,
            _ => 1,
        }
    }

    fn end_of_period(&mut self, mut run: Run, ram: &mut dyn Ram, io: &mut Io) {
        run.began = run.when(run.period()).as_ps();
        let by_step = self.decoder >> 8 & 1 != 0;
        let step = core::mem::take(&mut self.next_step);
        if !self.to_stop
            && let Some(which) = self.to_start.take()
        {
            return self.start(which, run, ram, io);
        }
        match run.phase {
            Phase::Value(_) if by_step && !step => {}
            Phase::Value(more) if !by_step && more > 0 => run.phase = Phase::Value(more - 1),
            Phase::Value(_) if run.steps < run.sequence[1] / self.values_per_step() => self.load(&mut run, ram, io),
            Phase::Value(_) => {
                self.events.raise(SEQEND + run.which as u8, io.cx);
                self.to_stop |= self.shorts >> run.which & 1 != 0;
                match run.sequence[3] {
                    0 => return self.end_of_sequence(run, ram, io),
                    delay => run.phase = Phase::Delay(delay),
                }
            }
            Phase::Delay(1) => return self.end_of_sequence(run, ram, io),
            Phase::Delay(more) => run.phase = Phase::Delay(more - 1),
            Phase::Held => {}
        }
        self.go_on(run, io);
    }

    fn end_of_sequence(&mut self, mut run: Run, ram: &mut dyn Ram, io: &mut Io) {
        run.phase = Phase::Held;
        if run.loops == 0 {
            return self.go_on(run, io);
        }
        if run.which == 0 {
            return self.play(1, run, ram, io);
        }
        run.loops -= 1;
        if run.loops > 0 {
            return self.play(0, run, ram, io);
        }
        self.events.raise(LOOPSDONE, io.cx);
        self.to_stop |= self.shorts >> SHORT_LOOPSDONE_STOP & 1 != 0;
        let again = (0..2).find(|n| self.shorts >> (SHORT_LOOPSDONE_SEQSTART + n) & 1 != 0);
        match again {
            Some(which) if !self.to_stop => self.start(which as usize, run, ram, io),
            _ => self.go_on(run, io),
        }
    }

    /// SEQSTART.
    fn start(&mut self, which: usize, mut run: Run, ram: &mut dyn Ram, io: &mut Io) {
        run.loops = self.repeat;
        self.play(which, run, ram, io);
    }

    /// Sequence `which` begins.
    fn play(&mut self, which: usize, mut run: Run, ram: &mut dyn Ram, io: &mut Io) {
        (run.which, run.sequence, run.steps, run.phase) = (which, self.sequences[which], 0, Phase::Held);
        if !self.to_stop && run.sequence[1] >= self.values_per_step() {
            self.load(&mut run, ram, io);
            self.events.raise(SEQSTARTED + which as u8, io.cx);
        }
        self.go_on(run, io);
    }

    /// The next values come from RAM.
    fn load(&mut self, run: &mut Run, ram: &mut dyn Ram, io: &mut Io) {
        const NAMES: [&str; 4] = ["PWM0.SEQ.PTR", "PWM1.SEQ.PTR", "PWM2.SEQ.PTR", "PWM3.SEQ.PTR"];
        let count = self.values_per_step();
        let mut bytes = [0; 2 * OUTPUTS];
        let bytes = &mut bytes[..2 * count as usize];
        let addr = run.sequence[0].wrapping_add(2 * count * run.steps);
        dma::load(ram, addr, bytes, NAMES[self.which], IRQS[self.which], io.cx);
        let value = |n: usize| u16::from_le_bytes([bytes[2 * n], bytes[2 * n + 1]]);
        run.values = match self.decoder & 3 {
            GROUPED => [value(0), value(0), value(1), value(1)],
            INDIVIDUAL | WAVEFORM => [0, 1, 2, 3].map(value),
            _ => [value(0); OUTPUTS],
        };
        run.steps += 1;
        run.phase = Phase::Value(run.sequence[2]);
    }

    /// The next period begins, unless a STOP has waited for this moment.
    fn go_on(&mut self, mut run: Run, io: &mut Io) {
        if self.to_stop {
            self.quit(io);
            return self.events.raise(STOPPED, io.cx);
        }
        run.tick = PCLK16M_PS << self.prescaler;
        run.both_ways = self.mode != 0;
        let top = if self.decoder & 3 == WAVEFORM { u32::from(run.values[3] & 0x7FFF) } else { self.countertop };
        run.top = top.max(1);
        self.run = Some(run);
        let outputs = if self.decoder & 3 == WAVEFORM { 3 } else { OUTPUTS };
        let now = [0, 1, 2, 3].map(|n| psel::pin(self.psel[n]).filter(|_| n < outputs));
        for (before, now) in self.pins.iter_mut().zip(now) {
            if let Some(pin) = before.filter(|_| *before != now) {
                io.gpio.give_back(pin, io.cx);
            }
            *before = now;
        }
    }

    /// Puts every output at its level, and sets the alarm for what comes next.
    fn put_out(&mut self, io: &mut Io) {
        let Some(run) = self.run else { return };
        let tick = (io.cx.now().as_ps().saturating_sub(run.began) / run.tick) as u32;
        let mut next = run.period();
        for (n, pin) in self.pins.iter().enumerate() {
            if let Some(pin) = *pin {
                io.gpio.take(pin, Some(run.level(n, tick)), io.cx);
                next = run.edges(n).into_iter().filter(|&edge| edge > tick).fold(next, u32::min);
            }
        }
        io.cx.wake_at(self.alarm(), run.when(next));
    }
}
