//! The audio FIFO and what leaves the DAC (VS1053b datasheet v1.33, "Data Flow of VS1053b"; VS1053.md, 3 and 7), tapped at the rate of AUDATA,
//! after VOL.
//!
//! 1. The output starts with the first sample and from there a simulated second is a second of output.
//! 2. When the FIFO runs dry the DAC goes to zero from where it is, and repeats nothing (VS1053.md, 3). How fast is a knob (guess): each sample
//!    is the one before less a `fade_samples`th of it and one more. With the knob `underrun` it is zero at once instead, and goes on
//!    after a multiple of 32 samples, as the firmware is said to fill in (VLSI's staff; VS1053.md, 3).
//! 3. A change of rate applies to the samples that are still queued, as on the chip without patches (VS1053.md, 8); with patches, which mend that,
//!    it does so here, too. It ends a fade.
//! 4. Pausing stops the decoder; what is in the FIFO is heard, and the silence after it is no underrun (guess; pause: VS1053.md, 5.2).

use super::effects::Effects;
use super::stage::Stage;
use super::tone::Tone;
use crate::kernel::{Instant, Rate, Span};
use std::collections::VecDeque;

/// Stereo samples in the audio FIFO (VS1053.md, 3).
pub const AUDIO_FIFO: usize = 2048;
/// Output that nobody collects is kept this long, in samples.
const MOST_OUTPUT: usize = 2 * 48_000;
/// So many pieces at most, as a trickle of data makes one of sound and one of silence of every few samples.
const MOST_PIECES: usize = 4096;
/// Zeros that the firmware puts into a FIFO that is about to run dry (VLSI's staff; VS1053.md, 3).
const ZEROS: u64 = 32;

/// What a piece of output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// Samples of a stream.
    Decoded,
    /// Samples of the sine test.
    Tone,
    /// The way to zero of a FIFO that has run dry; silence follows.
    Fade,
    /// Silence in the middle of a stream, for want of data.
    Underrun,
    /// Silence between streams.
    Idle,
}

/// A piece of output. Pieces follow one another without a gap except where the rate changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioBlock<'a> {
    /// When its first sample leaves the DAC.
    pub start: Instant,
    /// Samples a second.
    pub rate_hz: u32,
    /// Stereo samples.
    pub frames: u64,
    /// What it is.
    pub sound: Sound,
    /// Left and right in turn, `2 * frames` of them; empty for silence, which may be long.
    pub samples: &'a [i16],
}

/// Silence for want of data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Underruns {
    /// How many.
    pub count: u64,
    /// How long together.
    pub total: Span,
    /// When the first began.
    pub first: Option<Instant>,
}

#[derive(Clone, Debug)]
struct Piece {
    start: Instant,
    rate_hz: u32,
    frames: u64,
    sound: Sound,
}

/// The output stage.
#[derive(Clone, Debug)]
pub struct Audio {
    queue: VecDeque<[i16; 2]>,
    rate: Rate,
    /// The rate that was asked for, and XTALI as it is and as SC_FREQ tells it.
    asked_hz: u32,
    clock: (u32, u32),
    /// When sample 0 of the present rate left or would have left the DAC.
    epoch: Instant,
    /// The number of the next sample to leave.
    next: u64,
    started: bool,
    /// The stream whose samples came last.
    stream: u32,
    tone: Option<Tone>,
    /// Bass and treble, EarSpeaker, mono: what acts before the FIFO.
    pub effects: Effects,
    /// VOL and what comes after it.
    pub stage: Stage,
    /// How fast the DAC goes to zero; `None` for at once, with zeros by the batch.
    fade: Option<i32>,
    /// Where it is, and how many samples of the way have been heard.
    level: [i16; 2],
    faded: u64,
    /// Rate tune in steps of 2 ppm (VS1053.md, 5.2), from the next rate on.
    pub tune: i32,
    /// The next gap is the firmware's wish.
    excused: bool,
    output: Vec<i16>,
    pieces: Vec<Piece>,
    /// Underruns so far.
    pub underruns: Underruns,
    /// Samples that were thrown away because nobody collected them.
    pub uncollected: u64,
}

