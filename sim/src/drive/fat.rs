//! FAT12 and FAT16, by means of the crate `fatfs`.
//!
//! Notes:
//! 1. A new volume is like the one that the firmware's own FatFs would make (lib/oofatfs/ff.c, f_mkfs): one FAT, 512 root entries, clusters
//!    of one sector up to 2 MB and then more. CircuitPython's label is CIRCUITPY (supervisor/shared/filesystem.c).
//! 2. CircuitPython shows a partition table in a block before the volume that is in no memory (supervisor/shared/flash.c): the volume
//!    begins with the medium's first byte.
//! 3. Every time is 1980-01-01, the first that FAT has; so equal files give equal bytes.
//! 4. A boot sector is checked here before the crate calculates with it, as FatFs checks it (ff.c, check_fs and find_volume). FAT32 is
//!    refused: it begins at 65,525 clusters, which no medium here has.

use super::budget::{Disk, Spent};
use super::tree::{self, MOST_DEPTH, join, split};
use super::{DriveError, Kind, Node, Taken, Tree};
use fatfs::{Date, DateTime, Dir, FileSystem, FormatVolumeOptions, FsOptions, Time, TimeProvider, format_volume};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::rc::Rc;

/// Accesses for reading a medium: thousands of files on 8 MB take less than a tenth.
const READS: u64 = 1 << 24;
/// Accesses for laying files on it.
const WRITES: u64 = 1 << 27;
/// A clock that stands.
#[derive(Debug)]
struct Epoch;

impl TimeProvider for Epoch {
    fn get_current_date(&self) -> Date {
        Date { year: 1980, month: 1, day: 1 }
    }

    fn get_current_date_time(&self) -> DateTime {
        DateTime { date: self.get_current_date(), time: Time { hour: 0, min: 0, sec: 0, millis: 0 } }
    }
}

/// An entry of a directory, in bytes.
const ENTRY: u32 = 32;

type Volume<'a> = FileSystem<Disk<'a>>;

/// See [`super::fill`].
pub(super) fn fill(sector: u16, now: &[u8], empty: bool, tree: &Tree) -> Result<Vec<u8>, DriveError> {
    let kind = Kind::Fat { sector };
    let room = now.len() as u64;
    names(tree, kind)?;
    if tree.bytes() > room {
        return Err(DriveError::TooBig { bytes: tree.bytes(), room, kind });
    }
    let mut bytes = now.to_vec();
    if empty {
        format(sector, &mut bytes)?;
    }
    check(sector, &bytes).map_err(|why| DriveError::NoFileSystem { kind, why })?;
    let (disk, left) = Disk::new(&mut bytes, WRITES);
    let damaged = |why: io::Error| DriveError::Damaged { kind, why: why.to_string() };
    let volume = FileSystem::new(disk, FsOptions::new().time_provider(&Epoch)).map_err(damaged)?;
    for (path, node) in tree.iter() {
        lay(&volume, path, node).map_err(|error| match error {
            Refused::Conflict { here, there } => DriveError::Conflict { path: path.to_owned(), here, there },
            Refused::Io(error) if is_full(&error) => {
                DriveError::NoRoom { path: path.to_owned(), bytes: tree.bytes(), room, kind }
            }
            Refused::Io(error) => damaged(spent(&left).unwrap_or(error)),
        })?;
    }
    volume.unmount().map_err(damaged)?;
    Ok(bytes)
}

/// See [`super::take`].
pub(super) fn take(sector: u16, bytes: &[u8]) -> Result<Taken, DriveError> {
    let kind = Kind::Fat { sector };
    let none = |why| DriveError::NoFileSystem { kind, why };
    check(sector, bytes).map_err(none)?;
    let mut copy = bytes.to_vec();
    let room = copy.len() as u64;
    let (disk, left) = Disk::new(&mut copy, READS);
    let volume = FileSystem::new(disk, FsOptions::new()).map_err(|error| none(error.to_string()))?;
    let mut taking = Taking { taken: Taken::default(), room };
    taking.directory(&volume.root_dir(), "", 0);
    if left.get() == 0 {
        taking.taken.problem(format!("the rest cannot be read: {Spent}"));
    }
    Ok(taking.taken)
}

