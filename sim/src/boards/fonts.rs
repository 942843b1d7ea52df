//! Sound fonts that a board file names for its VS1053s.

use super::error::{BoardError, Place, Problem};
use crate::codecs::{Font, MAX_FONT_BYTES};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The key of a chip that names one.
pub(super) const KEY: &str = "soundfont";

/// A sound font of a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundFont {
    /// Where it is: as the board file says, from the board file's folder.
    pub path: PathBuf,
    /// Where the board file says so.
    pub place: Place,
    /// What is in it, once it has been read.
    pub font: Option<Font>,
}

impl SoundFont {
    /// The font that the board file at `board` calls `name`, not read yet.
    pub(super) fn named(board: &str, name: &str, place: Place) -> Self {
        let folder = Path::new(board).parent().unwrap_or_else(|| Path::new(""));
        Self { path: folder.join(name), place, font: None }
    }

    /// Reads it.
    pub(super) fn read(&mut self) -> Result<(), BoardError> {
        let font = read(&self.path).and_then(|bytes| Font::parse(&bytes));
        let font = font.map_err(|why| {
            BoardError::new(self.place.clone(), Problem::SoundFont { path: self.path.display().to_string(), why })
        })?;
        self.font = Some(font);
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let meta = fs::metadata(path).map_err(|e| e.to_string())?;
    if !meta.is_file() {
        return Err("it is not a regular file".into());
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FONT_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|e| e.to_string())?;
    if bytes.len() as u64 > MAX_FONT_BYTES {
        return Err(format!("it is bigger than {} MiB", MAX_FONT_BYTES >> 20));
    }
    Ok(bytes)
}
