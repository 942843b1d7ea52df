//! What begins here? Looks for the start of a stream in bytes that belong to none (formats: VS1053.md, 5.5).
//!
//! 1. Ogg, RIFF, MPEG audio and ADTS are found anywhere; other formats only at the start of a file, by their magic numbers (guess).
//! 2. A header of MPEG audio or ADTS counts when another one of the same stream follows right after its frame (guess).
//! 3. An ID3v2 tag is looked through as if it were sound, as the ROM does it (VS1053.md, 5.5), and here with patches as well.

use super::aac::Adts;
use super::mp3::Header;

/// What begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// So many more bytes are needed to tell.
    More(usize),
    /// A confirmed header of MPEG audio.
    Mp3(Header),
    /// A confirmed header of this layer, which SM_LAYER12 forbids.
    NeedsLayer12(u8),
    /// A page of Ogg.
    Ogg,
    /// RIFF WAVE.
    Wav,
    /// FLAC.
    Flac,
    /// A confirmed header of ADTS.
    Adts(Adts),
    /// ADIF.
    Adif,
    /// MP4, with so many zeros of the first box's length before it, which were taken for fill.
    Mp4(usize),
    /// The header of a MIDI file.
    Midi,
    /// A format that is not decoded, by its name.
    Foreign(&'static str),
}

impl Found {
    /// The name of what a VS1053 plays and a VS1003 does not (VLSI, "Migrating VS1003 to VS1053").
    pub fn not_of_vs1003(self) -> Option<&'static str> {
        Some(match self {
            Self::NeedsLayer12(_) => "MPEG layer I or II",
            Self::Ogg => "Ogg Vorbis",
            Self::Adts(_) => "AAC in ADTS",
            Self::Adif => "AAC in ADIF",
            Self::Mp4(_) => "AAC in MP4",
            _ => return None,
        })
    }
}

/// What begins, after how many bytes of nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sniffed {
    /// Bytes before it.
    pub skip: usize,
    /// It.
    pub what: Found,
}

const RIFF_HEAD: usize = 12;

/// What the chip knows at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Knows {
    /// SM_LAYER12.
    pub layer12: bool,
    /// VLSI's patch with the FLAC decoder runs.
    pub flac: bool,
}

/// Looks through `window`. `start` says that it may be the start of a file.
pub fn find(window: &[u8], start: bool, knows: Knows) -> Sniffed {
    if start {
        if window.len() < RIFF_HEAD {
            return Sniffed { skip: 0, what: Found::More(RIFF_HEAD - window.len()) };
        }
        if window.starts_with(b"ADIF") {
            return Sniffed { skip: 0, what: Found::Adif };
        }
        if knows.flac && window.starts_with(b"fLaC") {
            return Sniffed { skip: 0, what: Found::Flac };
        }
        // The first box has at most 65,535 bytes.
        if let Some(at @ 1..=4) = window[..8].windows(4).position(|four| four == b"ftyp")
            && window[..at.saturating_sub(2)].iter().all(|&byte| byte == 0)
        {
            return Sniffed { skip: 0, what: Found::Mp4(4 - at) };
        }
        if window.starts_with(b"MThd") {
            return Sniffed { skip: 0, what: Found::Midi };
        }
        if let Some(name) = foreign(window) {
            return Sniffed { skip: 0, what: Found::Foreign(name) };
        }
    }
    for skip in 0..window.len() {
        if let Some(what) = at(&window[skip..], knows.layer12) {
            return Sniffed { skip, what };
        }
    }
    Sniffed { skip: window.len(), what: Found::More(1) }
}

/// What may begin at the front of `rest`; `None` for nothing.
fn at(rest: &[u8], layer12: bool) -> Option<Found> {
    let prefix = |magic: &[u8]| {
        let n = rest.len().min(magic.len());
        (rest[..n] == magic[..n]).then_some(n == magic.len())
    };
    match rest[0] {
        0xFF => {
            let more = |want: usize| Some(Found::More(want - rest.len()));
            if rest.len() < 4 {
                return if rest.get(1).is_none_or(|b| b & 0xE0 == 0xE0) { more(4) } else { None };
            }
            if rest[1] & 0xF6 == 0xF0 {
                return adts(rest);
            }
            let header = Header::at(rest)?;
            if rest.len() < header.bytes + 4 {
                return more(header.bytes + 4);
            }
            let next = Header::at(&rest[header.bytes..])?;
            let allowed = header.layer == 3 || layer12;
            next.continues(&header).then_some(if allowed {
                Found::Mp3(header)
            } else {
                Found::NeedsLayer12(header.layer)
            })
        }
        b'O' => prefix(b"OggS").map(|whole| if whole { Found::Ogg } else { Found::More(4 - rest.len()) }),
        b'R' => match (prefix(b"RIFF")?, rest.len()) {
            (true, RIFF_HEAD..) => (&rest[8..RIFF_HEAD] == b"WAVE").then_some(Found::Wav),
            _ => Some(Found::More(RIFF_HEAD - rest.len())),
        },
        _ => None,
    }
}

