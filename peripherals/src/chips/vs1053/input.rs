//! What comes in at LINE1, LINE2 and the microphone (VS1053.md, 1.1): a sound that starts when the board is switched on, and silence after it.
//!
//! 1. Full scale of the sound is full scale of the converter: neither the levels at the pins nor the microphone's amplifier are modelled.

use super::resample;
use super::wav::{Coding, Outcome, Reader};
use crate::kernel::Instant;
use core::fmt;
use std::sync::Arc;

/// A sound at an input; silence by default.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Input {
    rate_hz: u32,
    frames: Arc<[[i16; 2]]>,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Input({} samples at {} Hz)", self.frames.len(), self.rate_hz)
    }
}

impl Input {
    /// The sound in a WAV file: PCM of 8 or 16 bits, one channel (for both sides) or two, up to 48 kHz.
    ///
    /// # Errors
    /// What is wrong with the file, as a clause.
    pub fn from_wav(file: &[u8]) -> Result<Self, String> {
        if !(file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WAVE")) {
            return Err("it is no WAV file".into());
        }
        let mut reader = Reader::default();
        for (n, &byte) in file.iter().enumerate() {
            match reader.push(byte) {
                Outcome::More => {}
                Outcome::Data(mut format, length) if matches!(format.coding, Coding::Pcm { .. }) => {
                    let data = &file[n + 1..];
                    let length = if matches!(length, 0 | u32::MAX) { data.len() } else { length as usize };
                    let data = &data[..length.min(data.len())];
                    let whole = data.len() - data.len() % format.unit();
                    let mut pcm = Vec::new();
                    format.samples(&data[..whole], &mut pcm);
                    let frames = match format.channels {
                        1 => pcm.into_iter().map(|s| [s, s]).collect(),
                        _ => pcm.as_chunks::<2>().0.into(),
                    };
                    return Ok(Self { rate_hz: format.rate_hz, frames });
                }
                _ => break,
            }
        }
        Err("it holds no PCM of 8 or 16 bits in one or two channels up to 48 kHz".into())
    }

    /// What the converter makes of left and right at a moment when it runs at `rate_hz`.
    pub fn at(&self, at: Instant, rate_hz: u32) -> [i16; 2] {
        let position = ((u128::from(at.as_ps()) * u128::from(self.rate_hz)) << resample::POSITION) / 1_000_000_000_000;
        let end = (self.frames.len() as u128 + 1_000) << resample::POSITION;
        if self.frames.is_empty() || position > end {
            return [0; 2];
        }
        let frame = |n: i64| usize::try_from(n).ok().and_then(|n| self.frames.get(n)).copied().unwrap_or_default();
        resample::at(frame, position as i64, self.rate_hz, rate_hz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Span;

    fn file(channels: u8, samples: &[i16]) -> Vec<u8> {
        let mut w = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
        w.extend([channels, 0, 0x40, 0x1F, 0, 0, 0, 0, 0, 0, 2 * channels, 0, 16, 0]);
        w.extend(b"data");
        w.extend((2 * samples.len() as u32).to_le_bytes());
        w.extend(samples.iter().flat_map(|s| s.to_le_bytes()));
        w
    }

    #[test]
    fn a_file_plays_from_power_on_and_then_is_silent() {
        let input = Input::from_wav(&file(2, &[100, -100, 200, -200])).expect("a good file");
        let at = |us| Instant::ZERO + Span::from_us(us);
        assert_eq!([0, 125].map(|us| input.at(at(us), 8_000)), [[100, -100], [200, -200]]);
        assert_eq!(input.at(at(1_000_000), 8_000), [0, 0]);
        assert_eq!(Input::from_wav(&file(1, &[7])).expect("a good file").at(at(0), 8_000), [7, 7], "mono is for both");
        assert_eq!(Input::default().at(at(0), 8_000), [0, 0]);
    }

    #[test]
    fn bad_files_are_told_what_is_wrong() {
        assert!(Input::from_wav(b"ID3").is_err_and(|e| e.contains("no WAV")));
        assert!(Input::from_wav(&file(5, &[7])).is_err_and(|e| e.contains("no PCM")));
        assert!(Input::from_wav(&file(1, &[7])[..30]).is_err());
    }
}