impl Default for Audio {
    fn default() -> Self {
        Self {
            queue: VecDeque::with_capacity(2 * AUDIO_FIFO),
            rate: Rate::new(8_000),
            asked_hz: 8_000,
            clock: (1, 1),
            epoch: Instant::ZERO,
            next: 0,
            started: false,
            stream: 0,
            tone: None,
            effects: Effects::default(),
            stage: Stage::default(),
            fade: Some(0),
            level: [0; 2],
            faded: 0,
            tune: 0,
            excused: false,
            output: Vec::new(),
            pieces: Vec::new(),
            underruns: Underruns::default(),
            uncollected: 0,
        }
    }
}

impl Audio {
    /// Takes over the knobs of the output.
    pub fn configure(&mut self, config: &super::Config) {
        self.stage.configure(config);
        self.stage.set_rate(self.rate);
        self.effects.configure(config);
        self.fade = (!config.underrun).then_some(config.fade_samples as i32);
    }

    /// Asks for a rate in hertz, from `now` on. The DAC reckons it from XTALI as SC_FREQ tells it (VS1053.md, 2.5),
    /// and from the rate tune.
    pub fn set_rate(&mut self, now: Instant, hz: u32) {
        self.asked_hz = hz;
        let (real, told) = (u128::from(self.clock.0), u128::from(self.clock.1) * 500_000);
        let tuned = u128::from(hz) * (500_000 + i128::from(self.tune)).max(1) as u128;
        let rate = Rate::new((((tuned * real + told / 2) / told) as u64).max(1));
        self.effects.set_rate(hz);
        if rate == self.rate {
            return;
        }
        self.advance(now);
        (self.rate, self.epoch, self.next) = (rate, now, 0);
        self.stage.set_rate(rate);
        self.started = false;
        if self.queue.is_empty() {
            self.level = [0; 2];
        }
        self.faded = 0;
    }

    /// The rate that was asked for, in hertz.
    pub fn asked_hz(&self) -> u32 {
        self.asked_hz
    }

    /// The decoder is paused, or goes on.
    pub fn excuse(&mut self) {
        self.excused = true;
    }

    /// XTALI in hertz as it is, and as SC_FREQ tells it.
    pub fn set_clock(&mut self, now: Instant, real: u32, told: u32) {
        if self.clock != (real, told) {
            self.clock = (real, told);
            self.set_rate(now, self.asked_hz);
        }
    }

    /// Samples a second.
    pub fn rate_hz(&self) -> u32 {
        self.rate.hz() as u32
    }

    /// Queues decoded samples of stream `stream`, channels interleaved; one channel goes to both sides (VS1053.md, 7).
    pub fn push(&mut self, now: Instant, pcm: &[i16], channels: u8, stream: u32) {
        self.advance(now);
        if pcm.is_empty() {
            return;
        }
        if self.queue.is_empty() && self.tone.is_none() {
            let wanted = self.excused || stream != self.stream;
            self.resume(now, if wanted { Sound::Idle } else { Sound::Underrun });
        }
        self.excused = false;
        self.stream = stream;
        let Self { queue, effects, .. } = self;
        match channels {
            1 => effects.apply(pcm.iter().map(|&s| [s, s]), queue),
            _ => effects.apply(pcm.as_chunks::<2>().0.iter().copied(), queue),
        }
    }

    /// Starts a tone at `rate_hz` or stops it.
    pub fn set_tone(&mut self, now: Instant, tone: Option<(Tone, u32)>) {
        self.advance(now);
        if let Some((_, hz)) = tone {
            self.queue.clear();
            self.set_rate(now, hz);
            if self.tone.is_none() {
                self.resume(now, Sound::Idle);
            }
        }
        self.level = [0; 2];
        self.tone = tone.map(|(tone, _)| tone);
    }

    /// Sets the frequencies of a tone that is on, as [`Tone::retune`] does, from `now` on.
    pub fn retune(&mut self, now: Instant, left: u16, right: u16) {
        self.advance(now);
        if let Some(tone) = &mut self.tone {
            tone.retune(left, right);
        }
    }

