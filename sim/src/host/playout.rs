//! The line from the simulation to the sound device: simulated time in, samples out at the device's own pace.
//!
//! 1. The line carries time and not only samples: [`Line::advance`] tells how far the simulation has come, and what the chip
//!    has not filled with samples by then is silence. So a firmware that sends too slowly is heard as it is, choppy, and a line
//!    that runs dry means that the *host* is behind.
//! 2. A line that has run dry is refilled to [`START_IN_HAND`] before it goes on: rare long gaps are easier on the ear, and
//!    tell more, than a gap in every buffer.
//! 3. What does not fit (the simulation runs faster than the device) is dropped, newest first, and counted.

use super::Pcm;
use peripherals::kernel::{Instant, Rate, Span};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What is collected before the device starts.
pub const START_IN_HAND: Duration = Duration::from_millis(50);
/// How long after a sample has left the DAC the chip's model may hand it over: it collects for 20 ms.
const LATE: Span = Span::from_ms(30);
/// What the line holds at most.
const CAPACITY: Duration = Duration::from_secs(2);
/// Frames that the device takes out under one lock: 5 ms at 48 kHz.
const BATCH: usize = 256;

/// How often and how long the line ran dry after sound had begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TooSlow {
    /// Times.
    pub count: u64,
    /// Host time together.
    pub total: Duration,
}

impl std::fmt::Display for TooSlow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.total.as_millis() {
            ms @ ..100 => write!(f, "the host could not keep up for {ms} ms"),
            ms => write!(f, "the host could not keep up for {:.1} s", ms as f64 / 1_000.0),
        }
    }
}

/// The simulation's end.
#[derive(Debug)]
pub struct Line {
    shared: Arc<Mutex<Shared>>,
    /// When the next frame to be pushed leaves the DAC, by what was pushed last.
    next: Option<Next>,
    newest: u64,
}

#[derive(Debug)]
struct Next {
    rate: Rate,
    /// When frame 0 of `frames` left the DAC.
    epoch: Instant,
    frames: u64,
    /// Silence that [`Line::advance`] put in after the last block: the chip reports it later.
    filled: u64,
}

#[derive(Debug, Default)]
struct Shared {
    segments: VecDeque<Segment>,
    state: State,
    volume: f32,
    paused: bool,
    finished: bool,
    too_slow: TooSlow,
    played: Duration,
    dropped: u64,
}

/// Frames of one rate.
#[derive(Debug)]
struct Segment {
    id: u64,
    rate_hz: u32,
    frames: VecDeque<[i16; 2]>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Collecting,
    Playing,
    RanDry,
}

impl Default for Line {
    fn default() -> Self {
        let shared = Shared { volume: 1.0, ..Shared::default() };
        Self { shared: Arc::new(Mutex::new(shared)), next: None, newest: 0 }
    }
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `pcm`. A [`Tap`] comes back when the rate is a new one: it plays once the taps before it have ended.
    #[must_use]
    pub fn push(&mut self, pcm: &Pcm<'_>) -> Option<Tap> {
        if pcm.frames == 0 || pcm.rate_hz == 0 {
            return None;
        }
        let same = self.next.as_ref().is_some_and(|next| next.rate.hz() == u64::from(pcm.rate_hz));
        let tap = (!same).then(|| self.open(pcm));
        let Some(next) = &mut self.next else { return tap };
        let silence = if pcm.samples.is_empty() { pcm.frames.saturating_sub(next.filled) } else { 0 };
        if pcm.samples.is_empty() {
            next.filled = next.filled.saturating_sub(pcm.frames);
        } else {
            next.filled = 0;
        }
        (next.epoch, next.frames) = (pcm.start, pcm.frames);
        let sound = pcm.samples.chunks_exact(2).map(|frame| [frame[0], frame[1]]);
        lock(&self.shared).append(silence, sound);
        tap
    }

    /// The simulation has come to `now`, and all that left the DAC up to 30 ms before has been pushed.
    pub fn advance(&mut self, now: Instant) {
        let Some(next) = &mut self.next else { return };
        let due = next.rate.ticks(Instant::ZERO + (now.since(next.epoch) - LATE));
        let silence = due.saturating_sub(next.frames + next.filled);
        next.filled += silence;
        lock(&self.shared).append(silence, std::iter::empty());
    }

    /// What left the DAC up to `now` was not pushed, on purpose: nothing stands in for it.
    pub fn skip_to(&mut self, now: Instant) {
        if let Some(next) = &mut self.next {
            (next.epoch, next.frames, next.filled) = (now, 0, 0);
        }
    }

    /// How long the device can play without hearing from the simulation; `None` before the first sound.
    pub fn in_hand(&self) -> Option<Duration> {
        self.next.as_ref().map(|_| lock(&self.shared).in_hand())
    }

    /// Sets the volume, from 0.0 to 1.0.
    pub fn set_volume(&self, volume: f32) {
        lock(&self.shared).volume = volume.clamp(0.0, 1.0);
    }

