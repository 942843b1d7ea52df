//! The sixteen SCI registers and what writing them does (VS1053b datasheet v1.33, "SCI Registers").
//!
//! 1. HDAT0 and HDAT1 keep what the host writes until a stream changes them; drivers test the bus that way.
//! 2. BASS, CLOCKF, VOL, MODE and AICTRL survive a software reset; AUDATA does not (inferred, but for VOL).
//! 3. Clearing SM_CANCEL by hand cancels at once (Adafruit's stopPlaying relies on the stream ending; guess).
//! 4. WRAMADDR reads back where WRAM points.

use super::mem::{Target, parametric, target};
use super::{CLOCK, FALL, RISE, Vs1053, lints, pins};
use crate::kernel::{Cx, Drive, Instant, Level, PinId, Span};

/// Addresses of the SCI registers.
pub mod reg {
    #![allow(missing_docs)] // the datasheet's names
    pub const MODE: u8 = 0x0;
    pub const STATUS: u8 = 0x1;
    pub const BASS: u8 = 0x2;
    pub const CLOCKF: u8 = 0x3;
    pub const DECODE_TIME: u8 = 0x4;
    pub const AUDATA: u8 = 0x5;
    pub const WRAM: u8 = 0x6;
    pub const WRAMADDR: u8 = 0x7;
    pub const HDAT0: u8 = 0x8;
    pub const HDAT1: u8 = 0x9;
    pub const AIADDR: u8 = 0xA;
    pub const VOL: u8 = 0xB;
}

/// Bits of MODE.
pub mod mode {
    #![allow(missing_docs)] // the datasheet's names
    pub const SM_DIFF: u16 = 1 << 0;
    pub const SM_LAYER12: u16 = 1 << 1;
    pub const SM_RESET: u16 = 1 << 2;
    pub const SM_CANCEL: u16 = 1 << 3;
    pub const SM_EARSPEAKER_LO: u16 = 1 << 4;
    pub const SM_TESTS: u16 = 1 << 5;
    pub const SM_STREAM: u16 = 1 << 6;
    pub const SM_EARSPEAKER_HI: u16 = 1 << 7;
    pub const SM_DACT: u16 = 1 << 8;
    pub const SM_SDIORD: u16 = 1 << 9;
    pub const SM_SDISHARE: u16 = 1 << 10;
    pub const SM_SDINEW: u16 = 1 << 11;
    pub const SM_ADPCM: u16 = 1 << 12;
    pub const SM_CLK_RANGE: u16 = 1 << 15;
    /// After boot.
    pub const RESET_VALUE: u16 = 0x4800;
    /// Kept, without effect in the model.
    pub const NOT_MODELLED: [(u16, &str); 5] = [
        (SM_EARSPEAKER_LO, "SM_EARSPEAKER_LO"),
        (SM_EARSPEAKER_HI, "SM_EARSPEAKER_HI"),
        (SM_STREAM, "SM_STREAM"),
        (SM_ADPCM, "SM_ADPCM (recording)"),
        (SM_CLK_RANGE, "SM_CLK_RANGE"),
    ];
}

/// SS_VER of the VS1053.
const VERSION: u16 = 4 << 4;
const SS_APDOWN2: u16 = 1 << 3;
const SS_APDOWN1: u16 = 1 << 2;
const SS_DO_NOT_JUMP: u16 = 1 << 15;
const SS_SWING: u16 = 7 << 12;
/// SS_AD_CLOCK and SS_REFERENCE_SEL, which a write to STATUS or VOL clears (erratum).
const SS_CLEARED: u16 = 3;
const VOL_POWER_DOWN: u16 = 0xFFFF;

/// Peripherals of the DSP that have behaviour.
mod dsp {
    pub const SCI_LAST: u16 = 0xC00F;
    pub const SCI_CHANGE: u16 = 0xC010;
    pub const SDI_WORD: u16 = 0xC011;
    pub const DREQ: u16 = 0xC012;
    pub const GPIO_DDR: u16 = 0xC017;
    pub const GPIO_IDATA: u16 = 0xC018;
    pub const GPIO_ODATA: u16 = 0xC019;
    pub const DAC_VOL: u16 = 0xC045;
}

