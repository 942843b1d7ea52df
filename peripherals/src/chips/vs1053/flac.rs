//! FLAC headers (RFC 9639, 8 and 9.1) and the sums that guard them.
//!
//! 1. 16 and 24 bits up to 48 kHz, as VLSI's patch decodes them (VS1053b Patches and FLAC Decoder; VS1053.md, 5.5).

/// Bytes of STREAMINFO.
pub const INFO: usize = 34;
/// Longest header of a frame.
pub const MOST_HEADER: usize = 16;
/// A frame that is longer is given up. A block of 16384 samples in stereo with 16 bits takes half of it.
const MOST_FRAME: usize = 128 * 1024;

/// What STREAMINFO says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// Most samples of a channel in a frame.
    pub most_samples: u32,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// 1 to 8.
    pub channels: u8,
    /// 4 to 32.
    pub bits: u8,
}

impl Info {
    /// Reads STREAMINFO (RFC 9639, 8.2).
    pub fn parse(block: &[u8; INFO]) -> Self {
        let word = u32::from_be_bytes([block[10], block[11], block[12], block[13]]);
        Self {
            most_samples: u32::from(block[2]) << 8 | u32::from(block[3]),
            rate_hz: word >> 12,
            channels: (word >> 9 & 7) as u8 + 1,
            bits: (word >> 4 & 31) as u8 + 1,
        }
    }

    /// Whether the patch decodes it (VS1053.md, 5.5).
    pub fn playable(&self) -> bool {
        matches!(self.bits, 16 | 24) && (1..=48_000).contains(&self.rate_hz) && self.most_samples > 0
    }

    /// Most bytes that a frame of `samples` samples may have: a little more than its samples as they are.
    pub fn most_bytes(&self, samples: u32) -> usize {
        let channel = samples as usize * (usize::from(self.bits) + 1) / 8 + 8;
        (MOST_HEADER + usize::from(self.channels) * channel + 2).min(MOST_FRAME)
    }
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Bytes of it, its sum included.
    pub bytes: usize,
    /// Samples of a channel.
    pub samples: u32,
    /// Number of the frame, or of its first sample when blocks vary in size.
    number: u64,
    varies: bool,
}

impl Head {
    /// Whether this is the frame after `before`.
    pub fn follows(&self, before: &Self) -> bool {
        let step = if before.varies { u64::from(before.samples) } else { 1 };
        self.varies == before.varies && self.number == before.number + step
    }
}

/// What begins somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// So many more bytes are needed to tell.
    More(usize),
    /// No frame of this stream.
    Nothing,
    /// A header whose sum is right.
    Frame(Head),
}

/// What begins at the front of `bytes`, in a stream described by `info`.
pub fn front(bytes: &[u8], info: &Info) -> Front {
    head(bytes, info).unwrap_or_else(|front| front)
}