    /// Whether a tone is on.
    pub fn has_tone(&self) -> bool {
        self.tone.is_some()
    }

    /// Drops what is queued, as a reset does.
    pub fn stop(&mut self, now: Instant) {
        self.advance(now);
        self.stage.forget_loudness();
        self.queue.clear();
        self.tone = None;
        self.level = [0; 2];
        self.effects.forget();
    }

    /// Samples that are decoded and do not fit into the audio FIFO, so that the decoder has to wait.
    pub fn backlog(&self) -> usize {
        self.queue.len().saturating_sub(AUDIO_FIFO)
    }

    /// Samples that are decoded and not yet heard.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// When `samples` samples from now will have left the DAC.
    pub fn when_gone(&self, samples: usize) -> Instant {
        self.epoch + self.rate.span(self.next + (samples as u64).saturating_sub(1))
    }

    /// Plays up to and including `now`.
    pub fn advance(&mut self, now: Instant) {
        let due = (self.rate.ticks(Instant::ZERO + now.since(self.epoch)) + 1).saturating_sub(self.next);
        if due == 0 {
            return;
        }
        let Self { output, stage, effects, level, .. } = self;
        let mut ready = stage.begin();
        let (count, sound) = match &mut self.tone {
            Some(tone) => {
                for _ in 0..due {
                    let sample = tone.sample();
                    output.extend(ready.play(if tone.has_effects() { effects.frame(sample) } else { sample }));
                }
                (due, Sound::Tone)
            }
            None => {
                let count = due.min(self.queue.len() as u64);
                for sample in self.queue.drain(..count as usize) {
                    *level = sample;
                    output.extend(ready.play(sample));
                }
                (count, Sound::Decoded)
            }
        };
        if count > 0 {
            self.emit(count, sound);
            self.started = true;
            self.faded = 0;
        }
        if self.tone.is_none() && self.queue.is_empty() && count < due {
            self.run_dry(due - count);
        }
    }

    /// So many samples are missing: the DAC goes to zero.
    fn run_dry(&mut self, missing: u64) {
        let Some(divisor) = self.fade.filter(|&divisor| divisor > 0) else {
            self.level = [0; 2];
            self.stage.silence();
            return;
        };
        let mut ready = self.stage.begin();
        let mut faded = 0;
        while faded < missing && self.level != [0; 2] {
            self.level = self.level.map(|level| {
                let magnitude = i32::from(level.unsigned_abs());
                ((magnitude - magnitude / divisor - 1).max(0) * i32::from(level.signum())) as i16
            });
            if self.level == [0; 2] {
                break;
            }
            self.output.extend(ready.play(self.level));
            faded += 1;
        }
        if faded < missing {
            self.stage.silence();
        }
        if faded > 0 {
            self.emit(faded, Sound::Fade);
            self.faded += faded;
        }
    }

    /// Whether the DAC is not yet at zero though nothing is left to play.
    pub fn fading(&self) -> bool {
        self.fade.is_some() && self.level != [0; 2] && self.queue.is_empty() && self.tone.is_none()
    }

    /// Hands over everything since the last time, in order.
    pub fn drain(&mut self, sink: &mut dyn FnMut(AudioBlock)) {
        let mut samples = self.output.as_slice();
        for piece in &self.pieces {
            let own = if piece.sound.is_silence() { 0 } else { 2 * piece.frames as usize };
            let (mine, rest) = samples.split_at(own);
            samples = rest;
            let Piece { start, rate_hz, frames, sound } = *piece;
            sink(AudioBlock { start, rate_hz, frames, sound, samples: mine });
        }
        self.output.clear();
        self.pieces.clear();
    }

