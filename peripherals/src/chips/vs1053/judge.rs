//! Times on the bus against the limits of the datasheet: warnings, never failures, as drivers exceed them and work (VS1053b datasheet v1.33,
//! "SCI Timing Diagram", "SDI Timing Diagram in VS10xx Native Modes"; VS1053.md, 1.4).
//!
//! 1. The clock of VS1001 mode is not judged, nor the set-up time tSU, which is 0.
//! 2. How much CLKI a format needs is a guess (knobs `clock_min_*`, `clock_effects`; VS1053.md, 7).

use super::control::{mode, reg};
use super::stream::Codec;
use super::{SI, Vs1053, XCS, XDCS, lints};
use crate::kernel::{Cx, Instant, Resolved, Span};

/// DREQ high promises room for so many bytes (VS1053.md, 3).
const PROMISE: u32 = 32;
/// A step of SC_FREQ (VS1053.md, 2.5).
const CRYSTAL_STEP_HZ: u32 = 4_000;
/// tXCSS: select to the first edge of SCLK, at least 5 ns (VS1053.md, 1.4).
const SELECT_TO_EDGE: Span = Span::from_ns(5);

impl Vs1053 {
    /// SCLK rises in reset, when the chip's clocks stand still (VS1053.md, 4). A single edge may come from setting the pin up, a byte does not.
    #[cold]
    pub(super) fn clock_in_reset(&mut self, cx: &mut Cx) {
        if !(self.xcs_low | self.xdcs_low) || self.reset_clocks == 8 {
            return;
        }
        self.reset_clocks += 1;
        if self.reset_clocks == 8 && self.config.unpowered {
            cx.report(&lints::UNPOWERED, 0, String::new);
        } else if self.reset_clocks == 8 {
            let name = if self.xcs_low { "XCS" } else { "XDCS" };
            cx.report(&lints::CHIP_IN_RESET, 0, || format!("8 clocks with {name} low and XRESET low"));
        }
    }

    /// Whether the inputs that count at this clock have a level of their own.
    #[cold]
    pub(super) fn judge_inputs(&mut self, cx: &mut Cx) {
        if self.unproven_clocks == super::PROOF {
            self.conduct_begins(cx);
        }
        self.unproven_clocks -= 1;
        let (moved, name) = if self.xcs_low { (self.xcs_moved, "XCS") } else { (self.xdcs_moved, "XDCS") };
        let before = cx.now().since(moved);
        if before < SELECT_TO_EDGE && moved > Instant::ZERO && self.sclk_fell <= moved {
            cx.report(&lints::SELECT_TIMING, 3, || format!("SCLK rose {before} after {name} fell, at least 5 ns"));
        }
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

    /// A pair comes in. Once DREQ has fallen for want of room, 32 bytes have room for certain (VS1053.md, 3).
    #[inline]
    pub(super) fn judge_promise(&mut self, cx: &mut Cx) {
        if self.dreq.has_room() {
            self.after_full = 0;
            self.same_transfer = true;
            return;
        }
        self.after_full = self.after_full.saturating_add(2);
        if self.after_full > PROMISE {
            let lint = if self.same_transfer { &lints::SDI_BLOCK_TOO_LONG } else { &lints::SDI_WHILE_DREQ_LOW };
            let bytes = self.after_full;
            cx.report(lint, 0, || format!("{bytes} bytes since DREQ fell"));
        }
    }

    /// Whether CLKI is enough for what begins to play (VS1053.md, 7), and XTALI what SC_FREQ says (VS1053.md, 2.5).
    pub(super) fn judge_clock_for(&mut self, codec: Option<Codec>, cx: &mut Cx) {
        let (real, told) = (self.clock.xtali_hz(), self.clock.told_hz());
        if real.abs_diff(told) > CRYSTAL_STEP_HZ {
            cx.report(&lints::CRYSTAL, 0, || format!("SC_FREQ says {told} Hz, the crystal gives {real} Hz"));
        }
        self.player.clock_percent = 100;
        self.boost(if codec == Some(Codec::Aac) { self.config.clock_min_aac } else { 0 }, cx);
        let Some(codec) = codec else { return };
        let own = match codec {
            Codec::Mp1 | Codec::Mp2 | Codec::Mp3 => self.config.clock_min_mp3,
            Codec::Vorbis => self.config.clock_min_vorbis,
            Codec::Aac => self.config.clock_min_aac,
            Codec::Flac => self.config.clock_min_flac,
            Codec::Wav | Codec::Adpcm => self.config.clock_min_wav,
            // There are fewer voices instead (VS1053.md, 5.5).
            Codec::Midi | Codec::LiveMidi => return,
        };
        let ear_speaker = mode::SM_EARSPEAKER_LO | mode::SM_EARSPEAKER_HI;
        let effects = self.registers[usize::from(reg::BASS)] & 0xF0F0 != 0
            || self.registers[usize::from(reg::MODE)] & ear_speaker != 0;
        let tenths = own + if effects { self.config.clock_effects } else { 0 };
        let (need, have) = (u64::from(real) * u64::from(tenths) / 10, u64::from(self.clock.clki_hz()));
        if have < need {
            cx.report(&lints::CLOCK_TOO_LOW, 0, || {
                let name = codec.name();
                format!(
                    "{name} needs about {}.{} x XTALI, CLKI is {}.{:02} x",
                    tenths / 10,
                    tenths % 10,
                    have / u64::from(real),
                    have * 100 / u64::from(real) % 100
                )
            });
            if self.config.clock_shortage {
                self.player.clock_percent = (have * 100 / need).max(1);
            }
        }
    }
}