fn head(bytes: &[u8], info: &Info) -> Result<Front, Front> {
    let at = |n: usize| bytes.get(n).copied().ok_or_else(|| Front::More(n + 1 - bytes.len()));
    let ensure = |right: bool| if right { Ok(()) } else { Err(Front::Nothing) };
    ensure(at(0)? == 0xFF)?;
    ensure(at(1)? & 0xFE == 0xF8)?;
    let varies = at(1)? & 1 == 1;
    let (sizes, layout) = (at(2)?, at(3)?);
    let channels = match layout >> 4 {
        n @ 0..=7 => n + 1,
        8..=10 => 2,
        _ => 0,
    };
    let bits = [0, 8, 12, 255, 16, 20, 24, 32][usize::from(layout >> 1 & 7)];
    ensure(layout & 1 == 0 && channels == info.channels && (bits == 0 || bits == info.bits))?;
    // The number is written as UTF-8 writes a character, of up to 36 bits.
    let first = at(4)?;
    let follow = (first.leading_ones() as usize).saturating_sub(1);
    ensure(first.leading_ones() != 1 && follow <= 6)?;
    let mut number = u64::from(first) & (0x7F >> first.leading_ones().min(7));
    for n in 5..5 + follow {
        ensure(at(n)? & 0xC0 == 0x80)?;
        number = number << 6 | u64::from(at(n)? & 0x3F);
    }
    let mut next = 5 + follow;
    let mut extra = |count: usize| {
        let value = (next..next + count).try_fold(0, |value, n| Ok(value << 8 | u32::from(at(n)?)));
        next += count;
        value
    };
    let samples = match sizes >> 4 {
        1 => 192,
        n @ 2..=5 => 576 << (n - 2),
        6 => extra(1)? + 1,
        7 => extra(2)? + 1,
        n @ 8..=15 => 256 << (n - 8),
        _ => 0,
    };
    let rate_hz = match sizes & 15 {
        0 => info.rate_hz,
        n @ 4..=10 => [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000][usize::from(n) - 4],
        12 => extra(1)? * 1000,
        13 => extra(2)?,
        14 => extra(2)? * 10,
        _ => 0,
    };
    ensure(rate_hz == info.rate_hz && (1..=info.most_samples).contains(&samples))?;
    let sum = at(next)?;
    ensure(sum == bytes[..next].iter().fold(0, |sum, &byte| crc8(sum ^ byte)))?;
    Ok(Front::Frame(Head { bytes: next + 1, samples, number, varies }))
}

/// CRC-8 with the polynomial 0x07.
fn crc8(sum: u8) -> u8 {
    (0..8).fold(sum, |sum, _| sum << 1 ^ if sum >> 7 == 1 { 0x07 } else { 0 })
}

static CRC16: [u16; 256] = crc16_table();

const fn crc16_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let mut crc = (n as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc >> 15 == 1 { crc << 1 ^ 0x8005 } else { crc << 1 };
            bit += 1;
        }
        table[n] = crc;
        n += 1;
    }
    table
}

/// The sum of a frame, gone on by a byte; 0 over a whole frame with its own sum at its end (RFC 9639, 9.3).
#[inline]
pub fn crc16(sum: u16, byte: u8) -> u16 {
    sum << 8 ^ CRC16[usize::from((sum >> 8) as u8 ^ byte)]
}

