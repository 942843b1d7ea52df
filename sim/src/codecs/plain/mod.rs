//! A plain voice for MIDI: a few sines with an envelope for each family of General MIDI's programs, noise and falling sines for its
//! percussion. It makes tunes recognisable and does not sound like the chip, whose samples are VLSI's.
//!
//! 1. Integers only, so that equal notes are equal samples on any machine.
//! 2. Volume, expression, velocity and master volume count squared (General MIDI 2, "Response to Volume"), pan at equal power.
//! 3. The reverb (controllers 12 and 91) is not heard.
//! 4. The eight programs of a family sound alike. Keys of percussion beyond 27 to 87 are a short noise.
//! 5. When all voices are in use a new note takes the faintest of those that fade, else the oldest; that one is faded out in
//!    some milliseconds.

mod channel;
mod patches;
mod pitch;
mod voice;

pub(super) use channel::Channel;
use peripherals::chips::vs1053::{MidiEvent, Synth};
use voice::{TICK, Voice};

/// Notes that were taken away and still fade.
const MOST_FADING: usize = 32;
const CHANNELS: usize = 16;

/// The synthesiser.
#[derive(Clone)]
pub(super) struct Plain {
    channels: [Channel; CHANNELS],
    /// Oldest first.
    voices: Vec<Voice>,
    most: usize,
    /// Master volume squared, of 65536.
    master: u32,
    /// Frames until envelopes go on.
    until_tick: usize,
}

impl Plain {
    pub(super) fn new() -> Self {
        let mut channels = [Channel::default(); CHANNELS];
        channels[9].drums = true;
        Self { channels, voices: Vec::new(), most: 64, master: 1 << 16, until_tick: TICK }
    }

    fn note_on(&mut self, n: u8, key: u8, velocity: u8) {
        let channel = &self.channels[usize::from(n & 15)];
        let voice = Voice::new(n, key, velocity, channel, self.master);
        for other in &mut self.voices {
            // The pedals of a hi-hat, and a key that is struck again.
            if voice.silences(other) {
                other.fade();
            }
        }
        self.make_room(self.most - 1);
        self.voices.push(voice);
    }

    fn make_room(&mut self, most: usize) {
        while self.voices.iter().filter(|v| !v.fading()).count() > most {
            let released = |v: &&mut Voice| v.released();
            let faintest = self.voices.iter_mut().filter(|v| !v.fading()).filter(released).min_by_key(|v| v.level());
            match faintest {
                Some(voice) => voice.fade(),
                None => {
                    if let Some(oldest) = self.voices.iter_mut().find(|v| !v.fading()) {
                        oldest.fade();
                    }
                }
            }
        }
        let fading = self.voices.iter().filter(|v| v.fading()).count();
        let mut surplus = fading.saturating_sub(MOST_FADING);
        self.voices.retain(|v| {
            let goes = surplus > 0 && v.fading();
            surplus -= usize::from(goes);
            !goes
        });
    }

    fn tick(&mut self) {
        let (channels, master) = (&self.channels, self.master);
        self.voices.retain_mut(|voice| voice.tick(&channels[usize::from(voice.channel() & 15)], master));
    }
}

impl Synth for Plain {
    fn send(&mut self, event: MidiEvent) {
        match event {
            MidiEvent::NoteOn { channel, key, velocity } => self.note_on(channel, key & 0x7F, velocity & 0x7F),
            MidiEvent::NoteOff { channel, key } => {
                let sustain = self.channels[usize::from(channel & 15)].sustain;
                self.voices.iter_mut().filter(|v| v.is(channel, key)).for_each(|v| v.key_up(sustain));
            }
            MidiEvent::NotesOff { channel } => {
                let sustain = self.channels[usize::from(channel & 15)].sustain;
                self.voices.iter_mut().filter(|v| v.channel() == channel).for_each(|v| v.key_up(sustain));
            }
            MidiEvent::SoundOff { channel } => {
                self.voices.iter_mut().filter(|v| v.channel() == channel).for_each(Voice::fade);
            }
            MidiEvent::Instrument { channel, program, drums } => {
                let channel = &mut self.channels[usize::from(channel & 15)];
                (channel.program, channel.drums) = (program & 0x7F, drums);
            }
            MidiEvent::Controller { channel, number, value } => {
                let state = &mut self.channels[usize::from(channel & 15)];
                let before = *state;
                state.controller(number, value & 0x7F);
                let after = *state;
                let own = self.voices.iter_mut().filter(|v| v.channel() == channel);
                own.for_each(|v| v.pedals(before, after));
            }
            MidiEvent::PitchBend { channel, value } => self.channels[usize::from(channel & 15)].wheel = value & 0x3FFF,
            MidiEvent::MasterVolume(value) => {
                let value = u64::from(value & 0x3FFF);
                self.master = (((value * value) << 16) / (16_383 * 16_383)) as u32;
            }
        }
    }

    fn limit(&mut self, voices: usize) {
        self.most = voices.max(1);
        self.make_room(self.most);
    }

    fn render(&mut self, frames: usize, pcm: &mut Vec<i16>) {
        let mut left = frames;
        while left > 0 {
            if self.until_tick == 0 {
                self.tick();
                self.until_tick = TICK;
            }
            let count = left.min(self.until_tick);
            let mut mix = [[0i32; 2]; TICK];
            for voice in &mut self.voices {
                voice.add(&mut mix[..count]);
            }
            let clip = |s: i32| s.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
            pcm.extend(mix[..count].iter().flat_map(|&[l, r]| [clip(l), clip(r)]));
            left -= count;
            self.until_tick -= count;
        }
    }

    fn sounding(&self) -> bool {
        !self.voices.is_empty()
    }
}

#[cfg(test)]
mod tests;
