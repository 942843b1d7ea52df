//! WAV files, read strictly: the header's sizes must be those of the file.

use std::path::Path;

/// A WAV file of 16-bit stereo PCM.
#[derive(Debug)]
pub struct Wav {
    pub rate_hz: u32,
    /// Interleaved.
    pub samples: Vec<i16>,
}

impl Wav {
    /// The file at `path`, or `None` when there is none. One that is not valid fails the test.
    pub fn read(path: &Path) -> Option<Self> {
        let bytes = std::fs::read(path).ok().filter(|_| path.metadata().is_ok_and(|m| m.is_file()))?;
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
        assert!(bytes.len() >= 44, "{} bytes are no WAV file", bytes.len());
        assert_eq!((&bytes[..4], word(4) + 8), (&b"RIFF"[..], bytes.len()), "the RIFF chunk is the file");
        let reader = hound::WavReader::new(&bytes[..]).expect("a WAV file");
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.bits_per_sample, spec.sample_format), (2, 16, hound::SampleFormat::Int));
        let samples: Vec<i16> = reader.into_samples().collect::<Result<_, _>>().expect("all samples");
        assert!(samples.len().is_multiple_of(2), "whole frames");
        Some(Self { rate_hz: spec.sample_rate, samples })
    }

    pub fn frames(&self) -> usize {
        self.samples.len() / 2
    }

    /// As in `pcm_sha256`: interleaved, signed, 16 bits, little-endian.
    pub fn pcm(&self) -> Vec<u8> {
        self.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
    }
}
