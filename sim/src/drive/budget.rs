//! A medium in memory whose accesses are counted.
//!
//! The FAT library follows chains of clusters until they end. In what firmware left they may never end, so that each access has a
//! price and the budget ends the walk.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

/// Says that the budget was spent, in the library's error.
#[derive(Debug, thiserror::Error)]
#[error("its chains have no end")]
pub(super) struct Spent;

/// Bytes as a disk.
pub(super) struct Disk<'a> {
    bytes: Cursor<&'a mut [u8]>,
    left: Rc<Cell<u64>>,
}

impl<'a> Disk<'a> {
    /// `bytes`, to be accessed at most `budget` times; what is left of that can be looked at.
    pub(super) fn new(bytes: &'a mut [u8], budget: u64) -> (Self, Rc<Cell<u64>>) {
        let left = Rc::new(Cell::new(budget));
        (Self { bytes: Cursor::new(bytes), left: left.clone() }, left)
    }

    fn pay(&self) -> io::Result<()> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(io::Error::other(Spent)),
        }
    }
}

impl Read for Disk<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.pay()?;
        self.bytes.read(into)
    }
}

impl Write for Disk<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.pay()?;
        self.bytes.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.pay()?;
        self.bytes.seek(to)
    }
}
