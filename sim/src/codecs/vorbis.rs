//! Vorbis I, packet by packet, through symphonia's decoder.
//!
//! 1. One or two channels, floor 1: what the chip decodes (VS1053b datasheet, "Supported Ogg Vorbis formats").
//! 2. The first audio packet gives no samples: its first half has nothing to overlap with (Vorbis I specification, 4.3.8).
//!    Cutting the last packet at the stream's granule position is the demultiplexer's.
//! 3. Full scale is 32768, a sample is rounded half away from zero and clamped. The chip's own scale is not documented.

use super::setup;
use peripherals::chips::vs1053::{Decoded, FrameDecoder, Undecodable};
use symphonia_codec_vorbis::VorbisDecoder;
use symphonia_core::audio::GenericAudioBufferRef;
use symphonia_core::codecs::audio::well_known::CODEC_ID_VORBIS;
use symphonia_core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia_core::packet::PacketRef;
use symphonia_core::units::{Duration, Timestamp};

/// Length of the identification header (Vorbis I specification, 4.2.2).
const IDENT_BYTES: usize = 30;

/// One Vorbis stream.
pub(super) struct Vorbis {
    decoder: VorbisDecoder,
    rate_hz: u32,
    channels: u8,
    samples: Vec<f32>,
}

impl Vorbis {
    /// From the three header packets.
    ///
    /// # Errors
    /// They are no Vorbis I headers, or ask for what the chip cannot do or this program will not hold.
    pub(super) fn new(ident: &[u8], comment: &[u8], setup: &[u8]) -> Result<Self, Undecodable> {
        if ident.len() < IDENT_BYTES || !ident.starts_with(b"\x01vorbis") {
            return Err(Undecodable::new("the first packet is no Vorbis identification header"));
        }
        if !comment.starts_with(b"\x03vorbis") {
            return Err(Undecodable::new("the second packet is no Vorbis comment header"));
        }
        let channels = ident[11];
        if !(1..=2).contains(&channels) {
            return Err(Undecodable::new(format!("{channels} channels; the chip decodes one or two")));
        }
        let rate_hz = u32::from_le_bytes([ident[12], ident[13], ident[14], ident[15]]);
        setup::check(setup)?;

        let headers = [&ident[..IDENT_BYTES], setup].concat();
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(CODEC_ID_VORBIS).with_extra_data(headers.into());
        let options = AudioDecoderOptions::default().gapless(true); // note 2
        let decoder = VorbisDecoder::try_new(&parameters, &options).map_err(|e| Undecodable::new(e.to_string()))?;
        Ok(Self { decoder, rate_hz, channels, samples: vec![] })
    }
}

impl FrameDecoder for Vorbis {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        let packet = PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, packet);
        let audio = self.decoder.decode_ref(&packet).map_err(|e| Undecodable::new(e.to_string()))?;
        let frames = audio.frames();
        let GenericAudioBufferRef::F32(_) = audio else {
            return Err(Undecodable::new("samples that are not floating point"));
        };
        audio.copy_to_vec_interleaved(&mut self.samples);
        pcm.extend(self.samples.iter().map(|&sample| to_i16(sample)));
        Ok(Decoded { frames, rate_hz: self.rate_hz, channels: self.channels })
    }
}

/// The cast saturates, and makes 0 of what is not a number.
fn to_i16(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::tests_support::{digest, fixture, ogg_packets};
    use proptest::prelude::*;

    fn song() -> Vec<Vec<u8>> {
        ogg_packets(&fixture("song.ogg"))
    }

    fn decoder(packets: &[Vec<u8>]) -> Result<Vorbis, Undecodable> {
        Vorbis::new(&packets[0], &packets[1], &packets[2])
    }

    #[test]
    fn the_song_has_the_samples_it_always_had() {
        let packets = song();
        let (mut decoder, mut pcm) = (decoder(&packets).expect("the song's headers"), vec![]);
        for (i, packet) in packets[3..].iter().enumerate() {
            let decoded = decoder.decode(packet, &mut pcm).expect("the song's packets");
            assert_eq!((decoded.rate_hz, decoded.channels), (48_000, 2));
            assert_eq!(decoded.frames == 0, i == 0, "only the first packet has nothing to overlap with");
        }
        assert_eq!(digest(&pcm), SONG_PCM_SHA256);
    }
    const SONG_PCM_SHA256: &str = "e54156f8922241df10e78129eb5d65da9945c85a7b02656589b5e6c2cc817367";

    #[test]
    fn samples_are_rounded_and_clamped() {
        let cases = [
            (0.0, 0),
            (-1.0, -32_768),
            (1.0, 32_767),
            (7.0, 32_767),
            (-7.0, -32_768),
            (f32::NAN, 0),
            (1.5 / 32_768.0, 2),
        ];
        for (float, int) in cases {
            assert_eq!(to_i16(float), int, "{float}");
        }
    }

    #[test]
    fn headers_out_of_order_or_of_six_channels_are_refused() {
        let p = song();
        assert!(Vorbis::new(&p[1], &p[0], &p[2]).is_err());
        assert!(Vorbis::new(&p[0], &p[2], &p[1]).is_err());
        assert!(Vorbis::new(&p[0][..20], &p[1], &p[2]).is_err());
        let mut surround = p[0].clone();
        surround[11] = 6;
        assert!(Vorbis::new(&surround, &p[1], &p[2]).is_err_and(|e| e.reason.contains("6 channels")));
    }

    proptest! {
        #[test]
        fn no_damage_makes_it_panic(flips in proptest::collection::vec((0usize..5, any::<u16>(), 0u8..8), 1..12)) {
            let mut packets = song();
            packets.truncate(40);
            for (packet, at, bit) in flips {
                let packet = &mut packets[if packet < 3 { 2 } else { 3 + usize::from(at) % 30 }];
                let at = usize::from(at) % packet.len();
                packet[at] ^= 1 << bit;
            }
            if let Ok(mut decoder) = decoder(&packets) {
                let mut pcm = vec![];
                for packet in &packets[3..] {
                    let _ = decoder.decode(packet, &mut pcm);
                }
            }
        }
    }
}
