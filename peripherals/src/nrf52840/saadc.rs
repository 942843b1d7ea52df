//! SAADC: the analog-to-digital converter (nRF52840 Product Specification v1.7, SAADC).
//!
//! 1. Voltages are those of `analog.rs`, without noise, offset or error. Resistors of CONFIG.RESP decide about a pin that nothing drives;
//!    RESN has no effect.
//! 2. A conversion takes TACQ and 2 us, of which the manual says "less than 2 us". It looks at the voltage at its end.
//! 3. RESULT = (V(P) - V(N)) * GAIN / REFERENCE * 2^(RESOLUTION - m), rounded down and limited to the bits there are; m is 1 for a differential
//!    input and else 0. Single-ended results are never negative.
//! 4. Without BURST a SAMPLE gives one conversion of each channel, and a result comes after 2^OVERSAMPLE of them; with BURST all of
//!    them follow one SAMPLE. As all are equal, no mean is worked out. SAMPLE during a scan is lost (guess).
//! 5. The buffer is taken over at START. STOP gives END, when a buffer is open, and then STOPPED (guess). SAMPLE without an open buffer is
//!    ignored (guess), and so is every task while ENABLE is 0.
//! 6. CALIBRATEOFFSET takes 100 us (guess: the manual has no figure) and changes nothing.
//! 7. SAMPLERATE.MODE = Timers repeats SAMPLE from the first one to STOP.

use super::alarms;
use super::analog::{ANALOG_INPUTS, Analog};
use super::block::{Block, FOREVER, Io};
use super::dma::{self, Ram};
use super::events::Events;
use crate::kernel::{Cx, Instant, Refusal, Span, registers};

registers! { pub SAADC, "nRF52840 PS v1.7, SAADC, Registers";
    0x000 TASKS_START W;
    0x004 TASKS_SAMPLE W;
    0x008 TASKS_STOP W;
    0x00C TASKS_CALIBRATEOFFSET W;
    0x100 EVENTS_STARTED RW;
    0x104 EVENTS_END RW;
    0x108 EVENTS_DONE RW;
    0x10C EVENTS_RESULTDONE RW;
    0x110 EVENTS_CALIBRATEDONE RW;
    0x114 EVENTS_STOPPED RW;
    0x118 EVENTS_CH_LIMITH[8 step 8] RW;
    0x11C EVENTS_CH_LIMITL[8 step 8] RW;
    0x300 INTEN RW;
    0x304 INTENSET RW;
    0x308 INTENCLR RW;
    0x400 STATUS R;
    0x500 ENABLE RW;
    0x510 CH_PSELP[8 step 16] RW;
    0x514 CH_PSELN[8 step 16] RW;
    0x518 CH_CONFIG[8 step 16] RW reset 0x2_0000;
    0x51C CH_LIMIT[8 step 16] RW reset 0x7FFF_8000;
    0x5F0 RESOLUTION RW reset 1;
    0x5F4 OVERSAMPLE RW;
    0x5F8 SAMPLERATE RW;
    0x62C RESULT_PTR RW;
    0x630 RESULT_MAXCNT RW;
    0x634 RESULT_AMOUNT R;
}

const ID: u8 = 7;
/// Its alarms.
const CONVERSION: u8 = 0;
const NEXT_SAMPLE: u8 = 1;
const CALIBRATION: u8 = 2;

const STARTED: u8 = 0;
const END: u8 = 1;
const DONE: u8 = 2;
const RESULTDONE: u8 = 3;
const CALIBRATEDONE: u8 = 4;
const STOPPED: u8 = 5;
/// LIMITH of channel 0; LIMITL follows, then the other channels.
const LIMITH: u8 = 6;
const EVENTS: u32 = 0x003F_FFFF;

const BEYOND_ACQUISITION: Span = Span::from_us(2);
const CALIBRATION_TIME: Span = Span::from_us(100);
const PCLK16M: Span = Span::from_cycles(4);
/// Of SAMPLERATE.CC.
const LEAST_CC: u32 = 80;

#[derive(Clone, Copy, Debug)]
struct Channel {
    /// PSELP, PSELN, CONFIG, LIMIT.
    words: [u32; 4],
    /// Conversions since the last result.
    converted: u32,
}

impl Channel {
    const RESET: Self = Self { words: [0, 0, 0x2_0000, 0x7FFF_8000], converted: 0 };

    fn enabled(&self) -> bool {
        self.words[0] != 0
    }

    fn acquisition(&self) -> Span {
        Span::from_us([3, 5, 10, 15, 20, 40, 40, 40][self.words[2] as usize >> 16 & 7])
    }

