//! Chains of MPEG audio and ADTS frame headers: each says where the next one is (ISO/IEC 11172-3 and 13818-7).
//!
//! Free-format frames do not say it and are not recognised.

/// What the frames of one chain have in common, and how far it is to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    /// Version, layer, sample rate: the same throughout a stream.
    signature: u32,
    length: u64,
    adts: bool,
}

/// Bytes of a header that must be there before it is judged; ADTS needs all seven.
pub(super) const LENGTH: u64 = 7;

/// Reads the header in the lower seven bytes of `window`.
#[inline]
fn header(window: u64) -> Option<Header> {
    let word = (window >> 24) as u32;
    if word >> 21 != 0x7FF {
        return None;
    }
    if word >> 17 & 3 == 0 { adts(window) } else { mpeg(word) }
}

fn mpeg(word: u32) -> Option<Header> {
    /// kbit/s of MPEG-1 layers I, II and III, of MPEG-2 layer I, and of MPEG-2 layers II and III.
    const KBITS: [[u16; 14]; 5] = [
        [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    const RATES: [u64; 3] = [44_100, 48_000, 32_000];
    let (version, layer) = (word >> 19 & 3, 4 - (word >> 17 & 3));
    let (bitrate, rate, padding) = (word >> 12 & 15, word >> 10 & 3, u64::from(word >> 9 & 1));
    let emphasis = word & 3;
    if version == 1 || !(1..=14).contains(&bitrate) || rate == 3 || emphasis == 2 {
        return None;
    }
    let mpeg1 = version == 3;
    let table = match (mpeg1, layer) {
        (true, _) => layer as usize - 1,
        (false, 1) => 3,
        (false, _) => 4,
    };
    let bits = u64::from(KBITS[table][bitrate as usize - 1]) * 1_000;
    let halvings = [2, 0, 1, 0][version as usize];
    let hz = RATES[rate as usize] >> halvings;
    let length = match (layer, mpeg1) {
        (1, _) => (12 * bits / hz + padding) * 4,
        (3, false) => 72 * bits / hz + padding,
        _ => 144 * bits / hz + padding,
    };
    Some(Header { signature: word & 0xFFFE_0C00, length, adts: false })
}

fn adts(window: u64) -> Option<Header> {
    let length = window >> 13 & 0x1FFF;
    let rate = window >> 34 & 15;
    // All but the lengths, buffer fullness and copyright bits.
    let signature = (window >> 24) as u32 & 0xFFFF_FDC0;
    (window >> 44 & 1 == 1 && rate < 13 && length > LENGTH).then_some(Header { signature, length, adts: true })
}

#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    signature: u32,
    adts: bool,
    next: u64,
    links: u8,
    /// Nothing but filler came before it.
    from_start: bool,
}

/// Looks for headers that follow one another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chains {
    chains: [Chain; 8],
    soonest: u64,
}

impl Default for Chains {
    fn default() -> Self {
        Self { chains: [Chain::default(); 8], soonest: u64::MAX }
    }
}

impl Chains {
    /// Takes the last seven bytes, of which the first is byte `start` of the stream. `Some(adts)` when a chain is long
    /// enough: three headers, or two where the stream starts.
    #[inline]
    pub fn push(&mut self, window: u64, start: u64, from_start: bool) -> Option<bool> {
        // Eleven bits of sync, or a moment at which some chain waits for them.
        if window >> 45 & 0x7FF != 0x7FF && start < self.soonest {
            return None;
        }
        self.link(header(window), start, from_start)
    }

    fn link(&mut self, header: Option<Header>, start: u64, from_start: bool) -> Option<bool> {
        let mut linked = false;
        for chain in self.chains.iter_mut().filter(|c| c.links > 0 && c.next <= start) {
            match header {
                Some(h) if chain.next == start && h.signature == chain.signature && h.adts == chain.adts => {
                    chain.links += 1;
                    chain.next = start + h.length;
                    linked = true;
                    if chain.links >= if chain.from_start { 2 } else { 3 } {
                        return Some(chain.adts);
                    }
                }
                _ => chain.links = 0,
            }
        }
        if let (Some(h), false) = (header, linked)
            && let Some(slot) = self.chains.iter_mut().min_by_key(|c| (c.links, c.next))
        {
            *slot = Chain { signature: h.signature, adts: h.adts, next: start + h.length, links: 1, from_start };
        }
        self.soonest = self.chains.iter().filter(|c| c.links > 0).map(|c| c.next).min().unwrap_or(u64::MAX);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(head: [u8; 7]) -> Option<u64> {
        header(head.iter().fold(0, |w, &b| w << 8 | u64::from(b))).map(|h| h.length)
    }

    /// Lengths as other tools give them for these headers.
    #[test]
    fn a_header_tells_the_length_of_its_frame() {
        // VS1053b datasheet's own example, 128 kbit/s at 44.1 kHz: 417 bytes, 418 with padding.
        assert_eq!(length([0xFF, 0xFB, 0x90, 0x64, 0, 0, 0]), Some(417));
        assert_eq!(length([0xFF, 0xFB, 0x92, 0x64, 0, 0, 0]), Some(418));
        // 128 kbit/s at 48 kHz: 384. MPEG-2 layer III, 64 kbit/s at 22.05 kHz: 208.
        assert_eq!(length([0xFF, 0xFB, 0x94, 0x64, 0, 0, 0]), Some(384));
        assert_eq!(length([0xFF, 0xF3, 0x80, 0xC4, 0, 0, 0]), Some(208));
        // ADTS, AAC LC at 44.1 kHz stereo, frame length 371.
        assert_eq!(length([0xFF, 0xF1, 0x50, 0x80, 0x2E, 0x7F, 0xFC]), Some(371));
    }

    #[test]
    fn what_the_standard_reserves_is_no_header() {
        for bad in [[0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xEB, 0x90, 0x64], [0xFF, 0xFB, 0x9C, 0x64], [0xFF, 0xFB, 0xF0, 0]]
        {
            assert_eq!(length([bad[0], bad[1], bad[2], bad[3], 0, 0, 0]), None, "{bad:02X?}");
        }
    }
}
