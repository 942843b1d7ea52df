//! The host's side: sound, files, console, pace.
//!
//! The only part of the program that knows what time it is outside. Nothing in here ever changes what is simulated.

pub mod console;
pub mod interrupt;
pub mod pace;
pub mod panics;
pub mod wav;

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
}
