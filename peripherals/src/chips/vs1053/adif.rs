//! AAC in ADIF: one header, then raw data blocks without a word on their lengths (ISO/IEC 13818-7, 6.1, 6.3 and 8.5;
//! VS1053.md, 5.5 and 2.8).
//!
//! 1. Where a block ends only the decoder knows: it is asked whenever [`STEP`] bytes more have come.
//! 2. One program. A block that makes no sense ends the stream: there is nothing to find the next one by.

use super::aac::{BLOCK_SAMPLES, Blocks, MOST_CHANNEL, RATES, played_hz};
use super::bits::Bits;
use super::play::{Fact, Player, State};
use super::stream::Codec;
use crate::kernel::Instant;

/// Bytes between two questions whether a block is whole.
const STEP: usize = 32;
/// A header that is longer is none: one program and its comment take 300 bytes.
const MOST_HEADER: usize = 1024;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes of it.
    bytes: usize,
    rate_hz: u32,
    channels: u8,
    /// What of it is not decoded, by its name.
    lacking: Option<&'static str>,
}

/// Reads the header; `None` when it is longer than `bytes`.
pub fn header(bytes: &[u8]) -> Option<Header> {
    let mut bits = Bits::new(bytes, 32);
    if bits.take(1)? == 1 {
        (0..9).try_for_each(|_| bits.take(8).map(drop))?;
    }
    bits.take(2)?;
    let variable = bits.take(1)? == 1;
    bits.take(23)?;
    let programs = bits.take(4)? + 1;
    let (mut first, mut end) = (None, 0);
    for _ in 0..programs {
        if !variable {
            bits.take(20)?;
        }
        bits.take(4)?;
        let (profile, rate) = (bits.take(2)?, bits.take(4)?);
        let (front, side, back) = (bits.take(4)?, bits.take(4)?, bits.take(4)?);
        let (low, data, coupled) = (bits.take(2)?, bits.take(3)?, bits.take(4)?);
        for width in [4, 4, 3] {
            if bits.take(1)? == 1 {
                bits.take(width)?;
            }
        }
        let mut channels = low;
        for _ in 0..front + side + back {
            channels += 1 + bits.take(1)?;
            bits.take(4)?;
        }
        (0..low + data).try_for_each(|_| bits.take(4).map(drop))?;
        (0..coupled).try_for_each(|_| bits.take(5).map(drop))?;
        bits.align();
        let comment = bits.take(8)?;
        for _ in 0..comment {
            bits.take(8)?;
        }
        end = bits.align();
        first.get_or_insert((profile, rate, channels));
    }
    let (profile, rate, channels) = first?;
    let rate_hz = RATES.get(rate as usize).copied();
    let lacking = match (profile, channels) {
        _ if rate_hz.is_none() => Some("AAC at a rate that is none"),
        (1, 1 | 2) if programs == 1 => None,
        (1, 1 | 2) => Some("AAC of several programs"),
        (1, _) => Some("AAC of more than two channels"),
        _ => Some("AAC of other than low complexity"),
    };
    Some(Header { bytes: end, rate_hz: rate_hz.unwrap_or(0), channels: channels.min(255) as u8, lacking })
}

impl Player {
    /// "ADIF" is at the front of the window.
    pub(super) fn adif_found(&mut self) {
        self.begin(Codec::Aac, 0, 0, 0);
        self.byte_ps = self.hunt_byte_ps;
        self.facts.push(Fact::DoNotJump(true));
        self.state = State::Adif(None);
    }

    /// The header, and then block after block.
    pub(super) fn adif(&mut self, now: Instant) -> bool {
        match core::mem::replace(&mut self.state, State::Hunt) {
            State::Adif(Some(blocks)) => self.adif_block(now, blocks),
            _ => self.adif_header(now),
        }
    }

