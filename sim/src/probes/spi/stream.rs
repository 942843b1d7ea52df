//! What a stream looks like: the headers of what the chip plays, and the datasheet's test sequences.
//!
//! 1. Every pattern is at least 44 bits long, so that chance does not find one in what was captured, in any bit order
//!    and at any shift. Frames of MP3 and AAC count when headers follow one another where they should.
//! 2. Not recognised: free-format MP3, MP3 of fewer than two frames, LATM, DSD, PCM without a header, ADIF.

use super::mpeg::{self, Chains};

/// What was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Mpeg,
    Adts,
    Ogg,
    Wav,
    Flac,
    Midi,
    RealTimeMidi,
    Id3,
    Mp4,
    Wma,
    SineTest,
    ChipTest,
}

impl Stream {
    /// For people, with its article.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mpeg => "an MP3 stream",
            Self::Adts => "an AAC stream (ADTS)",
            Self::Ogg => "an Ogg stream",
            Self::Wav => "a WAV file",
            Self::Flac => "a FLAC file",
            Self::Midi => "a MIDI file",
            Self::RealTimeMidi => "real-time MIDI",
            Self::Id3 => "a file with an ID3v2 tag",
            Self::Mp4 => "an MP4 file",
            Self::Wma => "a WMA file",
            Self::SineTest => "the chip's sine test",
            Self::ChipTest => "one of the chip's tests",
        }
    }
}

/// Looks for a header in bytes as they come; it stops at the first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hunter {
    window: u64,
    bytes: u64,
    first: u8,
    /// The first byte that is unlike all before it; what comes before is filler.
    varied_at: Option<u64>,
    chains: Chains,
    midi: Midi,
    found: Option<Stream>,
}

impl Hunter {
    /// What the bytes are, once that is known.
    #[inline]
    pub fn found(&self) -> Option<Stream> {
        self.found
    }

    /// Whether all bytes so far are the same: nothing to judge.
    pub fn is_filler(&self) -> bool {
        self.varied_at.is_none()
    }

    #[inline]
    pub fn push(&mut self, byte: u8) {
        if self.found.is_some() {
            return;
        }
        if self.bytes == 0 {
            self.first = byte;
        }
        if self.varied_at.is_none() && byte != self.first {
            self.varied_at = Some(self.bytes);
        }
        self.window = self.window << 8 | u64::from(byte);
        self.bytes += 1;
        self.found = magic(self.window).or_else(|| self.midi.push(byte).then_some(Stream::RealTimeMidi));
        if self.found.is_none()
            && let Some(start) = self.bytes.checked_sub(mpeg::LENGTH)
        {
            let from_start = self.varied_at.is_none_or(|varied| start <= varied);
            let found = self.chains.push(self.window, start, from_start);
            self.found = found.map(|adts| if adts { Stream::Adts } else { Stream::Mpeg });
        }
    }
}

/// Eight bytes that begin something.
#[inline]
fn magic(window: u64) -> Option<Stream> {
    let (high, low) = ((window >> 32) as u32, window as u32);
    match high {
        // Version 0, at most the three flag bits (RFC 3533).
        0x4F67_6753 if low >> 19 == 0 => Some(Stream::Ogg),
        // "WAVEfmt ", which follows RIFF and its size.
        0x5741_5645 if low == 0x666D_7420 => Some(Stream::Wav),
        // STREAMINFO comes first and is 34 bytes long (RFC 9639).
        0x664C_6143 if low & 0x7FFF_FFFF == 0x22 => Some(Stream::Flac),
        0x4D54_6864 if low == 6 => Some(Stream::Midi),
        0x3026_B275 if low == 0x8E66_CF11 => Some(Stream::Wma),
        // VS1053b datasheet, "SDI Tests": sine test on, sine test off, memory test, SCI test.
        high if high >> 8 == 0x0053_EF6E && low == 0 => Some(Stream::SineTest),
        0x4578_6974 if low == 0 => Some(Stream::SineTest),
        0x4D_EA_6D_54 if low == 0 => Some(Stream::ChipTest),
        high if high >> 8 == 0x0053_70EE && low == 0 => Some(Stream::ChipTest),
        // "ID3", version 2.2 to 2.4, no undefined flag, a size of four times seven bits.
        high if high >> 8 == 0x0049_4433 && (2..=4).contains(&(high & 0xFF)) && low & 0xFF0F_8080 == 0 => {
            Some(Stream::Id3)
        }
        // A box "ftyp" of fewer than 256 bytes.
        high if high >> 8 == 0 && low == 0x6674_7970 => Some(Stream::Mp4),
        _ => None,
    }
}