/// A confirmed header of ADTS, if there is one at the front of `rest`.
fn adts(rest: &[u8]) -> Option<Found> {
    if rest.len() < Adts::HEAD {
        return Some(Found::More(Adts::HEAD - rest.len()));
    }
    let header = Adts::at(rest)?;
    let Some(next) = rest.get(header.bytes..header.bytes + Adts::HEAD) else {
        return Some(Found::More(header.bytes + Adts::HEAD - rest.len()));
    };
    Adts::at(next)?.continues(&header).then_some(Found::Adts(header))
}

/// The format that begins here by its magic number, if it is one that the chip, with or without its patches, knows and
/// this model does not.
fn foreign(head: &[u8]) -> Option<&'static str> {
    Some(match head {
        [b'f', b'L', b'a', b'C', ..] => "FLAC",
        [0x56, b, ..] if b & 0xE0 == 0xE0 => "AAC in LATM",
        [0x30, 0x26, 0xB2, 0x75, ..] => "WMA",
        [b'D', b'S', b'D', b' ', ..] | [b'F', b'R', b'M', b'8', ..] => "DSD",
        // Layer III of any version with bit rate index 0 and a sample rate.
        [0xFF, b, c, ..] if b & 0xE6 == 0xE2 && b & 0x18 != 0x08 && c & 0xF0 == 0 && c & 0x0C != 0x0C => {
            "MP3 in free format, of which the datasheet says nothing,"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OFF: Knows = Knows { layer12: false, flac: false };
    const ALL: Knows = Knows { layer12: true, flac: false };

    fn frame(fill: u8) -> Vec<u8> {
        let mut f = vec![0xFF, 0xFB, 0x90, 0x64];
        f.resize(417, fill);
        f
    }

    #[test]
    fn a_header_counts_when_the_next_one_follows() {
        let two = [frame(0), frame(0)].concat();
        assert!(matches!(find(&two, true, OFF), Sniffed { skip: 0, what: Found::Mp3(h) } if h.bytes == 417));
        assert_eq!(find(&two[..418], true, OFF), Sniffed { skip: 0, what: Found::More(3) });
        let one = [frame(0), vec![0; 417]].concat();
        assert_eq!(find(&one, true, OFF), Sniffed { skip: one.len(), what: Found::More(1) });
    }

    #[test]
    fn layers_1_and_2_need_their_bit() {
        let mut frame = vec![0xFF, 0xFD, 0x84, 0x00];
        frame.resize(384, 0);
        let two = frame.repeat(2);
        assert!(matches!(find(&two, true, ALL).what, Found::Mp3(h) if (h.layer, h.bytes) == (2, 384)));
        assert_eq!(find(&two, true, OFF).what, Found::NeedsLayer12(2));
    }

    #[test]
    fn a_header_inside_garbage_is_found() {
        let bytes = [b"ID3\x04 not audio \xFF\xFB".to_vec(), frame(1), frame(1)].concat();
        assert!(matches!(find(&bytes, false, OFF), Sniffed { skip: 17, what: Found::Mp3(_) }));
    }

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let name = |head: &[u8]| find(&[head, &[0; 12]].concat(), true, ALL).what;
        assert_eq!(name(b"fLaC"), Found::Foreign("FLAC"));
        assert_eq!(name(b"\0\0\0\x20ftypM4A "), Found::Mp4(0));
        assert_eq!(name(b"\x20ftypM4A "), Found::Mp4(3));
        assert_eq!(name(b"\x01\x20ftypM4A "), Found::Mp4(2));
        let adts = [0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        assert!(matches!(name(&adts.repeat(2)), Found::Adts(frame) if frame.bytes == 16));
        assert!(!matches!(name(&adts), Found::Adts(_)), "one is none");
        assert_eq!(name(b"ADIF"), Found::Adif);
        assert!(matches!(name(&[0xFF, 0xFB, 0x04, 0x64]), Found::Foreign(what) if what.contains("free format")));
        assert_eq!(name(b"OggS"), Found::Ogg);
        assert_eq!(name(b"RIFF\xFF\xFF\xFF\xFFWAVE"), Found::Wav);
    }

    proptest! {
        /// However the bytes arrive, hunting finds the same.
        #[test]
        fn what_is_found_does_not_depend_on_how_much_was_seen_before(
            junk in prop::collection::vec(prop_oneof![Just(0xFFu8), Just(b'O'), Just(b'R'), any::<u8>()], 0..40),
            cut in 0usize..40,
        ) {
            let all = [junk.clone(), frame(0), frame(0)].concat();
            let whole = find(&all, false, OFF);
            let early = find(&all[..cut.min(junk.len())], false, OFF);
            let late = find(&all[early.skip..], false, OFF);
            prop_assert_eq!((early.skip + late.skip, late.what), (whole.skip, whole.what));
        }
    }
}
