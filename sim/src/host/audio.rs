//! Sound on the host's default device.
//!
//! 1. rodio mixes and resamples; here is what it plays and when. See [`super::playout`] for who is to blame for a gap.
//! 2. `--speed FACTOR` is heard as on a tape: faster is higher.

use super::Pcm;
#[cfg(feature = "device-audio")]
use super::backend;
use super::pace::Speed;
use super::playout::{Line, TooSlow};
use peripherals::kernel::Instant;
use std::time::Duration;

/// Why there is no sound: one line, for a warning.
#[derive(Debug, thiserror::Error)]
#[error("no sound: {reason}")]
pub struct NoDevice {
    /// What was missing.
    pub reason: String,
}

/// The default device, playing.
pub struct Device {
    line: Line,
    backend: backend::Backend,
}

impl Device {
    /// Opens the default device. Nothing is printed, whatever ALSA would like to say.
    ///
    /// # Errors
    /// There is none, it is in use, or this program was built without sound.
    pub fn open(speed: Speed) -> Result<Self, NoDevice> {
        let backend = backend::Backend::open(speed).map_err(|reason| NoDevice { reason })?;
        Ok(Self { line: Line::new(), backend })
    }

    /// Plays `pcm` after what was pushed before. Never waits.
    pub fn push(&mut self, pcm: &Pcm<'_>) {
        if let Some(tap) = self.line.push(pcm) {
            self.backend.play(tap);
        }
    }

    /// Tells that the simulation has come to `now` and all blocks up to 30 ms before have been pushed; to be called at least every
    /// 20 ms of simulated time.
    pub fn advance(&mut self, now: Instant) {
        self.line.advance(now);
    }

    /// What left the DAC up to `now` was not pushed, on purpose.
    pub fn skip_to(&mut self, now: Instant) {
        self.line.skip_to(now);
    }

    /// How long the device can play on by itself, for [`super::pace::Pace::hold`]; `None` before the first sound.
    pub fn in_hand(&self) -> Option<Duration> {
        self.line.in_hand()
    }

    /// Sets the volume in percent (more than 100 is 100).
    pub fn set_volume(&self, percent: u8) {
        self.line.set_volume(f32::from(percent) / 100.0);
    }

    /// Pauses or goes on.
    pub fn set_paused(&self, paused: bool) {
        self.line.set_paused(paused);
    }

    /// How much has been played: simulated time, the chip's silence included.
    pub fn played(&self) -> Duration {
        self.line.played()
    }

    /// How long the host could not keep up, once sound had begun; to be said once, at the end.
    pub fn too_slow(&self) -> Option<TooSlow> {
        Some(self.line.too_slow()).filter(|slow| slow.count > 0)
    }

    /// What the device said when it stopped working, if it did.
    pub fn trouble(&self) -> Option<String> {
        self.backend.trouble()
    }

    /// Plays what is left, for at most `limit`, and closes the device. Gives up as soon as `give_up` answers `true`.
    pub fn finish(self, limit: Duration, give_up: impl Fn() -> bool) -> Option<TooSlow> {
        self.line.finish();
        let until = std::time::Instant::now() + limit;
        while self.line.in_hand().is_some_and(|left| !left.is_zero()) && std::time::Instant::now() < until {
            if give_up() || self.trouble().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.too_slow()
    }
}

#[cfg(not(feature = "device-audio"))]
mod backend {
    use crate::host::{pace::Speed, playout::Tap};

    pub struct Backend(std::convert::Infallible);

    impl Backend {
        pub fn open(_: Speed) -> Result<Self, String> {
            Err("this build has none (cargo feature `device-audio`)".into())
        }

        pub fn play(&self, _: Tap) {
            match self.0 {}
        }

        pub fn trouble(&self) -> Option<String> {
            match self.0 {}
        }
    }
}
