//! Writes a tree into an empty directory of the host.
//!
//! Notes:
//! 1. The names in a tree were written by firmware: each is checked again before it becomes a file, and no file is opened that was
//!    there before, so that nothing outside of the directory is reached.
//! 2. That the directory can be written to is tried before the run, as a run may be long.

use super::tree::{Tree, split, unfit_for_host};
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// The directory that `--drive-out` names: empty, and there.
#[derive(Debug)]
pub struct Target {
    dir: PathBuf,
}

/// A name that no tree has, to try whether files can be made.
const PROBE: &str = ".badgebench-drive-out";

impl Target {
    /// Makes `dir` if it is not there.
    ///
    /// # Errors
    /// When it is no directory, is not empty, cannot be made or cannot be written to.
    pub fn prepare(dir: &Path) -> io::Result<Self> {
        match fs::read_dir(dir) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(ErrorKind::DirectoryNotEmpty.into());
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir(dir)?,
            Err(error) => return Err(error),
        }
        let probe = dir.join(PROBE);
        OpenOptions::new().write(true).create_new(true).open(&probe)?;
        fs::remove_file(&probe)?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes all of `tree`.
    ///
    /// # Errors
    /// The first place that cannot be written, and why. What was written before is whole.
    pub fn write(&self, tree: &Tree) -> Result<(), (PathBuf, io::Error)> {
        for (path, node) in tree.iter() {
            let place = self.dir.join(path);
            let fits = path.split('/').all(|name| unfit_for_host(name).is_none());
            let written = match &node.data {
                _ if !fits => Err(ErrorKind::InvalidFilename.into()),
                _ if !self.holds(split(path).0) => Err(ErrorKind::NotADirectory.into()),
                None => fs::create_dir(&place),
                Some(data) => OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .open(&place)
                    .and_then(|mut file| file.write_all(data)),
            };
            written.map_err(|error| (place, error))?;
        }
        Ok(())
    }

    /// Whether `path` is a directory that was made here, and no link that somebody put in its place.
    fn holds(&self, path: &str) -> bool {
        path.is_empty() || fs::symlink_metadata(self.dir.join(path)).is_ok_and(|meta| meta.is_dir())
    }
}
