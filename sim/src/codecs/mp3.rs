//! MPEG 1, 2 and 2.5 audio, layers I to III, through `nanomp3-core`, one frame at a time.
//!
//! 1. A packet is exactly one frame. The decoder would look for the next frame behind it to be sure of the first; that a
//!    single frame fills the whole packet is what makes it sure here (minimp3 accepts that too).
//! 2. Free format (bit-rate index 0) is refused: the length of such a frame shows only in the frame after it, and the chip
//!    does not list it (VS1053b datasheet, "SCI_HDAT0 and SCI_HDAT1"; peripherals/docs/VS1053.md, 2.8).
//! 3. A frame whose bit reservoir was not sent gives 0 sample frames and fills the reservoir for the next.

use nanomp3_core::{DecodeError, Decoder, FrameInfo, MAX_SAMPLES_PER_FRAME};
use peripherals::chips::vs1053::{Decoded, FrameDecoder, Undecodable};

/// State of one MP3 stream: about 27 kB, nothing allocated while decoding but what `pcm` needs.
#[derive(Clone)]
pub(super) struct Mp3 {
    decoder: Box<Decoder>,
    samples: [i16; MAX_SAMPLES_PER_FRAME],
}

impl Mp3 {
    pub(super) fn new() -> Self {
        Self { decoder: Box::new(Decoder::new()), samples: [0; MAX_SAMPLES_PER_FRAME] }
    }
}

fn decoded(info: &FrameInfo, frames: usize) -> Decoded {
    Decoded { frames, rate_hz: info.sample_rate, channels: info.channels.num() }
}

impl FrameDecoder for Mp3 {
    fn decode(&mut self, packet: &[u8], pcm: &mut Vec<i16>) -> Result<Decoded, Undecodable> {
        if packet.get(2).is_some_and(|byte| byte & 0xf0 == 0) {
            return Err(Undecodable::new("a free-format frame, whose length only the next frame would show"));
        }
        let (used, result) = self.decoder.decode(packet, &mut self.samples);
        match result {
            Ok(_) | Err(DecodeError::ReservoirUnavailable(_)) if used != packet.len() => Err(Undecodable::new(
                format!("a packet of {} bytes around a frame that ends at byte {used}", packet.len()),
            )),
            Ok(info) => {
                let count = info.samples_produced * usize::from(info.channels.num());
                pcm.extend_from_slice(&self.samples[..count]);
                Ok(decoded(&info, info.samples_produced))
            }
            Err(DecodeError::ReservoirUnavailable(info)) => Ok(decoded(&info, 0)),
            Err(DecodeError::NoFrame) => {
                Err(Undecodable::new(format!("{} bytes that are not one frame by their header", packet.len())))
            }
            Err(DecodeError::Corrupt(_)) => Err(Undecodable::new("a frame whose side information contradicts itself")),
            Err(other) => Err(Undecodable::new(other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codecs::tests_support::{digest, fixture};
    use proptest::prelude::*;

    const FRAME_BYTES: usize = 384; // 128 kbit/s at 48 kHz
    const HEADER: [u8; 4] = [0xff, 0xfb, 0x94, 0x00];

    fn song(damage: impl FnOnce(&mut Vec<u8>)) -> (Vec<i16>, usize) {
        let mut bytes = fixture("song.mp3");
        damage(&mut bytes);
        let (mut decoder, mut pcm, mut refused) = (Mp3::new(), vec![], 0);
        for frame in bytes.chunks(FRAME_BYTES) {
            refused += usize::from(decoder.decode(frame, &mut pcm).is_err());
        }
        (pcm, refused)
    }

    /// The digest is the one that minimp3's own C core gives without SIMD and without contraction, its rounding of samples
    /// between -1.5 and -0.5 aside (measured by hand on x86-64).
    #[test]
    fn the_song_has_the_samples_it_always_had() {
        let (pcm, refused) = song(|_| {});
        assert_eq!(refused, 0);
        assert_eq!(pcm.len(), 350 * 1152 * 2);
        assert_eq!(digest(&pcm), SONG_PCM_SHA256);
    }
    const SONG_PCM_SHA256: &str = "4d9a6487961bff91c913d16bb5eef42fee6f0ac49ad351423a48ab1a5d8385eb";

    #[test]
    fn a_copy_after_any_frame_gives_the_same_next_samples() {
        let bytes = fixture("song.mp3");
        let mut original = Mp3::new();
        let mut copy = original.clone();
        for (n, frame) in bytes.chunks(FRAME_BYTES).enumerate() {
            if n % 3 == 0 {
                copy = original.clone();
            }
            let (mut a, mut b) = (vec![], vec![]);
            assert_eq!((original.decode(frame, &mut a), &a), (copy.decode(frame, &mut b), &b), "frame {n}");
        }
    }

    #[test]
    fn a_flipped_bit_changes_the_samples() {
        let (pcm, _) = song(|bytes| bytes[FRAME_BYTES * 100 + 200] ^= 0x10);
        assert_ne!(digest(&pcm), SONG_PCM_SHA256);
    }

    /// What minimp3's C core gets wrong (see the module's note 1): here the stack between two runs is different too.
    #[test]
    fn a_damaged_stream_decodes_the_same_twice() {
        let damage = |bytes: &mut Vec<u8>| {
            for k in 0..400 {
                let at = k * 331 % bytes.len();
                bytes[at] ^= 1 << (k % 8);
            }
        };
        let first = song(damage);
        let second = std::thread::spawn(move || song(damage)).join().expect("the thread ends");
        assert_eq!(first, second);
    }

    /// ISO/IEC 11172-3, 2.4.2.3: main data may begin in frames before this one.
    #[test]
    fn a_frame_without_its_reservoir_gives_no_samples_and_no_error() {
        let bytes = fixture("song.mp3");
        let mut decoder = Mp3::new();
        let mut pcm = vec![];
        let first = decoder.decode(&bytes[FRAME_BYTES * 100..FRAME_BYTES * 101], &mut pcm);
        assert_eq!(first, Ok(Decoded { frames: 0, rate_hz: 48_000, channels: 2 }));
        assert!(pcm.is_empty());
        let later = (101..110).map(|n| decoder.decode(&bytes[FRAME_BYTES * n..][..FRAME_BYTES], &mut pcm));
        assert!(later.flatten().any(|d| d.frames == 1152));
    }

    #[test]
    fn what_is_not_exactly_one_frame_is_refused() {
        let bytes = fixture("song.mp3");
        let mut pcm = vec![];
        for packet in [
            &bytes[..0],
            &bytes[..3],
            &bytes[..383],
            &bytes[1..385],
            &bytes[..385],
            &bytes[..768],
            &[0xff, 0xfb, 0x04, 0],
        ] {
            assert!(Mp3::new().decode(packet, &mut pcm).is_err(), "{} bytes", packet.len());
        }
        assert!(pcm.is_empty());
    }

    proptest! {
        #[test]
        fn no_frame_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 380), damage in any::<[u8; 4]>(), n in 1usize..4) {
            let mut decoder = Mp3::new();
            let mut pcm = vec![];
            for i in 0..n {
                let mut packet = HEADER.to_vec();
                packet[1 + i % 3] ^= damage[i];
                packet.extend_from_slice(&body);
                if let Ok(d) = decoder.decode(&packet, &mut pcm) {
                    prop_assert!(d.frames <= 1152);
                }
            }
        }
    }
}