    /// Output goes on at `now` after it had run dry.
    fn resume(&mut self, now: Instant, silence: Sound) {
        let since = Instant::ZERO + now.since(self.epoch);
        let passed = self.rate.ticks(since);
        let next = if self.rate.instant(passed) < since { passed + 1 } else { passed };
        if !self.started {
            (self.epoch, self.next) = (now, 0);
            return;
        }
        let dry = self.next - self.faded;
        let mut gap = next.max(self.next) - dry;
        if self.fade.is_none() {
            gap = gap.next_multiple_of(ZEROS);
        }
        if gap == 0 {
            return;
        }
        if silence == Sound::Underrun {
            let start = self.epoch + self.rate.span(dry);
            self.underruns.count += 1;
            self.underruns.total += self.rate.span(gap);
            self.underruns.first.get_or_insert(start);
        }
        let silent = gap - self.faded;
        self.faded = 0;
        self.level = [0; 2];
        if silent > 0 {
            self.emit(silent, silence);
        }
    }

    fn emit(&mut self, frames: u64, sound: Sound) {
        let (start, rate_hz) = (self.epoch + self.rate.span(self.next), self.rate_hz());
        self.next += frames;
        match self.pieces.last_mut() {
            Some(last) if last.sound == sound && last.rate_hz == rate_hz && self.next > frames => last.frames += frames,
            _ => self.pieces.push(Piece { start, rate_hz, frames, sound }),
        }
        if self.output.len() > 2 * MOST_OUTPUT || self.pieces.len() > MOST_PIECES {
            self.uncollected += self.output.len() as u64 / 2;
            self.output.clear();
            self.pieces.clear();
        }
    }
}

impl Sound {
    /// Whether it is silence, which comes without samples.
    pub const fn is_silence(self) -> bool {
        matches!(self, Self::Underrun | Self::Idle)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tone::{Request, request};
    use super::*;

    /// Plays `count` samples and lets a few be missing after each.
    fn trickle(count: u64) -> Audio {
        let mut audio = Audio::default();
        for n in 0..count {
            audio.push(Instant::ZERO + Span::from_ms(2 * n), &[7, 7], 2, 1);
            audio.advance(Instant::ZERO + Span::from_ms(2 * n + 1));
        }
        audio
    }

    /// Datasheet, "SCI_CLOCKF": told 12.288 MHz, a crystal of 12 MHz plays 48 kHz at 46,875 Hz; told the truth, it is right.
    #[test]
    fn the_rate_is_off_by_as_much_as_what_sc_freq_tells() {
        let mut audio = Audio::default();
        audio.set_clock(Instant::ZERO, 12_000_000, 12_288_000);
        audio.set_rate(Instant::ZERO, 48_000);
        assert_eq!(audio.rate_hz(), 46_875);
        audio.set_clock(Instant::ZERO, 12_000_000, 12_000_000);
        assert_eq!(audio.rate_hz(), 48_000);
        audio.set_clock(Instant::ZERO, 12_288_000, 12_000_000);
        audio.set_rate(Instant::ZERO, 44_100);
        assert_eq!(audio.rate_hz(), 45_158);
    }

    #[test]
    fn a_trickle_that_nobody_collects_takes_bounded_memory() {
        let audio = trickle(50_000);
        assert_eq!(audio.underruns.count, 49_999);
        assert!(audio.pieces.len() <= MOST_PIECES, "{} pieces", audio.pieces.len());
        assert!(audio.pieces.capacity() <= 2 * MOST_PIECES, "room for {} pieces", audio.pieces.capacity());
        assert_eq!(audio.uncollected + audio.output.len() as u64 / 2, 50_000, "each sample is kept or counted");
    }

    #[test]
    fn a_tone_that_nobody_collects_takes_bounded_memory() {
        let mut audio = Audio::default();
        let Some(Request::Start(tone, hz)) = request([0x53, 0xEF, 0x6E, 0x7E, 0, 0, 0, 0]) else {
            panic!("a sine test")
        };
        audio.set_tone(Instant::ZERO, Some((tone, hz)));
        for n in 1..1_000 {
            audio.advance(Instant::ZERO + Span::from_ms(20 * n));
        }
        assert!(audio.output.capacity() <= 4 * MOST_OUTPUT, "room for {} samples", audio.output.capacity());
        assert!(audio.uncollected > 300_000, "{} samples were thrown away", audio.uncollected);
    }
}
