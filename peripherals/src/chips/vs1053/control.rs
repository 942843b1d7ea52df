//! The sixteen SCI registers and what writing them does (VS1053b datasheet v1.33, "SCI Registers"; VS1053.md, 2.1).
//!
//! 1. HDAT0 and HDAT1 keep what the host writes until a stream changes them (observed: drivers, VLSI's own example among them, test the bus that
//!    way; VS1053.md, 2.1).
//! 2. VOL, MODE and AIADDR survive a software reset (documented), BASS, CLOCKF and AICTRL too (inferred); AUDATA does not (guess; knobs
//!    `soft_reset_*`; VS1053.md, 2.1).
//! 3. Clearing SM_CANCEL by hand cancels at once (Adafruit's stopPlaying relies on the stream ending; guess, knob `cancel_cleared`; VS1053.md, 5.1).
//! 4. WRAMADDR reads back where WRAM points (guess, knob `wramaddr_reads`; VS1053.md, 2.1).
//! 5. SM_STREAM is kept as a bit and has no effect (VS1053.md, 2.2).
//! 6. A rate that is written to AUDATA lasts until the next stream, in Ogg Vorbis until the next packet (VS1053.md, 2.6). 0 and 1 change no
//!    rate (guess).
//! 7. Any read holds DREQ low equally long, that of AIADDR too, which may take twice as long (VS1053.md, 2.1). That reading it can set a very low
//!    rate is not modelled (VS1053.md, 2.9).

use super::gain::level_db;
use super::{CLOCK, FALL, RISE, Vs1053, XCS_WAIT, lints};
use crate::kernel::{Cx, Instant, Span};

/// Addresses of the SCI registers (VS1053.md, 2.1).
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
    pub const AICTRL0: u8 = 0xC;
    pub const AICTRL1: u8 = 0xD;
    pub const AICTRL2: u8 = 0xE;
    pub const AICTRL3: u8 = 0xF;
}

/// Bits of MODE (VS1053.md, 2.2).
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
    /// Pause, with VLSI's patches; without them to be 0 (VS1053.md, 2.2).
    pub const SM_PAUSE: u16 = 1 << 13;
    pub const SM_LINE1: u16 = 1 << 14;
    pub const SM_CLK_RANGE: u16 = 1 << 15;
    /// Settings that last, which a write of a constant may forget. SM_LINE1 is none of them: its reset value is 1, and most drivers write
    /// 0x0800.
    pub const LASTING: [(u16, &str); 4] = [
        (SM_LAYER12, "SM_LAYER12"),
        (SM_STREAM, "SM_STREAM"),
        (SM_EARSPEAKER_LO, "SM_EARSPEAKER_LO"),
        (SM_EARSPEAKER_HI, "SM_EARSPEAKER_HI"),
    ];
    /// After boot (VS1053.md, 2.2).
    pub const RESET_VALUE: u16 = 0x4800;
    /// Kept, without effect in the model.
    pub const NOT_MODELLED: [(u16, &str); 1] = [(SM_STREAM, "SM_STREAM")];
}

// Bits of STATUS (VS1053.md, 2.3).
const SS_REFERENCE_SEL: u16 = 1 << 0;
const SS_APDOWN1: u16 = 1 << 2;
const SS_APDOWN2: u16 = 1 << 3;
const SS_VER: u16 = 0xF << 4;
/// With VLSI's patches: a copy of SS_REFERENCE_SEL that lasts, and the VU meter (VS1053b Patches; VS1053.md, 2.3).
const SS_REFERENCE_STAYS: u16 = 1 << 8;
const SS_VU: u16 = 1 << 9;
const SS_SWING: u16 = 7 << 12;
/// Above this the output is overdriven (VS1053.md, 2.3).
const SWING_USABLE: u8 = 2;
const SS_DO_NOT_JUMP: u16 = 1 << 15;
/// SS_AD_CLOCK and SS_REFERENCE_SEL, which a write to STATUS or VOL clears (erratum; VS1053.md, 2.3).
const SS_CLEARED: u16 = 3;
/// This word alone switches the analog part off (VS1053.md, 2.9).
const VOL_POWER_DOWN: u16 = 0xFFFF;
/// Bytes after an opcode that is none which make it look like audio data (ours).
const LOOKS_LIKE_DATA: u8 = 8;

