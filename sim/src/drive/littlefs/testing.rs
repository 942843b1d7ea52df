//! littlefs's own sources on a flash that can lose its power, and images with something wrong in them under a right checksum.

use super::log::crc32;
use super::{BLOCK, FEWEST, Outcome};
use littlefs2::consts::{U4, U128};
use littlefs2::driver::Storage;
use littlefs2::fs::Filesystem;
use littlefs2::io::Error;

/// A flash of a size that the image says: littlefs takes the number of blocks from the superblock when it is told 0.
#[derive(Clone)]
pub(in crate::drive) struct Flash {
    pub(in crate::drive) bytes: Vec<u8>,
    /// Programs and erasures until nothing more is stored.
    pub(in crate::drive) writes_left: Option<u32>,
}

impl Flash {
    fn powered(&mut self) -> Outcome<()> {
        match &mut self.writes_left {
            Some(0) => Err(Error::IO),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Storage for Flash {
    const READ_SIZE: usize = 32;
    const WRITE_SIZE: usize = 32;
    const BLOCK_SIZE: usize = BLOCK;
    const BLOCK_COUNT: usize = 0;
    const BLOCK_CYCLES: isize = 100;
    type CACHE_SIZE = U128;
    type LOOKAHEAD_SIZE = U4;

    fn read(&mut self, offset: usize, into: &mut [u8]) -> Outcome<usize> {
        into.copy_from_slice(&self.bytes[offset..offset + into.len()]);
        Ok(into.len())
    }

    fn write(&mut self, offset: usize, data: &[u8]) -> Outcome<usize> {
        self.powered()?;
        for (old, new) in self.bytes[offset..].iter_mut().zip(data) {
            assert_eq!(*old & new, *new, "a bit is set without an erasure");
            *old = *new;
        }
        Ok(data.len())
    }

    fn erase(&mut self, offset: usize, size: usize) -> Outcome<usize> {
        self.powered()?;
        self.bytes[offset..offset + size].fill(0xFF);
        Ok(size)
    }
}

/// A new file system of `kb` KB.
pub(in crate::drive) fn new(kb: usize) -> Flash {
    assert!(kb << 10 >= FEWEST * BLOCK);
    let bytes = super::fill(&vec![0xFF; kb << 10], true, &Default::default()).unwrap();
    Flash { bytes, writes_left: None }
}

/// Mounts it anew and does something.
#[track_caller]
pub(in crate::drive) fn with(flash: &mut Flash, act: impl FnOnce(&Filesystem<'_, Flash>) -> Outcome<()>) {
    try_with(flash, act).unwrap();
}

/// As [`with`]; it may fail.
pub(in crate::drive) fn try_with(
    flash: &mut Flash,
    act: impl FnOnce(&Filesystem<'_, Flash>) -> Outcome<()>,
) -> Outcome<()> {
    Filesystem::mount_and_then(flash, act)
}

/// Replaces the name `old` by `new`, equally long, in every log, and makes the checksums right again.
pub(in crate::drive) fn rename_raw(image: &mut [u8], old: &str, new: &str) {
    edit(image, |kind, data| {
        if kind == 0x001 && data == old.as_bytes() {
            data.copy_from_slice(new.as_bytes());
        }
    });
}

/// Points the tails of the log in pair `from` (by the order of blocks) to another pair.
pub(in crate::drive) fn point_tail(image: &mut [u8], from: usize, to: [u32; 2]) {
    edit(&mut image[from * 2 * BLOCK..][..2 * BLOCK], |kind, data| {
        if kind & 0x7FE == 0x600 {
            data[..4].copy_from_slice(&to[0].to_le_bytes());
            data[4..8].copy_from_slice(&to[1].to_le_bytes());
        }
    });
}

/// Goes through the logs of all blocks: type and data of each tag.
fn edit(image: &mut [u8], mut change: impl FnMut(u16, &mut [u8])) {
    for block in image.chunks_mut(BLOCK) {
        let (mut at, mut before, mut crc) = (4, 0xFFFF_FFFFu32, crc32(0xFFFF_FFFF, &block[..4]));
        while at + 4 <= BLOCK {
            let stored: [u8; 4] = block[at..at + 4].try_into().unwrap();
            let tag = u32::from_be_bytes(stored) ^ before;
            let size = if tag & 0x3FF == 0x3FF { 0 } else { (tag & 0x3FF) as usize };
            if tag >> 31 == 1 || at + 4 + size > BLOCK {
                break;
            }
            (crc, before) = (crc32(crc, &stored), tag);
            let kind = (tag >> 20 & 0x7FF) as u16;
            let data = &mut block[at + 4..at + 4 + size];
            if kind & 0x780 == 0x500 {
                data[..4].copy_from_slice(&crc.to_le_bytes());
                before ^= u32::from(kind & 1) << 31;
                crc = 0xFFFF_FFFF;
            } else {
                change(kind, data);
                crc = crc32(crc, data);
            }
            at += 4 + size;
        }
    }
}
