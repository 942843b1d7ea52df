//! Reset, boot, the tests that SDI can ask for, and the judging of times on the bus (VS1053b datasheet v1.33, "Hardware Reset",
//! "Software Reset", "SDI Tests", "SPI Timing Diagram").
//!
//! 1. A sine test acts after four command bytes and four zeros, as nearly every driver sends them; the datasheet since v1.33 asks for
//!    twelve zeros.

use super::control::{mode, reg};
use super::tone::{Request, request};
use super::{BOOT, CLOCK, DECODE, DREQ, FALL, GPIO0, RISE, SCLK, SI, SO, SOUND, Vs1053, XCS, XDCS, XRESET, lints};
use crate::kernel::{Cx, Drive, Instant, PinId, Resolved, Span};

/// AUDATA in real-time MIDI mode, by which drivers tell it.
const MIDI_AUDATA: u16 = 0xAC45;

impl Vs1053 {
    pub(super) fn power_on(&mut self, cx: &mut Cx) {
        self.xcs_low = !cx.level(XCS).is_high();
        self.xdcs_low = !cx.level(XDCS).is_high();
        self.sclk = cx.level(SCLK).is_high();
        self.si = cx.level(SI).is_high();
        cx.drive(DREQ, Drive::Low);
        cx.drive(SO, Drive::Release);
        self.hold_in_reset(cx);
        if cx.level(XRESET).is_high() {
            self.xreset = true;
            self.boot(cx);
        }
    }

    pub(super) fn xreset(&mut self, high: bool, cx: &mut Cx) {
        self.xreset = high;
        self.reset_clocks = 0;
        if high {
            // The first release after power-on ends no pulse.
            let low = self.xreset_fell.take().map_or(Span::from_ms(1), |fell| cx.now().since(fell));
            if low < self.clock.xtali(2) {
                cx.report(&lints::XRESET_SHORT, 0, || format!("low for {low}"));
            }
            self.boot(cx);
        } else {
            self.xreset_fell = Some(cx.now());
            self.hold_in_reset(cx);
        }
    }

    /// Everything to its reset value; clocks stop.
    fn hold_in_reset(&mut self, cx: &mut Cx) {
        for alarm in [BOOT, FALL, RISE, CLOCK, DECODE, SOUND] {
            cx.cancel(alarm);
        }
        self.clock = super::Clock::new(self.config.xtali_hz);
        self.registers = [0; 16];
        self.registers[usize::from(reg::MODE)] = 0x4000;
        self.memory = super::Memory::default();
        self.player.audio.volume = [0; 2];
        self.drive_so(Drive::Release, cx);
        self.stop(cx);
        self.dreq.set_booted(false);
        self.settle_dreq(cx);
        self.drive_gpio(cx);
    }

    /// What both kinds of reset have in common: the stream dies, DREQ falls.
    fn stop(&mut self, cx: &mut Cx) {
        cx.cancel(DECODE);
        cx.cancel(SOUND);
        (self.decode_at, self.sound_at, self.booted_at) = (None, None, None);
        self.player.reset(cx.now());
        self.player.hunt_byte_ps = self.clock.clki(16).as_ps();
        self.player.honour_lengths = false;
        self.fifo.clear();
        self.sdi.forget();
        self.last_sdi = [0; 8];
        self.cancel_after = 0;
        (self.decoded_frames, self.decoded_bytes) = (0, 0);
        self.apply_mode();
    }

    fn boot(&mut self, cx: &mut Cx) {
        if self.xcs_low {
            self.sci.select();
        }
        cx.wake_at(BOOT, cx.now() + self.clock.xtali(u64::from(self.config.boot_xtali)));
    }

    /// SM_RESET: DREQ falls after the usual delay and the chip boots; settings survive.
    pub(super) fn soft_reset(&mut self, cx: &mut Cx) {
        cx.cancel(RISE);
        for register in [reg::STATUS, reg::DECODE_TIME, reg::AUDATA, reg::HDAT0, reg::HDAT1] {
            self.registers[usize::from(register)] = 0;
        }
        self.memory.reset_parameters();
        self.stop(cx);
        let falls = cx.now() + self.clock.clki(u64::from(self.config.dreq_fall_clki));
        self.dreq.reboot(falls);
        cx.wake_at(FALL, falls);
        // The boot code looks at the pins while the chip may still be driving them.
        self.boot(cx);
    }

    pub(super) fn booted(&mut self, cx: &mut Cx) {
        let now = cx.now();
        self.booted_at = Some(now);
        let mode = &mut self.registers[usize::from(reg::MODE)];
        *mode =
            if *mode & mode::SM_RESET != 0 { *mode & !(mode::SM_RESET | mode::SM_CANCEL) } else { mode::RESET_VALUE };
        let (spi_boot, midi) = (cx.level(GPIO0).is_high(), cx.level(PinId(GPIO0.0 + 1)).is_high());
        self.midi = midi && !spi_boot;
        if spi_boot || midi {
            let asked = if spi_boot { "GPIO0 high: SPI boot" } else { "GPIO1 high: real-time MIDI" };
            cx.report(&lints::BOOT_MODE, u64::from(spi_boot), || asked.into());
        }
        self.registers[usize::from(reg::AUDATA)] =
            if self.midi { MIDI_AUDATA } else { self.config.audata_reset as u16 };
        self.player.audio.volume = self.registers[usize::from(reg::VOL)].to_be_bytes();
        self.clock.change(self.registers[usize::from(reg::CLOCKF)]);
        self.clock.settled();
        self.player.hunt_byte_ps = self.clock.clki(16).as_ps();
        self.release_gpio(cx);
        self.apply_mode();
        self.dreq.set_booted(true);
        self.settle_dreq(cx);
    }

