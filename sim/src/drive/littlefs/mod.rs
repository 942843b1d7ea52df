//! littlefs version 2, made by its own C sources (crate `littlefs2`) and read by a reader of ours.
//!
//! Notes:
//! 1. What firmware left is never given to the C sources: with a hostile image they may run for ever or out of their buffers. So a file
//!    system that is there is read into a tree, files are laid into the tree, and all of it is written anew, user attributes included.
//! 2. It is of version 2.0 on disk, which every release since 2.0 mounts (MicroPython before 1.21 knows no newer one, lfs2.h).
//! 3. Sizes are MicroPython's defaults: reads and programs of 32 bytes, a cache of 128 (extmod/vfs_lfsx.c), blocks of a flash page
//!    (ports/nrf/modules/nrf/flashbdev.c).
//! 4. The crate takes paths of up to 255 bytes of ASCII; littlefs itself takes more.

mod log;
mod read;
#[cfg(test)]
pub(super) mod testing;

pub(super) use read::take;

use super::{DriveError, Kind, Node, PAGE, Tree};
use littlefs2::consts::{U4, U128};
use littlefs2::fs::Filesystem;
use littlefs2::io::{Error, Result as Outcome};
use littlefs2::path::PathBuf;

/// A block in bytes.
const BLOCK: usize = PAGE as usize;
/// Blocks that a file system has at least: two for the root, which are written in turn, and two more to be able to do anything.
const FEWEST: usize = 4;

/// See [`super::fill`].
pub(super) fn fill(now: &[u8], empty: bool, tree: &Tree) -> Result<Vec<u8>, DriveError> {
    let kind = Kind::LittleFs;
    let mut all = Tree::default();
    if !empty {
        let taken = take(now)?;
        if let Some(why) = taken.problems.into_iter().next() {
            return Err(DriveError::Damaged { kind, why });
        }
        all = taken.tree;
    }
    for (path, node) in tree.iter() {
        if let Some((here, there)) = all.get(path).and_then(|old| conflict(node, old)) {
            return Err(DriveError::Conflict { path: path.to_owned(), here, there });
        }
        all.insert(path, node.clone());
    }
    let (bytes, room) = (all.bytes(), now.len() as u64);
    if bytes > room {
        return Err(DriveError::TooBig { bytes, room, kind });
    }
    if now.len() / BLOCK < FEWEST {
        let why = format!("a new one cannot be made in {} blocks", now.len() / BLOCK);
        return Err(DriveError::NoFileSystem { kind, why });
    }
    let paths = all.iter().map(|(path, node)| Ok((checked(path)?, path, node))).collect::<Result<Vec<_>, _>>()?;
    let mut flash = Flash { bytes: vec![0xFF; now.len()] };
    let mut at = "/";
    let made = Filesystem::format(&mut flash).and_then(|()| {
        Filesystem::mount_and_then(&mut flash, |fs| {
            // Blocks are part of the crate's types; the real number is known only here.
            fs.grow(now.len() / BLOCK)?;
            for (name, path, node) in &paths {
                at = *path;
                match &node.data {
                    Some(data) => fs.write(name, data)?,
                    None => fs.create_dir(name)?,
                }
                for (&id, value) in &node.attributes {
                    fs.set_attribute(name, id, value)?;
                }
            }
            Ok(())
        })
    });
    match made {
        Ok(()) => Ok(flash.bytes),
        Err(Error::NO_SPACE) => Err(DriveError::NoRoom { path: at.to_owned(), bytes, room, kind }),
        Err(error) => Err(DriveError::Damaged { kind, why: format!("`{at}` cannot be written ({error:?})") }),
    }
}

/// What each is, when one is a file and the other a directory.
fn conflict(new: &Node, old: &Node) -> Option<(&'static str, &'static str)> {
    match (&new.data, &old.data) {
        (Some(_), None) => Some(("file", "directory")),
        (None, Some(_)) => Some(("directory", "file")),
        _ => None,
    }
}

fn checked(path: &str) -> Result<PathBuf, DriveError> {
    let bad = |why| DriveError::BadName { path: path.to_owned(), why, kind: Kind::LittleFs };
    if !path.is_ascii() {
        return Err(bad("only names of ASCII characters can be written to it here"));
    }
    if path.contains('\0') || path.len() >= PathBuf::MAX_SIZE {
        return Err(bad("only paths shorter than 255 bytes can be written to it here"));
    }
    PathBuf::try_from(path).map_err(|_| bad("the path cannot be written to it"))
}

/// NOR flash in memory.
struct Flash {
    bytes: Vec<u8>,
}

impl Flash {
    fn at(&mut self, offset: usize, size: usize) -> Outcome<&mut [u8]> {
        offset.checked_add(size).and_then(|end| self.bytes.get_mut(offset..end)).ok_or(Error::IO)
    }
}

impl littlefs2::driver::Storage for Flash {
    const READ_SIZE: usize = 32;
    const WRITE_SIZE: usize = 32;
    const BLOCK_SIZE: usize = BLOCK;
    // As many as it is made with; it grows at once.
    const BLOCK_COUNT: usize = FEWEST;
    // MicroPython's, so that what is written here moves its blocks as it would there.
    const BLOCK_CYCLES: isize = 100;
    type CACHE_SIZE = U128;
    type LOOKAHEAD_SIZE = U4;

    fn read(&mut self, offset: usize, into: &mut [u8]) -> Outcome<usize> {
        into.copy_from_slice(self.at(offset, into.len())?);
        Ok(into.len())
    }

    fn write(&mut self, offset: usize, data: &[u8]) -> Outcome<usize> {
        // Programming clears bits and sets none.
        self.at(offset, data.len())?.iter_mut().zip(data).for_each(|(old, new)| *old &= new);
        Ok(data.len())
    }

    fn erase(&mut self, offset: usize, size: usize) -> Outcome<usize> {
        self.at(offset, size)?.fill(0xFF);
        Ok(size)
    }
}
