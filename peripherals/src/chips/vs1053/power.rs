//! Reset and boot (VS1053b datasheet v1.33, "Hardware Reset", "Software Reset", "SPI Boot", "Real-Time MIDI"; VS1053.md, 4).
//!
//! 1. What a software reset keeps is documented for VOL, MODE and AIADDR; the rest is inferred from drivers (knobs `soft_reset_*`; VS1053.md, 2.1).
//! 2. GPIO0 to GPIO3 are looked at when the time of boot is over (guess: when is not documented), in a software reset with what the chip itself
//!    drives (VLSI's staff; VS1053.md, 4). Against a pin that is tied to the supply its own output loses (observed).
//! 3. Instruction memory keeps its bits over a software reset and counts as not loaded; a hardware reset clears all memory (guess).

use super::conduct::Duty;
use super::control::{mode, reg};
use super::{
    BOOT, CLOCK, DECODE, DREQ, FALL, GPIO0, MEMORY_TEST, RISE, SCLK, SI, SO, SOUND, SPI_BOOT, Vs1053, XCS, XCS_WAIT,
    XDCS, XRESET, lints,
};
use crate::kernel::{Cx, Drive, PinId, Resolved, Span};

/// AUDATA in real-time MIDI mode, by which drivers tell it (observed; VS1053.md, 2.6).
pub(super) const MIDI_AUDATA: u16 = 0xAC45;

impl Vs1053 {
    pub(super) fn power_on(&mut self, cx: &mut Cx) {
        self.xcs_low = !cx.level(XCS).is_high();
        self.xdcs_low = !cx.level(XDCS).is_high();
        self.sclk = cx.level(SCLK).is_high();
        self.si = cx.level(SI).is_high();
        self.bsync = !self.xdcs_low;
        if self.config.unpowered {
            return;
        }
        cx.drive(DREQ, Drive::Low);
        cx.drive(SO, Drive::Release);
        self.hold_in_reset(cx);
        if cx.level(XRESET).is_high() {
            self.xreset = true;
            self.boot(cx);
        }
    }

    pub(super) fn xreset(&mut self, high: bool, cx: &mut Cx) {
        if self.config.unpowered {
            return;
        }
        self.xreset = high;
        self.reset_clocks = 0;
        if high {
            // The first release after power-on ends no pulse.
            let low = self.xreset_fell.take().map_or(Span::from_ms(1), |fell| cx.now().since(fell));
            let long = low >= self.clock.xtali(2);
            if !long {
                cx.report(&lints::XRESET_SHORT, 0, || format!("low for {low}"));
            }
            self.duty(Duty::ResetPulse, long, cx, || format!("low for {low}"));
            self.boot(cx);
        } else {
            self.xreset_fell = Some(cx.now());
            self.hold_in_reset(cx);
        }
    }

    /// Everything to its reset value; clocks stop, DREQ falls at once (VS1053.md, 4 and 2.1).
    fn hold_in_reset(&mut self, cx: &mut Cx) {
        for alarm in [BOOT, FALL, RISE, CLOCK] {
            cx.cancel(alarm);
        }
        self.clock = super::variant::clock(&self.config);
        self.registers = [0; 16];
        self.registers[usize::from(reg::MODE)] = 0x4000;
        self.memory = super::Memory::default();
        self.reset_parameters();
        self.player.audio.stage.volume = [0; 2];
        self.drive_so(Drive::Release, cx);
        self.conduct_reset(true, cx);
        self.stop(cx);
        self.dreq.set_booted(false);
        self.settle_dreq(cx);
        self.drive_gpio(cx);
    }

    /// What both kinds of reset have in common: the stream dies, code has to be loaded again, DREQ falls (VS1053.md, 4).
    fn stop(&mut self, cx: &mut Cx) {
        for alarm in [DECODE, SOUND, MEMORY_TEST, XCS_WAIT, SPI_BOOT] {
            cx.cancel(alarm);
        }
        self.spi_boot = None;
        self.reset_uart(cx);
        self.end_recording();
        (self.decode_at, self.sound_at, self.booted_at) = (None, None, None);
        self.clock.boost(0);
        self.player.reset(cx.now());
        self.player.honour_lengths = false;
        self.player.play_speed = 1;
        self.player.audio.tune = 0;
        self.clock_changed(cx.now());
        self.fifo.clear();
        self.sdi.forget();
        self.last_sdi = [0; 8];
        self.cancel_after = 0;
        self.after_full = 0;
        (self.memory_testing, self.memory_busy) = (false, false);
        self.midi = false;
        self.features = super::application::Features::default();
        self.player.knows.flac = false;
        self.memory.forget_code();
        (self.decoded_frames, self.decoded_bytes) = (0, 0);
        self.apply_mode(cx.now());
    }

    /// The parametric block as a reset leaves it (VS1053.md, 5.2); a VS1003 has none.
    fn reset_parameters(&mut self) {
        if self.config.is_vs1003() {
            super::mem::parametric::BLOCK.for_each(|address| self.memory.set_x(address, 0));
        } else {
            self.memory.reset_parameters();
        }
    }