    /// A sequence of the SDI tests may be complete.
    pub(super) fn tests_asked(&mut self, cx: &mut Cx) {
        let now = cx.now();
        let Some(request) = request(self.last_sdi) else { return };
        match request {
            Request::Start(tone, rate_hz) => {
                self.player.cancel();
                self.fifo.clear();
                self.player.audio.set_tone(now, Some((tone, rate_hz)));
                self.registers[usize::from(reg::AUDATA)] = rate_hz as u16 & !1 | 1;
            }
            Request::Stop => self.player.audio.set_tone(now, None),
            Request::Other(name) => cx.report(&lints::SDI_TEST, name.len() as u64, || name.into()),
        }
        self.take_facts(cx);
        self.room_changed(cx);
        self.listen(cx);
    }

    /// SCLK rises in reset. A single edge may come from setting the pin up, a byte does not.
    #[cold]
    pub(super) fn clock_in_reset(&mut self, cx: &mut Cx) {
        if !(self.xcs_low | self.xdcs_low) || self.reset_clocks == 8 {
            return;
        }
        self.reset_clocks += 1;
        if self.reset_clocks == 8 {
            let name = if self.xcs_low { "XCS" } else { "XDCS" };
            cx.report(&lints::CHIP_IN_RESET, 0, || format!("8 clocks with {name} low and XRESET low"));
        }
    }

    /// Whether the inputs that count at this clock have a level of their own.
    #[cold]
    pub(super) fn judge_inputs(&mut self, cx: &mut Cx) {
        self.unproven_clocks -= 1;
        let shared = self.registers[usize::from(reg::MODE)] & mode::SM_SDISHARE != 0;
        for (pin, name) in [(XCS, "XCS"), (XDCS, "XDCS"), (SI, "SI")] {
            if cx.resolved(pin) == Resolved::Floating && !(pin == XDCS && shared) {
                cx.report(&lints::FLOATING, u64::from(pin.0), || name.into());
            }
        }
    }

    #[cold]
    pub(super) fn judge_rise(&mut self, period: Span, cx: &mut Cx) {
        let limits = *self.clock.limits();
        let (least, key, what) = match (self.xcs_low, self.sci.reading()) {
            (true, true) => (limits.read_period, 0, "an SCI read: at least 7 CLKI"),
            (true, false) => (limits.write_period, 1, "an SCI write: at least 4 CLKI"),
            (false, _) => (limits.write_period, 2, "SDI: at least 4 CLKI"),
        };
        if period < least {
            cx.report(&lints::SCLK_TOO_FAST, key, || format!("a period of {period} in {what}, {least}"));
        }
        let low = cx.now().since(self.sclk_fell);
        if low < limits.two_clki {
            self.judge_pulse(low, false, cx);
        }
    }

    #[cold]
    pub(super) fn judge_pulse(&mut self, pulse: Span, high: bool, cx: &mut Cx) {
        let least = self.clock.limits().two_clki;
        let word = if high { "high" } else { "low" };
        cx.report(&lints::SCLK_PULSE_SHORT, u64::from(high), || {
            format!("{word} for {pulse}, at least 2 CLKI = {least}")
        });
    }

    #[inline]
    pub(super) fn judge_hold(&mut self, cx: &mut Cx) {
        let held = cx.now().since(self.sclk_rose);
        let least = self.clock.limits().two_clki;
        if held < least && self.xreset {
            cx.report(&lints::SI_HOLD_SHORT, 0, || format!("after {held}, at least 2 CLKI = {least}"));
        }
    }

    /// A select moves now; it moved last at `moved`.
    pub(super) fn judge_select(&mut self, low: bool, moved: Instant, sci: bool, cx: &mut Cx) {
        let (now, limits) = (cx.now(), *self.clock.limits());
        let since_edge = now.since(self.sclk_rose.max(self.sclk_fell));
        let name = if sci { "XCS" } else { "XDCS" };
        if low && sci && now.since(moved) < limits.two_clki && moved > Instant::ZERO {
            let high = now.since(moved);
            cx.report(&lints::SELECT_TIMING, 0, || {
                format!("XCS high for {high}, at least 2 CLKI = {}", limits.two_clki)
            });
        }
        if !low && self.sclk_rose.max(self.sclk_fell) > moved && since_edge < limits.one_clki {
            let least = limits.one_clki;
            cx.report(&lints::SELECT_TIMING, 1 + u64::from(sci), || {
                format!("{name} rose {since_edge} after the last edge of SCLK, at least 1 CLKI = {least}")
            });
        }
    }

    pub(super) fn judge_clock(&mut self, cx: &mut Cx) {
        let hz = self.clock.clki_hz();
        if hz > super::clock::MOST_CLKI_HZ {
            cx.report(&lints::CLKI_OVER_RATING, 0, || {
                format!("CLKI = {}.{:01} MHz", hz / 1_000_000, hz / 100_000 % 10)
            });
        }
    }
}