/// Mixes the samples of more than two channels, interleaved, down to two in place.
///
/// What the patch does is not documented, but that it mixes (VS1053.md, 5.5). Here a side is the mean of its own channels and of those in the middle, so
/// that nothing is clipped; the order is that of RFC 9639, 9.1.3.
pub fn mix_down(pcm: &mut Vec<i16>, channels: usize) {
    const SIDES: [&str; 9] = ["", "", "", "LRC", "LRLR", "LRCLR", "LRCCLR", "LRCCCLR", "LRCCLRLR"];
    let Some(sides) = SIDES.get(channels).filter(|sides| !sides.is_empty()) else { return };
    let frames = pcm.len() / channels;
    for frame in 0..frames {
        let side = |other: u8| {
            let own = sides.bytes().zip(&pcm[frame * channels..][..channels]).filter(|&(of, _)| of != other);
            let (sum, count) = own.fold((0i32, 0), |(sum, count), (_, &sample)| (sum + i32::from(sample), count + 1));
            (sum / count) as i16
        };
        let pair = [side(b'R'), side(b'L')];
        pcm[2 * frame..2 * frame + 2].copy_from_slice(&pair);
    }
    pcm.truncate(2 * frames);
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use proptest::prelude::*;

    pub const STEREO: Info = Info { most_samples: 4096, rate_hz: 44_100, channels: 2, bits: 16 };

    /// A STREAMINFO block.
    pub fn info(info: Info) -> [u8; INFO] {
        let mut block = [0; INFO];
        block[..4].copy_from_slice(&[0, 16, (info.most_samples >> 8) as u8, info.most_samples as u8]);
        let word = info.rate_hz << 12 | u32::from(info.channels - 1) << 9 | u32::from(info.bits - 1) << 4;
        block[10..14].copy_from_slice(&word.to_be_bytes());
        block
    }

    /// A frame of 4096 samples with both of its sums; `number` below 128.
    pub fn frame(number: u8, layout: u8, body: &[u8]) -> Vec<u8> {
        let mut frame = vec![0xFF, 0xF8, 0xC9, layout, number];
        frame.push(frame.iter().fold(0, |sum, &byte| crc8(sum ^ byte)));
        frame.extend(body);
        let sum = frame.iter().fold(0, |sum, &byte| crc16(sum, byte));
        frame.extend(sum.to_be_bytes());
        frame
    }

    /// The sums are those of frames that the reference encoder wrote.
    #[test]
    fn headers_of_the_reference_encoder() {
        assert_eq!(Info::parse(&info(STEREO)), STEREO);
        let first = frame(0, 0xA8, &[]);
        let Front::Frame(head) = front(&first, &STEREO) else { panic!() };
        assert_eq!((head.bytes, head.samples, head.number), (6, 4096, 0));
        let Front::Frame(second) = front(&frame(1, 0xA8, &[]), &STEREO) else { panic!() };
        assert!(second.follows(&head) && !head.follows(&second) && !head.follows(&head));
    }

    /// RFC 9639, 9.1.1: 192 samples and 0x81 * 64 + 0x3F.. as numbers of more than one byte.
    #[test]
    fn numbers_of_many_bytes() {
        for (number, value) in [
            (vec![0xC2, 0x80], 0x80),
            (vec![0xF4, 0x8F, 0xBF, 0xBF], 0x10_FFFF),
            (vec![0xFE, 0xBF, 0x80, 0x80, 0x80, 0x80, 0x80], 0xF_C000_0000),
        ] {
            let mut bytes = [&[0xFF, 0xF9, 0x19, 0x18], number.as_slice()].concat();
            bytes.push(bytes.iter().fold(0, |sum, &byte| crc8(sum ^ byte)));
            let Front::Frame(head) = front(&bytes, &STEREO) else { panic!("{number:02X?}") };
            assert_eq!((head.number, head.samples, head.bytes), (value, 192, bytes.len()));
            for end in 0..bytes.len() {
                assert!(matches!(front(&bytes[..end], &STEREO), Front::More(_)), "{end}");
            }
        }
    }

    #[test]
    fn another_stream_s_frames_are_none_of_this() {
        let good = frame(3, 0xA8, &[]);
        for (at, value) in
            [(0, 0xFE), (1, 0xFB), (2, 0xCA), (2, 0x09), (3, 0x08), (3, 0xAC), (3, 0xA9), (4, 0x80), (5, good[5] ^ 1)]
        {
            let mut bytes = good.clone();
            bytes[at] = value;
            assert_eq!(front(&bytes, &STEREO), Front::Nothing, "byte {at} = {value:02X}");
        }
    }

    #[test]
    fn more_than_two_channels_become_two() {
        let mut pcm = vec![300, 600, 90, -300, -600, 0];
        mix_down(&mut pcm, 3);
        assert_eq!(pcm, [195, 345, -150, -300]);
        let mut pcm = vec![1, 2, 3, 4, 5, 6, 7, 8];
        mix_down(&mut pcm, 8);
        assert_eq!(pcm, [4, 4]);
        let mut pcm = vec![1, 2];
        mix_down(&mut pcm, 2);
        assert_eq!(pcm, [1, 2]);
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_header_longer_than_the_longest(bytes in prop::collection::vec(any::<u8>(), 0..20)) {
            let bytes = [&[0xFF, 0xF8], bytes.as_slice()].concat();
            if let Front::Frame(head) = front(&bytes, &STEREO) {
                prop_assert!(head.bytes <= MOST_HEADER && head.samples <= 4096);
            }
        }
    }
}
