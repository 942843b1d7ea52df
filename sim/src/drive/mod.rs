//! Files on the firmware's own file system: a directory is laid on it before boot, and what is there at the end is taken out.
//!
//! 1. `find.rs` says where the file system of an image lies and of which kind it is: by the linker script's symbols, else by what the
//!    image says of itself and the layout of that release (`known.rs`), else by the command line.
//! 2. `walk.rs` reads a directory of the host into a [`Tree`], `out.rs` writes one to the host. Nothing else here sees the host.
//! 3. `fat.rs` and `littlefs/` go from a tree to the bytes of a medium and back. A file system that is there is kept, and files are laid
//!    into it; equal trees give equal bytes.
//! 4. What is read from a medium was written by firmware: names, chains and sizes are taken for hostile. Time and memory are bounded by
//!    the medium's size, and no name leaves the directory.

mod budget;
mod error;
mod fat;
mod find;
mod known;
mod littlefs;
mod out;
mod spec;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

pub use error::DriveError;
pub use find::{Found, Interpreter, find, interpreter};
pub use out::Target;
pub use spec::{Given, Spec};
pub use tree::{Node, Taken, Tree};
pub use walk::walk;

use std::fmt;
use std::ops::Range;

/// A page of the nRF52840's flash, the smallest that can be erased (nRF52840 PS v1.7, NVMC), in bytes.
pub const PAGE: u32 = 4096;

/// Which file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// FAT12 or FAT16 without a partition table, with sectors of this many bytes.
    Fat {
        /// 512 in CircuitPython; 4096, the block device's block, in MicroPython's nrf port.
        sector: u16,
    },
    /// littlefs version 2 with blocks of a flash page.
    LittleFs,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fat { .. } => "FAT",
            Self::LittleFs => "littlefs",
        })
    }
}

/// What a file system lies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Medium {
    /// These addresses of the chip's own flash.
    Flash(Range<u32>),
    /// All of the flash chip on the board's QSPI.
    Qspi,
}

/// A file system's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it lies on.
    pub medium: Medium,
    /// Which one it is.
    pub kind: Kind,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.medium {
            Medium::Flash(at) => {
                write!(f, "{}, {} KB at 0x{:08x}", self.kind, at.len() / 1024, at.start)
            }
            Medium::Qspi => write!(f, "{} in the QSPI flash", self.kind),
        }
    }
}

/// Lays `tree` on a medium that holds `now` and gives its new bytes, as many. Erased bytes (0xFF) get a new file system; a valid one is
/// kept, its files of the same name replaced.
///
/// # Errors
/// [`DriveError`] when the medium holds something else, a name does not suit the file system, or there is no room.
pub fn fill(kind: Kind, now: &[u8], tree: &Tree) -> Result<Vec<u8>, DriveError> {
    let empty = now.iter().all(|&byte| byte == 0xFF);
    match kind {
        Kind::Fat { sector } => fat::fill(sector, now, empty, tree),
        Kind::LittleFs => littlefs::fill(now, empty, tree),
    }
}

/// Reads all files of a medium.
///
/// # Errors
/// [`DriveError::NoFileSystem`] when there is none; what is damaged inside of one is a problem in [`Taken`].
pub fn take(kind: Kind, bytes: &[u8]) -> Result<Taken, DriveError> {
    match kind {
        Kind::Fat { sector } => fat::take(sector, bytes),
        Kind::LittleFs => littlefs::take(bytes),
    }
}
