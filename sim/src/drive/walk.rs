//! Reads a directory of the host into a tree.
//!
//! Notes:
//! 1. Entries come in the order of their names, whatever the host's order is; times, owners and rights are not taken.
//! 2. Symbolic links are followed as long as they stay in the directory. Everything else that is no file and no directory is refused.
//! 3. Reading stops at what no medium could hold.

use super::DriveError;
use super::tree::{MOST_DEPTH, MOST_ENTRIES, Tree, join};
use std::fs::{self, File, FileType};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// More than any medium of a badge holds, in bytes.
const MOST_BYTES: u64 = 64 << 20;

/// Reads `dir` with everything in it.
///
/// # Errors
/// [`DriveError`], one case for each thing that cannot go on a drive.
pub fn walk(dir: &Path) -> Result<Tree, DriveError> {
    let shown = dir.display().to_string();
    let root = match fs::canonicalize(dir) {
        Ok(root) if root.is_dir() => root,
        Ok(_) => return Err(DriveError::NotADirectory { path: shown }),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound) => return Err(DriveError::NotFound { path: shown }),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(DriveError::NotADirectory { path: shown });
        }
        Err(source) => return Err(DriveError::Unreadable { path: shown, source }),
    };
    let mut walk = Walk { shown, tree: Tree::default(), bytes: 0, above: vec![root.clone()], root };
    let top = dir.to_owned();
    walk.directory(&top, "")?;
    Ok(walk.tree)
}

struct Walk {
    /// The directory as given.
    shown: String,
    /// Where it really is.
    root: PathBuf,
    tree: Tree,
    bytes: u64,
    /// The directories that are being read, as they really are.
    above: Vec<PathBuf>,
}

impl Walk {
    fn directory(&mut self, dir: &Path, path: &str) -> Result<(), DriveError> {
        let unreadable = |source| DriveError::Unreadable { path: dir.display().to_string(), source };
        let mut entries = fs::read_dir(dir)
            .and_then(|entries| {
                entries.take(MOST_ENTRIES + 1).map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>()
            })
            .map_err(unreadable)?;
        entries.sort();
        for entry in entries {
            if self.tree.len() >= MOST_ENTRIES {
                return Err(DriveError::TooMany { path: self.shown.clone() });
            }
            let name = entry.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| DriveError::NotText { path: entry.display().to_string() })?;
            self.entry(&entry, join(path, name))?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &Path, path: String) -> Result<(), DriveError> {
        let shown = || entry.display().to_string();
        let unreadable = |source| DriveError::Unreadable { path: shown(), source };
        let link = fs::symlink_metadata(entry).map_err(unreadable)?.is_symlink();
        let real = if link { self.follow(entry)? } else { entry.to_owned() };
        let meta = fs::metadata(&real).map_err(unreadable)?;
        if meta.is_dir() {
            let real = fs::canonicalize(&real).map_err(unreadable)?;
            if self.above.contains(&real) {
                return Err(DriveError::LinkLoop { path: shown() });
            }
            if self.above.len() >= MOST_DEPTH {
                return Err(DriveError::TooDeep { path: shown() });
            }
            self.tree.directory(&path);
            self.above.push(real);
            self.directory(entry, &path)?;
            self.above.pop();
            return Ok(());
        }
        if !meta.is_file() {
            return Err(DriveError::Special { path: shown(), what: special(meta.file_type()) });
        }
        let left = MOST_BYTES - self.bytes;
        let mut data = Vec::new();
        // One more than there may be, as the file may be growing.
        File::open(&real).and_then(|file| file.take(left + 1).read_to_end(&mut data)).map_err(unreadable)?;
        self.bytes += data.len() as u64;
        if self.bytes > MOST_BYTES {
            return Err(DriveError::TooMuch { path: self.shown.clone(), most: MOST_BYTES >> 20 });
        }
        self.tree.file(path, data);
        Ok(())
    }

    /// Where the link leads, if that is inside of the directory.
    fn follow(&self, link: &Path) -> Result<PathBuf, DriveError> {
        let path = link.display().to_string();
        let to = fs::read_link(link).map(|to| to.display().to_string()).unwrap_or_default();
        match fs::canonicalize(link) {
            Ok(real) if real.starts_with(&self.root) => Ok(real),
            Ok(_) => Err(DriveError::LinkOut { path, to }),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(DriveError::LinkBroken { path, to }),
            Err(source) => Err(DriveError::Unreadable { path, source }),
        }
    }
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match kind {
        _ if kind.is_fifo() => "pipes",
        _ if kind.is_socket() => "sockets",
        _ => "devices",
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> &'static str {
    "devices"
}
