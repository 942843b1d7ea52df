//! AAC-LC, one raw data block at a time, through symphonia's decoder.
//!
//! 1. Low complexity in one or two channels. Of HE-AAC it decodes the core: SBR and PS, which travel in fill elements, are skipped.
//! 2. A copy is made by decoding again what came since the decoder was last made, since symphonia's decoder cannot be copied and its
//!    noise substitution goes on from block to block. So that this stays short, a decoder is made anew after every [`MOST_HISTORY`] blocks, from the
//!    block before: with that one it overlaps, and with no other (ISO/IEC 14496-3, 4.6.11).
//! 3. Tables are computed with the platform's `powf` and `sin`, as those of Vorbis are: see the module.
//! 4. Full scale is 32768, a sample is rounded half away from zero and clamped.

use peripherals::chips::vs1053::{Decoded, FrameDecoder, Undecodable};
use std::sync::Arc;
use symphonia_codec_aac::AacDecoder;
use symphonia_core::audio::{GenericAudioBufferRef, layouts};
use symphonia_core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

/// Blocks after which a decoder is made anew: about a second and a half.
const MOST_HISTORY: usize = 64;
/// Longest block: 6144 bits a channel (ISO/IEC 14496-3, 4.5.3.2).
const MOST_BLOCK: usize = 2 * 6144 / 8;

/// One AAC stream.
pub(super) struct Aac {
    rate_hz: u32,
    channels: u8,
    /// `None` in a copy that has not decoded anything yet.
    decoder: Option<AacDecoder>,
    /// What the decoder was given since it was made.
    history: Vec<Arc<[u8]>>,
    samples: Vec<f32>,
    /// Tries out where blocks end; what it holds means nothing.
    probe: Option<AacDecoder>,
}

impl Aac {
    /// At `rate_hz` with so many channels.
    ///
    /// # Errors
    /// The decoder cannot do that.
    pub(super) fn new(rate_hz: u32, channels: u8) -> Result<Self, Undecodable> {
        let decoder = Some(open(rate_hz, channels)?);
        Ok(Self { rate_hz, channels, decoder, history: vec![], samples: vec![], probe: None })
    }

    /// A decoder that has been given the history.
    fn replayed(&self) -> Result<AacDecoder, Undecodable> {
        let mut decoder = open(self.rate_hz, self.channels)?;
        for block in &self.history {
            // One that was refused then is refused again, and leaves the same behind.
            let _ = decoder.decode_ref(&whole(block));
        }
        Ok(decoder)
    }
}

impl Clone for Aac {
    /// Its decoder is made when it is needed: most snapshots are never gone back to (note 2).
    fn clone(&self) -> Self {
        let Self { rate_hz, channels, history, .. } = self;
        Self {
            rate_hz: *rate_hz,
            channels: *channels,
            decoder: None,
            history: history.clone(),
            samples: vec![],
            probe: None,
        }
    }
}

fn open(rate_hz: u32, channels: u8) -> Result<AacDecoder, Undecodable> {
    let layout = match channels {
        1 => layouts::CHANNEL_LAYOUT_MONO,
        2 => layouts::CHANNEL_LAYOUT_STEREO,
        _ => return Err(Undecodable::new(format!("AAC of {channels} channels"))),
    };
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(CODEC_ID_AAC).with_sample_rate(rate_hz).with_channels(layout);
    AacDecoder::try_new(&parameters, &AudioDecoderOptions::default()).map_err(undecodable)
}

fn whole(packet: &[u8]) -> PacketRef<'_> {
    PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, packet)
}

fn undecodable(error: symphonia_core::errors::Error) -> Undecodable {
    Undecodable::new(error.to_string())
}

