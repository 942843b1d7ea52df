//! The host's side: sound, files, console, pace.
//!
//! The only part of the program that knows what time it is outside. Nothing in here ever changes what is simulated.

#[cfg(all(test, target_os = "linux", feature = "device-audio"))]
mod alsa_test;
pub mod audio;
#[cfg(feature = "device-audio")]
mod backend;
pub mod console;
pub mod dac;
pub mod interrupt;
pub mod pace;
pub mod panics;
pub mod playout;
#[cfg(unix)]
pub mod pty;
pub mod quiet;
mod riff;
pub mod stdin;
#[cfg(unix)]
mod tty;
pub mod typed;
pub mod wav;

use peripherals::chips::vs1053::{AudioBlock, Sound};
use peripherals::kernel::Instant;

/// A piece of what leaves the chip's DAC.
#[derive(Clone, Copy, Debug)]
pub struct Pcm<'a> {
    /// When its first sample leaves the DAC.
    pub start: Instant,
    /// Samples a second.
    pub rate_hz: u32,
    /// Stereo samples.
    pub frames: u64,
    /// Left and right in turn, `2 * frames` of them; empty for silence, which may be long.
    pub samples: &'a [i16],
    /// It is the DAC's way to zero, for want of samples or because there are no more.
    pub fades: bool,
}

impl<'a> From<AudioBlock<'a>> for Pcm<'a> {
    fn from(block: AudioBlock<'a>) -> Self {
        let AudioBlock { start, rate_hz, frames, sound, samples } = block;
        Self { start, rate_hz, frames, samples, fades: sound == Sound::Fade }
    }
}

/// Says in the log of the tests that the device was not tried.
#[cfg(all(test, not(all(target_os = "linux", feature = "device-audio"))))]
#[test]
fn the_device_is_tried_where_alsa_is() {
    eprintln!("skipped: the tests of the sound device need ALSA and the cargo feature `device-audio`");
}
