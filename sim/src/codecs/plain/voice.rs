//! One note: oscillators, noise and an envelope.

use super::channel::Channel;
use super::patches::{self, Patch};
use super::pitch::{SEMITONE, sine, turn};
use peripherals::chips::vs1053::MIDI_RATE_HZ;

/// Frames after which the envelope goes on; in between, gain moves in equal steps.
pub(super) const TICK: usize = 32;
/// Ticks a second, times 1000.
const TICKS_MS: u32 = MIDI_RATE_HZ / TICK as u32;
/// Full level of an envelope, and the level below which there is nothing to be heard (-72 dB).
const FULL: u32 = 1 << 24;
const SILENT: u32 = FULL >> 12;
/// How long a note takes to halve that has been taken away, in ms.
const FADE_MS: u16 = 3;
const FALL_MS: u16 = 8;
/// 2^16 times ln 2.
const LN_2: u32 = 45_426;
/// Of full scale in 2^-16, what one note at its loudest comes to.
const HEADROOM: u64 = 26_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Attack,
    Decay,
    /// The key is up.
    Release,
    /// Its voice is wanted for another note.
    Fade,
}

/// A note that sounds.
#[derive(Clone)]
pub(super) struct Voice {
    channel: u8,
    key: u8,
    drums: bool,
    patch: &'static Patch,
    pitch: i32,
    /// Gain by velocity, of 65536.
    velocity: u32,
    stage: Stage,
    level: u32,
    /// What is left of its fall, in 256ths of a 256th of a semitone.
    fall: u32,
    /// The key is up; pedals keep the note.
    up: bool,
    sostenuto: bool,
    phase: [u32; 2],
    turn: [u32; 2],
    partials: [i32; 6],
    noise: u32,
    last_noise: i32,
    /// Gains of left and right in 2^-20, and what they change by in a frame.
    gain: [i32; 2],
    step: [i32; 2],
}

/// What a level that halves in `ms` keeps of itself in a tick, of 65536.
fn kept(ms: u16) -> u32 {
    let ticks = (u32::from(ms) * TICKS_MS / 1000).max(1);
    65_536 - (LN_2 / ticks).min(60_000)
}

fn times(level: u32, factor: u32) -> u32 {
    ((u64::from(level) * u64::from(factor)) >> 16) as u32
}

impl Voice {
    pub(super) fn new(channel: u8, key: u8, velocity: u8, state: &Channel, master: u32) -> Self {
        let (patch, pitch) = if state.drums {
            patches::percussion(key)
        } else {
            (patches::program(state.program), i32::from(key) * SEMITONE)
        };
        let struck = u32::from(velocity);
        let mut voice = Self {
            channel,
            key,
            drums: state.drums,
            patch,
            pitch,
            velocity: ((struck * struck) << 16) / (127 * 127),
            stage: Stage::Attack,
            level: 0,
            fall: u32::from(patch.fall) << 8,
            up: false,
            sostenuto: false,
            phase: [0; 2],
            turn: [0; 2],
            partials: [0; 6],
            noise: 0x9E37_79B9 ^ u32::from(key) << 8,
            last_noise: 0,
            gain: [0; 2],
            step: [0; 2],
        };
        voice.tick(state, master);
        voice
    }

    pub(super) fn channel(&self) -> u8 {
        self.channel
    }

    /// Whether it is of this key, and the key is down.
    pub(super) fn is(&self, channel: u8, key: u8) -> bool {
        self.channel == channel && self.key == key && !self.up
    }

    pub(super) fn released(&self) -> bool {
        self.stage == Stage::Release
    }

    pub(super) fn fading(&self) -> bool {
        self.stage == Stage::Fade
    }

    pub(super) fn level(&self) -> u32 {
        self.level
    }

    /// Whether `other` ends when this one starts.
    pub(super) fn silences(&self, other: &Self) -> bool {
        let again = self.key == other.key || self.drums && patches::hi_hat(self.key) && patches::hi_hat(other.key);
        self.channel == other.channel && self.drums == other.drums && again
    }

    pub(super) fn fade(&mut self) {
        self.stage = Stage::Fade;
    }

    /// The key goes up.
    pub(super) fn key_up(&mut self, sustain: bool) {
        self.up = true;
        if !sustain && !self.sostenuto {
            self.release();
        }
    }