impl FrameDecoder for Aac {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        if packet.len() > MOST_BLOCK {
            return Err(Undecodable::new(format!("a block of {} bytes, more than {MOST_BLOCK}", packet.len())));
        }
        if self.history.len() > MOST_HISTORY {
            self.history.drain(..MOST_HISTORY);
            self.decoder = None;
        }
        let mut decoder = match self.decoder.take() {
            Some(decoder) => decoder,
            None => self.replayed()?,
        };
        self.history.push(packet.into());
        let audio = decoder.decode_ref(&whole(packet));
        let result = match audio {
            Ok(audio @ GenericAudioBufferRef::F32(_)) => {
                audio.copy_to_vec_interleaved(&mut self.samples);
                pcm.extend(self.samples.iter().map(|&sample| (sample * 32_768.0).round() as i16));
                Ok(Decoded { frames: audio.frames(), rate_hz: self.rate_hz, channels: self.channels })
            }
            Ok(_) => Err(Undecodable::new("samples that are not floating point")),
            Err(error) => Err(undecodable(error)),
        };
        self.decoder = Some(decoder);
        result
    }

    /// The decoder does not say how far it has read. So this looks for the shortest piece that it takes: what is cut short it refuses,
    /// and what follows the end mark it does not read. Zeros stand for what is cut off. They are no end mark, but three bits or fewer
    /// after an element are an end to the decoder: hence two lengths, of which one at least leaves more.
    fn length(&mut self, bytes: &[u8]) -> Option<usize> {
        let probe = match self.probe.take() {
            Some(probe) => probe,
            None => open(self.rate_hz, self.channels).ok()?,
        };
        let probe = self.probe.insert(probe);
        let mut taken = |length: usize| {
            [3, 4].iter().all(|&zeros| {
                let mut piece = bytes[..length].to_vec();
                piece.resize(length + zeros, 0);
                probe.decode_ref(&whole(&piece)).is_ok()
            })
        };
        if bytes.is_empty() || !taken(bytes.len()) {
            return None;
        }
        let (mut short, mut enough) = (0, bytes.len());
        while short + 1 < enough {
            let middle = short.midpoint(enough);
            if taken(middle) { enough = middle } else { short = middle }
        }
        Some(enough)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::tests_support::BitWriter;
    use proptest::prelude::*;

    /// A block of one channel: long window, one band of noise substitution (which draws random numbers), nothing else
    /// (ISO/IEC 14496-3, 4.4.2). `energy` is the noise's.
    fn noise(energy: u32, shape: u32) -> Vec<u8> {
        let mut bits = BitWriter::default();
        bits.put(0, 3).put(0, 4).put(140, 8); // SCE, its tag, global gain
        bits.put(0, 1).put(0, 2).put(shape, 1).put(1, 6).put(0, 1); // window, one band, no prediction
        bits.put(13, 4).put(1, 5); // a section of noise
        bits.put(energy, 9).put(0, 3); // its energy; no pulses, no TNS, no gain control
        bits.put(7, 3);
        bits.bytes()
    }

    fn blocks(count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|n| if n % 11 == 5 { vec![0xE1; 9] } else { noise(240 + n as u32 % 40, n as u32 / 7 % 2) })
            .collect()
    }

    #[test]
    fn noise_is_heard_and_differs_from_block_to_block() {
        let (mut decoder, mut pcm) = (Aac::new(44_100, 1).unwrap(), vec![]);
        for _ in 0..4 {
            let decoded = decoder.decode(&noise(270, 0), &mut pcm);
            assert_eq!(decoded, Ok(Decoded { frames: 1024, rate_hz: 44_100, channels: 1 }));
        }
        let energy = |block: &[i16]| block.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>();
        let parts: Vec<&[i16]> = pcm.chunks(1024).collect();
        assert!(energy(parts[2]) > 1000.0, "{}", energy(parts[2]));
        assert_ne!(parts[2], parts[3]);
    }

    /// Note 2: with blocks that are refused, across the places where the decoder is made anew.
    #[test]
    fn a_copy_after_any_block_gives_the_same_next_samples() {
        let mut original = Aac::new(44_100, 1).unwrap();
        let mut copy = original.clone();
        for (n, block) in blocks(3 * MOST_HISTORY).iter().enumerate() {
            if n % 5 == 0 {
                copy = original.clone();
            }
            let (mut a, mut b) = (vec![], vec![]);
            assert_eq!((original.decode(block, &mut a), &a), (copy.decode(block, &mut b), &b), "block {n}");
            assert!(original.history.len() <= MOST_HISTORY + 1);
        }
    }

    /// Where the decoder is made anew the sound goes on: noise of the same energy, overlapping with what was before.
    #[test]
    fn making_the_decoder_anew_is_not_heard() {
        let (mut decoder, mut pcm) = (Aac::new(44_100, 1).unwrap(), vec![]);
        for _ in 0..2 * MOST_HISTORY {
            decoder.decode(&noise(270, 0), &mut pcm).unwrap();
        }
        let energies: Vec<f64> =
            pcm.chunks(256).skip(4).map(|part| part.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>()).collect();
        let mean = energies.iter().sum::<f64>() / energies.len() as f64;
        let seam = 4 * (MOST_HISTORY + 1) - 4;
        let near = energies[seam - 4..seam + 8].iter().sum::<f64>() / 12.0;
        assert!((0.5..2.0).contains(&(near / mean)), "{near} beside {mean}");
    }

    #[test]
    fn a_block_ends_at_its_end_mark() {
        let mut decoder = Aac::new(44_100, 1).unwrap();
        for energy in 110..360 {
            let block = noise(energy, energy % 2);
            for rest in [vec![0; 60], vec![0xFF; 60], noise(270, 0).repeat(8)] {
                let bytes = [block.clone(), rest].concat();
                assert_eq!(decoder.length(&bytes), Some(block.len()), "energy {energy}");
            }
            assert_eq!(decoder.length(&block[..block.len() - 1]), None);
        }
        assert_eq!((decoder.length(&[]), decoder.length(&[0; 768])), (None, None));
    }

    #[test]
    fn what_the_decoder_cannot_do_is_refused() {
        assert!(Aac::new(44_100, 3).is_err());
        assert!(Aac::new(44_100, 1).unwrap().decode(&[0; MOST_BLOCK + 1], &mut vec![]).is_err());
        assert!(Aac::new(44_100, 1).unwrap().decode(&[], &mut vec![]).map_or(0, |d| d.frames) <= 1024);
    }

    proptest! {
        #[test]
        fn no_block_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..600), channels in 1u8..3, first: u8) {
            let mut decoder = Aac::new(48_000, channels).unwrap();
            let mut pcm = vec![];
            for n in 0..3 {
                // Begin as a channel element does.
                let mut block = body.clone();
                if let Some(byte) = block.first_mut() {
                    *byte = if n == 0 { (channels - 1) << 5 | first & 0x1F } else { byte.rotate_left(n) };
                }
                if let Ok(d) = decoder.decode(&block, &mut pcm) {
                    prop_assert_eq!(d.frames, 1024);
                }
            }
        }
    }
}