    fn boot(&mut self, cx: &mut Cx) {
        if self.xcs_low {
            self.sci.select();
        }
        self.boot_ends = cx.now() + self.clock.xtali(u64::from(self.config.boot_xtali));
        cx.wake_at(BOOT, self.boot_ends);
    }

    /// SM_CLK_RANGE is set while the chip boots: what is left of the boot code runs at half the clock (inferred; VS1053.md, 2.2 and 4).
    pub(super) fn halve_in_boot(&mut self, cx: &mut Cx) {
        self.registers[usize::from(reg::MODE)] |= mode::SM_CLK_RANGE;
        let was_halved = self.clock_halved;
        self.apply_mode(cx.now());
        if !was_halved && self.boot_ends > cx.now() {
            self.boot_ends = self.boot_ends + self.boot_ends.since(cx.now());
            cx.wake_at(BOOT, self.boot_ends);
        }
    }

    /// SM_RESET: DREQ falls after the usual delay and the chip boots; settings survive (VS1053.md, 4 and 2.1).
    pub(super) fn soft_reset(&mut self, cx: &mut Cx) {
        cx.cancel(RISE);
        let cleared = [
            (reg::DECODE_TIME, true),
            (reg::HDAT0, true),
            (reg::HDAT1, true),
            (reg::AUDATA, !self.config.soft_reset_audata),
            (reg::CLOCKF, self.config.soft_reset_clockf),
            (reg::BASS, self.config.soft_reset_bass),
        ];
        for (register, _) in cleared.into_iter().filter(|(_, cleared)| *cleared) {
            self.registers[usize::from(register)] = 0;
        }
        self.reset_status();
        self.reset_parameters();
        self.conduct_reset(false, cx);
        self.stop(cx);
        let falls = cx.now() + self.clock.clki(u64::from(self.config.dreq_fall_clki));
        self.dreq.reboot(falls);
        cx.wake_at(FALL, falls);
        // The boot code looks at the pins while the chip may still be driving them.
        self.boot(cx);
    }

    /// The boot code has come to the pins that say how to go on: GPIO0 for SPI boot, GPIO1 for real-time MIDI with the EarSpeaker's setting at
    /// GPIO2 and GPIO3 (VS1053.md, 4 and 5.7).
    pub(super) fn booted(&mut self, cx: &mut Cx) {
        let after = self.mode_after_boot();
        let mode = &mut self.registers[usize::from(reg::MODE)];
        *mode = if *mode & mode::SM_RESET != 0 {
            *mode & !(mode::SM_RESET | mode::SM_CANCEL)
        } else {
            after | *mode & mode::SM_CLK_RANGE
        };
        // Against a pin that is tied to the supply the chip's own output loses.
        let high = |n| {
            let pin = PinId(GPIO0.0 + n);
            cx.level(pin).is_high() || cx.resolved(pin) == Resolved::Contention && self.drives_low(n)
        };
        let pins = [high(0), high(1), high(2), high(3)];
        if !self.config.soft_reset_gpio {
            self.release_gpio(cx);
        }
        match pins {
            [true, ..] => self.spi_boot(cx),
            [false, true, low, high] => {
                cx.report(&lints::MIDI_BOOT, 0, String::new);
                let mode = &mut self.registers[usize::from(reg::MODE)];
                *mode |= if low { mode::SM_EARSPEAKER_LO } else { 0 } | if high { mode::SM_EARSPEAKER_HI } else { 0 };
                self.registers[usize::from(reg::CLOCKF)] = self.config.midi_clockf as u16;
                self.ready(cx);
                self.enter_midi(false, cx);
            }
            _ => self.ready(cx),
        }
    }

    /// Boot is over.
    pub(super) fn ready(&mut self, cx: &mut Cx) {
        let now = cx.now();
        self.booted_at = Some(now);
        let audata = &mut self.registers[usize::from(reg::AUDATA)];
        if *audata == 0 || !self.config.soft_reset_audata {
            *audata = self.config.audata_reset as u16;
        }
        self.player.audio.stage.volume = self.registers[usize::from(reg::VOL)].to_be_bytes();
        self.clock.change(self.registers[usize::from(reg::CLOCKF)]);
        self.clock.settled();
        self.clock_changed(now);
        self.apply_mode(now);
        self.apply_status();
        self.player.audio.effects.set_bass(self.registers[usize::from(reg::BASS)]);
        self.dreq.set_booted(true);
        self.settle_dreq(cx);
        self.record(now, cx);
    }

    /// Real-time MIDI begins: data are no streams any more, and DREQ stays high (VLSI's staff; VS1053.md, 3). The parser of the plugin can skip
    /// SysEx (VS1053.md, 5.7).
    pub(super) fn enter_midi(&mut self, skips_sysex: bool, cx: &mut Cx) {
        self.midi = true;
        self.fifo.clear();
        self.player.go_live(skips_sysex || self.config.midi_sysex);
        self.take_facts(cx);
        self.room_changed(cx);
        self.listen_for_midi();
        self.registers[usize::from(reg::AUDATA)] = MIDI_AUDATA;
        self.registers[usize::from(reg::HDAT1)] = self.config.midi_hdat1 as u16;
        self.set_rate(cx.now(), u32::from(MIDI_AUDATA & !1));
    }
}