/// Real-time MIDI has a zero before each byte (VS1053b datasheet, "Real-Time MIDI"). It has no header, so everything
/// from the first byte on must fit until there are three whole messages.
#[derive(Clone, Copy, Debug, Default)]
struct Midi {
    broken: bool,
    after_zero: bool,
    /// Data bytes to come; `None` before the first status byte.
    left: Option<u8>,
    messages: u8,
}

impl Midi {
    #[inline]
    fn push(&mut self, byte: u8) -> bool {
        if self.broken {
            return false;
        }
        if !self.after_zero {
            self.after_zero = true;
            self.broken = byte != 0;
            return false;
        }
        self.after_zero = false;
        match (byte, self.left) {
            // Fill before the first message; zeros come in any number, so this one may be a byte's prefix.
            (0, None) => self.after_zero = true,
            (0x80..=0xBF | 0xE0..=0xEF, None | Some(0)) => self.left = Some(2),
            (0xC0..=0xDF, None | Some(0)) => self.left = Some(1),
            (0x00..=0x7F, Some(1..)) => self.left = self.left.map(|left| left - 1),
            _ => {
                self.broken = true;
                return false;
            }
        }
        if self.left == Some(0) {
            self.messages += 1;
        }
        self.messages == 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SONG: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/song.mp3"));
    const SONG_OGG: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/song.ogg"));

    fn hunt(bytes: impl IntoIterator<Item = u8>) -> Option<Stream> {
        let mut hunter = Hunter::default();
        bytes.into_iter().for_each(|b| hunter.push(b));
        hunter.found()
    }

    #[test]
    fn headers_of_what_the_chip_plays_are_recognised() {
        let cases: [(&[u8], Stream); 12] = [
            (SONG, Stream::Mpeg),
            (SONG_OGG, Stream::Ogg),
            (b"RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0", Stream::Wav),
            (b"fLaC\0\0\0\x22\x10\0", Stream::Flac),
            (b"fLaC\x80\0\0\x22\x10\0", Stream::Flac),
            (b"MThd\0\0\0\x06\0\x01", Stream::Midi),
            (b"ID3\x03\0\0\0\0\x1F\x76", Stream::Id3),
            (b"\0\0\0\x20ftypM4A ", Stream::Mp4),
            (&[0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], Stream::Wma),
            (&[0x53, 0xEF, 0x6E, 0x44, 0, 0, 0, 0], Stream::SineTest),
            (&[0x4D, 0xEA, 0x6D, 0x54, 0, 0, 0, 0], Stream::ChipTest),
            // Drums: bank, instrument, note on, as the boards' MIDI demos send them.
            (&[0, 0xB0, 0, 0x00, 0, 0x78, 0, 0xC0, 0, 0x1E, 0, 0x90, 0, 0x3C, 0, 0x7F], Stream::RealTimeMidi),
        ];
        for (bytes, expected) in cases {
            assert_eq!(hunt(bytes.iter().copied()), Some(expected), "{:02X?}", &bytes[..8]);
        }
    }

    #[test]
    fn junk_before_the_header_and_a_start_in_mid_stream_do_no_harm() {
        assert_eq!(hunt([0; 2052].into_iter().chain(SONG.iter().copied())), Some(Stream::Mpeg));
        assert_eq!(hunt((0..=255).chain(SONG.iter().copied())), Some(Stream::Mpeg));
        assert_eq!(hunt(SONG[1_000..].iter().copied()), Some(Stream::Mpeg));
        let two_frames = SONG[..384 + 7].iter().copied();
        assert_eq!(hunt(two_frames.clone()), Some(Stream::Mpeg));
        assert_eq!(hunt([0xFF; 9].into_iter().chain(two_frames.clone())), Some(Stream::Mpeg));
        assert_eq!(hunt([1, 2, 3].into_iter().chain(two_frames)), None);
    }

    /// The song and the Ogg, reversed bit by bit or shifted, must look like nothing.
    #[test]
    fn a_song_sent_wrongly_is_nothing() {
        for song in [SONG, SONG_OGG] {
            assert_eq!(hunt(song.iter().map(|b| b.reverse_bits())), None);
            for shift in 1..8 {
                let shifted = song.windows(2).map(|w| (u16::from_be_bytes([w[0], w[1]]) >> shift) as u8);
                assert_eq!(hunt(shifted), None, "shift {shift}");
            }
        }
    }

    proptest! {
        #[test]
        fn noise_is_nothing(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
            prop_assert_eq!(hunt(bytes), None);
        }
    }
}