impl Vs1053 {
    /// The value that an SCI read of `address` shows.
    pub(super) fn read_register(&self, address: u8, now: Instant, pins: u16) -> u16 {
        match address {
            reg::STATUS => self.status(now),
            reg::WRAM => self.read_memory(now, pins),
            reg::WRAMADDR if self.config.wramaddr_reads => 0,
            reg::WRAMADDR => self.memory.pointer(),
            reg::AICTRL3 if self.meter() => {
                let [left, right] = self.player.audio.stage.loudness().map(level_db);
                u16::from(left) << 8 | u16::from(right)
            }
            _ => self.registers[usize::from(address)],
        }
    }

    /// Whether the patches' VU meter shows in AICTRL3 (VS1053b Patches; VS1053.md, 6.2).
    pub(super) fn meter(&self) -> bool {
        self.features.patches && self.registers[usize::from(reg::STATUS)] & SS_VU != 0
    }

    /// STATUS: 0x000C in reset and during boot, 0x0048 from then on, 0x0040 after the knob `status_settle_ms` (VS1053.md, 2.3; that a software
    /// reset goes the same way is inferred).
    fn status(&self, now: Instant) -> u16 {
        let stored = self.registers[usize::from(reg::STATUS)];
        let Some(booted) = self.booted_at else { return stored & !SS_VER | SS_APDOWN2 | SS_APDOWN1 };
        let settled = now.since(booted) >= Span::from_ms(u64::from(self.config.status_settle_ms));
        stored & !SS_VER | (self.config.version as u16) << 4 | if settled { 0 } else { SS_APDOWN2 }
    }

    /// STATUS at a software reset: SS_DO_NOT_JUMP stays (erratum; VS1053.md, 2.3).
    pub(super) fn reset_status(&mut self) {
        self.registers[usize::from(reg::STATUS)] &= SS_DO_NOT_JUMP;
    }

    /// Brings the analog part in line with STATUS and VOL (VS1053.md, 2.3 and 2.9).
    pub(super) fn apply_status(&mut self) {
        let status = self.registers[usize::from(reg::STATUS)];
        let stage = &mut self.player.audio.stage;
        stage.swing = ((status & SS_SWING) >> SS_SWING.trailing_zeros()) as u8;
        stage.off = status & (SS_APDOWN1 | SS_APDOWN2) != 0 || self.registers[usize::from(reg::VOL)] == VOL_POWER_DOWN;
    }

    /// An erratum: a new rate while bass or treble control is on clears SS_AD_CLOCK and SS_REFERENCE_SEL (VS1053.md, 2.3).
    pub(super) fn rate_changes(&mut self, cx: &mut Cx) {
        if !self.player.audio.effects.has_tone_control() || self.features.patches {
            return;
        }
        self.registers[usize::from(reg::STATUS)] &= !SS_CLEARED;
        if core::mem::take(&mut self.reference_set) {
            cx.report(&lints::REFERENCE_LOST, 0, || "STATUS had them set, then the sample rate changed".into());
        }
    }

    /// An SCI read of `address` has been clocked out. It has its pulse of DREQ as well (knob `read_busy_clki`; VS1053.md, 2.1).
    pub(super) fn read_ended(&mut self, address: u8, cx: &mut Cx) {
        self.sci_reads += 1;
        self.conduct_read(address, self.sci.answered(), cx);
        if address == reg::WRAM {
            self.uart.was_read(self.memory.pointer());
            self.memory.advance();
        }
        if address == reg::HDAT0 {
            self.recording_was_read();
        }
        self.last_access = u16::from(address);
        self.wait_begins(cx);
        let busy = self.clock.clki(u64::from(self.config.read_busy_clki));
        self.pulse(busy, cx);
    }

