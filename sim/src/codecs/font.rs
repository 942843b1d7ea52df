//! A sound font of the user's (SoundFont 2) as the chip's synthesiser, through `rustysynth`.
//!
//! 1. `rustysynth` keeps its state to itself, so a copy is made by playing the same messages again: what has been sent since the last
//!    silence is kept, and a copy catches up when it is first asked for samples. After 262,144 messages without a silence,
//!    notes are cut off and it starts anew, in the original and in its copies alike.
//! 2. Gains and pitches come from the platform's `powf`, `sin` and `cos`: equal runs are equal on one machine, and another machine may
//!    differ in the last bit. The plain voice never does.
//! 3. A note takes as many voices as its preset has layers; 64 at most sound, whatever CLKI is.
//! 4. Messages take effect within 32 frames. Sostenuto and the reverb of all (controllers 66 and 12) are not known to it.
//! 5. A font that makes `rustysynth` panic is silent from there to the next stream.

use super::guard;
use super::plain::Channel;
use peripherals::chips::vs1053::{MIDI_RATE_HZ, MidiEvent, Synth};
use rustysynth::{SoundFont, Synthesizer, SynthesizerSettings};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// Sound fonts above this are not read.
pub const MAX_FONT_BYTES: u64 = 512 << 20;
const VOICES: usize = 64;
const BLOCK: usize = 32;
/// Messages that are kept for copies.
const MOST_KEPT: usize = 1 << 18;
/// So many silent frames with no key down, half a second, and there is nothing to be heard any more.
const SILENCE: u32 = MIDI_RATE_HZ / 2;
/// `rustysynth` is at its usual loudness.
const LOUDNESS: f32 = 0.5;

/// A sound font. Copies share it; it never changes.
#[derive(Clone)]
pub struct Font {
    font: Arc<SoundFont>,
    sha256: [u8; 32],
}

impl PartialEq for Font {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256
    }
}

impl Eq for Font {}

impl fmt::Debug for Font {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Font({})", self.font.get_info().get_bank_name())
    }
}

impl Font {
    /// Reads a font.
    ///
    /// # Errors
    /// In one clause, when the bytes are no sound font that can be played.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if !bytes.starts_with(b"RIFF") || bytes.get(8..12) != Some(b"sfbk") {
            return Err("it is no SoundFont 2 file".into());
        }
        chunks_fit(bytes).map_err(str::to_owned)?;
        let font = guard::run(|| SoundFont::new(&mut &bytes[..])).map_err(|e| e.reason)?.map_err(|e| e.to_string())?;
        Ok(Self { font: Arc::new(font), sha256: Sha256::digest(bytes).into() })
    }

    /// A synthesiser that plays it.
    pub fn synth(&self) -> Box<dyn Synth> {
        Box::new(FontSynth::new(self.clone()))
    }
}

