//! The audio FIFO and what leaves the DAC (VS1053b datasheet v1.33, "Audio FIFO"; tap at the rate of AUDATA, after VOL).
//!
//! 1. The output starts with the first sample and from there a simulated second is a second of output.
//! 2. On an underrun the output is zero at once; the chip fades, and repeats nothing.
//! 3. A change of rate applies to the samples that are still queued, as on the chip without patches.

use super::gain::attenuate;
use super::tone::Tone;
use crate::kernel::{Instant, Rate, Span};
use std::collections::VecDeque;

/// Stereo samples in the audio FIFO.
pub const AUDIO_FIFO: usize = 2048;
/// Output that nobody collects is kept this long, in samples.
const MOST_OUTPUT: usize = 2 * 48_000;
/// So many pieces at most, as a trickle of data makes one of sound and one of silence of every few samples.
const MOST_PIECES: usize = 4096;

/// Samples over which the VU meter looks for a peak.
const LOUDNESS_SAMPLES: u32 = 1024;

/// What a piece of output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// Samples of a stream.
    Decoded,
    /// Samples of the sine test.
    Tone,
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
    /// VOL: left, right.
    pub volume: [u8; 2],
    /// Attenuations from here on are silence, but for 0xFF if it is counted like the rest.
    pub mute_from: u8,
    /// 0xFF attenuates by 127.5 dB instead of muting.
    pub count_ff: bool,
    /// SM_DIFF.
    pub invert_left: bool,
    /// Largest magnitudes before VOL, in the window before this one and in this one, and the samples in it.
    loud: [[u16; 2]; 2],
    window: u32,
    output: Vec<i16>,
    pieces: Vec<Piece>,
    /// Underruns so far.
    pub underruns: Underruns,
    /// Largest magnitude of left and right in the last piece of output.
    pub peak: [u16; 2],
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
            volume: [0; 2],
            mute_from: 0xFE,
            count_ff: false,
            invert_left: false,
            loud: [[0; 2]; 2],
            window: 0,
            output: Vec::new(),
            pieces: Vec::new(),
            underruns: Underruns::default(),
            peak: [0; 2],
            uncollected: 0,
        }
    }
}

impl Audio {
    /// Asks for a rate in hertz, from `now` on. The DAC reckons it from XTALI as SC_FREQ tells it.
    pub fn set_rate(&mut self, now: Instant, hz: u32) {
        self.asked_hz = hz;
        let (real, told) = (u64::from(self.clock.0), u64::from(self.clock.1));
        let rate = Rate::new(((u64::from(hz) * real + told / 2) / told).max(1));
        if rate == self.rate {
            return;
        }
        self.advance(now);
        (self.rate, self.epoch, self.next) = (rate, now, 0);
        self.started = false;
    }

    /// XTALI in hertz as it is, and as SC_FREQ tells it.
    pub fn set_clock(&mut self, now: Instant, real: u32, told: u32) {
        if self.clock != (real, told) {
            self.clock = (real, told);
            self.set_rate(now, self.asked_hz);
        }
    }

    /// Largest magnitudes of left and right before VOL in the last 23 to 46 ms at 44.1 kHz.
    pub fn loudness(&self) -> [u16; 2] {
        let [[a, b], [c, d]] = self.loud;
        [a.max(c), b.max(d)]
    }

    /// Samples a second.
    pub fn rate_hz(&self) -> u32 {
        self.rate.hz() as u32
    }

    /// Queues decoded samples of stream `stream`, channels interleaved; one channel goes to both sides.
    pub fn push(&mut self, now: Instant, pcm: &[i16], channels: u8, stream: u32) {
        self.advance(now);
        if pcm.is_empty() {
            return;
        }
        if self.queue.is_empty() && self.tone.is_none() {
            self.resume(now, if stream == self.stream { Sound::Underrun } else { Sound::Idle });
        }
        self.stream = stream;
        match channels {
            1 => self.queue.extend(pcm.iter().map(|&s| [s, s])),
            _ => self.queue.extend(pcm.as_chunks::<2>().0),
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
        self.loud = [[0; 2]; 2];
        self.queue.clear();
        self.tone = None;
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
        let Self { output, volume, mute_from, count_ff, invert_left, loud, window, .. } = self;
        let gain = volume.map(|v| match v {
            0xFF if *count_ff => 0xFD,
            muted if muted >= *mute_from => 0xFE,
            heard => heard,
        });
        let mut peak = [0; 2];
        let mut play = |[left, right]: [i16; 2]| {
            *window += 1;
            if *window == LOUDNESS_SAMPLES {
                *window = 0;
                *loud = [loud[1], [0; 2]];
            }
            loud[1] = [loud[1][0].max(left.unsigned_abs()), loud[1][1].max(right.unsigned_abs())];
            let left = if *invert_left { left.saturating_neg() } else { left };
            let (left, right) = (attenuate(left, gain[0]), attenuate(right, gain[1]));
            peak = [peak[0].max(left.unsigned_abs()), peak[1].max(right.unsigned_abs())];
            output.extend([left, right]);
        };
        let (count, sound) = match &mut self.tone {
            Some(tone) => {
                (0..due).for_each(|_| play(tone.sample()));
                (due, Sound::Tone)
            }
            None => {
                let count = due.min(self.queue.len() as u64);
                self.queue.drain(..count as usize).for_each(&mut play);
                (count, Sound::Decoded)
            }
        };
        if count > 0 {
            self.peak = peak;
            self.emit(count, sound);
            self.started = true;
        } else if self.queue.is_empty() && due > 0 {
            self.peak = [0; 2];
        }
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
        let gap = next.saturating_sub(self.next);
        if gap == 0 {
            return;
        }
        if silence == Sound::Underrun {
            let start = self.epoch + self.rate.span(self.next);
            self.underruns.count += 1;
            self.underruns.total += self.rate.span(gap);
            self.underruns.first.get_or_insert(start);
        }
        self.emit(gap, silence);
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
