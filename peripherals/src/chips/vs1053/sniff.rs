//! What begins here? Looks for the start of a stream in bytes that belong to none.
//!
//! 1. Ogg, RIFF and MP3 are found anywhere; other formats only at the start of a file, by their magic numbers.
//! 2. An MP3 header counts when another one of the same stream follows right after its frame.

use super::mp3::Header;

/// What begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// So many more bytes are needed to tell.
    More(usize),
    /// A confirmed MP3 header.
    Mp3(Header),
    /// A page of Ogg.
    Ogg,
    /// RIFF WAVE.
    Wav,
    /// The header of a MIDI file.
    Midi,
    /// A format that is not decoded, by its name.
    Foreign(&'static str),
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

/// Looks through `window`. `start` says that it may be the start of a file; `layer12` is SM_LAYER12.
pub fn find(window: &[u8], start: bool, layer12: bool) -> Sniffed {
    if start {
        if window.len() < RIFF_HEAD {
            return Sniffed { skip: 0, what: Found::More(RIFF_HEAD - window.len()) };
        }
        if window.starts_with(b"MThd") {
            return Sniffed { skip: 0, what: Found::Midi };
        }
        if let Some(name) = foreign(window, layer12) {
            return Sniffed { skip: 0, what: Found::Foreign(name) };
        }
    }
    for skip in 0..window.len() {
        if let Some(what) = at(&window[skip..]) {
            return Sniffed { skip, what };
        }
    }
    Sniffed { skip: window.len(), what: Found::More(1) }
}

/// What may begin at the front of `rest`; `None` for nothing.
fn at(rest: &[u8]) -> Option<Found> {
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
            let header = Header::at(rest)?;
            if rest.len() < header.bytes + 4 {
                return more(header.bytes + 4);
            }
            let next = Header::at(&rest[header.bytes..])?;
            next.continues(&header).then_some(Found::Mp3(header))
        }
        b'O' => prefix(b"OggS").map(|whole| if whole { Found::Ogg } else { Found::More(4 - rest.len()) }),
        b'R' => match (prefix(b"RIFF")?, rest.len()) {
            (true, RIFF_HEAD..) => (&rest[8..RIFF_HEAD] == b"WAVE").then_some(Found::Wav),
            _ => Some(Found::More(RIFF_HEAD - rest.len())),
        },
        _ => None,
    }
}

/// The format that begins here by its magic number, if it is one that the chip, with or without its patches, knows and
/// this model does not.
fn foreign(head: &[u8], layer12: bool) -> Option<&'static str> {
    Some(match head {
        [b'f', b'L', b'a', b'C', ..] => "FLAC",
        [b'A', b'D', b'I', b'F', ..] => "AAC in ADIF",
        // The first atom's length, of which zeros in front may have been dropped as fill.
        [_, b'f', b't', b'y', b'p', ..] | [_, _, b'f', b't', b'y', b'p', ..] => "AAC in MP4",
        [0, 0, _, _, b'f', b't', b'y', b'p', ..] => "AAC in MP4",
        [0x56, b, ..] if b & 0xE0 == 0xE0 => "AAC in LATM",
        [0x30, 0x26, 0xB2, 0x75, ..] => "WMA",
        // ADTS has twelve sync bits and layer 0.
        [0xFF, b, ..] if b & 0xF6 == 0xF0 => "AAC in ADTS",
        [0xFF, b, ..] if layer12 && matches!(b & 0xFE, 0xFC | 0xF4) => "MPEG layer II",
        [0xFF, b, ..] if layer12 && matches!(b & 0xFE, 0xFE | 0xF6) => "MPEG layer I",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(fill: u8) -> Vec<u8> {
        let mut f = vec![0xFF, 0xFB, 0x90, 0x64];
        f.resize(417, fill);
        f
    }

    #[test]
    fn a_header_counts_when_the_next_one_follows() {
        let two = [frame(0), frame(0)].concat();
        assert!(matches!(find(&two, true, false), Sniffed { skip: 0, what: Found::Mp3(h) } if h.bytes == 417));
        assert_eq!(find(&two[..418], true, false), Sniffed { skip: 0, what: Found::More(3) });
        let one = [frame(0), vec![0; 417]].concat();
        assert_eq!(find(&one, true, false), Sniffed { skip: one.len(), what: Found::More(1) });
    }

    #[test]
    fn a_header_inside_garbage_is_found() {
        let bytes = [b"ID3\x04 not audio \xFF\xFB".to_vec(), frame(1), frame(1)].concat();
        assert!(matches!(find(&bytes, false, false), Sniffed { skip: 17, what: Found::Mp3(_) }));
    }

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let name = |head: &[u8]| find(&[head, &[0; 12]].concat(), true, true).what;
        assert_eq!(name(b"fLaC"), Found::Foreign("FLAC"));
        assert_eq!(name(b"\0\0\0\x20ftypM4A "), Found::Foreign("AAC in MP4"));
        assert_eq!(name(&[0xFF, 0xF1, 0x50, 0x80]), Found::Foreign("AAC in ADTS"));
        assert_eq!(name(&[0xFF, 0xFD, 0x90, 0x64]), Found::Foreign("MPEG layer II"));
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
            let whole = find(&all, false, false);
            let early = find(&all[..cut.min(junk.len())], false, false);
            let late = find(&all[early.skip..], false, false);
            prop_assert_eq!((early.skip + late.skip, late.what), (whole.skip, whole.what));
        }
    }
}