    fn bursts(&self) -> bool {
        self.words[2] >> 24 & 1 != 0
    }

    /// Millivolts at an input that PSELP or PSELN chooses.
    fn voltage(&self, psel: u32, analog: &Analog, io: &Io) -> u16 {
        let open = match self.words[2] & 3 {
            2 => analog.vdd,
            3 => analog.vdd / 2,
            _ => 0,
        };
        match psel {
            1..=8 => analog.input(psel as usize - 1, open, io),
            9 => analog.vdd,
            0xD => analog.vddh / 5,
            _ => 0,
        }
    }

    /// Note 3; `bits` is the resolution.
    fn convert(&self, bits: u32, analog: &Analog, io: &Io) -> i16 {
        /// Numerator and denominator of CONFIG.GAIN.
        const GAINS: [(i64, i64); 8] = [(1, 6), (1, 5), (1, 4), (1, 3), (1, 2), (1, 1), (2, 1), (4, 1)];
        let config = self.words[2];
        let differential = config >> 20 & 1 != 0;
        let positive = i64::from(self.voltage(self.words[0], analog, io));
        let negative = if differential { i64::from(self.voltage(self.words[1], analog, io)) } else { 0 };
        let (gain, part) = GAINS[config as usize >> 8 & 7];
        // 0.6 V, or VDD / 4.
        let (reference, times) = if config >> 12 & 1 == 0 { (600, 1) } else { (i64::from(analog.vdd).max(1), 4) };
        let bits = bits - u32::from(differential);
        let result = (((positive - negative) * gain * times) << bits).div_euclid(part * reference);
        let (least, most) = (if differential { -1 << bits } else { 0 }, (1 << bits) - 1);
        result.clamp(least, most) as i16
    }
}

/// PTR and MAXCNT as they were at START.
#[derive(Clone, Copy, Debug)]
struct Buffer {
    ptr: u32,
    maxcnt: u32,
}

/// The block.
#[derive(Clone, Debug)]
pub(super) struct Saadc {
    events: Events,
    analog: Analog,
    enable: u32,
    channels: [Channel; ANALOG_INPUTS],
    resolution: u32,
    oversample: u32,
    samplerate: u32,
    result: [u32; 2],
    amount: u32,
    buffer: Option<Buffer>,
    /// The channel that is converted.
    converting: Option<usize>,
    /// SAMPLE repeats itself.
    repeating: bool,
}

impl Block for Saadc {
    fn read(&mut self, at: u16, _: &mut Io) -> Result<u32, Refusal> {
        if let Some(value) = self.events.read(at) {
            return Ok(value);
        }
        SAADC.find(at).ok_or(Refusal::Unmapped)?;
        Ok(match at {
            0x400 => self.converting.is_some().into(),
            0x500 => self.enable,
            0x510..0x590 => *self.word(at),
            0x5F0 => self.resolution,
            0x5F4 => self.oversample,
            0x5F8 => self.samplerate,
            0x62C | 0x630 => self.result[usize::from(at == 0x630)],
            0x634 => self.amount,
            // Tasks read 0.
            _ => 0,
        })
    }

    fn write(&mut self, at: u16, value: u32, Io { cx, .. }: &mut Io) -> Result<(), Refusal> {
        if self.events.write(at, value, cx) {
            return Ok(());
        }
        SAADC.find(at).ok_or(Refusal::Unmapped)?;
        match at {
            0x000..0x010 => {
                if value & 1 != 0 && self.enable != 0 {
                    self.task(at, cx);
                }
            }
            0x500 => self.set_enable(value & 1, cx),
            0x510..0x590 => {
                let exists = [0x1F, 0x1F, 0x0117_1733, u32::MAX][usize::from(at / 4 % 4)];
                *self.word(at) = value & exists;
            }
            0x5F0 => self.resolution = value & 7,
            0x5F4 => self.oversample = value & 0xF,
            0x5F8 => self.samplerate = value & 0x17FF,
            0x62C => self.result[0] = value,
            0x630 => self.result[1] = value & 0x7FFF,
            _ => return Err(Refusal::ReadOnly),
        }
        Ok(())
    }

    fn wake(&mut self, alarm: u8, ram: &mut dyn Ram, io: &mut Io) {
        match alarm {
            CONVERSION => self.converted(ram, io),
            NEXT_SAMPLE => self.task_sample(io.cx),
            _ => self.events.raise(CALIBRATEDONE, io.cx),
        }
    }

    fn reset(&mut self) {
        *self = Self::new(self.analog);
    }

    fn steady_until(&self, _: u16, _: Instant) -> Option<Instant> {
        Some(FOREVER)
    }
}