    fn release(&mut self) {
        if self.stage != Stage::Fade && self.patch.release_ms > 0 {
            self.stage = Stage::Release;
        }
    }

    /// Pedals may have moved.
    pub(super) fn pedals(&mut self, before: Channel, after: Channel) {
        if after.sostenuto && !before.sostenuto {
            self.sostenuto = !self.up;
        } else if !after.sostenuto {
            self.sostenuto = false;
        }
        if self.up && !after.sustain && !self.sostenuto {
            self.release();
        }
    }

    /// The envelope goes on, and what the channel has come to takes effect. False when nothing is left of the note.
    pub(super) fn tick(&mut self, channel: &Channel, master: u32) -> bool {
        let patch = self.patch;
        match self.stage {
            Stage::Attack => {
                let ticks = (u32::from(patch.attack_ms) * TICKS_MS / 1000).max(1);
                self.level = (self.level + FULL / ticks).min(FULL);
                if self.level + ticks >= FULL {
                    self.stage = Stage::Decay;
                }
            }
            Stage::Decay if patch.half_ms > 0 => {
                let floor = u32::from(patch.sustain) << 16;
                self.level = floor + times(self.level.saturating_sub(floor), kept(patch.half_ms));
            }
            Stage::Decay => {}
            Stage::Release => self.level = times(self.level, kept(patch.release_ms)),
            Stage::Fade => self.level = times(self.level, kept(FADE_MS)),
        }
        let over = self.level < SILENT && self.stage != Stage::Attack;
        self.fall = times(self.fall, kept(FALL_MS));
        let tuned = if self.drums { 0 } else { channel.detuned() };
        let pitch = self.pitch + tuned + (self.fall >> 8) as i32;
        self.turn = [turn(pitch), turn(pitch + i32::from(patch.detune))];
        // Harmonics above half the sample rate would come back as other tones.
        let audible = |n: u32| u64::from(self.turn[1]) * u64::from(n) < 1 << 31;
        for (n, (strength, &of_patch)) in (1..).zip(self.partials.iter_mut().zip(&patch.partials)) {
            let mellow = if patch.mellows && n > 1 { self.level >> 16 } else { 256 };
            *strength = if audible(n) { (i32::from(of_patch) * mellow as i32) >> 8 } else { 0 };
        }
        let loud = (u64::from(self.level) * u64::from(self.velocity)) >> 24;
        let loud = (((loud * u64::from(master)) >> 16) * HEADROOM) >> 16;
        let gains = channel.gains().map(|side| if over { 0 } else { ((loud * u64::from(side)) >> 12) as i32 });
        for ((step, gain), target) in self.step.iter_mut().zip(self.gain).zip(gains) {
            *step = (target - gain) / TICK as i32;
        }
        !over || self.gain.iter().any(|&gain| gain.abs() > 1 << 6)
    }

    /// Adds its next frames.
    pub(super) fn add(&mut self, mix: &mut [[i32; 2]]) {
        let second = self.patch.detune > 0;
        for frame in mix {
            let mut sum = self.partials(0);
            if second {
                sum = (sum + self.partials(1)) / 2;
            }
            if self.patch.noise > 0 {
                sum += self.noise() * i32::from(self.patch.noise);
            }
            let sample = sum >> 8;
            for ((side, gain), step) in frame.iter_mut().zip(&mut self.gain).zip(self.step) {
                *side += (sample * (*gain >> 4)) >> 16;
                *gain += step;
            }
            for (phase, turn) in self.phase.iter_mut().zip(self.turn) {
                *phase = phase.wrapping_add(turn);
            }
        }
    }

    /// The sum of an oscillator's harmonics, times 256.
    fn partials(&self, oscillator: usize) -> i32 {
        let phase = self.phase[oscillator];
        let harmonics = (1u32..).zip(self.partials).filter(|&(_, strength)| strength > 0);
        harmonics.map(|(n, strength)| strength * sine(phase.wrapping_mul(n))).sum()
    }

    fn noise(&mut self) -> i32 {
        // Xorshift, with the period of all its bits.
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 17;
        self.noise ^= self.noise << 5;
        let white = i32::from((self.noise >> 16) as i16);
        let before = core::mem::replace(&mut self.last_noise, white);
        if self.patch.hiss { (white - before) / 2 } else { white }
    }
}
