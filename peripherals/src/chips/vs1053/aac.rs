//! AAC streams in ADTS (ISO/IEC 13818-7, 6.2; ISO/IEC 14496-3, 1.A.2), and what AAC in any wrapping has in common (VS1053.md, 5.5
//! and 2.8).
//!
//! 1. Low complexity in one or two channels, 1024 samples a block. All else of AAC is a `gap` by its name.
//! 2. Of HE-AAC the core is played. That a stream has SBR is told by what its blocks end with, as nothing else in ADTS says it.
//! 3. 64, 88.2 and 96 kHz play at 48 kHz (VS1053b datasheet, "Supported AAC Formats"; VS1053.md, 5.5), and so more slowly (inferred). It is 48 kHz
//!    with any crystal, the chip's highest rate is XTALI / 256.
//! 4. Frames with a sum play, though the ROM has trouble with them until the patches mend it (VS1053.md, 8).

use super::bits::Bits;
use super::codec::FrameDecoder;
use super::fifo::FIFO_BYTES;
use super::play::{Fact, Player, State};
use super::stream::Codec;
use crate::kernel::Instant;

/// Samples of a channel in a block.
pub const BLOCK_SAMPLES: u32 = 1024;
/// Sample rates by index (ISO/IEC 14496-3, 1.6.3.4).
pub const RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
/// Bytes of a channel in a block: 6144 bits (ISO/IEC 14496-3, 4.5.3.2).
pub const MOST_CHANNEL: usize = 768;
/// The DAC's highest rate with a crystal of 12.288 MHz (VS1053.md, 7).
const MOST_RATE: u32 = 48_000;
/// Blocks in a row that must end as if with SBR: one alone may by chance.
const SBR_BLOCKS: u8 = 8;

/// The rate at which a stream of `rate_hz` plays.
pub fn played_hz(rate_hz: u32) -> u32 {
    rate_hz.min(MOST_RATE)
}

/// The header of an ADTS frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adts {
    /// Bytes of the header, with its sum.
    pub header: usize,
    /// Bytes of the frame, header included.
    pub bytes: usize,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// 0 when a program configuration element tells.
    channels: u8,
    /// 1 for low complexity.
    profile: u8,
    /// Raw data blocks in it.
    blocks: u8,
}

impl Adts {
    /// Bytes that are looked at.
    pub const HEAD: usize = 7;

    /// What is at the start of `bytes`; `None` when it is no header, or fewer than [`Adts::HEAD`] bytes.
    pub fn at(bytes: &[u8]) -> Option<Self> {
        let head: &[u8; Self::HEAD] = bytes.first_chunk()?;
        if head[0] != 0xFF || head[1] & 0xF6 != 0xF0 {
            return None;
        }
        let header = if head[1] & 1 == 1 { 7 } else { 9 };
        let length = usize::from(head[3] & 3) << 11 | usize::from(head[4]) << 3 | usize::from(head[5] >> 5);
        let frame = Self {
            header,
            bytes: length,
            rate_hz: *RATES.get(usize::from(head[2] >> 2 & 15))?,
            channels: (head[2] & 1) << 2 | head[3] >> 6,
            profile: head[2] >> 6,
            blocks: (head[6] & 3) + 1,
        };
        let most =
            if frame.channels > 2 || frame.channels == 0 { 6 } else { 2 } * usize::from(frame.blocks) * MOST_CHANNEL;
        (length > header && length <= header + most).then_some(frame)
    }

    /// Whether both may be frames of one stream.
    pub fn continues(&self, other: &Self) -> bool {
        let fixed = |frame: &Self| (frame.header, frame.rate_hz, frame.channels, frame.profile);
        fixed(self) == fixed(other)
    }

    /// What of it is not decoded, by its name.
    fn lacking(&self) -> Option<&'static str> {
        match self {
            Self { profile: 0, .. } => Some("AAC Main"),
            Self { profile: 2, .. } => Some("AAC SSR"),
            Self { profile: 3, .. } => Some("AAC LTP"),
            Self { channels: 0, .. } => Some("AAC whose channels a program configuration element tells"),
            Self { channels: 3.., .. } => Some("AAC of more than two channels"),
            Self { blocks: 2.., .. } => Some("ADTS with several blocks in a frame"),
            _ => None,
        }
    }
}

/// Fill elements at the end of a block that are looked through: after SBR there may be some that only fill.
const MOST_FILLS: usize = 3;

