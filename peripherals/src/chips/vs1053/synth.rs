//! The synthesiser port: who turns notes into samples is given to the chip from outside, as decoders are.
//!
//! The chip decides *which* messages mean something to it, on *which* frame each takes effect, and how many voices its clock allows.
//! The synthesiser keeps the channels' state (instrument, controllers, bend) and makes the sound.

use crate::kernel::copies;

/// Sample rate of all MIDI, in hertz: AUDATA shows 0xAC45 in real-time MIDI (VS1053.md, 2.6). For files it is inferred from that.
pub const MIDI_RATE_HZ: u32 = 44_100;

/// What the chip tells its synthesiser. Channels count from 0 to 15; keys, velocities, programs and values go to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MidiEvent {
    /// A key goes down; `velocity` is at least 1.
    NoteOn {
        /// Channel.
        channel: u8,
        /// Key, 60 for middle C.
        key: u8,
        /// How hard.
        velocity: u8,
    },
    /// A key goes up.
    NoteOff {
        /// Channel.
        channel: u8,
        /// Key.
        key: u8,
    },
    /// What notes from here on sound like. As new, channel 9 has drums and all others program 0.
    Instrument {
        /// Channel.
        channel: u8,
        /// General MIDI program, from 0.
        program: u8,
        /// Keys are instruments of percussion, whatever the program.
        drums: bool,
    },
    /// A controller: 6 and 38 (data entry), 7 (volume), 10 (pan), 11 (expression), 12 (reverb of all), 64 (sustain), 66
    /// (sostenuto), 91 (reverb), 98 to 101 (which parameter data entry is for), or 121 (controllers back to where they were).
    Controller {
        /// Channel.
        channel: u8,
        /// Number.
        number: u8,
        /// Value.
        value: u8,
    },
    /// The pitch wheel: 8192 is its middle, 0 to 16383.
    PitchBend {
        /// Channel.
        channel: u8,
        /// Where it is.
        value: u16,
    },
    /// All keys of a channel go up.
    NotesOff {
        /// Channel.
        channel: u8,
    },
    /// Nothing of a channel is heard any more, at once.
    SoundOff {
        /// Channel.
        channel: u8,
    },
    /// Volume of everything, 0 to 16383.
    MasterVolume(u16),
}

/// Makes the sound of sixteen channels. From equal events on equal frames a copy makes the same samples as the original.
pub trait Synth: CopySynth + Send {
    /// Takes effect with the next frame that is rendered.
    fn send(&mut self, event: MidiEvent);

    /// At most so many voices from here on, at least 1; more that are sounding end.
    fn limit(&mut self, voices: usize);

    /// Appends `frames` frames of left and right at [`MIDI_RATE_HZ`] to `pcm`. How a stretch is cut into calls changes no sample.
    fn render(&mut self, frames: usize, pcm: &mut Vec<i16>);

    /// Whether anything will be heard without a further event.
    fn sounding(&self) -> bool;
}

copies! {
    /// Every [`Synth`] that is `Clone` can be copied without being known.
    CopySynth for Synth
}
