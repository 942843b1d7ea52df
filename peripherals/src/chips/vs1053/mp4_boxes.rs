//! Boxes of MP4 and QuickTime files, read as their bytes pass (ISO/IEC 14496-12, 4.2 and 8; ISO/IEC 14496-14, 5.6).
//!
//! Of the tables only what leads to the blocks of sound is kept: sizes of samples, places of chunks, samples in a chunk.
//! 1. Tables of more than [`MOST_ENTRIES`] entries are cut there: at 44.1 kHz that is six hours of sound.

use super::mp4_config::{Sound, sound};
use std::sync::Arc;

/// Entries of each table that are kept.
const MOST_ENTRIES: usize = 1 << 20;
/// Longest box whose content is read as a whole.
const MOST_CONTENT: u64 = 4096;
/// Boxes in one another.
const MOST_DEPTH: usize = 8;

/// The tables of a track.
#[derive(Clone, Debug, Default)]
pub struct Track {
    handler: [u8; 4],
    /// How its sound is coded, once that is known.
    pub sound: Option<Sound>,
    /// Size of every sample, if they are all the same.
    same_size: u32,
    sizes: Vec<u16>,
    samples: u32,
    chunks: Vec<u64>,
    /// First chunk, from 1, and samples in each from there on.
    runs: Vec<(u32, u32)>,
}

impl Track {
    /// Bytes of a sample.
    pub fn size(&self, sample: usize) -> Option<u32> {
        match self.same_size {
            0 => self.sizes.get(sample).map(|&size| size.into()),
            size => ((sample as u64) < u64::from(self.samples)).then_some(size),
        }
    }

    /// Where a chunk begins in the file, and how many samples it holds.
    pub fn chunk(&self, chunk: usize) -> Option<(u64, u32)> {
        let after = self.runs.partition_point(|&(first, _)| first as usize <= chunk + 1);
        let (_, samples) = self.runs.get(after.checked_sub(1)?)?;
        Some((*self.chunks.get(chunk)?, *samples))
    }
}

/// What a byte completed.
#[derive(Clone, Debug)]
pub enum Passed {
    /// Nothing.
    Byte,
    /// The head of the media data: the track of sound, if the file has had its tables before.
    Data(Option<Arc<Track>>),
    /// The file makes no sense.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Head,
    Skip,
    Content,
    /// Entries of this table, of so many bytes, so many to come.
    Table {
        kind: [u8; 4],
        width: usize,
        left: u32,
    },
    /// The media data and all that follows.
    Data,
}

/// Reads boxes.
#[derive(Clone, Debug)]
pub struct Boxes {
    at: At,
    /// Bytes since the start of the file.
    pub position: u64,
    /// Where the box ends that is being skipped or read.
    end: u64,
    /// Where the boxes end that this one is in.
    around: Vec<u64>,
    kind: [u8; 4],
    buffer: Vec<u8>,
    track: Track,
    chosen: Option<Arc<Track>>,
}

impl Default for Boxes {
    fn default() -> Self {
        Self {
            at: At::Head,
            position: 0,
            end: 0,
            around: Vec::new(),
            kind: [0; 4],
            buffer: Vec::new(),
            track: Track::default(),
            chosen: None,
        }
    }
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0, |value, &byte| value << 8 | u32::from(byte))
}

impl Boxes {
    /// The next byte of the file.
    pub fn push(&mut self, byte: u8) -> Passed {
        self.position += 1;
        match self.at {
            At::Head => {
                self.buffer.push(byte);
                return self.head();
            }
            At::Content => {
                self.buffer.push(byte);
                if self.position == self.end {
                    self.content();
                }
            }
            At::Table { kind, width, left } => {
                self.buffer.push(byte);
                if self.buffer.len() == width {
                    self.at = if left > 1 { At::Table { kind, width, left: left - 1 } } else { At::Skip };
                    self.entry(kind);
                    self.buffer.clear();
                }
            }
            At::Skip => {}
            At::Data => return Passed::Byte,
        }
        self.close();
        Passed::Byte
    }

