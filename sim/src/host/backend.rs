//! rodio and, below it, the host's sound system.
//!
//! 1. A device without a clock of its own (ALSA's `null` and `file`) takes samples as fast as it is given them. It is given
//!    them no faster than [`Clock`] allows, or it would seem that the host could not keep up.

use crate::host::pace::Speed;
use crate::host::panics;
use crate::host::playout::Tap;
use crate::host::quiet::QuietStderr;
use rodio::cpal::{self, ErrorKind};
use rodio::source::Source;
use rodio::{DeviceSinkBuilder, MixerDeviceSink};
use std::num::NonZero;
use std::sync::{Arc, Mutex};
use std::time::Duration;

type Trouble = Arc<Mutex<Option<String>>>;

pub struct Backend {
    sink: Option<MixerDeviceSink>,
    trouble: Trouble,
    factor: f64,
}

impl Backend {
    /// A panic below (cpal 0.18 on an ALSA configuration with a syntax error) is one more reason for silence.
    pub fn open(speed: Speed) -> Result<Self, String> {
        let _quiet = QuietStderr::hold();
        panics::caught(|| Self::try_open(speed)).unwrap_or_else(Err)
    }

    fn try_open(speed: Speed) -> Result<Self, String> {
        let trouble = Trouble::default();
        let heard = Arc::clone(&trouble);
        let on_error = move |error: cpal::Error| {
            // An xrun is a host too busy for its own sound; the line tells of it when it matters.
            if error.kind() != ErrorKind::Xrun {
                heard.lock().unwrap_or_else(|p| p.into_inner()).get_or_insert_with(|| error.to_string());
            }
        };
        let mut sink = DeviceSinkBuilder::from_default_device()
            .and_then(|builder| builder.with_error_callback(on_error).open_sink_or_fallback())
            .map_err(|error| chain(&error))?;
        sink.log_on_drop(false);
        sink.mixer().add(metronome(sink.config().sample_rate(), sink.config().channel_count()));
        Ok(Self { sink: Some(sink), trouble, factor: speed.factor().unwrap_or(1.0) })
    }

    pub fn play(&self, tap: Tap) {
        if let Some(sink) = &self.sink {
            sink.mixer().add(Feed::new(tap, self.factor));
        }
    }

    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(|p| p.into_inner()).clone()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _quiet = QuietStderr::hold();
        self.sink = None;
    }
}

/// rodio's words and those of whoever is below it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text.to_lowercase()
}

/// Samples as rodio wants them: one rate for ever.
struct Feed<I> {
    samples: I,
    rate: NonZero<u32>,
    channels: NonZero<u16>,
}

impl Feed<Tap> {
    /// Rates that `factor` changes are rounded to 100 Hz: rodio's resampler multiplies the two rates' reduced terms in 32 bits.
    fn new(tap: Tap, factor: f64) -> Self {
        let heard = match factor {
            1.0 => tap.rate_hz(),
            _ => ((f64::from(tap.rate_hz()) * factor / 100.0) as u32).clamp(10, 4_000) * 100,
        };
        let rate = NonZero::new(heard).unwrap_or(NonZero::<u32>::MIN);
        Self { samples: tap, rate, channels: NonZero::<u16>::MIN.saturating_add(1) }
    }
}

impl<I: Iterator<Item = f32>> Iterator for Feed<I> {
    type Item = f32;

    #[inline]
    fn next(&mut self) -> Option<f32> {
        self.samples.next()
    }
}

impl<I: Iterator<Item = f32>> Source for Feed<I> {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> NonZero<u16> {
        self.channels
    }

    fn sample_rate(&self) -> NonZero<u32> {
        self.rate
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

/// Silence for ever, which holds a device without a clock.
fn metronome(rate: NonZero<u32>, channels: NonZero<u16>) -> Feed<impl Iterator<Item = f32>> {
    let period = (rate.get() / 200).max(1) * u32::from(channels.get());
    let mut clock = Clock::new();
    let mut left = period;
    let samples = std::iter::repeat_with(move || {
        left -= 1;
        if left == 0 {
            left = period;
            std::thread::sleep(clock.wait(Duration::from_millis(5), std::time::Instant::now()));
        }
        0.0
    });
    Feed { samples, rate, channels }
}

/// The pace of a device that has none: no more than [`Self::AHEAD`] ahead of the host's clock.
#[derive(Debug)]
struct Clock {
    from: std::time::Instant,
    taken: Duration,
}

impl Clock {
    /// More than devices buffer, and less than the line holds.
    const AHEAD: Duration = Duration::from_millis(300);
    /// Clocks that differ by a percent or so must not come to matter: after this, half of what the device is ahead is forgiven.
    const WINDOW: Duration = Duration::from_secs(10);

    fn new() -> Self {
        Self { from: std::time::Instant::now(), taken: Duration::ZERO }
    }

    /// The device takes `more`; how long to wait before it is given.
    fn wait(&mut self, more: Duration, now: std::time::Instant) -> Duration {
        let passed = now.saturating_duration_since(self.from);
        let ahead = self.taken.saturating_sub(passed);
        if passed > Self::WINDOW {
            self.from = now;
            self.taken = ahead / 2;
        }
        self.taken += more;
        ahead.saturating_sub(Self::AHEAD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_a_clock_is_held_to_the_hosts() {
        let start = std::time::Instant::now();
        let mut clock = Clock { from: start, taken: Duration::ZERO };
        let ms = Duration::from_millis;
        assert_eq!((0..4).map(|_| clock.wait(ms(100), start)).max(), Some(ms(0)));
        assert_eq!(clock.wait(ms(100), start), ms(100));
        assert_eq!(clock.wait(ms(100), start + ms(300)), ms(0), "a device in step is never held");
        let mut clock = Clock { from: start, taken: Duration::ZERO };
        for period in 0..1_000 {
            assert_eq!(clock.wait(ms(100), start + ms(99) * period), ms(0), "clocks that differ by one percent");
        }
    }
}