/// Whether `block` can end with fill elements of which one carries SBR (ISO/IEC 14496-3, 4.4.1.1 and 4.4.2.7): the end mark is its last
/// three bits that are 1, as it is filled up with zeros.
pub fn ends_with_sbr(block: &[u8]) -> bool {
    let used = block.len() - block.iter().rev().take_while(|&&byte| byte == 0).count();
    let Some(last) = used.checked_sub(1) else { return false };
    let bits = used * 8 - block[last].trailing_zeros() as usize;
    bits.checked_sub(3).is_some_and(|end| field(block, end, 3) == 7 && sbr_before(block, end, MOST_FILLS))
}

fn field(block: &[u8], at: usize, width: usize) -> usize {
    Bits::new(block, at).take(width).map_or(0, |value| value as usize)
}

fn sbr_before(block: &[u8], end: usize, fills: usize) -> bool {
    (0..=269).any(|count| {
        let long = count >= 15;
        let Some(start) = end.checked_sub(8 * count + if long { 15 } else { 7 }) else { return false };
        let counted = match long {
            true => field(block, start + 3, 4) == 15 && field(block, start + 7, 8) + 14 == count,
            false => field(block, start + 3, 4) == count,
        };
        if field(block, start, 3) != 6 || !counted {
            return false;
        }
        let sbr = count > 0 && matches!(field(block, end - 8 * count, 4), 13 | 14);
        sbr || (fills > 1 && sbr_before(block, start, fills - 1))
    })
}

/// The blocks of one AAC stream, whatever they come wrapped in.
#[derive(Clone)]
pub struct Blocks {
    decoder: Box<dyn FrameDecoder>,
    rate_hz: u32,
    channels: u8,
    /// Blocks in a row that end as if with SBR.
    sbr: u8,
    /// Blocks, and the bytes that they took.
    count: u64,
    bytes: u64,
    /// Bytes of the present one that its length was asked for with.
    pub(super) asked: usize,
}

impl Blocks {
    /// Decoded by `decoder`.
    pub fn new(decoder: Box<dyn FrameDecoder>, rate_hz: u32, channels: u8) -> Self {
        Self { decoder, rate_hz, channels, sbr: 0, count: 0, bytes: 0, asked: 0 }
    }

    /// 1 or 2.
    pub fn channels(&self) -> u8 {
        self.channels
    }

    /// At which it plays, in hertz.
    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Bytes of the block at the front of `bytes`, if there is a whole one.
    pub fn length(&mut self, bytes: &[u8]) -> Option<usize> {
        self.decoder.length(bytes)
    }
}

impl Player {
    /// The samples of `block` in place of those before; facts tell what is wrong with it.
    pub(super) fn aac_block(&mut self, blocks: &mut Blocks, block: &[u8]) {
        self.pcm.clear();
        let bad = match blocks.decoder.decode(block, &mut self.pcm) {
            Ok(d) if d.channels == blocks.channels => None,
            Ok(d) => Some(format!("{} channels instead of {}", d.channels, blocks.channels)),
            Err(why) => Some(why.reason),
        };
        if let Some(why) = bad {
            // It keeps its place in time.
            self.pcm.clear();
            self.pcm.resize(BLOCK_SAMPLES as usize * usize::from(blocks.channels), 0);
            self.facts.push(Fact::BadPacket(why));
            if let Some(record) = &mut self.record {
                record.bad_packet();
            }
        }
        blocks.sbr = if ends_with_sbr(block) { blocks.sbr.saturating_add(1) } else { 0 };
        if blocks.sbr == SBR_BLOCKS {
            self.facts.push(Fact::CoreOnly("SBR"));
        }
    }

    /// A block took so many bytes: HDAT1, and the average of bytes a second in HDAT0 (VS1053.md, 2.8).
    pub(super) fn aac_shows(&mut self, hdat1: u16, blocks: &mut Blocks, bytes: usize) {
        blocks.count += 1;
        blocks.bytes += bytes as u64;
        let average = blocks.bytes * u64::from(blocks.rate_hz) / (blocks.count * u64::from(BLOCK_SAMPLES));
        self.facts.push(Fact::Hdat(hdat1, average.min(0xFFFF) as u16));
    }

    /// A confirmed ADTS header is at the front of the window.
    pub(super) fn adts_found(&mut self, now: Instant, found: Adts) {
        if let Some(name) = found.lacking() {
            self.swallow(Fact::Foreign(name));
            return;
        }
        match self.codecs.aac(found.rate_hz, found.channels) {
            Ok(decoder) => {
                let rate_hz = played_hz(found.rate_hz);
                let bitrate = found.bytes as u64 * 8 * u64::from(rate_hz) / u64::from(BLOCK_SAMPLES);
                self.begin(Codec::Aac, rate_hz, found.channels, bitrate as u32);
                self.announce(now, rate_hz, found.channels);
                let blocks = Box::new(Blocks::new(decoder, rate_hz, found.channels));
                self.state = State::Adts { header: found, blocks };
            }
            Err(why) => {
                self.facts.push(Fact::BadPacket(why.reason));
                self.discard(1);
            }
        }
    }