/// Makes a new volume.
fn format(sector: u16, bytes: &mut [u8]) -> Result<(), DriveError> {
    let kind = Kind::Fat { sector };
    let sectors = bytes.len() as u32 / u32::from(sector);
    // FatFs's table: at so many times 4096 sectors, clusters double.
    let doublings = [1, 4, 16, 64, 256, 512].iter().take_while(|&&limit| sectors / 4096 >= limit).count();
    let roots = if sector == 512 { 512 } else { u32::from(sector) / ENTRY };
    let options = FormatVolumeOptions::new()
        .bytes_per_sector(sector)
        .total_sectors(sectors)
        .bytes_per_cluster(u32::from(sector) << doublings)
        .max_root_dir_entries(roots as u16)
        .fats(1);
    // MicroPython's has none.
    let options = if sector == 512 { options.volume_label(*b"CIRCUITPY  ") } else { options };
    let (disk, _) = Disk::new(bytes, WRITES);
    format_volume(disk, options)
        .map_err(|error| DriveError::NoFileSystem { kind, why: format!("a new one cannot be made ({error})") })
}

/// Checks a boot sector: what is wrong with it.
fn check(sector: u16, bytes: &[u8]) -> Result<(), String> {
    let byte = |at: usize| bytes.get(at).copied().map(u32::from).unwrap_or_default();
    let half = |at: usize| byte(at) | byte(at + 1) << 8;
    if half(510) != 0xAA55 || !matches!(byte(0), 0xEB | 0xE9 | 0xE8) {
        return Err("there is no boot sector".into());
    }
    if half(11) != u32::from(sector) {
        return Err(format!("its sectors have {} bytes, and the firmware's {sector}", half(11)));
    }
    let (cluster, reserved, fats, roots, fat) = (byte(13), half(14), byte(16), half(17), half(22));
    let total = if half(19) > 0 { half(19) } else { half(32) | half(34) << 16 };
    if !cluster.is_power_of_two() || reserved == 0 || !matches!(fats, 1 | 2) || roots == 0 || fat == 0 {
        return Err("its boot sector makes no sense".into());
    }
    let sector = u32::from(sector);
    if u64::from(total) * u64::from(sector) > bytes.len() as u64 {
        return Err("it claims to be bigger than its place".into());
    }
    let before = u64::from(reserved) + u64::from(fats * fat) + u64::from((roots * ENTRY).div_ceil(sector));
    let clusters = u64::from(total).saturating_sub(before) / u64::from(cluster);
    let entries = u64::from(fat) * u64::from(sector) * 8 / if clusters < 4085 { 12 } else { 16 };
    if clusters == 0 || clusters >= 65525 || entries < clusters + 2 {
        return Err("its boot sector makes no sense".into());
    }
    Ok(())
}

/// Checks what FAT cannot hold: characters, lengths, and two names that differ in case only.
fn names(tree: &Tree, kind: Kind) -> Result<(), DriveError> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (path, _) in tree.iter() {
        if let Some(why) = unfit(split(path).1) {
            return Err(DriveError::BadName { path: path.to_owned(), why, kind });
        }
        let folded = path.chars().flat_map(char::to_uppercase).collect();
        if let Some(first) = seen.insert(folded, path) {
            return Err(DriveError::SameName { first: first.to_owned(), second: path.to_owned() });
        }
    }
    Ok(())
}

