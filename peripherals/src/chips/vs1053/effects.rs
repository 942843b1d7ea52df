//! What happens to samples between decoder and audio FIFO, in the chip's order: mono, bass and treble, EarSpeaker (VS1053b datasheet
//! v1.33, "Data Flow of VS1053b"; VS1053b Patches, "playMode"; VS1053.md, 7 and 5.2). Where mono stands in it is a guess.
//!
//! 1. A setting acts on what is decoded after it, so that it is heard when the FIFO has played what was in it (VS1053.md, 2.4).
//! 2. Mono is half of left and half of right on both sides; bits 9 and 10 of playMode put left or right on both (which is which is a
//!    guess).

use super::ear_speaker::EarSpeaker;
use super::tone_control::ToneControl;
use std::collections::VecDeque;

/// Which sides are heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sides {
    /// Left and right.
    #[default]
    Both,
    /// Their mean on both.
    Mono,
    /// Left on both.
    Left,
    /// Right on both.
    Right,
}

impl Sides {
    /// What playMode asks for.
    pub fn of_play_mode(value: u16) -> Self {
        match value {
            v if v & 1 << 9 != 0 => Self::Left,
            v if v & 1 << 10 != 0 => Self::Right,
            v if v & 1 != 0 => Self::Mono,
            _ => Self::Both,
        }
    }
}

/// The chain.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    rate_hz: u32,
    bass: u16,
    ear_setting: u8,
    steep: bool,
    crossfeed: u32,
    /// Which sides are heard.
    pub sides: Sides,
    control: Option<ToneControl>,
    ear: Option<EarSpeaker>,
}

impl Effects {
    /// Takes over the knobs `tone_slope` and `ear_crossfeed`.
    pub fn configure(&mut self, config: &super::Config) {
        self.steep = config.tone_slope;
        self.crossfeed = config.ear_crossfeed;
    }

    /// Samples come at this rate.
    pub fn set_rate(&mut self, rate_hz: u32) {
        if rate_hz != self.rate_hz {
            self.rate_hz = rate_hz;
            self.make_control();
            self.make_ear();
        }
    }

    /// BASS was written.
    pub fn set_bass(&mut self, bass: u16) {
        if bass != self.bass {
            self.bass = bass;
            self.make_control();
        }
    }

    /// The EarSpeaker's setting: 0 is off, 1 minimal, 2 normal, 3 extreme (VS1053.md, 2.2).
    pub fn set_ear_speaker(&mut self, setting: u8) {
        if setting != self.ear_setting {
            self.ear_setting = setting;
            self.make_ear();
        }
    }

    /// Whether bass or treble control is on (VS1053.md, 2.4).
    pub fn has_tone_control(&self) -> bool {
        self.bass & 0xF0F0 != 0
    }

    /// Forgets what it has heard, as a reset does.
    pub fn forget(&mut self) {
        self.control.iter_mut().for_each(ToneControl::forget);
        self.ear.iter_mut().for_each(EarSpeaker::forget);
    }

    /// Appends `frames` to `queue`, changed.
    pub fn apply(&mut self, frames: impl Iterator<Item = [i16; 2]>, queue: &mut VecDeque<[i16; 2]>) {
        if self.control.is_none() && self.ear.is_none() && self.sides == Sides::Both {
            queue.extend(frames);
        } else {
            queue.extend(frames.map(|frame| self.frame(frame)));
        }
    }

    /// One sample of left and right, changed.
    pub fn frame(&mut self, [left, right]: [i16; 2]) -> [i16; 2] {
        let mut frame = match self.sides {
            Sides::Both => [left, right],
            Sides::Mono => [((i32::from(left) + i32::from(right)) >> 1) as i16; 2],
            Sides::Left => [left; 2],
            Sides::Right => [right; 2],
        };
        if let Some(control) = &mut self.control {
            frame = control.frame(frame);
        }
        if let Some(ear) = &mut self.ear {
            frame = ear.frame(frame);
        }
        frame
    }

    fn make_control(&mut self) {
        self.control = ToneControl::new(self.bass, self.rate_hz, self.steep);
    }

    fn make_ear(&mut self) {
        self.ear = EarSpeaker::new(self.ear_setting, self.rate_hz, self.crossfeed);
    }
}
