//! A metadata pair: two blocks that are written in turn, each a log of commits with checksums.
//!
//! Source: littlefs, SPEC.md, "Metadata pairs" and "Metadata tags". Nothing is believed that no checksum covers; a log is at most a block.

use super::BLOCK;
use std::collections::BTreeMap;

/// What one entry of a directory, or the superblock, has in the log.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// Type (0x001 file, 0x002 directory, 0x0ff superblock) and name.
    pub(super) name: Option<(u16, Vec<u8>)>,
    /// Type (0x200 directory, 0x201 data in the log, 0x202 blocks of data) and its data.
    pub(super) place: Option<(u16, Vec<u8>)>,
    /// User attributes.
    pub(super) attributes: BTreeMap<u8, Vec<u8>>,
}

/// A pair as of its last commit.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    /// Entries in the order of their ids.
    pub(super) entries: Vec<Entry>,
    /// The next pair of the list of all, and whether the directory goes on there.
    pub(super) tail: Option<([u32; 2], bool)>,
    /// This pair's part of the state that all pairs have together: a tag and a pair.
    pub(super) state: [u32; 3],
}

/// A tag: type, id, and length of what follows.
#[derive(Clone, Copy)]
struct Tag(u32);

impl Tag {
    const fn kind(self) -> u16 {
        (self.0 >> 20 & 0x7FF) as u16
    }

    const fn id(self) -> usize {
        (self.0 >> 10 & 0x3FF) as usize
    }

    const fn deletes(self) -> bool {
        self.0 & 0x3FF == 0x3FF
    }

    /// Whether it ends a commit with a checksum.
    const fn commits(self) -> bool {
        self.kind() & 0x780 == 0x500
    }

    const fn length(self) -> usize {
        if self.deletes() { 0 } else { (self.0 & 0x3FF) as usize }
    }
}

impl Log {
    /// The newer of the two blocks that has a commit.
    pub(super) fn of(pair: [&[u8]; 2]) -> Option<Self> {
        let revision = |block: &[u8]| word(block, 0).unwrap_or_default();
        let newer_first = if (revision(pair[1]).wrapping_sub(revision(pair[0])) as i32) > 0 { [1, 0] } else { [0, 1] };
        newer_first.into_iter().find_map(|index| Self::parse(pair[index]))
    }

    fn parse(block: &[u8]) -> Option<Self> {
        let block = block.get(..BLOCK)?;
        let committed = Tags::new(block).filter(|(tag, ..)| tag.commits()).last().map(|(_, _, end)| end)?;
        let mut log = Self::default();
        for (tag, data, _) in Tags::new(block).take_while(|(.., end)| *end <= committed) {
            log.apply(tag, data);
        }
        Some(log)
    }

    fn apply(&mut self, tag: Tag, data: &[u8]) {
        let id = tag.id();
        match tag.kind() {
            0x401 if id <= self.entries.len() => self.entries.insert(id, Entry::default()),
            0x4FF if id < self.entries.len() => drop(self.entries.remove(id)),
            0x7FF => {
                for (index, part) in self.state.iter_mut().enumerate() {
                    *part = word(data, 4 * index).unwrap_or_default();
                }
            }
            kind @ (0x600 | 0x601) => {
                self.tail = word(data, 0).zip(word(data, 4)).map(|(a, b)| ([a, b], kind & 1 == 1));
            }
            kind if id < 0x3FF && kind < 0x400 => {
                if id >= self.entries.len() {
                    self.entries.resize(id + 1, Entry::default());
                }
                let entry = &mut self.entries[id];
                let value = (!tag.deletes()).then(|| data.to_vec());
                match kind >> 8 {
                    0 => entry.name = value.map(|value| (kind, value)),
                    2 => entry.place = value.map(|value| (kind, value)),
                    3 => {
                        entry.attributes.remove(&(kind as u8));
                        entry.attributes.extend(value.map(|value| (kind as u8, value)));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

/// The tags of a block with their data and where that ends, up to the first commit whose checksum does not fit.
struct Tags<'a> {
    block: &'a [u8],
    at: usize,
    /// The tag before: each is stored as its difference from that one.
    before: u32,
    crc: u32,
}

impl<'a> Tags<'a> {
    fn new(block: &'a [u8]) -> Self {
        Self { block, at: 4, before: 0xFFFF_FFFF, crc: crc32(0xFFFF_FFFF, &block[..4]) }
    }
}

impl<'a> Iterator for Tags<'a> {
    type Item = (Tag, &'a [u8], usize);

    fn next(&mut self) -> Option<Self::Item> {
        let stored = self.block.get(self.at..self.at + 4)?;
        let tag = Tag(u32::from_be_bytes([stored[0], stored[1], stored[2], stored[3]]) ^ self.before);
        // Bit 31 is set in what was never written.
        let data = self.block.get(self.at + 4..self.at + 4 + tag.length()).filter(|_| tag.0 >> 31 == 0)?;
        self.crc = crc32(self.crc, stored);
        self.before = tag.0;
        if tag.commits() {
            if word(data, 0) != Some(self.crc) {
                self.at = self.block.len();
                return None;
            }
            // The type's lowest bit says what bit 31 of the next commit's first tag looks like.
            self.before ^= u32::from(tag.kind() & 1) << 31;
            self.crc = 0xFFFF_FFFF;
        } else {
            self.crc = crc32(self.crc, data);
        }
        self.at += 4 + tag.length();
        Some((tag, data, self.at))
    }
}

/// The little-endian word at `at`.
pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

/// CRC-32 with the polynomial 0x04c11db7, bits reversed, not inverted at the end.
pub(super) fn crc32(start: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(start, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-32/JAMCRC, which is this one.
    #[test]
    fn the_checksum_is_the_published_one() {
        assert_eq!(crc32(0xFFFF_FFFF, b"123456789"), 0x340B_C6D9);
    }

    #[test]
    fn blocks_without_a_commit_are_no_pair() {
        assert!(Log::of([&[0xFF; BLOCK], &[0xFF; BLOCK]]).is_none());
        assert!(Log::of([&[0; BLOCK], &[0; BLOCK]]).is_none());
        assert!(Log::of([&[], &[]]).is_none());
    }
}