/// The firmware's pointers in Y memory, in words: stream buffer written and read, audio FIFO written and read.
const POINTERS: core::ops::RangeInclusive<u16> = 0x1A7D..=0x1A81;

impl Vs1053 {
    /// The value that an SCI read of `address` shows.
    pub(super) fn read_register(&self, address: u8, now: Instant, pins: u16) -> u16 {
        match address {
            reg::STATUS => self.status(now),
            reg::WRAM => self.read_memory(now, pins),
            reg::WRAMADDR => self.memory.pointer(),
            _ => self.registers[usize::from(address)],
        }
    }

    /// Levels as GPIO_IDATA shows them.
    pub(super) fn pin_levels(&self, cx: &Cx) -> u16 {
        let gpio = (0..8).filter(|&n| cx.level(PinId(pins::GPIO0.0 + n)).is_high()).fold(0, |bits, n| bits | 1 << n);
        let bus = [self.sclk, !self.xcs_low, self.si, !self.xdcs_low];
        (0..4).filter(|&n| bus[n]).fold(gpio, |bits, n| bits | 1 << (8 + n))
    }

    fn status(&self, now: Instant) -> u16 {
        let stored = self.registers[usize::from(reg::STATUS)];
        let Some(booted) = self.booted_at else { return stored & !0xF0 | SS_APDOWN2 | SS_APDOWN1 };
        let settled = now.since(booted) >= Span::from_ms(u64::from(self.config.status_settle_ms));
        stored & !0xF0 | VERSION | if settled { 0 } else { SS_APDOWN2 }
    }

    fn read_memory(&self, now: Instant, pins: u16) -> u16 {
        match target(self.memory.pointer()) {
            Target::Peripheral(a @ 0xC000..=dsp::SCI_LAST) => match a as u8 & 0xF {
                // WRAM through WRAM has no bottom.
                reg::WRAM => 0,
                other => self.read_register(other, now, pins),
            },
            Target::Peripheral(dsp::SCI_CHANGE) => self.last_access,
            Target::Peripheral(dsp::SDI_WORD) => self.last_sdi_word,
            Target::Peripheral(dsp::DREQ) => u16::from(self.dreq.has_room()),
            Target::Peripheral(dsp::GPIO_IDATA) => pins,
            Target::Y(a) if POINTERS.contains(&a) => {
                let written = (self.fifo.written & 0x3FF) as u16;
                match a - POINTERS.start() {
                    0 => written,
                    1 => written.wrapping_sub(self.fifo.len() as u16 / 2) & 0x3FF,
                    3 => (2 * self.player.audio.queued().min(super::audio::AUDIO_FIFO - 1)) as u16,
                    _ => 0,
                }
            }
            _ => self.memory.peek(),
        }
    }

    /// An SCI read of `address` has been clocked out.
    pub(super) fn read_ended(&mut self, address: u8, cx: &mut Cx) {
        self.sci_reads += 1;
        if address == reg::WRAM {
            self.memory.advance();
        }
        self.last_access = u16::from(address);
        let busy = self.clock.clki(u64::from(self.config.read_busy_clki));
        self.pulse(busy, cx);
    }

