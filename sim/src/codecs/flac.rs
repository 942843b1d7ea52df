//! FLAC, frame by frame, through symphonia's decoder.
//!
//! 1. A frame needs nothing of the frames before it (RFC 9639, 9). Each gets a decoder made anew, as in one that was used a damaged frame
//!    may bring up samples of the frame before, and a copy has no such.
//! 2. The lowest bits of samples of more than 16 bits are cut off. What VLSI's patch does with them is not documented.

use peripherals::chips::vs1053::{Decoded, FrameDecoder, Undecodable};
use symphonia_bundle_flac::FlacDecoder;
use symphonia_core::audio::GenericAudioBufferRef;
use symphonia_core::codecs::audio::well_known::CODEC_ID_FLAC;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

/// Bytes of STREAMINFO (RFC 9639, 8.2).
const INFO: usize = 34;

/// One FLAC stream.
#[derive(Clone)]
pub(super) struct Flac {
    info: [u8; INFO],
    rate_hz: u32,
    samples: Vec<i32>,
}

impl Flac {
    /// From its STREAMINFO.
    ///
    /// # Errors
    /// It describes no stream.
    pub(super) fn new(info: &[u8; INFO]) -> Result<Self, Undecodable> {
        let rate_hz = u32::from_be_bytes([0, info[10], info[11], info[12]]) >> 4;
        open(info)?;
        Ok(Self { info: *info, rate_hz, samples: vec![] })
    }
}

fn open(info: &[u8; INFO]) -> Result<FlacDecoder, Undecodable> {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(CODEC_ID_FLAC).with_extra_data(info.as_slice().into());
    FlacDecoder::try_new(&parameters, &AudioDecoderOptions::default()).map_err(undecodable)
}

fn undecodable(error: symphonia_core::errors::Error) -> Undecodable {
    Undecodable::new(error.to_string())
}

impl FrameDecoder for Flac {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        let mut decoder = open(&self.info)?;
        // Without the sum at its end, which is no part of what the decoder reads: a frame that is cut short must not borrow from it.
        let body = &packet[..packet.len().saturating_sub(2)];
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, body);
        let audio = decoder.decode_ref(&packet).map_err(undecodable)?;
        let (frames, channels) = (audio.frames(), audio.num_planes());
        let GenericAudioBufferRef::S32(_) = audio else {
            return Err(Undecodable::new("samples that are not 32 bits"));
        };
        audio.copy_to_vec_interleaved(&mut self.samples);
        pcm.extend(self.samples.iter().map(|&sample| (sample >> 16) as i16));
        Ok(Decoded { frames, rate_hz: self.rate_hz, channels: channels as u8 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::tests_support::BitWriter;

    /// 4096 samples at 44.1 kHz and 16 bits in two channels.
    fn info() -> [u8; INFO] {
        let mut info = [0; INFO];
        info[..4].copy_from_slice(&[0x10, 0, 0x10, 0]);
        info[10..14].copy_from_slice(&(44_100u32 << 12 | 1 << 9 | 15 << 4).to_be_bytes());
        info
    }

    /// A frame of 192 samples: left is constant, the difference to right as it is (RFC 9639, 9.2). Its sums are right.
    fn frame(left: i16, differences: &[i32; 192]) -> Vec<u8> {
        let mut frame = vec![0xFF, 0xF8, 0x19, 0x88, 0];
        frame.push(crc(&frame, 8, 0x07) as u8);
        let mut bits = BitWriter::default();
        bits.put(0, 8).put(left as u16 as u32, 16).put(0b0000_0010, 8);
        differences.iter().for_each(|&d| {
            bits.put(d as u32, 17);
        });
        frame.extend(bits.bytes());
        let sum = crc(&frame, 16, 0x8005);
        frame.extend((sum as u16).to_be_bytes());
        frame
    }

    fn crc(bytes: &[u8], width: u32, polynomial: u32) -> u32 {
        let top = 1 << (width - 1);
        bytes.iter().fold(0, |crc, &byte| {
            let mixed = crc ^ u32::from(byte) << (width - 8);
            let step = |crc: u32, _| (crc << 1 ^ if crc & top != 0 { polynomial } else { 0 }) & (top * 2 - 1);
            (0..8).fold(mixed, step)
        })
    }

    #[test]
    fn left_and_difference_become_left_and_right() {
        let differences: [i32; 192] = std::array::from_fn(|n| n as i32 * 300 - 30_000);
        let mut decoder = Flac::new(&info()).unwrap();
        let mut pcm = vec![];
        let decoded = decoder.decode(&frame(-1000, &differences), &mut pcm);
        assert_eq!(decoded, Ok(Decoded { frames: 192, rate_hz: 44_100, channels: 2 }));
        let expected: Vec<i16> = differences.iter().flat_map(|&d| [-1000, (-1000 - d) as i16]).collect();
        assert_eq!(pcm, expected);
        let mut again = vec![];
        assert_eq!(decoder.clone().decode(&frame(-1000, &differences), &mut again), decoded);
        assert_eq!(again, pcm);
    }

    /// Note 1: a frame of one channel in a stream of two, its sums right, as fuzzing found it.
    #[test]
    fn a_frame_that_lacks_a_channel_brings_up_nothing_of_the_frame_before() {
        let mut mono = vec![0xFF, 0xF8, 0x19, 0x08, 0];
        mono.push(crc(&mono, 8, 0x07) as u8);
        mono.extend([0, 0x12, 0x34]);
        let sum = crc(&mono, 16, 0x8005);
        mono.extend((sum as u16).to_be_bytes());
        let mut used = Flac::new(&info()).unwrap();
        used.decode(&frame(12_345, &[777; 192]), &mut vec![]).expect("a good frame");
        let (mut ours, mut theirs) = (vec![], vec![]);
        let fresh = used.clone().decode(&mono, &mut theirs);
        assert!(fresh.is_ok(), "{fresh:?}");
        assert_eq!((used.decode(&mono, &mut ours), ours), (fresh, theirs));
    }

    #[test]
    fn a_frame_that_is_cut_short_is_refused_wherever() {
        let (whole, mut pcm) = (frame(5, &[1; 192]), vec![]);
        for end in 0..whole.len() {
            assert!(Flac::new(&info()).unwrap().decode(&whole[..end], &mut pcm).is_err(), "{end} bytes");
        }
        assert!(pcm.is_empty());
    }
}
