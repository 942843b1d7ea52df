//! MIDI files: their messages at their frames (VS1053b datasheet v1.33, "Supported MIDI Formats"; VS1053.md, 5.5, 2.8 and 5.2).
//!
//! 1. Messages take no time; what sounds is rendered at the pace of all decoding (guess, knob `decode_pace`).
//! 2. Voices are as many as CLKI has cycles for (inferred, knob `midi_voice_khz`), 64 at most (VS1053.md, 5.5). There is no reverb: neither its
//!    cycles nor its rooms (config1) count, which the chip has from 3.0 x on (VS1053.md, 7).
//! 3. SM_CANCEL is seen without further data while the song sounds, as a full FIFO would let none in (guess).
//! 4. While bytes are late, time in the song stands still.

use super::play::{Fact, Player, State};
use super::sdi::{Stamp, Stamped};
use super::smf::{Outcome, Reader};
use super::stream::Codec;
use super::synth::{MIDI_RATE_HZ, Synth};
use crate::kernel::{Instant, Span};
use std::collections::VecDeque;

/// HDAT1 while a MIDI file plays (VS1053.md, 2.8).
const HDAT1_MIDI: u16 = 0x4D54;
/// Frames that are rendered at a time.
const GRANULE: u64 = 256;
/// More voices than these there are at no clock (VS1053.md, 5.5).
pub(super) const MOST_VOICES: usize = 64;

/// A MIDI file that is being played.
#[derive(Clone)]
pub struct Song {
    reader: Reader,
    synth: Box<dyn Synth>,
    /// Frames until the next message.
    wait: u64,
    /// Bytes that were taken from the FIFO before it was known what they are.
    held: VecDeque<Stamped>,
    /// Bytes since samples were last sent on their way.
    bytes: u64,
}

impl Song {
    /// Whether it can go on without another byte.
    pub fn busy(&self) -> bool {
        self.wait > 0 || !self.held.is_empty()
    }
}

impl Player {
    /// MThd is at the front of the window.
    pub(super) fn song_found(&mut self) {
        self.begin(Codec::Midi, 0, 0, 0);
        self.byte_ps = self.hunt_byte_ps;
        self.facts.push(Fact::DoNotJump(true));
        let (window, stamps) = (core::mem::take(&mut self.window), core::mem::take(&mut self.stamps));
        self.state = State::Midi(Box::new(Song {
            reader: Reader::default(),
            synth: self.new_synth(),
            wait: 0,
            held: window.into_iter().zip(stamps).collect(),
            bytes: 0,
        }));
    }

    /// Whether the song has to sound on before its next byte matters.
    pub(super) fn song_waits(&self) -> bool {
        matches!(&self.state, State::Midi(song) if song.wait > 0)
    }

    /// A byte that was kept back.
    pub(super) fn song_held(&mut self) -> Option<Stamped> {
        match &mut self.state {
            State::Midi(song) => song.held.pop_front(),
            _ => None,
        }
    }

    pub(super) fn song_byte(&mut self, now: Instant, byte: u8, stamp: Stamp) {
        let State::Midi(song) = &mut self.state else { return };
        song.bytes += 1;
        let outcome = song.reader.push(byte);
        let (left, over) = (song.reader.track_left(), song.reader.ended() && !matches!(outcome, Outcome::Wait(_)));
        match outcome {
            Outcome::Event(event) => song.synth.send(event),
            Outcome::Wait(frames) => song.wait = frames,
            Outcome::Track => {
                if let Some(record) = &mut self.record {
                    record.set_format(MIDI_RATE_HZ, 2, 0);
                }
                self.facts.push(Fact::Hdat(HDAT1_MIDI, 0));
                self.announce(now, MIDI_RATE_HZ, 2);
            }
            Outcome::Format(format) => self.facts.push(Fact::MidiFormat(format)),
            Outcome::Broken(why) => self.facts.push(Fact::BadPacket(format!("this is no MIDI file: {why}"))),
            Outcome::More | Outcome::End => {}
        }
        if let Some(record) = &mut self.record {
            record.take(&[byte]);
            record.frame_ends(stamp);
        }
        self.facts.push(Fact::BytesLeft(left));
        if over {
            self.song_over();
        }
    }

    /// The song sounds on for a while.
    pub(super) fn song_sounds(&mut self, now: Instant) {
        let (byte_ps, voices) = (self.byte_time(1, MIDI_RATE_HZ, 1), self.voices);
        let State::Midi(song) = &mut self.state else { return };
        let frames = song.wait.min(GRANULE);
        song.wait -= frames;
        self.pcm.clear();
        song.synth.limit(voices);
        song.synth.render(frames as usize, &mut self.pcm);
        let bytes = core::mem::take(&mut song.bytes);
        let over = song.wait == 0 && song.reader.ended();
        self.free_at = now + Span::from_ps(byte_ps * frames);
        self.samples_out(now, bytes);
        if let Some(record) = &self.record
            && record.frames() > 0
        {
            let average = record.bytes() * u64::from(MIDI_RATE_HZ) / record.frames();
            self.facts.push(Fact::Hdat(HDAT1_MIDI, average.min(0xFFFF) as u16));
        }
        if over {
            self.song_over();
        }
    }

    fn song_over(&mut self) {
        let State::Midi(song) = &mut self.state else { return };
        // What came with the last of its bytes belongs to something else.
        let (bytes, stamps): (Vec<u8>, Vec<Stamp>) = core::mem::take(&mut song.held).into_iter().unzip();
        self.end_stream();
        (self.window, self.stamps) = (bytes, stamps);
        self.facts.push(Fact::DoNotJump(false));
        self.state = State::Hunt;
        self.want = 1;
    }
}
