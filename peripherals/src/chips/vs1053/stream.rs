//! What is kept of each stream that the chip has played.

use super::sdi::Stamp;
use crate::kernel::{Instant, Span};
use sha2::{Digest, Sha256};

/// Formats that are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// MPEG 1 and 2, layer I.
    Mp1,
    /// MPEG 1 and 2, layer II.
    Mp2,
    /// MPEG 1, 2 and 2.5, layer III.
    Mp3,
    /// Ogg Vorbis.
    Vorbis,
    /// AAC of low complexity.
    Aac,
    /// FLAC.
    Flac,
    /// RIFF WAVE with PCM.
    Wav,
    /// RIFF WAVE with IMA ADPCM.
    Adpcm,
    /// A MIDI file.
    Midi,
    /// Messages of real-time MIDI, without silence between notes.
    LiveMidi,
}

impl Codec {
    /// The word that scripts see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mp1 => "mp1",
            Self::Mp2 => "mp2",
            Self::Mp3 => "mp3",
            Self::Vorbis => "vorbis",
            Self::Aac => "aac",
            Self::Flac => "flac",
            Self::Wav => "wav",
            Self::Adpcm => "adpcm",
            Self::Midi => "midi",
            Self::LiveMidi => "midi-live",
        }
    }
}

/// A stream as it stands in the report: from its first header to the end of its last frame, without end fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamReport {
    /// Format.
    pub codec: Codec,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of those bytes.
    pub sha256: [u8; 32],
    /// Average bit rate in bit/s; of the first header as long as nothing is decoded.
    pub bitrate_bps: u64,
    /// Sample rate in hertz.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Sample frames decoded; `frames / sample_rate_hz` seconds.
    pub frames: u64,
    /// SHA-256 of the samples as signed 16-bit little-endian, channels interleaved, before volume.
    pub pcm_sha256: [u8; 32],
    /// Packets that no sense could be made of; their place is silent.
    pub bad_packets: u64,
    /// Ogg pages whose checksum is wrong; they are played all the same.
    pub bad_pages: u64,
    /// First bit of the stream at SDI.
    pub first_bit: Instant,
    /// Last bit of the stream at SDI.
    pub last_bit: Instant,
    /// Time between those with DREQ low and no bit being clocked.
    pub dreq_stall: Span,
}

impl StreamReport {
    /// Bytes a second that the stream needs to play without a gap, rounded up; `None` as long as nothing is decoded.
    pub fn needed_bytes_per_s(&self) -> Option<u64> {
        (self.frames > 0).then(|| (self.bytes * u64::from(self.sample_rate_hz)).div_ceil(self.frames))
    }
}

/// A stream on its way through the chip.
#[derive(Clone, Debug)]
pub struct Record {
    seen: Sha256,
    seen_bytes: u64,
    pcm: Sha256,
    report: StreamReport,
    end: Sha256,
    start_stall: Span,
}

impl Record {
    /// A stream begins with the byte that came at `first`.
    pub fn new(codec: Codec, rate_hz: u32, channels: u8, bitrate_bps: u32, first: Stamp) -> Self {
        Self {
            seen: Sha256::new(),
            seen_bytes: 0,
            pcm: Sha256::new(),
            end: Sha256::new(),
            start_stall: first.stalled,
            report: StreamReport {
                codec,
                bytes: 0,
                sha256: [0; 32],
                bitrate_bps: u64::from(bitrate_bps),
                sample_rate_hz: rate_hz,
                channels,
                frames: 0,
                pcm_sha256: [0; 32],
                bad_packets: 0,
                bad_pages: 0,
                first_bit: first.first,
                last_bit: first.last,
                dreq_stall: Span::ZERO,
            },
        }
    }

    /// Format.
    pub fn codec(&self) -> Codec {
        self.report.codec
    }

    /// Sample rate and channels.
    pub fn format(&self) -> (u32, u8) {
        (self.report.sample_rate_hz, self.report.channels)
    }

    /// Corrects what kind of file it is.
    pub fn set_codec(&mut self, codec: Codec) {
        self.report.codec = codec;
    }

    /// Corrects what a header only announced.
    pub fn set_format(&mut self, rate_hz: u32, channels: u8, bitrate_bps: u32) {
        (self.report.sample_rate_hz, self.report.channels) = (rate_hz, channels);
        self.report.bitrate_bps = u64::from(bitrate_bps);
    }

    /// Sample frames so far.
    pub fn frames(&self) -> u64 {
        self.report.frames
    }

    /// Bytes up to the end of the last frame.
    pub fn bytes(&self) -> u64 {
        self.report.bytes
    }

    /// Bytes follow, which count once a frame ends after them.
    pub fn take(&mut self, bytes: &[u8]) {
        self.seen.update(bytes);
        self.seen_bytes += bytes.len() as u64;
    }

    /// A frame ends here; its last byte came at `last`.
    pub fn frame_ends(&mut self, last: Stamp) {
        self.end = self.seen.clone();
        self.report.bytes = self.seen_bytes;
        self.report.last_bit = last.last;
        self.report.dreq_stall = last.stalled - self.start_stall;
    }

    /// Samples were decoded.
    pub fn decoded(&mut self, pcm: &[i16]) {
        let mut le = [0; 512];
        for part in pcm.chunks(le.len() / 2) {
            for (bytes, sample) in le.chunks_exact_mut(2).zip(part) {
                bytes.copy_from_slice(&sample.to_le_bytes());
            }
            self.pcm.update(&le[..part.len() * 2]);
        }
        self.report.frames += (pcm.len() / usize::from(self.report.channels.max(1))) as u64;
    }

    /// A packet made no sense.
    pub fn bad_packet(&mut self) {
        self.report.bad_packets += 1;
    }

    /// A page's checksum is wrong.
    pub fn bad_page(&mut self) {
        self.report.bad_pages += 1;
    }

    /// Average bit rate in bit/s; the announced one as long as nothing is decoded.
    pub fn bitrate_bps(&self) -> u64 {
        let r = &self.report;
        (r.bytes * 8 * u64::from(r.sample_rate_hz)).checked_div(r.frames).unwrap_or(r.bitrate_bps)
    }

    /// As it stands.
    pub fn report(&self) -> StreamReport {
        StreamReport {
            bitrate_bps: self.bitrate_bps(),
            sha256: self.end.clone().finalize().into(),
            pcm_sha256: self.pcm.clone().finalize().into(),
            ..self.report.clone()
        }
    }
}
