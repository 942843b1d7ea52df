//! Real-time MIDI: bytes of the UART, or of SDI with a zero before each, sound at once (VS1053b datasheet v1.33, "Real-Time MIDI";
//! VS1053.md, 5.7).
//!
//! 1. The chip renders so many samples ahead of the DAC (guess, knob `midi_latency`): that long after its last byte a message is heard,
//!    and at most 32 samples less.
//! 2. With nothing to be heard it renders nothing, which the output shows as silence between streams.
//! 3. A word of SDI whose first byte is not 0 is lost (guess, knob `midi_prefix`; the datasheet v0.5 has 0xFF there; VS1053.md, 5.7).
//! 4. The parser in ROM cannot skip SysEx (VS1053.md, 5.7): the data of one count as those of the message before (inferred, knob
//!    `midi_sysex`). With the plugin rtmidi1053b they are understood.

use super::midi::{Heard, Parser};
use super::play::{Fact, Player, State};
use super::sdi::{Stamp, Stamped};
use super::stream::{Codec, Record};
use super::synth::{MIDI_RATE_HZ, Synth};
use super::{Vs1053, lints};
use crate::kernel::{Cx, Instant};

/// Frames that are rendered at a time, as the firmware's own granule is 32 (VLSI's staff; VS1053.md, 3).
const GRANULE: usize = 32;

/// The mode.
#[derive(Clone)]
pub struct Live {
    parser: Parser,
    synth: Box<dyn Synth>,
}

impl Player {
    /// Data are MIDI from here on, until a reset.
    pub(super) fn go_live(&mut self, skips_sysex: bool) {
        self.cancel();
        let parser = Parser::new(skips_sysex);
        self.state = State::Live(Box::new(Live { parser, synth: self.new_synth() }));
    }

    /// A byte of MIDI.
    fn live_byte(&mut self, byte: u8, stamp: Stamp) {
        let State::Live(live) = &mut self.state else { return };
        let record = self.record.get_or_insert_with(|| Record::new(Codec::LiveMidi, MIDI_RATE_HZ, 2, 0, stamp));
        record.take(&[byte]);
        record.frame_ends(stamp);
        match live.parser.push(byte) {
            Heard::Nothing => {}
            Heard::Event(event) => live.synth.send(event),
            Heard::SysEx => self.facts.push(Fact::SysEx),
        }
    }

    /// When the next samples are rendered; `None` while there is nothing to be heard.
    pub(super) fn live_next(&self, now: Instant) -> Option<Instant> {
        let State::Live(live) = &self.state else { return None };
        if !live.synth.sounding() || self.audio.has_tone() {
            return None;
        }
        let surplus = (self.audio.queued() + GRANULE).saturating_sub(self.live_ahead);
        Some(if surplus > 0 { self.audio.when_gone(surplus).max(now) } else { now })
    }

    pub(super) fn live_sounds(&mut self, now: Instant) {
        self.audio.advance(now);
        let (queued, ahead, voices) = (self.audio.queued(), self.live_ahead, self.voices);
        let State::Live(live) = &mut self.state else { return };
        if queued + GRANULE > ahead {
            return;
        }
        self.pcm.clear();
        if queued == 0 {
            // It starts, or starts again: what was silent is silent as far ahead.
            self.stream += 1;
            self.audio.push(now, &[0; 2 * 1024][..2 * (ahead - GRANULE).min(1024)], 2, self.stream);
        }
        live.synth.limit(voices);
        live.synth.render(GRANULE, &mut self.pcm);
        if let Some(record) = &mut self.record {
            record.decoded(&self.pcm);
        }
        self.audio.push(now, &self.pcm, 2, self.stream);
    }
}

impl Vs1053 {
    /// A word at SDI in real-time MIDI.
    pub(super) fn midi_word(&mut self, [first, second]: [Stamped; 2], cx: &mut Cx) {
        if first.0 != 0 {
            let word = self.last_sdi_word;
            cx.report(&lints::MIDI_PREFIX, 0, || format!("SDI 0x{word:04X}"));
            if !self.config.midi_prefix {
                return;
            }
        }
        self.midi_byte(second.0, Stamp { first: first.1.first, last: second.1.last, ..Stamp::default() }, cx);
    }

    /// A byte of real-time MIDI has come, by whichever way.
    pub(super) fn midi_byte(&mut self, byte: u8, stamp: Stamp, cx: &mut Cx) {
        self.player.live_byte(byte, stamp);
        self.take_facts(cx);
        if self.decode_at.is_none() {
            self.decode(cx);
        }
    }
}
