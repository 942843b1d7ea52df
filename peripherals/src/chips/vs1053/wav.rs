//! RIFF WAVE, read as its bytes arrive (VS1053b datasheet v1.33, "Feeding PCM Data", "Supported RIFF WAV Formats"; VS1053.md, 5.4).
//!
//! 1. PCM of 8 and 16 bits and IMA ADPCM in blocks of at most 4096 bytes, in one or two channels up to 48 kHz.

use super::ima::Blocks;

/// How samples lie in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// 1 or 2.
    pub channels: u8,
    /// How they are coded.
    pub coding: Coding,
}

/// How samples are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// 1 for unsigned 8 bit, 2 for signed 16 bit little-endian.
    Pcm {
        /// Bytes of a sample.
        bytes: usize,
    },
    /// IMA ADPCM.
    Ima(Blocks),
}

impl Format {
    /// Bytes that are decoded together: one sample of every channel, or a few.
    pub fn unit(&self) -> usize {
        match &self.coding {
            Coding::Pcm { bytes } => usize::from(self.channels) * bytes,
            Coding::Ima(blocks) => blocks.unit(),
        }
    }

    /// Bytes for so many samples of every channel.
    pub fn size(&self) -> (usize, u32) {
        match &self.coding {
            Coding::Pcm { .. } => (self.unit(), 1),
            Coding::Ima(blocks) => blocks.size(),
        }
    }

    /// Bytes a second, rounded down.
    pub fn bytes_per_s(&self) -> u32 {
        let (bytes, samples) = self.size();
        (bytes as u64 * u64::from(self.rate_hz) / u64::from(samples)) as u32
    }

    /// Appends the samples in `data`, which is whole units of PCM, or one unit of ADPCM.
    pub fn samples(&mut self, data: &[u8], pcm: &mut Vec<i16>) {
        match &mut self.coding {
            Coding::Pcm { bytes: 1 } => pcm.extend(data.iter().map(|&b| (i16::from(b) - 128) << 8)),
            Coding::Pcm { .. } => pcm.extend(data.as_chunks().0.iter().map(|&b| i16::from_le_bytes(b))),
            Coding::Ima(blocks) => blocks.samples(data, pcm),
        }
    }
}

/// What the header turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// More bytes are needed.
    More,
    /// The data begin, with this many bytes by the header; 0xFFFF_FFFF means without end (VS1053.md, 5.4), and so does 0 (datasheet v0.5, 9.6).
    Data(Format, u32),
    /// Sound of another kind: the format code.
    Foreign(u16),
    /// No sense can be made of it.
    Broken,
}

/// Reads the chunks up to the data.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    skip: u64,
    riff: bool,
    format: Option<Format>,
}

/// A fmt chunk that is longer than this is none.
const MOST_FMT: u32 = 64;

impl Reader {
    /// The next byte.
    pub fn push(&mut self, byte: u8) -> Outcome {
        if self.skip > 0 {
            self.skip -= 1;
            return Outcome::More;
        }
        self.buffer.push(byte);
        if !self.riff {
            // "RIFF", length, "WAVE"
            if self.buffer.len() == 12 {
                self.riff = true;
                self.buffer.clear();
            }
            return Outcome::More;
        }
        let Some(&[a, b, c, d]) = self.buffer.get(4..8).and_then(|s| s.first_chunk()) else { return Outcome::More };
        let length = u32::from_le_bytes([a, b, c, d]);
        // Chunks are padded to an even length.
        let padded = u64::from(length) + u64::from(length & 1);
        match (&self.buffer[..4], self.format) {
            (b"data", Some(format)) => Outcome::Data(format, length),
            (b"data", None) => Outcome::Broken,
            (b"fmt ", _) if !(16..=MOST_FMT).contains(&length) => Outcome::Broken,
            (b"fmt ", _) if (self.buffer.len() as u64) < 8 + padded => Outcome::More,
            (b"fmt ", _) => {
                let outcome = self.fmt();
                self.buffer.clear();
                outcome
            }
            _ => {
                self.skip = padded;
                self.buffer.clear();
                Outcome::More
            }
        }
    }

    fn fmt(&mut self) -> Outcome {
        let half = |at: usize| u16::from_le_bytes([self.buffer[8 + at], self.buffer[9 + at]]);
        let rate_hz = u32::from(half(6)) << 16 | u32::from(half(4));
        let channels = half(2).min(255) as u8;
        let coding = match (half(0), half(14)) {
            (1, bits @ (8 | 16)) => Some(Coding::Pcm { bytes: usize::from(bits / 8) }),
            (0x11, 4) => Blocks::new(channels, half(12)).map(Coding::Ima),
            _ => None,
        };
        match coding {
            Some(coding) if (1..=2).contains(&channels) && (1..=48_000).contains(&rate_hz) => {
                self.format = Some(Format { rate_hz, channels, coding });
                Outcome::More
            }
            _ => Outcome::Foreign(half(0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Outcome, usize) {
        let mut reader = Reader::default();
        for (n, &b) in bytes.iter().enumerate() {
            match reader.push(b) {
                Outcome::More => {}
                outcome => return (outcome, n + 1),
            }
        }
        (Outcome::More, bytes.len())
    }

    fn header(code: u16, bits: u16) -> Vec<u8> {
        let mut h = b"RIFF\xFF\xFF\xFF\xFFWAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        h.extend(code.to_le_bytes());
        h.extend([1, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0]);
        h.extend(bits.to_le_bytes());
        h.extend(*b"data\xFF\xFF\xFF\xFF");
        h
    }

    #[test]
    fn unknown_chunks_are_skipped_with_their_padding() {
        let h = header(1, 16);
        let format = Format { rate_hz: 8000, channels: 1, coding: Coding::Pcm { bytes: 2 } };
        assert_eq!(read(&h), (Outcome::Data(format, u32::MAX), h.len()));
    }

    #[test]
    fn ima_adpcm_needs_blocks_that_hold_samples() {
        // The header says blocks of 2 bytes.
        assert_eq!(read(&header(0x11, 4)).0, Outcome::Foreign(0x11));
        let mut h = header(0x11, 4);
        let align = h.len() - 8 - 4;
        h[align..align + 2].copy_from_slice(&256u16.to_le_bytes());
        let Outcome::Data(format, _) = read(&h).0 else { panic!("{:?}", read(&h)) };
        assert_eq!((format.unit(), format.size(), format.bytes_per_s()), (8, (256, 505), 4055));
        h[align..align + 2].copy_from_slice(&4100u16.to_le_bytes());
        assert_eq!(read(&h).0, Outcome::Foreign(0x11), "longer than the chip takes");
    }

    #[test]
    fn eight_bits_are_unsigned() {
        let mut pcm = Vec::new();
        Format { rate_hz: 8000, channels: 1, coding: Coding::Pcm { bytes: 1 } }.samples(&[0, 128, 255], &mut pcm);
        assert_eq!(pcm, [-32768, 0, 32512]);
    }
}