    /// A word for register `address` has come in: it counts with its last bit, not with XCS (VS1053.md, 1.3). The word of 0xC010, SCI_CHANGE,
    /// has bit 4 for a write (VS1053.md, 2.1).
    pub(super) fn write_register(&mut self, address: u8, value: u16, cx: &mut Cx) {
        let now = cx.now();
        self.sci_writes += 1;
        let mut busy = self.clock.clki(busy_clki(address));
        if address == reg::CLOCKF {
            busy = self.clock.xtali(super::clock::SETTLE_XTALI);
        }
        self.last_access = u16::from(address) | 1 << 4;
        let lost =
            self.config.sci_while_busy && self.dreq.busy(now) || self.config.sci_while_full && !self.dreq.has_room();
        if self.booted_at.is_none() {
            return self.write_in_boot(address, value, cx);
        }
        self.pulse(busy, cx);
        self.wait_begins(cx);
        if lost {
            return;
        }
        let old = core::mem::replace(&mut self.registers[usize::from(address)], value);
        self.conduct_write(address, old, value, cx);
        match address {
            reg::MODE => self.write_mode(old, value, cx),
            reg::STATUS => self.write_status(value, cx),
            reg::BASS => self.player.audio.effects.set_bass(value),
            reg::CLOCKF => {
                self.clock.change(value);
                self.clock_changed(now);
                cx.wake_at(CLOCK, now + busy);
            }
            reg::DECODE_TIME => (self.decoded_frames, self.decoded_bytes) = (0, 0),
            reg::AUDATA if value > 1 => {
                self.set_rate(now, u32::from(value & !1));
                self.rate_changes(cx);
            }
            reg::WRAM => {
                let at = self.memory.pointer();
                self.memory.write(value);
                self.memory_written(at, value, cx);
            }
            reg::WRAMADDR => self.memory.point(value),
            reg::AIADDR => self.start_application(value, cx),
            reg::VOL => self.write_vol(value, cx),
            reg::AICTRL0 | reg::AICTRL1 => {
                let [left, right] = [reg::AICTRL0, reg::AICTRL1].map(|r| self.registers[usize::from(r)]);
                if matches!(self.registers[usize::from(reg::AIADDR)], 0x4020 | 0x4022) {
                    self.player.audio.retune(now, left, right);
                }
            }
            _ => {}
        }
    }

    /// During boot a write is kept, but for what the boot code sets (guess, knob `sci_during_boot`; VS1053.md, 4). SM_CLK_RANGE alone has its
    /// effect at once: it is to be set without waiting for DREQ (VS1053.md, 2.2).
    fn write_in_boot(&mut self, address: u8, value: u16, cx: &mut Cx) {
        let mut lost = true;
        if address == reg::MODE && value & mode::SM_CLK_RANGE != 0 {
            self.halve_in_boot(cx);
            lost = value & !(mode::SM_CLK_RANGE | self.mode_after_boot()) != 0;
        }
        if lost {
            self.pulse(Span::ZERO, cx);
        }
        self.wait_begins(cx);
        if !matches!(address, reg::MODE | reg::STATUS) && !self.config.sci_during_boot {
            self.registers[usize::from(address)] = value;
        }
    }

    /// Executing an operation takes `busy`; DREQ tells, 16 to 40 CLKI late (knob `dreq_fall_clki`; VS1053.md, 2.1).
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

    /// An operation has ended with XCS low. With the FIFO full, waiting here for DREQ may last.
    fn wait_begins(&mut self, cx: &mut Cx) {
        self.operation_ended = cx.now();
        if !self.dreq.has_room() {
            cx.wake_at(XCS_WAIT, cx.now() + Span::from_ms(u64::from(self.config.xcs_wait_ms)));
        }
    }

    /// XCS has been low since an operation ended.
    pub(super) fn wait_goes_on(&mut self, cx: &mut Cx) {
        if self.xcs_low && self.sci.complete() && !self.dreq.has_room() {
            let waited = cx.now().since(self.operation_ended);
            cx.report(&lints::XCS_WAIT, 0, || format!("for {waited} so far"));
        }
    }

    /// Something that is no opcode came, and then `bytes` more.
    pub(super) fn ignored_under_xcs(&mut self, bytes: u8, cx: &mut Cx) {
        if bytes == LOOKS_LIKE_DATA {
            cx.report(&lints::SDI_UNDER_XCS, 0, || format!("more than {bytes} bytes without a change of XCS"));
        }
    }

    fn write_status(&mut self, value: u16, cx: &mut Cx) {
        let kept = if self.features.patches {
            // Bit 0 lasts only with its copy in bit 8 (VS1053.md, 2.3).
            let lost = if value & SS_REFERENCE_STAYS == 0 { SS_REFERENCE_SEL } else { 0 };
            value & !lost
        } else {
            value & !SS_CLEARED
        };
        self.registers[usize::from(reg::STATUS)] = kept & !SS_VER;
        self.reference_set = !self.features.patches && value & SS_CLEARED != 0;
        self.player.audio.advance(cx.now());
        self.apply_status();
        if self.player.audio.stage.swing > SWING_USABLE {
            cx.report(&lints::SWING, 0, || format!("STATUS = 0x{value:04X}"));
        }
    }