    /// A word for register `address` has come in.
    pub(super) fn write_register(&mut self, address: u8, value: u16, cx: &mut Cx) {
        let now = cx.now();
        self.sci_writes += 1;
        let mut busy = self.clock.clki(busy_clki(address));
        if address == reg::CLOCKF {
            busy = self.clock.xtali(super::clock::SETTLE_XTALI);
        }
        self.last_access = u16::from(address) | 1 << 4;
        self.pulse(busy, cx);
        if self.booted_at.is_none() {
            // During boot: kept, but for what the boot code sets (guess; silicon is not documented).
            if !matches!(address, reg::MODE | reg::STATUS) {
                self.registers[usize::from(address)] = value;
            }
            return;
        }
        let old = core::mem::replace(&mut self.registers[usize::from(address)], value);
        match address {
            reg::MODE => self.write_mode(old, value, cx),
            reg::STATUS => {
                self.registers[usize::from(address)] = value & !(0xF0 | SS_CLEARED);
                if value & SS_SWING != 0 {
                    cx.report(&lints::SWING, 0, || format!("STATUS = 0x{value:04X}"));
                }
            }
            reg::BASS if value & 0xF0F0 != 0 => cx.report(&lints::BASS_EFFECT, 0, || format!("BASS = 0x{value:04X}")),
            reg::CLOCKF => {
                self.clock.change(value);
                self.player.hunt_byte_ps = self.clock.clki(16).as_ps();
                cx.wake_at(CLOCK, now + busy);
            }
            reg::DECODE_TIME => (self.decoded_frames, self.decoded_bytes) = (0, 0),
            reg::AUDATA if value > 1 => self.player.audio.set_rate(now, u32::from(value & !1)),
            reg::WRAM => {
                let at = self.memory.pointer();
                self.memory.write(value);
                self.memory_written(at, value, cx);
            }
            reg::WRAMADDR => self.memory.point(value),
            reg::AIADDR if value != 0 => {
                cx.report(&lints::APPLICATION, u64::from(value), || format!("AIADDR = 0x{value:04X}"));
            }
            reg::VOL => self.write_vol(value, now),
            _ => {}
        }
    }

    /// Executing an operation takes `busy`; DREQ tells.
    fn pulse(&mut self, busy: Span, cx: &mut Cx) {
        let now = cx.now();
        if self.booted_at.is_none() {
            cx.report(&lints::SCI_DURING_BOOT, 0, || "DREQ is low since the reset".into());
            return;
        }
        if self.dreq.busy(now) {
            let register = super::report::REGISTERS[usize::from(self.last_access & 0xF)];
            cx.report(&lints::SCI_WHILE_BUSY, 0, || {
                format!("the access to {register} came while DREQ was low or about to fall")
            });
        }
        let from = now + self.clock.clki(u64::from(self.config.dreq_fall_clki));
        let (from, until) = self.dreq.pulse(now, from, now + busy);
        cx.wake_at(FALL, from);
        cx.wake_at(RISE, until);
    }

    fn write_mode(&mut self, old: u16, value: u16, cx: &mut Cx) {
        self.player.audio.advance(cx.now());
        self.apply_mode();
        if old & mode::SM_CANCEL != 0 && value & mode::SM_CANCEL == 0 {
            self.cancel(cx);
        } else if value & !old & mode::SM_CANCEL != 0 {
            self.cancel_after = self.config.cancel_bytes;
        }
        for (bit, name) in mode::NOT_MODELLED {
            if value & bit != 0 {
                cx.report(&lints::MODE_BITS, u64::from(bit), || format!("{name} is set, MODE = 0x{value:04X}"));
            }
        }
        if value & mode::SM_SDINEW == 0 {
            cx.report(&lints::VS1001_MODE, 0, || format!("MODE = 0x{value:04X}"));
        }
        if value & mode::SM_RESET != 0 {
            self.soft_reset(cx);
        }
    }

    /// Brings everything that depends on MODE in line with it.
    pub(super) fn apply_mode(&mut self) {
        let value = self.registers[usize::from(reg::MODE)];
        self.player.audio.invert_left = value & mode::SM_DIFF != 0;
        self.player.layer12 = value & mode::SM_LAYER12 != 0;
        self.sdi.lsb_first = value & mode::SM_SDIORD != 0;
        self.sdi_on_fall = value & mode::SM_DACT != 0;
        self.select_sdi();
    }

