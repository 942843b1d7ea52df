//! From an image to its files.
//!
//! Notes:
//! 1. Versions 2.0 and 2.1 on disk. Of the state that all pairs have together, an unfinished move hides one entry; orphans are pairs of
//!    the list that no directory names, and are not looked at.
//! 2. The list of all pairs and every directory visit a pair once, and a file at most as many blocks as there are: nothing is endless.

use super::super::tree::{MOST_DEPTH, join, unfit_for_host};
use super::super::{DriveError, Kind, Node, Taken};
use super::BLOCK;
use super::log::{Entry, Log, word};
use std::collections::BTreeSet;

type Pair = [u32; 2];

/// See [`super::super::take`].
pub(in crate::drive) fn take(bytes: &[u8]) -> Result<Taken, DriveError> {
    let mut image = Image { bytes, moving: None, seen: BTreeSet::new(), room: bytes.len(), taken: Taken::default() };
    let root = image.mount().map_err(|why| DriveError::NoFileSystem { kind: Kind::LittleFs, why })?;
    image.directory(root, "", 0);
    Ok(image.taken)
}

struct Image<'a> {
    bytes: &'a [u8],
    /// The pair and the id of an entry that was about to move away.
    moving: Option<(Pair, usize)>,
    /// Pairs that were read as part of a directory, by their smaller block.
    seen: BTreeSet<u32>,
    /// Bytes that files may still have: together they cannot be bigger than what they lie on.
    room: usize,
    taken: Taken,
}