    fn adif_header(&mut self, now: Instant) -> bool {
        let Some(header) = header(&self.window) else {
            if self.window.len() < MOST_HEADER {
                self.want = 16;
                self.state = State::Adif(None);
                return false;
            }
            return self.adif_leave();
        };
        if let Some(name) = header.lacking {
            self.facts.push(Fact::Foreign(name));
            return self.adif_leave();
        }
        let decoder = match self.codecs.aac(header.rate_hz, header.channels) {
            Ok(decoder) => decoder,
            Err(why) => {
                self.facts.push(Fact::BadPacket(why.reason));
                return self.adif_leave();
            }
        };
        let rate_hz = played_hz(header.rate_hz);
        if let Some(record) = &mut self.record {
            record.set_format(rate_hz, header.channels, 0);
            record.take(&self.window[..header.bytes]);
        }
        self.window.drain(..header.bytes);
        self.stamps.drain(..header.bytes);
        self.announce(now, rate_hz, header.channels);
        self.facts.push(Fact::Hdat(0x4144, 0));
        self.facts.push(Fact::DoNotJump(false));
        self.state = State::Adif(Some(Box::new(Blocks::new(decoder, rate_hz, header.channels))));
        true
    }

    fn adif_block(&mut self, now: Instant, mut blocks: Box<Blocks>) -> bool {
        let most = MOST_CHANNEL * usize::from(blocks.channels());
        let there = self.window.len().min(most);
        let asks = there == most || there >= blocks.asked + STEP;
        let Some(bytes) = asks.then(|| blocks.length(&self.window[..there])).flatten() else {
            if asks {
                blocks.asked = there;
            }
            if there < most {
                self.want = STEP;
                self.state = State::Adif(Some(blocks));
                return false;
            }
            // Fill after the end of the file is no block, and nothing to be told of.
            if self.window.iter().any(|&byte| byte != self.window[0]) {
                self.facts.push(Fact::BadPacket("no block of AAC where one should begin".into()));
            }
            return self.adif_leave();
        };
        blocks.asked = 0;
        let window = core::mem::take(&mut self.window);
        self.aac_block(&mut blocks, &window[..bytes]);
        self.window = window;
        // How long the next one is nobody knows: half of the longest, so that no block comes late.
        self.byte_ps = self.byte_time(BLOCK_SAMPLES.into(), blocks.rate_hz(), most / 2);
        self.packet_done(now, bytes);
        self.aac_shows(0x4144, &mut blocks, bytes);
        self.state = State::Adif(Some(blocks));
        true
    }

    fn adif_leave(&mut self) -> bool {
        self.end_stream();
        self.facts.push(Fact::DoNotJump(false));
        self.state = State::Hunt;
        self.told();
        self.discard(1);
        self.want = 1;
        true
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A header of one program without a comment: LC, `rate` by its index, one element in front that is a pair or not.
    pub fn head(profile: u32, rate: u32, pair: bool) -> Vec<u8> {
        let mut bits = vec![];
        let mut put = |value: u32, width: usize| bits.extend((0..width).rev().map(|bit| value >> bit & 1 == 1));
        for (value, width) in
            [(0, 1), (0, 2), (1, 1), (128_000, 23), (0, 4), (0, 4), (profile, 2), (rate, 4), (1, 4), (0, 4), (0, 4)]
        {
            put(value, width);
        }
        for (value, width) in [(0, 2), (0, 3), (0, 4), (0, 3), (u32::from(pair), 1), (0, 4)] {
            put(value, width);
        }
        bits.resize(bits.len().next_multiple_of(8), false);
        let bytes = bits.chunks(8).map(|byte| byte.iter().fold(0, |value, &bit| value << 1 | u8::from(bit)));
        b"ADIF".iter().copied().chain(bytes).chain([3, b'a', b'b', b'c']).collect()
    }

    #[test]
    fn one_program_of_one_element() {
        let bytes = head(1, 4, true);
        let expected = Header { bytes: bytes.len(), rate_hz: 44_100, channels: 2, lacking: None };
        assert_eq!(header(&bytes), Some(expected));
        for end in 0..bytes.len() {
            assert_eq!(header(&bytes[..end]), None, "{end} bytes");
        }
        assert_eq!(header(&head(1, 11, false)).map(|h| (h.rate_hz, h.channels)), Some((8_000, 1)));
        assert_eq!(header(&head(0, 4, true)).and_then(|h| h.lacking), Some("AAC of other than low complexity"));
    }
}