fn unfit(name: &str) -> Option<&'static str> {
    if name.encode_utf16().count() > 255 || name.len() > 255 {
        return Some("a name has at most 255 bytes");
    }
    if name.ends_with(['.', ' ']) || name.starts_with(' ') {
        return Some("a name does not begin with a space, nor end with a space or a dot");
    }
    let bad = |c: char| c.is_control() || u32::from(c) > 0xFFFF || "\"*/:<>?\\|\u{7f}".contains(c);
    name.contains(bad)
        .then_some("a name has no control characters, none beyond U+FFFF, and none of \" * / : < > ? \\ |")
}

/// Why a node was not laid.
enum Refused {
    Conflict { here: &'static str, there: &'static str },
    Io(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn lay(volume: &Volume<'_>, path: &str, node: &Node) -> Result<(), Refused> {
    let (parent, name) = split(path);
    let dir = if parent.is_empty() { volume.root_dir() } else { volume.root_dir().open_dir(parent)? };
    let there = dir.iter().find_map(|entry| entry.ok().filter(|e| same(&e.file_name(), name)).map(|e| e.is_dir()));
    match (&node.data, there) {
        (Some(_), Some(true)) => Err(Refused::Conflict { here: "file", there: "directory" }),
        (None, Some(false)) => Err(Refused::Conflict { here: "directory", there: "file" }),
        (None, _) => {
            dir.create_dir(name)?;
            Ok(())
        }
        (Some(data), _) => {
            let mut file = dir.create_file(name)?;
            file.truncate()?;
            file.write_all(data)?;
            Ok(file.flush()?)
        }
    }
}

/// Whether FAT takes two names for one.
fn same(a: &str, b: &str) -> bool {
    a.chars().flat_map(char::to_uppercase).eq(b.chars().flat_map(char::to_uppercase))
}

/// The crate has no error of its own for a full volume, and a fixed root directory just ends.
fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WriteZero || error.to_string().contains("No space left")
}

fn spent(left: &Rc<Cell<u64>>) -> Option<io::Error> {
    (left.get() == 0).then(|| io::Error::other(Spent))
}

/// Reading a volume.
struct Taking {
    taken: Taken,
    /// Bytes that files may still have: together they cannot be bigger than what they lie on.
    room: u64,
}

impl Taking {
    fn directory(&mut self, dir: &Dir<'_, Disk<'_>>, path: &str, depth: usize) {
        for entry in dir.iter() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => return self.taken.problem(format!("the directory `/{path}` ends early: {error}")),
            };
            let name = entry.file_name();
            // The first two of every directory but the root.
            if entry.is_dir() && matches!(name.as_str(), "." | "..") {
                continue;
            }
            if !self.taken.has_room() {
                return;
            }
            let at = join(path, &name);
            if let Some(why) = tree::unfit_for_host(&name) {
                self.taken.problem(format!("`{}` is left out: its name {why}", at.escape_default()));
            } else if self.taken.tree.get(&at).is_some() {
                self.taken.problem(format!("a second `{at}` is left out"));
            } else if !entry.is_dir() {
                self.file(at, entry.len(), entry.to_file());
            } else if depth + 1 >= MOST_DEPTH {
                self.taken.problem(format!("`{at}` is left out: it lies {MOST_DEPTH} directories deep"));
            } else {
                self.taken.tree.directory(&at);
                self.directory(&entry.to_dir(), &at, depth + 1);
            }
        }
    }

    fn file(&mut self, path: String, size: u64, file: fatfs::File<'_, Disk<'_>>) {
        if size > self.room {
            return self.taken.problem(format!("`{path}` is left out: it claims {size} bytes, more than there can be"));
        }
        let mut data = Vec::new();
        match file.take(size).read_to_end(&mut data) {
            Ok(read) if read as u64 == size => {
                self.room -= size;
                self.taken.tree.file(path, data);
            }
            Ok(read) => {
                self.room -= read as u64;
                self.taken.problem(format!("`{path}` ends early: {read} of {size} bytes"));
                self.taken.tree.file(path, data);
            }
            Err(error) => self.taken.problem(format!("`{path}` is left out: {error}")),
        }
    }
}