/// `rustysynth` makes room for what a chunk says it has before it looks whether it is there.
fn chunks_fit(bytes: &[u8]) -> Result<(), &'static str> {
    const SHORT: &str = "it is cut short: a part of it says that it is longer than the file";
    let mut rest = &bytes[12..];
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let mut inner = body.get(..length).ok_or(SHORT)?;
        rest = &body[(length + (length & 1)).min(body.len())..];
        if head.starts_with(b"LIST") {
            inner = inner.get(4..).unwrap_or_default();
            while let Some((head, body)) = inner.split_first_chunk::<8>() {
                let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
                inner = body.get(length..).ok_or(SHORT)?;
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Kept {
    Event(MidiEvent),
    Frames(u64),
}

struct FontSynth {
    font: Font,
    /// What the channels were like when `kept` began, and are now.
    base: Settings,
    settings: Settings,
    kept: Vec<Kept>,
    /// None in a copy that has not caught up, and when it gave up.
    synth: Option<Synthesizer>,
    gave_up: bool,
    /// Keys that are down, a bit each.
    down: [u128; 16],
    silent: u32,
    /// Samples of the block that was rendered last, and how many of its frames are out.
    block: [[i16; 2]; BLOCK],
    out: usize,
}

#[derive(Clone)]
struct Settings {
    channels: [Channel; 16],
    reverb: [Option<u8>; 16],
    master: u16,
}

impl Clone for FontSynth {
    fn clone(&self) -> Self {
        Self {
            base: self.base.clone(),
            settings: self.settings.clone(),
            kept: self.kept.clone(),
            gave_up: self.gave_up,
            down: self.down,
            silent: self.silent,
            block: self.block,
            out: self.out,
            ..Self::new(self.font.clone())
        }
    }
}

/// What `rustysynth` is to be told.
fn tell(synth: &mut Synthesizer, event: MidiEvent) {
    let mut say = |channel: u8, command: i32, first: i32, second: i32| {
        synth.process_midi_message(i32::from(channel), command, first, second);
    };
    match event {
        MidiEvent::NoteOn { channel, key, velocity } => say(channel, 0x90, key.into(), velocity.into()),
        MidiEvent::NoteOff { channel, key } => say(channel, 0x80, key.into(), 0),
        MidiEvent::Instrument { channel, program, drums } => {
            // Percussion is bank 128 of a font, which it adds by itself on channel 9.
            let bank = i32::from(drums) * 128 - i32::from(channel == 9) * 128;
            say(channel, 0xB0, 0, bank);
            say(channel, 0xC0, program.into(), 0);
        }
        MidiEvent::Controller { channel, number, value } => say(channel, 0xB0, number.into(), value.into()),
        MidiEvent::PitchBend { channel, value } => say(channel, 0xE0, (value & 0x7F).into(), (value >> 7).into()),
        MidiEvent::NotesOff { channel } => say(channel, 0xB0, 0x7B, 0),
        MidiEvent::SoundOff { channel } => say(channel, 0xB0, 0x78, 0),
        MidiEvent::MasterVolume(value) => {
            let part = f32::from(value) / 16_383.0;
            synth.set_master_volume(LOUDNESS * part * part);
        }
    }
}

impl FontSynth {
    fn new(font: Font) -> Self {
        let mut channels = [Channel::default(); 16];
        channels[9].drums = true;
        let settings = Settings { channels, reverb: [None; 16], master: 16_383 };
        Self {
            font,
            base: settings.clone(),
            settings,
            kept: Vec::new(),
            synth: None,
            gave_up: false,
            down: [0; 16],
            silent: SILENCE,
            block: [[0; 2]; BLOCK],
            out: BLOCK,
        }
    }

    /// Brings a synthesiser that is not there to where it would be.
    fn catch_up(&mut self) -> Option<&mut Synthesizer> {
        if self.synth.is_none() && !self.gave_up {
            let (font, base, kept) = (&self.font, &self.base, &self.kept);
            let made = guard::run(|| {
                let mut settings = SynthesizerSettings::new(MIDI_RATE_HZ as i32);
                (settings.block_size, settings.maximum_polyphony) = (BLOCK, VOICES);
                let mut synth = Synthesizer::new(&font.font, &settings).ok()?;
                base.events().for_each(|event| tell(&mut synth, event));
                let mut sink = [[0f32; BLOCK]; 2];
                for &kept in kept {
                    match kept {
                        Kept::Event(event) => tell(&mut synth, event),
                        Kept::Frames(frames) => {
                            let [left, right] = &mut sink;
                            (0..frames / BLOCK as u64).for_each(|_| synth.render(left, right));
                        }
                    }
                }
                Some(synth)
            });
            self.synth = made.ok().flatten();
            self.gave_up = self.synth.is_none();
        }
        self.synth.as_mut()
    }

    fn next_block(&mut self) {
        let (mut left, mut right) = ([0f32; BLOCK], [0f32; BLOCK]);
        let rendered = self.catch_up().map(|synth| guard::run(|| synth.render(&mut left, &mut right)));
        if !matches!(rendered, Some(Ok(()))) {
            (self.synth, self.gave_up) = (None, true);
            (left, right) = ([0.0; BLOCK], [0.0; BLOCK]);
        }
        // The cast clips.
        self.block = core::array::from_fn(|n| [left[n], right[n]].map(|sample| (sample * 32_768.0) as i16));
        self.out = 0;
        match self.kept.last_mut() {
            Some(Kept::Frames(before)) => *before += BLOCK as u64,
            _ => self.kept.push(Kept::Frames(BLOCK as u64)),
        }
        let quiet = self.block.iter().rev().take_while(|&&frame| frame == [0; 2]).count();
        self.silent = if quiet == BLOCK { self.silent.saturating_add(BLOCK as u32) } else { quiet as u32 };
        if !self.sounding() && self.kept.len() > 1 {
            self.start_anew();
        }
    }

    /// From here on nothing that was before matters.
    fn start_anew(&mut self) {
        self.kept.clear();
        self.base = self.settings.clone();
        self.synth = None;
    }
}

impl Settings {
    fn take(&mut self, event: MidiEvent) {
        match event {
            MidiEvent::Instrument { channel, program, drums } => {
                let channel = &mut self.channels[usize::from(channel & 15)];
                (channel.program, channel.drums) = (program, drums);
            }
            MidiEvent::Controller { channel, number, value } => {
                let channel = usize::from(channel & 15);
                if number == 91 {
                    self.reverb[channel] = Some(value);
                }
                self.channels[channel].controller(number, value);
            }
            MidiEvent::PitchBend { channel, value } => self.channels[usize::from(channel & 15)].wheel = value,
            MidiEvent::MasterVolume(value) => self.master = value,
            _ => {}
        }
    }

    /// What makes a new synthesiser like this.
    fn events(&self) -> impl Iterator<Item = MidiEvent> {
        let channels = (0u8..).zip(&self.channels).flat_map(|(channel, state)| {
            let controllers = state.controllers();
            let reverb = self.reverb[usize::from(channel)].map(|value| (91, value));
            let controllers = controllers.into_iter().chain(reverb).map(move |(number, value)| MidiEvent::Controller {
                channel,
                number,
                value,
            });
            let instrument = MidiEvent::Instrument { channel, program: state.program, drums: state.drums };
            controllers.chain([instrument, MidiEvent::PitchBend { channel, value: state.wheel }])
        });
        channels.chain([MidiEvent::MasterVolume(self.master)])
    }
}

impl Synth for FontSynth {
    fn send(&mut self, event: MidiEvent) {
        if self.kept.len() >= MOST_KEPT {
            self.start_anew();
            self.down = [0; 16];
        }
        let key = |channel: u8, key: u8| (usize::from(channel & 15), 1u128 << (key & 0x7F));
        match event {
            MidiEvent::NoteOn { channel, key: k, .. } => {
                let (n, bit) = key(channel, k);
                self.down[n] |= bit;
                self.silent = 0;
            }
            MidiEvent::NoteOff { channel, key: k } => {
                let (n, bit) = key(channel, k);
                self.down[n] &= !bit;
            }
            MidiEvent::NotesOff { channel } | MidiEvent::SoundOff { channel } => {
                self.down[usize::from(channel & 15)] = 0
            }
            _ => {}
        }
        self.settings.take(event);
        self.kept.push(Kept::Event(event));
        if let Some(synth) = &mut self.synth
            && guard::run(|| tell(synth, event)).is_err()
        {
            (self.synth, self.gave_up) = (None, true);
        }
    }

    fn limit(&mut self, _: usize) {}

    fn render(&mut self, frames: usize, pcm: &mut Vec<i16>) {
        for _ in 0..frames {
            if self.out == BLOCK {
                self.next_block();
            }
            pcm.extend(self.block[self.out]);
            self.out += 1;
        }
    }

    fn sounding(&self) -> bool {
        !self.gave_up && (self.silent < SILENCE || self.down.iter().any(|&keys| keys != 0))
    }
}

#[cfg(test)]
mod tests;