impl<'a> Image<'a> {
    fn block(&self, number: u32) -> Option<&'a [u8]> {
        let start = (number as usize).checked_mul(BLOCK)?;
        self.bytes.get(start..start.checked_add(BLOCK)?)
    }

    fn log(&self, pair: Pair) -> Option<Log> {
        Log::of([self.block(pair[0])?, self.block(pair[1])?])
    }

    /// Follows the list of all pairs: the last one with a superblock is the root, and together they have the state.
    fn mount(&mut self) -> Result<Pair, String> {
        let mut root = None;
        let mut state = [0; 3];
        let mut next = Some([0, 1]);
        let mut listed = BTreeSet::new();
        while let Some(pair) = next.filter(|pair| *pair != [u32::MAX; 2]) {
            if !listed.insert(pair[0].min(pair[1])) {
                return Err("its list of directories goes in a circle".into());
            }
            let Some(log) = self.log(pair) else {
                // The first pair decides whether there is a file system; later ones are missed where they are needed.
                if root.is_none() {
                    return Err("there is no superblock".into());
                }
                self.taken.problem(format!("the blocks {} and {} have no valid commit", pair[0], pair[1]));
                break;
            };
            if let Some(superblock) = log.entries.first().filter(|entry| is_superblock(entry)) {
                self.check(superblock)?;
                root = Some(pair);
            }
            state.iter_mut().zip(log.state).for_each(|(all, part)| *all ^= part);
            next = log.tail.map(|(pair, _)| pair);
        }
        // Bits 30 to 28 of the tag are set while an entry moves.
        if state[0] & 0x7000_0000 != 0 {
            self.moving = Some(([state[1], state[2]], (state[0] >> 10 & 0x3FF) as usize));
        }
        root.ok_or_else(|| "there is no superblock".into())
    }

    fn check(&self, superblock: &Entry) -> Result<(), String> {
        let data = superblock.place.as_ref().map(|(_, data)| data.as_slice()).unwrap_or_default();
        let field = |index: usize| word(data, 4 * index).ok_or("its superblock is too short");
        let (version, block, count) = (field(0)?, field(1)?, field(2)?);
        if version >> 16 != 2 || version & 0xFFFF > 1 {
            return Err(format!("its version is {}.{}, and 2.0 and 2.1 are known", version >> 16, version & 0xFFFF));
        }
        if block as usize != BLOCK {
            return Err(format!("its blocks have {block} bytes, and the firmware's {BLOCK}"));
        }
        if count as usize > self.bytes.len() / BLOCK {
            return Err("it claims to be bigger than its place".into());
        }
        Ok(())
    }

    fn directory(&mut self, head: Pair, path: &str, depth: usize) {
        let mut next = Some(head);
        while let Some(pair) = next.take() {
            if !self.seen.insert(pair[0].min(pair[1])) {
                return self.taken.problem(format!("the directory `/{path}` ends early: it goes in a circle"));
            }
            let Some(log) = self.log(pair) else {
                return self.taken.problem(format!("the directory `/{path}` ends early: it has no valid commit"));
            };
            for (id, entry) in log.entries.iter().enumerate() {
                let moves = self.moving.is_some_and(|(of, moved)| moved == id && same(of, pair));
                if moves || is_superblock(entry) {
                    continue;
                }
                if !self.taken.has_room() {
                    return;
                }
                self.entry(entry, path, depth);
            }
            next = log.tail.filter(|(_, goes_on)| *goes_on).map(|(pair, _)| pair);
        }
    }

    fn entry(&mut self, entry: &Entry, path: &str, depth: usize) {
        let (Some((kind, name)), Some((how, place))) = (&entry.name, &entry.place) else {
            return self.taken.problem(format!("an entry of `/{path}` is left out: it is not whole"));
        };
        let Ok(name) = std::str::from_utf8(name) else {
            return self.taken.problem(format!("`{}` is left out: its name is not UTF-8", name.escape_ascii()));
        };
        let at = join(path, name);
        if let Some(why) = unfit_for_host(name) {
            return self.taken.problem(format!("`{}` is left out: its name {why}", at.escape_default()));
        }
        if self.taken.tree.get(&at).is_some() {
            return self.taken.problem(format!("a second `{at}` is left out"));
        }
        let mut node = Node { data: None, attributes: entry.attributes.clone() };
        match (kind, how) {
            (0x001, 0x201) => node.data = self.pay(place.len()).then(|| place.clone()),
            (0x001, 0x202) => {
                node.data =
                    word(place, 0).zip(word(place, 4)).and_then(|(head, size)| self.blocks(head, size as usize));
            }
            (0x002, 0x200) if depth + 1 >= MOST_DEPTH => {
                return self.taken.problem(format!("`{at}` is left out: it lies {MOST_DEPTH} directories deep"));
            }
            (0x002, 0x200) => {
                let Some(head) = word(place, 0).zip(word(place, 4)) else {
                    return self.taken.problem(format!("`{at}` is left out: it lies nowhere"));
                };
                self.taken.tree.insert(&at, node);
                return self.directory([head.0, head.1], &at, depth + 1);
            }
            _ => return self.taken.problem(format!("`{at}` is left out: it is neither file nor directory")),
        }
        if node.data.is_none() {
            return self.taken.problem(format!("`{at}` is left out: its blocks are damaged"));
        }
        self.taken.tree.insert(at, node);
    }

    fn pay(&mut self, bytes: usize) -> bool {
        self.room.checked_sub(bytes).map(|left| self.room = left).is_some()
    }

    /// A file's data in blocks, each with pointers to earlier ones before its data (SPEC.md, "CTZ skip-lists").
    fn blocks(&mut self, head: u32, size: usize) -> Option<Vec<u8>> {
        if size == 0 || !self.pay(size) {
            return (size == 0).then(Vec::new);
        }
        let last = last_block(size - 1);
        let mut chain = Vec::new();
        let mut number = head;
        for index in (0..=last).rev() {
            let block = self.block(number)?;
            chain.push(&block[pointers(index)..]);
            number = word(block, 0)?;
        }
        let mut data: Vec<u8> = chain.into_iter().rev().flatten().copied().collect();
        data.truncate(size);
        (data.len() == size).then_some(data)
    }
}

fn is_superblock(entry: &Entry) -> bool {
    entry.name.as_ref().is_some_and(|(kind, name)| *kind == 0x0FF && name == b"littlefs")
}

/// Whether two pairs are one: which of its blocks comes first says only which was written first.
fn same(a: Pair, b: Pair) -> bool {
    a == b || a == [b[1], b[0]]
}

/// Bytes of pointers at the start of a file's block: as many pointers as its number has zeros at the end, and one.
fn pointers(index: usize) -> usize {
    if index == 0 { 0 } else { 4 * (index.trailing_zeros() as usize + 1) }
}

/// The number of the block that has the byte at `offset`, found by the same formula as in DESIGN.md, "CTZ skip-lists".
fn last_block(offset: usize) -> usize {
    let most = BLOCK - 8;
    match offset / most {
        0 => 0,
        about => (offset - 4 * ((about - 1).count_ones() as usize + 2)) / most,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formula against counting.
    #[test]
    fn the_last_block_of_a_file_is_the_one_that_counting_finds() {
        let (mut index, mut start) = (0, 0);
        for offset in 0..400 * BLOCK {
            if offset - start == BLOCK - pointers(index) {
                (index, start) = (index + 1, offset);
            }
            assert_eq!(last_block(offset), index, "{offset}");
        }
    }
}