    fn head(&mut self) -> Passed {
        let long = self.buffer.len() >= 8 && word(&self.buffer) == 1;
        if self.buffer.len() < if long { 16 } else { 8 } {
            return Passed::Byte;
        }
        let head = self.buffer.len() as u64;
        let size = match (word(&self.buffer), long) {
            (0, _) => u64::MAX / 2,
            (_, true) => u64::from(word(&self.buffer[8..])) << 32 | u64::from(word(&self.buffer[12..])),
            (size, _) => size.into(),
        };
        self.kind = [self.buffer[4], self.buffer[5], self.buffer[6], self.buffer[7]];
        self.buffer.clear();
        let Some(body) = size.checked_sub(head).filter(|&body| body < u64::MAX / 4 || size == u64::MAX / 2) else {
            return Passed::Broken;
        };
        self.end = self.position + body;
        match &self.kind {
            b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" if self.around.len() < MOST_DEPTH => {
                if &self.kind == b"trak" {
                    self.track = Track::default();
                }
                self.around.push(self.end);
                self.close();
                return Passed::Byte;
            }
            b"mdat" => {
                self.at = At::Data;
                return Passed::Data(self.chosen.clone());
            }
            // QuickTime has another handler in minf.
            b"hdlr" if self.around.len() == 3 && body <= MOST_CONTENT => self.at = At::Content,
            b"stsd" if body <= MOST_CONTENT => self.at = At::Content,
            b"stsz" => self.at = At::Table { kind: *b"stsz", width: 12, left: 1 },
            b"stsc" | b"stco" | b"co64" => self.at = At::Table { kind: self.kind, width: 8, left: 1 },
            _ => self.at = At::Skip,
        }
        self.close();
        Passed::Byte
    }

    /// Leaves the boxes that end here.
    fn close(&mut self) {
        if self.at != At::Head && self.position >= self.end {
            self.at = At::Head;
            self.buffer.clear();
        }
        while self.at == At::Head && self.around.last().is_some_and(|&end| self.position >= end) {
            self.around.pop();
            // That was a track, or something in it; its sound is known when both of them are.
            let sound = self.track.handler == *b"soun" && self.track.sound.is_some() && !self.track.chunks.is_empty();
            if self.around.len() == 1 && sound && self.chosen.is_none() {
                self.chosen = Some(Arc::new(core::mem::take(&mut self.track)));
            }
        }
    }

    fn content(&mut self) {
        match &self.kind {
            b"hdlr" if self.buffer.len() >= 12 => self.track.handler.copy_from_slice(&self.buffer[8..12]),
            b"stsd" => self.track.sound = sound(&self.buffer),
            _ => {}
        }
    }

    /// An entry of a table is in the buffer; the first time it is the head of the table.
    fn entry(&mut self, kind: [u8; 4]) {
        let (entry, track) = (&self.buffer, &mut self.track);
        let number = |at: usize| word(&entry[at..]);
        // Heads carry the kind as the file does; entries the same in capitals.
        let (next, width, count) = match &kind {
            b"stsz" => {
                (track.same_size, track.samples) = (number(4), number(8));
                (*b"STSZ", 4, if track.same_size == 0 { track.samples } else { 0 })
            }
            b"stsc" => (*b"STSC", 12, number(4)),
            b"stco" => (*b"STCO", 4, number(4)),
            b"co64" => (*b"CO64", 8, number(4)),
            b"STSZ" => {
                if track.sizes.len() < MOST_ENTRIES {
                    track.sizes.push(number(0).min(u16::MAX.into()) as u16);
                }
                return;
            }
            b"STSC" => {
                if track.runs.len() < MOST_ENTRIES {
                    track.runs.push((number(0), number(4)));
                }
                return;
            }
            _ => {
                let place =
                    if entry.len() == 8 { u64::from(number(0)) << 32 | u64::from(number(4)) } else { number(0).into() };
                if track.chunks.len() < MOST_ENTRIES {
                    track.chunks.push(place);
                }
                return;
            }
        };
        if count > 0 {
            self.at = At::Table { kind: next, width, left: count };
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes(), kind.as_slice(), body].concat()
    }

    pub fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn description(config: &[u8]) -> Vec<u8> {
        let length = config.len() as u8;
        let esds = [
            &[0, 0, 0, 0, 3, 0x80, 0x80, 0x80, 23 + length, 0, 1, 0, 4, 15 + length, 0x40, 0x15],
            [0; 11].as_slice(),
            &[5, length],
            config,
        ]
        .concat();
        let mut entry = vec![0; 28];
        entry[7] = 1;
        entry.extend(boxed(b"esds", &esds));
        [words(&[0, 1]), boxed(b"mp4a", &entry)].concat()
    }

    /// An M4A file up to and with the head of its data: two chunks of two blocks and one of one, of `sizes`, with a gap of 5 bytes
    /// between chunks. `early` puts the tables first. Gives where the data begin as well.
    pub fn file(config: &[u8], sizes: &[u32; 5], early: bool) -> (Vec<u8>, usize) {
        let ftyp = boxed(b"ftyp", b"M4A \0\0\0\0M4A mp42");
        let build = |data: u32| {
            let second = data + sizes[0] + sizes[1] + 5;
            let third = second + sizes[2] + sizes[3] + 5;
            let stbl = [
                boxed(b"stsd", &description(config)),
                boxed(b"stts", &words(&[0, 1, 5, 1024])),
                boxed(b"stsc", &words(&[0, 2, 1, 2, 1, 3, 1, 1])),
                boxed(b"stsz", &[words(&[0, 0, 5]), words(sizes)].concat()),
                boxed(b"stco", &words(&[0, 3, data, second, third])),
            ]
            .concat();
            let mdia = [
                boxed(b"hdlr", &[words(&[0, 0]), b"soun".to_vec(), vec![0; 13]].concat()),
                boxed(b"minf", &boxed(b"stbl", &stbl)),
            ];
            let trak = boxed(b"trak", &boxed(b"mdia", &mdia.concat()));
            boxed(b"moov", &[boxed(b"mvhd", &[0; 100]), trak].concat())
        };
        let head = [words(&[8 + 10 + sizes.iter().sum::<u32>()]), b"mdat".to_vec()].concat();
        let file = if early {
            let length = ftyp.len() + build(0).len() + 8;
            [ftyp, build(length as u32), head].concat()
        } else {
            [ftyp, head].concat()
        };
        let data = file.len();
        (file, data)
    }

    fn read(bytes: &[u8]) -> Option<(usize, Option<Arc<Track>>)> {
        let mut boxes = Boxes::default();
        bytes.iter().enumerate().find_map(|(n, &byte)| match boxes.push(byte) {
            Passed::Data(track) => Some((n + 1, track)),
            _ => None,
        })
    }

    #[test]
    fn tables_lead_to_the_blocks() {
        let (file, data) = file(&[0x12, 0x10], &[10, 20, 30, 40, 50], true);
        let (at, track) = read(&file).unwrap();
        let track = track.expect("the tables came first");
        assert_eq!(at, data);
        assert_eq!(track.sound, Some(Sound::Aac { rate_hz: 44_100, channels: 2, more: None }));
        assert_eq!((0..6).map_while(|n| track.size(n)).collect::<Vec<_>>(), [10, 20, 30, 40, 50]);
        let data = data as u64;
        let chunks: Vec<_> = (0..4).map_while(|n| track.chunk(n)).collect();
        assert_eq!(chunks, [(data, 2), (data + 35, 2), (data + 110, 1)]);
    }

    #[test]
    fn data_before_the_tables_have_no_track() {
        assert!(matches!(read(&file(&[0x12, 0x10], &[1; 5], false).0), Some((_, None))));
    }

    #[test]
    fn a_file_that_is_cut_or_changed_anywhere_is_read_without_harm() {
        let (file, _) = file(&[0x12, 0x10], &[10, 20, 30, 40, 50], true);
        for at in 0..file.len() {
            for value in [0, 1, 0x7F, 0xFF] {
                let mut bytes = file.clone();
                bytes[at] = value;
                if let Some((_, Some(track))) = read(&bytes) {
                    for n in 0..6 {
                        let _ = (track.size(n), track.chunk(n));
                    }
                }
            }
        }
    }
}
