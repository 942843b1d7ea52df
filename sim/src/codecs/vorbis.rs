//! Vorbis I, packet by packet, through symphonia's decoder.
//!
//! 1. One or two channels, floor 1: what the chip decodes (VS1053b datasheet, "Supported Ogg Vorbis Formats";
//!    peripherals/docs/VS1053.md, 5.5).
//! 2. The first audio packet gives no samples: its first half has nothing to overlap with (Vorbis I specification, 4.3.8).
//!    Cutting the last packet at the stream's granule position is the demultiplexer's.
//! 3. A copy is made from the headers and the last packet that was decoded, since symphonia's decoder cannot be copied. A block
//!    overlaps with the one before it and with no other (Vorbis I specification, 4.3.8), and a packet that is refused leaves that
//!    one as it was. Whatever else symphonia's decoder keeps is written anew by each packet before it is read (seen in its source,
//!    0.6.1; the tests copy it after every packet of a damaged stream).
//! 4. Full scale is 32768, a sample is rounded half away from zero and clamped. The chip's own scale is not documented.

use super::setup;
use peripherals::chips::vs1053::{Decoded, FrameDecoder, Undecodable};
use std::sync::Arc;
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
    /// Identification and set-up header; nobody changes them.
    headers: Arc<[u8]>,
    /// `None` in a copy that has not decoded anything yet.
    decoder: Option<VorbisDecoder>,
    /// The last packet that was decoded; empty before the first, which is none.
    last: Vec<u8>,
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

        let headers: Arc<[u8]> = [&ident[..IDENT_BYTES], setup].concat().into();
        let decoder = Some(open(&headers)?);
        Ok(Self { headers, decoder, last: vec![], rate_hz, channels, samples: vec![] })
    }
}

impl Clone for Vorbis {
    /// Its decoder is made when it is needed: most snapshots are never gone back to (note 3).
    fn clone(&self) -> Self {
        let Self { headers, last, rate_hz, channels, .. } = self;
        Self {
            headers: Arc::clone(headers),
            decoder: None,
            last: last.clone(),
            rate_hz: *rate_hz,
            channels: *channels,
            samples: vec![],
        }
    }
}

fn open(headers: &[u8]) -> Result<VorbisDecoder, Undecodable> {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(CODEC_ID_VORBIS).with_extra_data(headers.into());
    let options = AudioDecoderOptions::default().gapless(true); // note 2
    VorbisDecoder::try_new(&parameters, &options).map_err(undecodable)
}

/// A decoder that stands where the one stood that has decoded `last`.
fn open_behind(headers: &[u8], last: &[u8]) -> Result<VorbisDecoder, Undecodable> {
    let mut decoder = open(headers)?;
    if !last.is_empty() {
        decoder.decode_ref(&whole(last)).map_err(undecodable)?;
    }
    Ok(decoder)
}

fn whole(packet: &[u8]) -> PacketRef<'_> {
    PacketRef::new(0, Timestamp::ZERO, Duration::ZERO, packet)
}

fn undecodable(error: symphonia_core::errors::Error) -> Undecodable {
    Undecodable::new(error.to_string())
}

impl FrameDecoder for Vorbis {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            none => none.insert(open_behind(&self.headers, &self.last)?),
        };
        let audio = decoder.decode_ref(&whole(packet)).map_err(undecodable)?;
        self.last.clear();
        self.last.extend_from_slice(packet);
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

    /// Packets of both block sizes, some of them damaged, so that refusals come in between.
    fn damaged_song(flips: &[(u16, u16, u8)]) -> Vec<Vec<u8>> {
        let mut packets = song();
        for &(packet, at, bit) in flips {
            let count = packets.len() - 3;
            let packet = &mut packets[3 + usize::from(packet) % count];
            let at = usize::from(at) % packet.len();
            packet[at] ^= 1 << bit;
        }
        packets
    }

    /// What a packet gives, bit for bit.
    fn decode(decoder: &mut Vorbis, packet: &[u8]) -> (Result<Decoded, Undecodable>, Vec<i16>) {
        let mut pcm = vec![];
        (decoder.decode(packet, &mut pcm), pcm)
    }

    /// Note 3, at every packet of the song.
    #[test]
    fn a_copy_after_any_packet_gives_the_same_next_samples() {
        let packets = song();
        let mut original = decoder(&packets).expect("the song's headers");
        for packet in &packets[3..] {
            let mut copy = original.clone();
            assert_eq!(decode(&mut copy, packet), decode(&mut original, packet));
        }
    }

    #[test]
    fn a_copy_of_a_copy_that_was_never_used_is_as_good() {
        let packets = song();
        let mut original = decoder(&packets).expect("the song's headers");
        for packet in &packets[3..60] {
            original.decode(packet, &mut vec![]).expect("the song's packets");
        }
        let mut copy = original.clone().clone();
        assert_eq!(decode(&mut copy, &packets[60]), decode(&mut original, &packets[60]));
    }

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
        #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

        /// Note 3, where packets are refused and where damaged ones are not.
        #[test]
        fn a_copy_goes_on_as_the_original_through_damage(
            flips in proptest::collection::vec((any::<u16>(), any::<u16>(), 0u8..8), 100..900), stay in 2usize..40,
        ) {
            let packets = damaged_song(&flips);
            let mut original = decoder(&packets).expect("the song's headers");
            let mut copy = original.clone();
            for (n, packet) in packets[3..].iter().enumerate() {
                if n % stay == 0 {
                    copy = original.clone();
                }
                prop_assert_eq!(decode(&mut copy, packet), decode(&mut original, packet), "packet {}", n);
            }
        }
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
