//! The sound of a run as the page has it: its first [`MOST_SECONDS`], compressed without loss, and its spectrogram.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flac_codec::encode::{FlacSampleWriter, Options};
use std::io::Cursor;

/// Seconds of sound that are kept, at whatever rates.
pub const MOST_SECONDS: u64 = 30;
/// A change of rate begins another clip; so many of them at most.
const MOST_CLIPS: usize = 4;
/// Samples that are kept at most, whatever their rate: 30 s of 48 kHz, 5.8 MB.
const MOST_FRAMES: u64 = MOST_SECONDS * 48_000;

/// Sound of one rate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clip {
    /// Samples a second.
    pub rate_hz: u32,
    /// Left and right in turn.
    pub samples: Vec<i16>,
}

/// All that is kept of the sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    clips: Vec<Clip>,
    kept: u64,
    /// Samples that were not kept.
    pub cut: u64,
}

impl Recording {
    /// Sound follows; `samples` are empty for silence.
    pub fn push(&mut self, rate_hz: u32, frames: u64, samples: &[i16]) {
        if self.cut > 0 {
            self.cut = self.cut.saturating_add(frames);
            return;
        }
        if self.clips.last().is_none_or(|clip| clip.rate_hz != rate_hz) {
            if self.clips.len() == MOST_CLIPS {
                self.cut = frames;
                return;
            }
            self.clips.push(Clip { rate_hz, samples: Vec::new() });
        }
        let Some(clip) = self.clips.last_mut() else { return };
        let own = u64::from(rate_hz).saturating_mul(MOST_SECONDS).saturating_sub(clip.samples.len() as u64 / 2);
        let room = own.min(MOST_FRAMES - self.kept).min(frames);
        let wanted = 2 * room as usize;
        if samples.is_empty() {
            clip.samples.resize(clip.samples.len() + wanted, 0);
        } else {
            clip.samples.extend_from_slice(&samples[..wanted.min(samples.len())]);
        }
        self.kept += room;
        self.cut = frames - room;
    }

    /// What was kept.
    pub fn clips(&self) -> &[Clip] {
        &self.clips
    }
}

impl Clip {
    /// Sample frames.
    pub fn frames(&self) -> u64 {
        self.samples.len() as u64 / 2
    }

    /// Its length in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames() as f64 / f64::from(self.rate_hz.max(1))
    }

    /// As a FLAC file; none of nothing, and at rates that FLAC does not know.
    pub fn flac(&self) -> Option<Vec<u8>> {
        let mut file = Cursor::new(Vec::new());
        let samples: Vec<i32> = self.samples.iter().map(|sample| i32::from(*sample)).collect();
        if samples.is_empty() {
            return None;
        }
        let options = Options::default().no_padding();
        let mut writer =
            FlacSampleWriter::new(&mut file, options, self.rate_hz, 16, 2, Some(samples.len() as u64)).ok()?;
        writer.write(&samples).ok()?;
        writer.finalize().ok()?;
        Some(file.into_inner())
    }
}

/// `data:audio/flac;base64,...`.
pub fn data_uri(mime: &str, bytes: &[u8]) -> String {
    let mut uri = format!("data:{mime};base64,");
    STANDARD.encode_string(bytes, &mut uri);
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use flac_codec::decode::FlacSampleReader;

    fn tone(frames: usize) -> Vec<i16> {
        (0..frames).flat_map(|n| [(n as i16).wrapping_mul(977), (n as i16).wrapping_mul(-31)]).collect()
    }

    #[test]
    fn what_is_kept_comes_back_sample_for_sample() {
        let mut recording = Recording::default();
        recording.push(48_000, 5_000, &tone(5_000));
        recording.push(48_000, 100, &[]);
        let clip = &recording.clips()[0];
        assert_eq!((clip.frames(), recording.cut), (5_100, 0));
        let mut reader = FlacSampleReader::new(Cursor::new(clip.flac().expect("a file"))).expect("a FLAC file");
        let mut back = vec![0; 2 * 5_200];
        let mut read = 0;
        while let Ok(n @ 1..) = reader.read(&mut back[read..]) {
            read += n;
        }
        let wanted: Vec<i32> = clip.samples.iter().map(|s| i32::from(*s)).collect();
        assert_eq!(back[..read], wanted);
    }

    #[test]
    fn it_is_bounded_and_says_how_much_is_missing() {
        let mut recording = Recording::default();
        recording.push(8_000, 10 * 8_000, &[]);
        recording.push(48_000, u64::MAX, &[]);
        let kept: Vec<u64> = recording.clips().iter().map(Clip::frames).collect();
        assert_eq!(kept, [80_000, MOST_FRAMES - 80_000]);
        assert_eq!(recording.cut, u64::MAX - (MOST_FRAMES - 80_000));
        recording.push(8_000, 7, &[]);
        let cut = u64::MAX - (MOST_FRAMES - 80_000) + 7;
        assert_eq!((recording.clips().len(), recording.cut), (2, cut), "nothing after what is cut");
        let mut slow = Recording::default();
        slow.push(100, 1_000_000, &[]);
        assert_eq!(slow.clips()[0].frames(), 3_000, "half a minute of any rate");
        assert_eq!(Clip::default().flac(), None);
    }

    #[test]
    fn many_rates_are_bounded_too() {
        let mut recording = Recording::default();
        for rate in 1..=10 {
            recording.push(8_000 * rate, 10, &[]);
        }
        assert_eq!((recording.clips().len(), recording.cut), (MOST_CLIPS, 60));
    }
}
