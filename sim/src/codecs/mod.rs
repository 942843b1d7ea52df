//! Decoders of MPEG audio, Vorbis, FLAC and AAC and a voice for MIDI, behind the VS1053's codec port.
//!
//! 1. Equal packets give equal samples on any machine: the decoders are plain Rust without SIMD or fused multiply-add, which
//!    Rust never introduces by itself, and start from zeroed memory. That is why MP3 is decoded by `nanomp3-core`, a port of
//!    minimp3, and not by minimp3's C core: the C core uses SSE or NEON where it can, with other roundings, and on a damaged
//!    frame its Huffman decoder reads past the bits it has into whatever the stack holds, so that the samples of a damaged
//!    stream differ from run to run (measured: 400 flipped bits in the song, two contents of the stack, two digests).
//! 2. Packets come from firmware, so they are hostile. What a Vorbis set-up header may ask for is limited in `setup.rs` before
//!    the decoder sees it, and a panic in a decoder ends that stream and not the run (`guard.rs`).
//! 3. A window of Vorbis or AAC is computed with the platform's `sin` in double precision and rounded to single: the result is the
//!    same wherever that `sin` is good to 2^-40 (inferred; every libm in use is).

mod aac;
mod flac;
mod font;
mod guard;
mod mp3;
mod plain;
mod setup;
mod vorbis;

pub use font::{Font, MAX_FONT_BYTES};
use guard::Guarded;
use peripherals::chips::vs1053::{Codecs, FrameDecoder, Synth, Undecodable};

/// The decoders of this program.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostCodecs;

impl Codecs for HostCodecs {
    fn mp3(&self) -> Box<dyn FrameDecoder> {
        Box::new(Guarded::new(mp3::Mp3::new()))
    }

    fn flac(&self, info: &[u8; 34]) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        let decoder = guard::run(|| flac::Flac::new(info))??;
        Ok(Box::new(Guarded::new(decoder)))
    }

    fn aac(&self, rate_hz: u32, channels: u8) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        let decoder = guard::run(|| aac::Aac::new(rate_hz, channels))??;
        Ok(Box::new(Guarded::new(decoder)))
    }

    fn vorbis(&self, ident: &[u8], comment: &[u8], setup: &[u8]) -> Result<Box<dyn FrameDecoder>, Undecodable> {
        let decoder = guard::run(|| vorbis::Vorbis::new(ident, comment, setup))??;
        Ok(Box::new(Guarded::new(decoder)))
    }

    fn synth(&self) -> Box<dyn Synth> {
        Box::new(plain::Plain::new())
    }
}

#[cfg(test)]
#[path = "../../../tests/support/font.rs"]
mod small_font;

#[cfg(test)]
mod tests_support {
    use sha2::{Digest, Sha256};

    pub(super) fn fixture(name: &str) -> Vec<u8> {
        let path = format!("{}/../fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub(super) fn digest(pcm: &[i16]) -> String {
        let bytes: Vec<u8> = pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Writes bits, most significant first.
    #[derive(Default)]
    pub(super) struct BitWriter(Vec<bool>);

    impl BitWriter {
        pub(super) fn put(&mut self, value: u32, width: usize) -> &mut Self {
            self.0.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
            self
        }

        /// The last byte is filled up with zeros.
        pub(super) fn bytes(&self) -> Vec<u8> {
            let byte =
                |bits: &[bool]| bits.iter().enumerate().fold(0, |byte, (n, &bit)| byte | u8::from(bit) << (7 - n));
            self.0.chunks(8).map(byte).collect()
        }
    }

    /// Strength of one frequency at 44.1 kHz (Goertzel), in parts of a full-scale sine.
    pub(super) fn strength(samples: &[i16], hz: f64) -> f64 {
        let coefficient = 2.0 * (std::f64::consts::TAU * hz / 44_100.0).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for &sample in samples {
            (one, two) = (f64::from(sample) + coefficient * one - two, one);
        }
        (one * one + two * two - coefficient * one * two).max(0.0).sqrt() * 2.0 / samples.len() as f64 / 32_768.0
    }

    /// The packets of a well-formed Ogg file with one stream (RFC 3533, 6).
    pub(super) fn ogg_packets(file: &[u8]) -> Vec<Vec<u8>> {
        let (mut packets, mut packet, mut rest) = (vec![], vec![], file);
        while !rest.is_empty() {
            let segments = usize::from(rest[26]);
            let (table, mut body) = rest[27..].split_at(segments);
            for &lacing in table {
                let (part, after) = body.split_at(lacing.into());
                packet.extend_from_slice(part);
                body = after;
                if lacing < 255 {
                    packets.push(std::mem::take(&mut packet));
                }
            }
            rest = body;
        }
        packets
    }
}
