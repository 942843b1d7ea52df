//! What the decoder finds, as it shows in registers, memory and findings (VS1053.md, 2.8, 2.6 and 5.2).

use super::control::reg;
use super::play::{self, Fact};
use super::{Codec, Vs1053, lints, mem, variant};
use crate::kernel::Cx;

/// Findings about formats are told apart by their names.
pub(super) fn key_of(format: &str) -> u64 {
    format.bytes().fold(0, |key: u64, byte| key.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

impl Vs1053 {
    /// What the decoder has found shows in the registers.
    pub(super) fn take_facts(&mut self, cx: &mut Cx) {
        let mut facts = core::mem::take(&mut self.player.facts);
        for fact in facts.drain(..) {
            match fact {
                Fact::Hdat(hdat1, hdat0) => {
                    self.registers[usize::from(reg::HDAT1)] = hdat1;
                    self.registers[usize::from(reg::HDAT0)] = hdat0;
                }
                Fact::Ended => {
                    self.boost(0, cx);
                    self.registers[usize::from(reg::HDAT1)] = 0;
                    self.registers[usize::from(reg::HDAT0)] = 0;
                }
                Fact::Rate(rate_hz, channels) => self.show_rate(rate_hz, channels),
                Fact::Format(rate_hz, channels) => {
                    self.show_rate(rate_hz, channels);
                    // MP3's is 0 by VLSI's staff, FLAC's by the patches (VS1053.md, 5.1).
                    let fill = match self.player.record().map(|r| r.codec()) {
                        None | Some(Codec::Mp1 | Codec::Mp2 | Codec::Mp3) => 0,
                        Some(Codec::Flac) => 0x55,
                        Some(_) => self.config.end_fill_byte,
                    };
                    self.memory.set_x(mem::parametric::END_FILL_BYTE, fill as u16);
                    self.judge_clock_for(self.player.record().map(|r| r.codec()), cx);
                    self.conduct_stream(cx);
                }
                Fact::DoNotJump(set) => self.do_not_jump(set),
                Fact::Decoded { frames, rate_hz, bytes } => {
                    if self.registers[usize::from(reg::VOL)] == 0xFFFF {
                        cx.report(&lints::VOL_POWER_DOWN, 0, String::new);
                    }
                    self.decoded(frames, rate_hz, bytes);
                }
                Fact::Position { frames, rate_hz } => {
                    let ms = (frames * 1000 / u64::from(rate_hz.max(1))) as u32;
                    self.memory.set_x(mem::parametric::POSITION_MSEC, ms as u16);
                    self.memory.set_x(mem::parametric::POSITION_MSEC + 1, (ms >> 16) as u16);
                }
                Fact::Foreign(name @ "WMA") => {
                    self.boost_for_wma(cx);
                    self.foreign(name, cx);
                }
                Fact::Foreign(name) if self.config.is_vs1003() && variant::lacks(name) => {
                    self.not_of_this_part(name, cx);
                }
                Fact::Foreign("FLAC") => {
                    cx.report(&lints::MISSING_PATCH, 0, || "FLAC at SDI".into());
                }
                Fact::Foreign("AAC in LATM") if !self.features.latm => {
                    cx.report(&lints::MISSING_PATCH, 1, || "AAC in LATM at SDI".into());
                }
                Fact::Foreign(name) => self.foreign(name, cx),
                Fact::NeedsLayer12(layer) => {
                    cx.report(&lints::LAYER12, u64::from(layer), || {
                        let name = if layer == 1 { "I" } else { "II" };
                        format!("MPEG layer {name} at SDI, SM_LAYER12 (bit 1 of MODE) is 0")
                    });
                }
                Fact::CoreOnly(name) => cx.report(&lints::HE_AAC, 0, || format!("AAC with {name}")),
                Fact::TablesLast => cx.report(&lints::MP4_ORDER, 0, String::new),
                Fact::NoStream(head) => cx.report(&lints::NO_STREAM, 0, || {
                    let head = head.map(|byte| format!("{byte:02X}")).join(" ");
                    format!("{} bytes and no header in them; the first that is not zero begins {head}", play::NO_STREAM)
                }),
                Fact::BadPacket(why) => cx.report(&lints::UNDECODABLE, 0, || why),
                Fact::BytesLeft(bytes) => {
                    self.memory.set_x(mem::parametric::BYTES_LEFT, bytes as u16);
                    self.memory.set_x(mem::parametric::BYTES_LEFT + 1, (bytes >> 16) as u16);
                }
                Fact::MidiFormat(format) => {
                    cx.report(&lints::MIDI_FORMAT, u64::from(format), || format!("its header says format {format}"));
                }
                Fact::SysEx => cx.report(&lints::MIDI_SYSEX, 0, String::new),
            }
        }
        self.player.facts = facts;
    }

    fn show_rate(&mut self, rate_hz: u32, channels: u8) {
        self.registers[usize::from(reg::AUDATA)] = rate_hz as u16 & !1 | u16::from(channels > 1);
        self.show_fctl(rate_hz);
    }

    /// Something begins that is known and not decoded.
    fn foreign(&self, name: &str, cx: &mut Cx) {
        cx.report(&lints::CODEC, key_of(name), || format!("{name} at SDI"));
    }

    /// DECODE_TIME and byteRate count whole seconds of decoded sound, with playSpeed more than are heard (VS1053.md, 2.6 and 5.2).
    fn decoded(&mut self, frames: u64, rate_hz: u32, bytes: u64) {
        self.decoded_frames += frames;
        self.decoded_bytes += bytes;
        let second = u64::from(rate_hz.max(1));
        while self.decoded_frames >= second {
            self.decoded_frames -= second;
            let time = &mut self.registers[usize::from(reg::DECODE_TIME)];
            *time = time.wrapping_add(1);
            let rate = core::mem::take(&mut self.decoded_bytes).min(0xFFFF) as u16;
            self.memory.set_x(mem::parametric::BYTE_RATE, rate);
        }
    }
}