impl Saadc {
    pub(super) const fn new(analog: Analog) -> Self {
        Self {
            events: Events::new(ID, EVENTS, true),
            analog,
            enable: 0,
            channels: [Channel::RESET; ANALOG_INPUTS],
            resolution: 1,
            oversample: 0,
            samplerate: 0,
            result: [0; 2],
            amount: 0,
            buffer: None,
            converting: None,
            repeating: false,
        }
    }

    fn word(&mut self, at: u16) -> &mut u32 {
        let at = usize::from(at - 0x510);
        &mut self.channels[at / 16].words[at / 4 % 4]
    }

    fn set_enable(&mut self, enable: u32, cx: &mut Cx) {
        self.enable = enable;
        if enable == 0 {
            self.quit(cx);
            self.buffer = None;
            cx.cancel(alarms::of(ID, CALIBRATION));
        }
    }

    fn task(&mut self, at: u16, cx: &mut Cx) {
        match at {
            0x000 => {
                self.buffer = Some(Buffer { ptr: self.result[0], maxcnt: self.result[1] });
                self.amount = 0;
                self.events.raise(STARTED, cx);
            }
            0x004 => self.task_sample(cx),
            0x008 => {
                self.quit(cx);
                if self.buffer.take().is_some() {
                    self.events.raise(END, cx);
                }
                self.events.raise(STOPPED, cx);
            }
            _ => cx.wake_at(alarms::of(ID, CALIBRATION), cx.now() + CALIBRATION_TIME),
        }
    }

    /// No conversion any more.
    fn quit(&mut self, cx: &mut Cx) {
        (self.converting, self.repeating) = (None, false);
        self.channels.iter_mut().for_each(|channel| channel.converted = 0);
        cx.cancel(alarms::of(ID, CONVERSION));
        cx.cancel(alarms::of(ID, NEXT_SAMPLE));
    }

    fn task_sample(&mut self, cx: &mut Cx) {
        if self.samplerate >> 12 & 1 != 0 {
            self.repeating = true;
            let cc = (self.samplerate & 0x7FF).max(LEAST_CC);
            cx.wake_at(alarms::of(ID, NEXT_SAMPLE), cx.now() + PCLK16M * u64::from(cc));
        }
        if self.buffer.is_some() && self.converting.is_none() {
            self.convert_from(0, cx);
        }
    }

    /// The first channel from `first` on that is enabled is next.
    fn convert_from(&mut self, first: usize, cx: &mut Cx) {
        self.converting = (first..ANALOG_INPUTS).find(|&n| self.channels[n].enabled());
        if let Some(n) = self.converting {
            cx.wake_at(alarms::of(ID, CONVERSION), cx.now() + self.channels[n].acquisition() + BEYOND_ACQUISITION);
        }
    }

    /// A conversion has ended.
    fn converted(&mut self, ram: &mut dyn Ram, io: &mut Io) {
        let (Some(n), Some(buffer)) = (self.converting, self.buffer) else { return };
        let bits = 8 + 2 * self.resolution.min(3);
        let value = self.channels[n].convert(bits, &self.analog, io);
        let channel = &mut self.channels[n];
        channel.converted += 1;
        let complete = channel.converted >= 1 << self.oversample.min(8);
        let (again, limits) = (!complete && channel.bursts(), channel.words[3]);
        if complete {
            channel.converted = 0;
        }
        self.events.raise(DONE, io.cx);
        if complete {
            self.store(value, buffer, ram, io.cx);
            self.compare(n, value, limits, io.cx);
        }
        if self.buffer.is_none() {
            // The buffer is full: what is left of the scan has nowhere to go.
            self.converting = None;
        } else {
            self.convert_from(if again { n } else { n + 1 }, io.cx);
        }
    }

    fn store(&mut self, value: i16, buffer: Buffer, ram: &mut dyn Ram, cx: &mut Cx) {
        if self.amount < buffer.maxcnt {
            let addr = buffer.ptr.wrapping_add(2 * self.amount);
            dma::store(ram, addr, &value.to_le_bytes(), "SAADC.RESULT.PTR", ID, cx);
            self.amount += 1;
        }
        self.events.raise(RESULTDONE, cx);
        if self.amount >= buffer.maxcnt {
            self.buffer = None;
            self.events.raise(END, cx);
        }
    }

    fn compare(&mut self, n: usize, value: i16, limits: u32, cx: &mut Cx) {
        let (low, high) = (limits as u16 as i16, (limits >> 16) as u16 as i16);
        for (event, hit) in [(LIMITH, value >= high), (LIMITH + 1, value <= low)] {
            if hit {
                self.events.raise(event + 2 * n as u8, cx);
            }
        }
    }
}