    /// While paused the device plays silence and the line keeps what it has.
    pub fn set_paused(&self, paused: bool) {
        lock(&self.shared).paused = paused;
    }

    /// Nothing more will come: what is in the line is played to its end.
    pub fn finish(&self) {
        lock(&self.shared).finished = true;
    }

    /// How much has been played, silence of the chip included.
    pub fn played(&self) -> Duration {
        lock(&self.shared).played
    }

    /// How long the host was too slow.
    pub fn too_slow(&self) -> TooSlow {
        lock(&self.shared).too_slow
    }

    /// Frames that were dropped because the simulation is faster than the device.
    pub fn dropped(&self) -> u64 {
        lock(&self.shared).dropped
    }

    fn open(&mut self, pcm: &Pcm<'_>) -> Tap {
        self.newest += 1;
        let segment = Segment { id: self.newest, rate_hz: pcm.rate_hz, frames: VecDeque::new() };
        self.next = Some(Next { rate: Rate::new(pcm.rate_hz.into()), epoch: pcm.start, frames: 0, filled: 0 });
        lock(&self.shared).segments.push_back(segment);
        Tap {
            shared: Arc::clone(&self.shared),
            id: self.newest,
            rate_hz: pcm.rate_hz,
            batch: Vec::with_capacity(BATCH),
            at: 0,
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn duration(frames: usize, rate_hz: u32) -> Duration {
    Duration::from_nanos(frames as u64 * 1_000_000_000 / u64::from(rate_hz))
}

impl Shared {
    fn in_hand(&self) -> Duration {
        self.segments.iter().map(|segment| duration(segment.frames.len(), segment.rate_hz)).sum()
    }

    fn append(&mut self, silence: u64, sound: impl Iterator<Item = [i16; 2]>) {
        let room = CAPACITY.saturating_sub(self.in_hand());
        let Some(segment) = self.segments.back_mut() else { return };
        let mut room = (room.as_secs_f64() * f64::from(segment.rate_hz)) as u64;
        let quiet = silence.min(room);
        room -= quiet;
        segment.frames.extend(std::iter::repeat_n([0; 2], quiet as usize));
        self.dropped += silence - quiet;
        for frame in sound {
            if room > 0 {
                room -= 1;
                segment.frames.push_back(frame);
            } else {
                self.dropped += 1;
            }
        }
    }

    /// Moves the next frames of segment `id` into `batch`; `false` when there will be no more.
    fn take(&mut self, id: u64, rate_hz: u32, batch: &mut Vec<[i16; 2]>) -> bool {
        batch.clear();
        let last = self.segments.len() == 1;
        let in_hand = self.in_hand();
        let Some(segment) = self.segments.front_mut() else { return false };
        if id < segment.id {
            return false;
        }
        if self.paused || id > segment.id {
            batch.resize(BATCH, [0; 2]);
            return true;
        }
        if segment.frames.is_empty() && (!last || self.finished) {
            self.segments.pop_front();
            return false;
        }
        let ready = in_hand >= START_IN_HAND || !last || self.finished;
        match self.state {
            State::Collecting | State::RanDry if ready => self.state = State::Playing,
            State::Playing if segment.frames.is_empty() => {
                self.state = State::RanDry;
                self.too_slow.count += 1;
            }
            _ => {}
        }
        if self.state == State::Playing {
            let count = segment.frames.len().min(BATCH);
            batch.extend(segment.frames.drain(..count));
            self.played += duration(count, rate_hz);
        } else {
            batch.resize(BATCH, [0; 2]);
            if self.state == State::RanDry {
                self.too_slow.total += duration(BATCH, rate_hz);
            }
        }
        true
    }
}

/// The device's end of one rate: an iterator over samples from -1.0 to 1.0, left and right in turn, that never waits.
#[derive(Debug)]
pub struct Tap {
    shared: Arc<Mutex<Shared>>,
    id: u64,
    rate_hz: u32,
    batch: Vec<[i16; 2]>,
    at: usize,
}

impl Tap {
    /// Its rate in hertz.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }
}

impl Iterator for Tap {
    type Item = f32;

    #[inline]
    fn next(&mut self) -> Option<f32> {
        if self.at == 2 * self.batch.len() {
            self.at = 0;
            let mut shared = lock(&self.shared);
            if !shared.take(self.id, self.rate_hz, &mut self.batch) {
                return None;
            }
            if !self.batch.is_empty() && shared.volume < 1.0 {
                let volume = shared.volume;
                drop(shared);
                self.batch.iter_mut().flatten().for_each(|s| *s = (f32::from(*s) * volume) as i16);
            }
        }
        let sample = self.batch[self.at / 2][self.at % 2];
        self.at += 1;
        Some(f32::from(sample) / 32_768.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HZ: u32 = 8_000;

    fn at(ms: u64) -> Instant {
        Instant::ZERO + Span::from_ms(ms)
    }

    fn sound(start_ms: u64, frames: u64, samples: &[i16]) -> Pcm<'_> {
        Pcm { start: at(start_ms), rate_hz: HZ, frames, samples: &samples[..2 * frames as usize], fades: false }
    }

    fn silence(start_ms: u64, frames: u64) -> Pcm<'static> {
        Pcm { start: at(start_ms), rate_hz: HZ, frames, samples: &[], fades: false }
    }

    static LOUD: [i16; 20_000] = [16_384; 20_000];

    /// Takes `ms` milliseconds out and counts the frames that are not silence.
    fn play(tap: &mut Tap, ms: usize) -> usize {
        let samples: Vec<f32> = tap.take(2 * ms * tap.rate_hz() as usize / 1_000).collect();
        samples.chunks(2).filter(|frame| frame[0] != 0.0).count()
    }

    #[test]
    fn sound_starts_once_enough_is_in_hand_and_comes_out_as_it_went_in() {
        let mut line = Line::new();
        assert_eq!(line.in_hand(), None);
        let mut tap = line.push(&sound(0, 80, &LOUD)).expect("the first rate");
        assert_eq!(play(&mut tap, 32), 0, "10 ms are too little");
        assert!(line.push(&sound(10, 8_00, &LOUD)).is_none());
        assert_eq!(line.in_hand(), Some(Duration::from_millis(110)));
        assert_eq!(play(&mut tap, 110), 880);
        assert_eq!(line.too_slow(), TooSlow::default());
    }

    #[test]
    fn silence_of_the_firmware_is_played_and_not_blamed_on_the_host() {
        let mut line = Line::new();
        let mut tap = line.push(&sound(0, 800, &LOUD)).expect("the first rate");
        line.advance(at(330)); // 100 ms of sound, and the chip has had nothing since
        assert_eq!(line.in_hand(), Some(Duration::from_millis(300)));
        assert_eq!(play(&mut tap, 300), 800);
        // The chip tells of its silence when it ends: 200 ms of it are in the line already.
        assert!(line.push(&silence(100, 2_000)).is_none());
        assert!(line.push(&sound(350, 800, &LOUD)).is_none());
        assert_eq!(line.in_hand(), Some(Duration::from_millis(150)));
        assert_eq!(line.too_slow(), TooSlow::default());
    }

    #[test]
    fn a_line_that_runs_dry_is_the_hosts_fault_and_is_refilled_first() {
        let mut line = Line::new();
        let mut tap = line.push(&sound(0, 800, &LOUD)).expect("the first rate");
        assert_eq!(play(&mut tap, 164), 800);
        assert_eq!(line.too_slow(), TooSlow { count: 1, total: Duration::from_millis(64) });
        assert_eq!(line.too_slow().to_string(), "the host could not keep up for 64 ms");
        assert!(line.push(&sound(100, 80, &LOUD)).is_none());
        assert_eq!(play(&mut tap, 32), 0, "10 ms are too little");
        assert!(line.push(&sound(110, 800, &LOUD)).is_none());
        assert_eq!(play(&mut tap, 110), 880);
        assert_eq!(line.too_slow().total, Duration::from_millis(96));
        let longer = TooSlow { count: 1, total: Duration::from_millis(1_234) };
        assert_eq!(longer.to_string(), "the host could not keep up for 1.2 s");
    }

    #[test]
    fn the_end_and_a_pause_are_not_the_hosts_fault() {
        let mut line = Line::new();
        let mut tap = line.push(&sound(0, 800, &LOUD)).expect("the first rate");
        line.set_paused(true);
        assert_eq!(play(&mut tap, 320), 0);
        line.set_paused(false);
        line.finish();
        assert_eq!(tap.count(), 1_600);
        assert_eq!((line.too_slow(), line.played()), (TooSlow::default(), Duration::from_millis(100)));
    }

    #[test]
    fn a_change_of_rate_waits_for_its_turn() {
        let mut line = Line::new();
        let mut first = line.push(&sound(0, 800, &LOUD)).expect("the first rate");
        let mut second = line.push(&Pcm { rate_hz: 16_000, ..sound(100, 1_600, &LOUD) }).expect("another");
        assert_eq!(play(&mut second, 16), 0);
        assert_eq!(first.by_ref().count(), 1_600);
        assert_eq!(first.next(), None, "an ended tap stays ended");
        assert_eq!(play(&mut second, 100), 1_600);
        assert_eq!(second.rate_hz(), 16_000);
    }

    #[test]
    fn volume_scales_and_what_does_not_fit_is_dropped() {
        let mut line = Line::new();
        let mut tap = line.push(&sound(0, 8_000, &LOUD)).expect("the first rate");
        line.set_volume(0.5);
        assert_eq!(tap.next(), Some(0.25));
        assert!(line.push(&silence(1_000, 1_000_000)).is_none());
        assert!(line.in_hand() <= Some(CAPACITY));
        assert!(line.dropped() > 900_000);
    }
}