    /// SM_CANCEL takes effect: the FIFO and the stream are dropped.
    pub(super) fn cancel(&mut self, cx: &mut Cx) {
        self.registers[usize::from(reg::MODE)] &= !mode::SM_CANCEL;
        self.fifo.clear();
        self.player.cancel();
        self.take_facts(cx);
        self.registers[usize::from(reg::HDAT0)] = 0;
        self.registers[usize::from(reg::HDAT1)] = 0;
    }

    fn write_vol(&mut self, value: u16, now: Instant) {
        self.player.audio.advance(now);
        self.player.audio.volume = value.to_be_bytes();
        let status = &mut self.registers[usize::from(reg::STATUS)];
        *status &= !(SS_APDOWN1 | SS_APDOWN2 | SS_CLEARED);
        if value == VOL_POWER_DOWN {
            *status |= SS_APDOWN1 | SS_APDOWN2;
        }
        let [left, right] = value.to_be_bytes().map(|v| u16::from(dac_vol(v)));
        self.memory.set_peripheral(dsp::DAC_VOL, left << 8 | right);
    }

    /// Effects of a write through WRAM beyond keeping the value.
    fn memory_written(&mut self, address: u16, value: u16, cx: &mut Cx) {
        match address {
            parametric::PLAY_SPEED if value > 1 => cx.report(&lints::PLAY_SPEED, 0, || format!("playSpeed = {value}")),
            parametric::RESYNC => self.player.honour_lengths = value == 0,
            dsp::GPIO_DDR | dsp::GPIO_ODATA => self.drive_gpio(cx),
            0xC000..=dsp::SCI_LAST if !matches!(address as u8 & 0xF, reg::WRAM | reg::WRAMADDR | reg::MODE) => {
                self.registers[usize::from(address & 0xF)] = value;
            }
            _ => {}
        }
    }

    /// Drives GPIO0 to GPIO7 as GPIO_DDR and GPIO_ODATA say.
    pub(super) fn drive_gpio(&mut self, cx: &mut Cx) {
        let (out, data) = (self.memory.peripheral(dsp::GPIO_DDR), self.memory.peripheral(dsp::GPIO_ODATA));
        for n in 0..8 {
            let level = Drive::from(Level::from(data >> n & 1 == 1));
            let drive = if out >> n & 1 == 1 { level } else { Drive::Release };
            cx.drive(PinId(pins::GPIO0.0 + n), drive);
        }
    }

    /// A software reset turns the pins back into inputs (erratum).
    pub(super) fn release_gpio(&mut self, cx: &mut Cx) {
        self.memory.set_peripheral(dsp::GPIO_DDR, 0);
        self.drive_gpio(cx);
    }

    /// Sets or clears SS_DO_NOT_JUMP.
    pub(super) fn do_not_jump(&mut self, set: bool) {
        let status = &mut self.registers[usize::from(reg::STATUS)];
        *status = if set { *status | SS_DO_NOT_JUMP } else { *status & !SS_DO_NOT_JUMP };
    }
}

/// Worst-case CLKI for executing a write (datasheet, "SCI Registers").
fn busy_clki(address: u8) -> u64 {
    match address {
        reg::DECODE_TIME | reg::WRAM | reg::WRAMADDR => 100,
        reg::AUDATA => 450,
        reg::AIADDR => 210,
        _ => 80,
    }
}

/// DAC_VOL of an attenuation: coarse steps of 6 dB in the low nibble, fine ones of +0.5 dB in the high one.
fn dac_vol(half_decibels: u8) -> u8 {
    let coarse = half_decibels.div_ceil(12).min(15);
    let fine = (12 - half_decibels % 12) % 12;
    fine << 4 | coarse
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Datasheet, DAC_VOL: worked values.
    #[test]
    fn dac_vol_splits_the_attenuation() {
        let worked = [(0, 0x00), (1, 0xB1), (12, 0x01), (13, 0xB2), (24, 0x02), (36, 0x03), (40, 0x84), (168, 0x0E)];
        assert!(worked.into_iter().all(|(v, dac)| dac_vol(v) == dac));
    }
}