    fn write_mode(&mut self, old: u16, value: u16, cx: &mut Cx) {
        self.player.audio.advance(cx.now());
        let paused = self.player.paused;
        self.apply_mode(cx.now());
        if paused && !self.player.paused {
            self.decode(cx);
        }
        if old & mode::SM_CANCEL != 0 && value & mode::SM_CANCEL == 0 && !self.config.cancel_cleared {
            self.cancel(cx);
        } else if value & !old & mode::SM_CANCEL != 0 {
            self.cancel_after = self.config.cancel_bytes;
        }
        for (bit, name) in mode::NOT_MODELLED {
            if value & bit != 0 {
                cx.report(&lints::MODE_BITS, u64::from(bit), || format!("{name} is set, MODE = 0x{value:04X}"));
            }
        }
        for (bit, name) in mode::LASTING {
            if old & !value & bit != 0 {
                let detail = || format!("{name} was set, MODE = 0x{value:04X} clears it");
                cx.report(&lints::MODE_BITS_LOST, u64::from(bit), detail);
            }
        }
        if value & mode::SM_SDINEW == 0 {
            cx.report(&lints::VS1001_MODE, 0, || format!("MODE = 0x{value:04X}"));
        }
        if value & mode::SM_ADPCM == 0 {
            self.end_recording();
        }
        if value & mode::SM_RESET != 0 {
            self.soft_reset(cx);
        }
    }

    /// Brings everything that depends on MODE in line with it.
    pub(super) fn apply_mode(&mut self, now: Instant) {
        let value = self.registers[usize::from(reg::MODE)];
        let halved = value & mode::SM_CLK_RANGE != 0;
        if halved != self.clock_halved {
            self.clock_halved = halved;
            self.clock.set_halved(halved);
            self.clock_changed(now);
        }
        let bit = |bit: u16| u8::from(value & bit != 0);
        let audio = &mut self.player.audio;
        audio.stage.invert_left = value & mode::SM_DIFF != 0;
        let setting = 2 * bit(mode::SM_EARSPEAKER_HI) + bit(mode::SM_EARSPEAKER_LO);
        audio.effects.set_ear_speaker(if self.config.is_vs1003() { 0 } else { setting });
        self.apply_play_mode();
        self.player.knows.layer12 = value & mode::SM_LAYER12 != 0 && !self.config.is_vs1003();
        self.sdi.lsb_first = value & mode::SM_SDIORD != 0;
        self.sdi_on_fall = value & mode::SM_DACT != 0;
        self.select_sdi();
    }

    /// SM_CANCEL takes effect: the FIFO and the stream are dropped, HDAT0 and HDAT1 go to 0 (VS1053.md, 5.1).
    pub(super) fn cancel(&mut self, cx: &mut Cx) {
        self.conduct_cancelled();
        self.boost(0, cx);
        self.registers[usize::from(reg::MODE)] &= !mode::SM_CANCEL;
        if self.midi {
            return;
        }
        self.fifo.clear();
        self.player.cancel();
        self.take_facts(cx);
        self.registers[usize::from(reg::HDAT0)] = 0;
        self.registers[usize::from(reg::HDAT1)] = 0;
        if self.features.patches {
            // Without them it stays (erratum; VS1053.md, 2.3).
            self.do_not_jump(false);
        }
    }

    /// VOL: attenuations, power-down, and the erratum about STATUS (VS1053.md, 2.9 and 2.3).
    fn write_vol(&mut self, value: u16, cx: &mut Cx) {
        self.player.audio.advance(cx.now());
        if !self.encoding() {
            self.player.audio.stage.volume = value.to_be_bytes();
            self.show_dac_vol(value);
        }
        let status = &mut self.registers[usize::from(reg::STATUS)];
        *status &= !(SS_APDOWN1 | SS_APDOWN2);
        if !self.features.patches {
            *status &= !SS_CLEARED;
        }
        if value == VOL_POWER_DOWN && !self.config.power_down_bits {
            *status |= SS_APDOWN1 | SS_APDOWN2;
        }
        self.apply_status();
        if core::mem::take(&mut self.reference_set) {
            cx.report(&lints::REFERENCE_LOST, 0, || format!("STATUS had them set, then VOL = 0x{value:04X}"));
        }
    }

    /// Sets or clears SS_DO_NOT_JUMP.
    pub(super) fn do_not_jump(&mut self, set: bool) {
        let status = &mut self.registers[usize::from(reg::STATUS)];
        *status = if set { *status | SS_DO_NOT_JUMP } else { *status & !SS_DO_NOT_JUMP };
    }
}

/// Worst-case CLKI for executing a write (datasheet, "SCI Registers"; VS1053.md, 2.1). Time of application code on top is not modelled.
fn busy_clki(address: u8) -> u64 {
    match address {
        reg::DECODE_TIME | reg::WRAM | reg::WRAMADDR => 100,
        reg::AUDATA => 450,
        reg::AIADDR => 210,
        _ => 80,
    }
}