    /// The next ADTS frame, once it is whole.
    pub(super) fn adts_frame(&mut self, now: Instant) -> bool {
        let State::Adts { header: reference, blocks } = &mut self.state else { return false };
        if self.window.len() < Adts::HEAD {
            self.want = Adts::HEAD - self.window.len();
            return false;
        }
        let Some(header) = Adts::at(&self.window).filter(|h| h.continues(reference) && h.blocks == 1) else {
            let junk = self.window.iter().skip(1).take_while(|&&byte| byte != 0xFF).count() + 1;
            self.discard(junk.min(FIFO_BYTES - self.garbage));
            if self.garbage >= FIFO_BYTES {
                self.end_stream();
                self.state = State::Hunt;
            }
            return true;
        };
        if self.window.len() < header.bytes {
            self.want = header.bytes - self.window.len();
            let rate_hz = blocks.rate_hz;
            self.byte_ps = self.byte_time(BLOCK_SAMPLES.into(), rate_hz, header.bytes);
            return false;
        }
        let State::Adts { header: reference, mut blocks } = core::mem::replace(&mut self.state, State::Hunt) else {
            return false;
        };
        let frame = core::mem::take(&mut self.window);
        self.aac_block(&mut blocks, &frame[header.header..header.bytes]);
        self.window = frame;
        self.packet_done(now, header.bytes);
        self.aac_shows(0x4154, &mut blocks, header.bytes);
        self.state = State::Adts { header: reference, blocks };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_header() {
        // ffmpeg's: LC, 44.1 kHz, stereo, 371 bytes, no sum.
        let head = [0xFF, 0xF1, 0x50, 0x80, 0x2E, 0x7F, 0xFC];
        let frame = Adts::at(&head).unwrap();
        assert_eq!((frame.header, frame.bytes, frame.rate_hz, frame.channels), (7, 371, 44_100, 2));
        assert_eq!((frame.blocks, frame.lacking()), (1, None));
        let changed = |at: usize, value: u8| {
            let mut head = head;
            head[at] = value;
            Adts::at(&head)
        };
        assert_eq!(changed(1, 0xF9).unwrap().rate_hz, 44_100, "MPEG-2");
        assert_eq!(changed(1, 0xF0).unwrap().header, 9, "with its sum");
        assert_eq!(changed(1, 0xFB), None, "MP3");
        assert_eq!(changed(2, 0x74), None, "rate 13");
        assert_eq!(changed(2, 0x10).unwrap().lacking(), Some("AAC Main"));
        assert_eq!(
            changed(3, 0x00).unwrap().lacking(),
            Some("AAC whose channels a program configuration element tells")
        );
        assert!(!changed(3, 0x40).unwrap().continues(&frame), "mono");
        assert!(Adts::at(&[0xFF, 0xF1, 0x50, 0x80, 0, 0xE0, 0]).is_none(), "nothing but its header");
    }

    /// Fill elements as bits behind some others: 110, count, extension, body; then the end mark and zeros.
    #[test]
    fn sbr_is_what_comes_last() {
        let block = |extension: u8, count: usize, before: usize| {
            let mut bits = vec![0u8; before];
            let mut put = |value: usize, width: usize| bits.extend((0..width).rev().map(|n| (value >> n & 1) as u8));
            put(6, 3);
            if count < 15 {
                put(count, 4);
            } else {
                put(15, 4);
                put(count - 14, 8);
            }
            put(extension.into(), 4);
            (1..2 * count).for_each(|n| put((n * 7) & 15, 4));
            put(7, 3);
            bits.resize(bits.len().next_multiple_of(8) + 8, 0);
            bits.chunks(8).map(|byte| byte.iter().fold(0, |value, bit| value << 1 | bit)).collect::<Vec<u8>>()
        };
        for count in [1, 6, 14, 15, 40, 269] {
            for before in 0..8 {
                assert!(
                    ends_with_sbr(&block(13, count, before)) && ends_with_sbr(&block(14, count, before)),
                    "{count} {before}"
                );
                assert!(!ends_with_sbr(&block(1, count, 64 + before)) || count < 3, "{count} {before}");
            }
        }
        // SBR, an element that only fills, the end mark.
        let bits = "1100010110100000000000011000001110000000";
        let bytes: Vec<u8> = (0..5).map(|n| u8::from_str_radix(&bits[8 * n..8 * n + 8], 2).unwrap()).collect();
        assert!(ends_with_sbr(&bytes));
        assert!(!ends_with_sbr(&[]) && !ends_with_sbr(&[0; 9]) && !ends_with_sbr(&[0xFF]) && !ends_with_sbr(&[7]));
    }
}
