//! MPEG audio headers (ISO/IEC 11172-3, 2.4.2.3; ISO/IEC 13818-3; MPEG 2.5 as generally understood;
//! VS1053.md, 2.8).
//!
//! 1. Free format (bit rate index 0) is no header (inferred): the chip's table of bit rates has no entry for it (VS1053b datasheet,
//!    "SCI_HDAT0 and SCI_HDAT1"; VS1053.md, 2.8).
//! 2. MPEG 2.5 is layer III only. What calls itself layer I or II of it is invalid (the patches mend a lock-up on such headers; VS1053.md, 8).
//! 3. It has the ID 0. The datasheet's table reads an ID of 1 as MPEG 2.5, too (VS1053.md, 2.8); here that is no header, as ISO/IEC 11172-3
//!    reserves it.

/// Kilobits per second by layer and index, MPEG 1 (VS1053.md, 2.8).
const KBPS_1: [[u16; 15]; 3] = [
    [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
];
/// The same for MPEG 2 and 2.5.
const KBPS_2: [[u16; 15]; 3] = [
    [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const RATES_1: [u32; 3] = [44_100, 48_000, 32_000];

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// As it came, first byte on top; HDAT1 and HDAT0 show it.
    pub word: u32,
    /// 1 to 3.
    pub layer: u8,
    /// Bit rate in bit/s.
    pub bitrate_bps: u32,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Sample frames in the frame: 384 in layer I, 1152 in layer II; in layer III 1152, or 576 for MPEG 2 and 2.5.
    pub samples: u32,
    /// Length of the whole frame in bytes, header included.
    pub bytes: usize,
}

impl Header {
    /// Reads a header; `None` when the four bytes are none.
    pub fn parse(bytes: [u8; 4]) -> Option<Self> {
        let word = u32::from_be_bytes(bytes);
        let field = |low: u32, bits: u32| word >> low & ((1 << bits) - 1);
        if field(21, 11) != 0x7FF || field(17, 2) == 0 || field(0, 2) == 2 {
            return None;
        }
        let layer = 4 - field(17, 2);
        let divider = match (field(19, 2), layer) {
            (3, _) => 1,
            (2, _) => 2,
            (0, 3) => 4,
            _ => return None,
        };
        let rate_hz = RATES_1.get(field(10, 2) as usize)? / divider;
        let table = if divider == 1 { &KBPS_1 } else { &KBPS_2 };
        let bitrate_bps = u32::from(*table[layer as usize - 1].get(field(12, 4) as usize)?) * 1000;
        if bitrate_bps == 0 {
            return None;
        }
        let samples = match layer {
            1 => 384,
            3 if divider > 1 => 576,
            _ => 1152,
        };
        // Layer I counts in slots of four bytes.
        let slot = if layer == 1 { 4 } else { 1 };
        let channels = if field(6, 2) == 3 { 1 } else { 2 };
        let bytes = ((samples / 8 / slot * bitrate_bps / rate_hz + field(9, 1)) * slot) as usize;
        Some(Self { word, layer: layer as u8, bitrate_bps, rate_hz, channels, samples, bytes })
    }

    /// The same at the start of `bytes`.
    pub fn at(bytes: &[u8]) -> Option<Self> {
        Self::parse(bytes.first_chunk().copied()?)
    }

    /// Whether both may be frames of one stream: same MPEG version, layer, sample rate and number of channels.
    pub fn continues(&self, other: &Self) -> bool {
        const VERSION_LAYER_RATE: u32 = 0x001E_0C00;
        (self.word ^ other.word) & VERSION_LAYER_RATE == 0 && self.channels == other.channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Layer II, 384 kbit/s at 32 kHz with padding.
    const LONGEST_FRAME: usize = 1729;

    /// VS1053b datasheet, "SCI_HDAT0 and SCI_HDAT1": 128 kbit/s at 44.1 kHz in joint stereo.
    #[test]
    fn the_usual_header() {
        let h = Header::parse([0xFF, 0xFB, 0x90, 0x64]).unwrap();
        assert_eq!((h.bitrate_bps, h.rate_hz, h.channels, h.samples, h.bytes), (128_000, 44_100, 2, 1152, 417));
    }

    #[test]
    fn mpeg_2_and_2_5_have_half_frames() {
        let h = Header::parse([0xFF, 0xF3, 0x80, 0xC4]).unwrap();
        assert_eq!((h.bitrate_bps, h.rate_hz, h.channels, h.samples, h.bytes), (64_000, 22_050, 1, 576, 208));
        let h = Header::parse([0xFF, 0xE3, 0xE8, 0x00]).unwrap();
        assert_eq!((h.bitrate_bps, h.rate_hz, h.samples, h.bytes), (160_000, 8_000, 576, 1440));
    }

    /// ISO/IEC 11172-3, 2.4.2.3 and 2.4.3.1: 384 samples in slots of four bytes, and 1152 samples.
    #[test]
    fn layers_1_and_2_have_their_own_frames() {
        let h = Header::parse([0xFF, 0xFF, 0xC2, 0x00]).unwrap();
        assert_eq!((h.layer, h.bitrate_bps, h.rate_hz, h.samples, h.bytes), (1, 384_000, 44_100, 384, 420));
        let h = Header::parse([0xFF, 0xFD, 0xE8, 0x00]).unwrap();
        assert_eq!((h.layer, h.bitrate_bps, h.rate_hz, h.samples, h.bytes), (2, 384_000, 32_000, 1152, 1728));
        let h = Header::parse([0xFF, 0xF5, 0x80, 0xC4]).unwrap();
        assert_eq!((h.layer, h.bitrate_bps, h.rate_hz, h.samples, h.bytes), (2, 64_000, 22_050, 1152, 417));
    }

    #[test]
    fn reserved_values_are_no_headers() {
        for bytes in [
            [0xFF, 0xEB, 0x90, 0x64], // version
            [0xFF, 0xF9, 0x90, 0x64], // layer 0, as in ADTS
            [0xFF, 0xE5, 0x90, 0x64], // layer II of MPEG 2.5
            [0xFF, 0xFB, 0xF0, 0x64], // bit rate
            [0xFF, 0xFB, 0x00, 0x64], // free format
            [0xFF, 0xFB, 0x9C, 0x64], // sample rate
            [0xFF, 0xFB, 0x90, 0x66], // emphasis
        ] {
            assert_eq!(Header::parse(bytes), None, "{bytes:02X?}");
        }
    }

    proptest! {
        #[test]
        fn no_frame_is_longer_than_the_longest_or_shorter_than_its_header(bytes: [u8; 4]) {
            if let Some(h) = Header::parse(bytes) {
                prop_assert!((24..=LONGEST_FRAME).contains(&h.bytes));
            }
        }
    }
}
